// Notes that save themselves, the outcome, and Done.
// Nothing that the agent typed is ever dropped: not by a failed save, not by another window's text,
// not by a reload. Works without storage and cookies. Says by data-unsaved on the body whether something
// is written that the server does not have yet.

import { close } from "./close.js";
import { isSame, join, news, restore, waiting } from "./drafts.js";
import { byId, locale, say, scroller } from "./page.js";

const PAUSE_IN_TYPING = 400;
const FIRST_RETRY = 1000;
const LAST_RETRY = 30000;
const NO_ANSWER = 15000;
const KEEPALIVE_BYTES = 60000; // browsers refuse more than 64 KiB in requests that outlive a page

const nothing = { begin() {}, end() {}, confirmed() {} };

// `mayFinish` says whether nothing else on the page is left to send; `done` that the work here is over.
export function startNotes({ mayFinish, done: atDone }) {
  const form = byId("work");
  if (!form) return nothing;

  const page = document.body;
  const { path } = page.dataset;
  const mark = say("conflict-mark");
  const notes = byId("notes");
  const done = byId("close");
  const doneLabel = done.querySelector("span");
  const saveLine = byId("save");
  const conflict = byId("conflict");
  const radios = [...form.querySelectorAll("input[name=disposition]")];
  const clearChoice = byId("disposition-clear");

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

  const choice = () => radios.find((radio) => radio.checked)?.value ?? null;
  const written = () => ({ notes: join(notes.value, pending, mark), disposition: choice() });

  // What the server has, as far as we know: at first, what it rendered.
  let saved = {
    notes: notes.defaultValue,
    disposition: radios.find((radio) => radio.defaultChecked)?.value ?? null,
  };
  const dirty = () => !isSame(written(), saved);

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
    const restored = restore(draft, version, saved.notes, mark);
    if (!restored) return;
    const draftChoice = radios.find((radio) => radio.value === draft.disposition);
    if (restored.replaces) {
      notes.value = restored.notes;
      if (restored.notes) reveal();
      for (const radio of radios) radio.checked = radio === draftChoice;
    } else {
      // The server has heard from elsewhere since: both texts are offered.
      if (restored.notes) offer(restored.notes, say("conflict-draft"));
      if (draftChoice && choice() === null) draftChoice.checked = true;
    }
    if (dirty()) schedule(0);
    else dropDraft();
  }

  // The notes may be folded away.
  function reveal() {
    notes.closest("details")?.setAttribute("open", "");
  }

  // ---- another window's text ---------------------------------------------------------------------

  function offer(other, why) {
    reveal();
    pending = waiting(pending, other, mark);
    byId("conflict-say").textContent = why;
    byId("conflict-other").textContent = pending;
    show(conflict);
  }

  function settle(keep) {
    if (keep) notes.value = join(notes.value, pending, mark);
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
    if (!failing) showSave("saving", say("save-saving"));
    schedule(delay);
  }

  function save() {
    clearTimeout(timer);
    if (inFlight || finishing || completed || gone || !dirty()) return inFlight;
    if (!failing) showSave("saving", say("save-saving"));
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
    showSave("unsaved", say("save-refused", { reason: detail || title || response.status }));
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
    showSave("saved", time ? say("save-saved-at", { time }) : say("save-saved"));
    if (failing) announce(say("save-saved"));
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
    const more = news(other, before, written().notes, mark);
    if (more) offer(more, say("conflict-text"));
    keepDraft();
    if (dirty()) return 0;
    showSave("saved", say("save-saved"));
    failing = false;
    return null;
  }

  function failed() {
    if (!failing) announce(say("save-retry"));
    failing = true;
    showSave("unsaved", say("save-retry"));
    const delay = retryAfter;
    retryAfter = Math.min(retryAfter * 2, LAST_RETRY);
    return delay;
  }

  function expired({ code }) {
    gone = true;
    clearTimeout(timer);
    atDone();
    if (code === "page-completed") byId("gone-title").textContent = say("elsewhere-title");
    notes.readOnly = true;
    for (const radio of radios) radio.disabled = true;
    if (pending) settleQuietly();
    conflict.hidden = true;
    showSave("unsaved", say("save-gone"));
    doneLabel.textContent = say(dirty() ? "close-unsaved" : "close");
    hideShortcut();
    show(byId("gone"));
    return null;
  }

  function settleQuietly() {
    notes.value = join(notes.value, pending, mark);
    pending = "";
  }

  // ---- Done --------------------------------------------------------------------------------------

  function hideShortcut() {
    const shortcut = done.querySelector("kbd");
    if (shortcut) shortcut.hidden = true;
  }

  async function finish() {
    if (completed || gone || leaving) {
      close();
      return;
    }
    if (finishing) return;
    // Something else on the page may still be unsent: it says so, once.
    if (!mayFinish()) return;
    finishing = true;
    clearTimeout(timer);
    done.setAttribute("aria-disabled", "true");
    doneLabel.textContent = say("finishing");
    byId("finish-error").hidden = true;
    byId("disposition-error").hidden = true;
    byId("dispositions")?.removeAttribute("aria-invalid");

    if (inFlight) await inFlight;
    if (!gone) await complete();

    finishing = false;
    done.removeAttribute("aria-disabled");
    if (completed || gone) return;
    doneLabel.textContent = say(leaving ? "close-unsaved" : "done");
    if (dirty()) schedule(PAUSE_IN_TYPING);
  }

  async function complete() {
    const text = written();
    let response;
    try {
      response = await request("POST", `${path}/complete`, { ...text, version });
    } catch {
      return complain("finish-error", say("finish-failed"));
    }
    if (response.ok) return succeed(text);
    if (response.status === 404 || response.status === 410) {
      expired(await json(response));
      return byId("gone").focus();
    }
    if (response.status === 403) return notConfirmed(text);
    if (response.status >= 500) {
      return complain("finish-error", say("finish-failed-status", { status: response.status }));
    }
    const { code, detail, title, ...answer } = await json(response);
    if (response.status === 409 && Number.isInteger(answer.version)) {
      contested(answer);
      return conflict.focus();
    }
    byId("dispositions")?.setAttribute("aria-invalid", "true");
    const missing = code === "disposition-required" ? say("disposition-missing") : "";
    complain("disposition-error", missing || detail || title || say("finish-refused"));
    return byId("outcomes")?.scrollIntoView({ block: "nearest" });
  }

  // Nothing can be saved, and the agent must not be kept: a paused one would stay paused.
  function notConfirmed(text) {
    if (!text.notes.trim() && !text.disposition) return close();
    leaving = true;
    return complain("finish-error", say("finish-not-confirmed"));
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
    doneLabel.textContent = say("close");
    hideShortcut();
    byId("state").textContent = byId("finished-title").textContent;
    atDone();
    show(byId("finished"));
    byId("finished").focus({ preventScroll: true });
    scroller().scrollTo(0, 0);
    close();
  }

  function fill(id, text) {
    byId(id).hidden = !text;
    byId(id).querySelector("dd").textContent = text ?? "";
  }

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

  // Told by the server before anything was sent; what is on its way is answered for itself.
  function end(code) {
    if (!completed && !gone && !finishing) expired({ code });
  }

  function confirmed() {
    if (leaving) {
      leaving = false;
      doneLabel.textContent = say("done");
      byId("finish-error").hidden = true;
    }
    retryAfter = FIRST_RETRY;
    if (saveLine.dataset.state === "idle") showSave("idle", say("save-idle"));
    save();
  }

  function begin() {
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
    restoreDraft();
  }

  return { begin, end, confirmed };
}
