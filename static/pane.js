// The page of one call: notes that save themselves, and Done.
// Nothing that the agent typed is ever dropped: not by a failed save, not by another window's text,
// not by a reload. Needs page.js and close.js. Works without storage, clipboard and cookies. On the
// document it asks by "callpane:finishing" whether nothing is left to send, and tells by "callpane:done"
// that the work is over; by data-unsaved on the body, whether something is written that the server
// does not have yet.
(() => {
  "use strict";

  const page = document.body;
  const { say, locale } = globalThis.callpanePage;
  const byId = (id) => document.getElementById(id);

  const path = page.dataset.path;
  const form = byId("work");
  const notes = byId("notes");
  const done = byId("close");
  const doneLabel = done.querySelector("span");
  const saveLine = byId("save");
  const conflict = byId("conflict");
  const radios = [...form.querySelectorAll("input[name=disposition]")];
  const clearChoice = byId("disposition-clear");

  const PAUSE_IN_TYPING = 400;
  const FIRST_RETRY = 1000;
  const LAST_RETRY = 30000;
  const NO_ANSWER = 15000;
  const KEEPALIVE_BYTES = 60000; // browsers refuse more than 64 KiB in requests that outlive a page

  let version = Number(page.dataset.version);
  let completed = page.dataset.completed === "true";
  let gone = false;
  let finishing = false;
  let leaving = false; // nothing can be saved here, and the agent was told

  // ---- small helpers -----------------------------------------------------------------------------

  const announce = (text) => {
    byId("announce").textContent = text;
  };

  function show(element, text) {
    if (text !== undefined) element.textContent = text;
    element.hidden = false;
  }

  function showSave(state, text) {
    saveLine.dataset.state = state;
    saveLine.querySelector("span").textContent = text;
  }

  const request = (method, address, body) => {
    const text = JSON.stringify(body);
    const headers = { "Content-Type": "application/json", Accept: "application/json" };
    const keepalive = new TextEncoder().encode(text).length < KEEPALIVE_BYTES;
    const signal = AbortSignal.timeout?.(NO_ANSWER);
    return fetch(address, { method, headers, body: text, keepalive, signal, credentials: "omit" });
  };

  const json = (response) => response.json().catch(() => ({}));

  // ---- what is written ---------------------------------------------------------------------------

  // A text from elsewhere that the agent has not decided on yet. Until then it is saved below theirs.
  let pending = "";

  const join = (mine, other) => (mine.trim() && other ? `${mine}\n\n${say("Mark")}\n${other}` : mine || other);
  const choice = () => radios.find((radio) => radio.checked)?.value ?? null;
  const written = () => ({ notes: join(notes.value, pending), disposition: choice() });
  const same = (a, b) => a.notes === b.notes && a.disposition === b.disposition;

  // What the server has, as far as we know: at first, what it rendered.
  let saved = {
    notes: notes.defaultValue,
    disposition: radios.find((radio) => radio.defaultChecked)?.value ?? null,
  };
  const dirty = () => !same(written(), saved);

  // ---- a copy in this window's storage, for a reload while the server cannot be reached ----------

  const DRAFT = `callpane:${path}`;

  function keepDraft() {
    page.dataset.unsaved = String(dirty() && !completed);
    try {
      if (dirty()) sessionStorage.setItem(DRAFT, JSON.stringify({ ...written(), version }));
      else sessionStorage.removeItem(DRAFT);
    } catch {
      // No storage here: the server's copy has to do.
    }
  }

  function dropDraft() {
    page.dataset.unsaved = "false";
    try {
      sessionStorage.removeItem(DRAFT);
    } catch {
      // Nothing was kept.
    }
  }

  function restoreDraft() {
    // A browser may fill a reloaded form with what stood there before; the draft knows better.
    form.reset();
    let draft = null;
    try {
      draft = JSON.parse(sessionStorage.getItem(DRAFT));
    } catch {
      return;
    }
    if (!draft || typeof draft.notes !== "string") return;
    const draftChoice = radios.find((radio) => radio.value === draft.disposition);
    if (draft.version >= version) {
      notes.value = draft.notes;
      for (const radio of radios) radio.checked = radio === draftChoice;
    } else {
      // The server has heard from elsewhere since: both texts are offered.
      const other = addedBy(draft.notes, saved.notes);
      if (other) offer(other, say("Draft"));
      if (draftChoice && choice() === null) draftChoice.checked = true;
    }
    if (dirty()) schedule(0);
    else dropDraft();
  }

  // What `text` has beyond `known`: nothing when it says no more, all of it when it has little to do.
  function addedBy(text, known) {
    const [a, b] = [text.trim(), known.trim()];
    if (!a || b.includes(a)) return "";
    if (!b || !a.includes(b)) return a;
    return a.replace(b, "").replaceAll(say("Mark"), "").trim();
  }

  // ---- another window's text ---------------------------------------------------------------------

  function offer(other, why) {
    // A newer text that holds the one still waiting takes its place; otherwise both wait.
    const more = addedBy(pending, other);
    pending = more ? join(other, more) : other;
    byId("conflict-say").textContent = why;
    byId("conflict-other").textContent = pending;
    show(conflict);
  }

  function settle(keep) {
    if (keep) notes.value = join(notes.value, pending);
    pending = "";
    conflict.hidden = true;
    notes.focus();
    changed(0);
  }

  // ---- saving: one request at a time, again until it is through ----------------------------------

  let timer = 0;
  let retryAfter = FIRST_RETRY;
  let inFlight = null;
  let failing = false;

  function schedule(delay) {
    clearTimeout(timer);
    timer = setTimeout(save, delay);
  }

  function changed(delay) {
    if (clearChoice) clearChoice.hidden = choice() === null;
    if (completed || gone) return;
    keepDraft();
    if (!dirty()) return;
    if (!failing) showSave("saving", say("Saving"));
    schedule(delay);
  }

  function save() {
    clearTimeout(timer);
    if (inFlight || finishing || completed || gone || !dirty()) return inFlight;
    if (!failing) showSave("saving", say("Saving"));
    inFlight = attempt(written()).then((next) => {
      inFlight = null;
      if (next === null || finishing || completed || gone) return;
      schedule(next);
    });
    return inFlight;
  }

  // Sends one text. Answers after how many milliseconds to look again, or null for not before the
  // next change.
  async function attempt(text) {
    const body = { notes: text.notes, version };
    if (text.disposition !== saved.disposition) body.disposition = text.disposition ?? ""; // empty takes it back
    let response;
    try {
      response = await request("PUT", `${path}/notes`, body);
    } catch {
      return failed();
    }
    if (response.ok) return accepted(text, await json(response));
    if (response.status === 409) return contested(await json(response));
    if (response.status === 404 || response.status === 410) return expired(await json(response));
    // 403: XuC has not confirmed the agent yet, or has to be asked again.
    if (response.status >= 500 || [403, 408, 429].includes(response.status)) return failed();
    const { detail, title } = await json(response);
    showSave("unsaved", say("Refused", { reason: detail || title || response.status }));
    announce(saveLine.textContent);
    return null;
  }

  function accepted(text, answer) {
    saved = text;
    if (Number.isInteger(answer.version)) version = answer.version;
    const at = new Date(answer.saved_at ?? Date.now());
    const time = Number.isNaN(at.getTime()) ? "" : at.toLocaleTimeString(locale, {
      hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
    });
    showSave("saved", time ? say("SavedAt", { time }) : say("Saved"));
    if (failing) announce(say("Saved"));
    failing = false;
    retryAfter = FIRST_RETRY;
    keepDraft();
    return dirty() ? PAUSE_IN_TYPING : null;
  }

  function contested(answer) {
    if (!Number.isInteger(answer.version)) return failed();
    const other = typeof answer.notes === "string" ? answer.notes : "";
    const before = saved.notes;
    version = answer.version;
    saved = { notes: other, disposition: saved.disposition };
    // Ours already, or what we began with: then nobody wrote anything that we do not have.
    const more = other === before ? "" : addedBy(other, written().notes);
    if (more) offer(more, say("Conflict"));
    keepDraft();
    if (dirty()) return 0;
    showSave("saved", say("Saved"));
    failing = false;
    return null;
  }

  function failed() {
    if (!failing) announce(say("Unsaved"));
    failing = true;
    showSave("unsaved", say("Unsaved"));
    const delay = retryAfter;
    retryAfter = Math.min(retryAfter * 2, LAST_RETRY);
    return delay;
  }

  function expired({ code }) {
    gone = true;
    clearTimeout(timer);
    document.dispatchEvent(new Event("callpane:done"));
    if (code === "page-completed") byId("gone-title").textContent = say("Elsewhere");
    notes.readOnly = true;
    for (const radio of radios) radio.disabled = true;
    if (pending) settleQuietly();
    conflict.hidden = true;
    showSave("unsaved", say("Gone"));
    doneLabel.textContent = say(dirty() ? "CloseUnsaved" : "Close");
    hideShortcut();
    show(byId("gone"));
    return null;
  }

  function settleQuietly() {
    notes.value = join(notes.value, pending);
    pending = "";
  }

  // ---- Done --------------------------------------------------------------------------------------

  function hideShortcut() {
    const shortcut = done.querySelector("kbd");
    if (shortcut) shortcut.hidden = true;
  }

  async function finish() {
    if (completed || gone || leaving) {
      globalThis.callpaneClose();
      return;
    }
    if (finishing) return;
    // Something else on the page may still be unsent: it says so, once.
    if (!document.dispatchEvent(new Event("callpane:finishing", { cancelable: true }))) return;
    finishing = true;
    clearTimeout(timer);
    done.setAttribute("aria-disabled", "true");
    doneLabel.textContent = say("Finishing");
    byId("finish-error").hidden = true;
    byId("disposition-error").hidden = true;
    byId("dispositions")?.removeAttribute("aria-invalid");

    if (inFlight) await inFlight;
    if (!gone) await complete();

    finishing = false;
    done.removeAttribute("aria-disabled");
    if (completed || gone) return;
    doneLabel.textContent = say(leaving ? "CloseUnsaved" : "Done");
    if (dirty()) schedule(PAUSE_IN_TYPING);
  }

  async function complete() {
    const text = written();
    let response;
    try {
      response = await request("POST", `${path}/complete`, { ...text, version });
    } catch {
      return complain("finish-error", say("Failed"));
    }
    if (response.ok) return succeed(text);
    if (response.status === 404 || response.status === 410) {
      expired(await json(response));
      return byId("gone").focus();
    }
    if (response.status === 403) return notConfirmed(text);
    if (response.status >= 500) {
      return complain("finish-error", say("FailedStatus", { status: response.status }));
    }
    const { code, detail, title, ...answer } = await json(response);
    if (response.status === 409 && Number.isInteger(answer.version)) {
      contested(answer);
      return conflict.focus();
    }
    byId("dispositions")?.setAttribute("aria-invalid", "true");
    const missing = code === "disposition-required" ? say("Missing") : "";
    complain("disposition-error", missing || detail || title || say("RefusedFinish"));
    return byId("outcomes")?.scrollIntoView({ block: "nearest" });
  }

  // Nothing can be saved, and the agent must not be kept: a paused one would stay paused.
  function notConfirmed(text) {
    if (!text.notes.trim() && !text.disposition) return globalThis.callpaneClose();
    leaving = true;
    return complain("finish-error", say("NotConfirmed"));
  }

  function complain(id, text) {
    const element = byId(id);
    show(element, text);
    element.focus();
    element.scrollIntoView({ block: "nearest" });
  }

  function succeed(text) {
    completed = true;
    saved = text;
    dropDraft();
    fill("finished-notes", text.notes);
    fill("finished-disposition", text.disposition);
    byId("fields").hidden = true;
    byId("autopause")?.remove();
    saveLine.hidden = true;
    doneLabel.textContent = say("Close");
    hideShortcut();
    byId("state").textContent = byId("finished-title").textContent;
    document.dispatchEvent(new Event("callpane:done"));
    show(byId("finished"));
    byId("finished").focus({ preventScroll: true });
    window.scrollTo(0, 0);
    globalThis.callpaneClose();
  }

  function fill(id, text) {
    byId(id).hidden = !text;
    byId(id).querySelector("dd").textContent = text ?? "";
  }

  // ---- copy the number: a frame may not be allowed to use the clipboard --------------------------

  async function copyNumber(button) {
    const text = button.dataset.copy;
    const label = button.querySelector("span");
    let copied = false;
    try {
      await navigator.clipboard.writeText(text);
      copied = true;
    } catch {
      copied = copyBySelection(text);
      button.focus();
    }
    label.textContent = say(copied ? "Copied" : "CopyFailed");
    announce(label.textContent);
    button.toggleAttribute("data-copied", copied);
    setTimeout(() => {
      button.removeAttribute("data-copied");
      label.textContent = say("Copy");
    }, 2000);
  }

  function copyBySelection(text) {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "sr";
    field.readOnly = true;
    page.append(field);
    field.select();
    let copied = false;
    try {
      copied = document.execCommand("copy");
    } catch {
      // Not allowed either.
    }
    field.remove();
    return copied;
  }

  // ---- what is scrolled to stands free between the strip and the bar -----------------------------

  function keepClear() {
    const stuck = (selector) => {
      const element = document.querySelector(selector);
      const isStuck = element && getComputedStyle(element).position === "sticky";
      return isStuck ? element.getBoundingClientRect().height : 0;
    };
    const bar = document.querySelector(".bar");
    const below = bar ? parseFloat(getComputedStyle(bar).bottom) || 0 : 0;
    const root = document.documentElement;
    root.style.setProperty("--above", `${Math.max(stuck(".top"), stuck(".strip"))}px`);
    root.style.setProperty("--below", `${stuck(".bar") + below}px`);
  }

  const sizes = new ResizeObserver(keepClear);
  for (const element of document.querySelectorAll(".top, .strip, .bar, html")) sizes.observe(element);

  // ---- wiring ------------------------------------------------------------------------------------

  form.noValidate = true; // the server decides what is missing, and says it
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    finish();
  });
  done.addEventListener("click", () => {
    if (done.type === "button") finish();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    if (event.isComposing || event.repeat) return;
    event.preventDefault();
    finish();
  });
  byId("copy")?.addEventListener("click", (event) => copyNumber(event.currentTarget));

  if (completed) return;

  notes.addEventListener("input", () => changed(PAUSE_IN_TYPING));
  notes.addEventListener("blur", () => save());
  for (const radio of radios) radio.addEventListener("change", () => changed(0));
  clearChoice?.addEventListener("click", () => {
    for (const radio of radios) radio.checked = false;
    changed(0);
    radios[0]?.focus();
  });
  byId("conflict-append").addEventListener("click", () => settle(true));
  byId("conflict-leave").addEventListener("click", () => settle(false));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") save();
  });
  window.addEventListener("pagehide", () => save());
  window.addEventListener("online", () => {
    retryAfter = FIRST_RETRY;
    save();
  });
  // Heard from the server before anything was sent; what is on its way is answered for itself.
  const heard = (code) => {
    if (!completed && !gone && !finishing) expired({ code });
  };
  document.addEventListener("callpane:completed", () => heard("page-completed"));
  document.addEventListener("callpane:expired", () => heard("page-expired"));
  document.addEventListener("callpane:confirmed", () => {
    if (leaving) {
      leaving = false;
      doneLabel.textContent = say("Done");
      byId("finish-error").hidden = true;
    }
    retryAfter = FIRST_RETRY;
    if (saveLine.dataset.state === "idle") showSave("idle", say("Saves"));
    save();
  });
  restoreDraft();
})();
