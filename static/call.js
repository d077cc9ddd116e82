// Keeps the page of one call true while the call goes on: its phase and times, what became of it, who
// is calling, recordings, earlier calls. Needs page.js and live.js. Fills those of the elements below
// that a page has. On the document it tells pane.js by "callpane:completed", "callpane:expired" and
// "callpane:confirmed" (XuC knows the agent by now),
// and contact.js by "callpane:contact" what contacts know; contact.js says so, too, when it has asked.
(() => {
  "use strict";

  const page = document.body;
  const byId = (id) => document.getElementById(id);
  const { say, locale, webAddress } = globalThis.callpanePage;

  const WHILE_LIVE = { stream: true, every: 3000 };
  const AFTERWARDS = { stream: false, every: 15000 };

  let phase = page.dataset.phase;
  let finished = page.dataset.completed === "true";
  let who = null; // the caller, as the phone system says it
  let contact = null; // and as contacts do
  let contactState = byId("contact")?.dataset.state;

  function fill(id, text) {
    const element = byId(id);
    if (!element) return;
    if (element.textContent !== text) element.textContent = text;
    element.hidden = text === "";
  }

  const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);
  const timeOfDay = (ms) => new Date(ms).toLocaleTimeString(locale, { timeStyle: "short" });

  // ---- timer: counts on from what the server measured, so no two clocks need to agree -----------

  const [navigation] = performance.getEntriesByType("navigation");
  let began = isRungOnly(page.dataset.phase, page.dataset.reported === "true")
    ? null
    : (navigation?.responseStart ?? 0) - Number(page.dataset.elapsed) * 1000;

  // Nothing was reported after the ring: nobody knows what is to be counted.
  function isRungOnly(now, reported) {
    return now === "started" && !reported;
  }

  const two = (number) => String(number).padStart(2, "0");

  function clock(seconds) {
    const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
    return `${hours > 0 ? `${hours}:` : ""}${two(minutes)}:${two(seconds % 60)}`;
  }

  function tick() {
    const timer = byId("timer");
    if (!timer) return;
    timer.hidden = finished || began === null;
    if (timer.hidden) return;
    const exact = Math.max(0, (performance.now() - began) / 1000);
    timer.textContent = clock(Math.floor(exact));
    clearTimeout(tick.next);
    tick.next = setTimeout(tick, 1005 - (exact % 1) * 1000);
  }

  // ---- what the call is doing, and what became of it ---------------------------------------------

  const elapsed = (seconds) => (seconds < 60 ? say("Seconds", { seconds }) : clock(seconds));
  const spoke = (became) => !became || became.kind === "talked" || became.kind === "transferred";

  function phaseWord(state) {
    if (isRungOnly(state.phase, state.reported)) return say("PhaseRang", { time: timeOfDay(state.since) });
    if (state.phase === "answered" && !state.reported) return say("PhaseAnsweredAlone");
    if (state.phase === "ended" && spoke(state.became)) return say("PhaseWrap");
    return say(`Phase${capital(state.phase)}`) || say("PhaseOther");
  }

  function becameText({ kind, name }) {
    const text = capital(kind);
    return (name && say(`Became${text}By`, { name })) || say(`Became${text}`);
  }

  function showPhase(state) {
    const word = byId("state");
    if (word) {
      word.dataset.phase = state.phase;
      word.textContent = phaseWord(state);
    }
    const counts = state.since !== null && !isRungOnly(state.phase, state.reported);
    began = counts ? performance.now() - (state.now - state.since) : null;
    tick();
    showUnreported(state);
    if (state.phase === phase) return;
    phase = state.phase;
    if (state.reported) tell(phase === "ended" ? becameText(state.became ?? { kind: "talked" }) : phaseWord(state));
  }

  // What is not known, and will not be.
  function showUnreported({ phase: now, reported, since }) {
    const known = reported || finished || !["started", "answered"].includes(now);
    fill("unreported", known ? "" : say(`Unreported${capital(now)}`, { time: timeOfDay(since) }));
  }

  function tell(text) {
    const announce = byId("announce");
    if (announce) announce.textContent = text;
  }

  function showOutcome(state) {
    const outcome = byId("outcome");
    if (!outcome) return;
    const over = state.phase === "ended";
    const became = state.became ?? { kind: "talked" };
    const times = [
      state.rang === null ? "" : say("Rang", { time: elapsed(state.rang) }),
      state.talked === null ? "" : say("Talked", { time: elapsed(state.talked) }),
    ];
    byId("became")?.setAttribute("data-kind", became.kind);
    fill("became", becameText(became));
    fill("times", times.filter(Boolean).join(" · "));
    fill("cause", state.cause ? say("Cause", { cause: state.cause }) : "");
    outcome.hidden = !over;
  }

  // ---- who is calling: a phone system may say it, or say more, later; so may contacts --------------

  function showWho() {
    const caller = who;
    const ofAll = (contact?.state === "several" && contact.company) || "";
    // A contact's name is the one that people here gave.
    const name = contact?.name || ofAll || caller.name;
    const known = caller.kind !== "anonymous" && Boolean(caller.display);
    const nobody = caller.kind === "anonymous" ? say("Anonymous") : say("Unknown");
    const heading = name || (known ? caller.display : nobody);
    fill("caller", heading);
    document.title = heading;
    fill("last", contact?.last ? say("LastTime", { name: contact.last }) : "");
    fill("company", (!ofAll && contact?.company) || "");
    const number = byId("number");
    if (number) {
      const callBack = caller.dial ? say("CallBack") : "";
      fill("number", known ? (name && caller.display) || callBack : "");
      if (caller.dial?.startsWith("tel:")) number.href = caller.dial;
      else number.removeAttribute("href");
    }
    byId("number-none")?.toggleAttribute("hidden", known);
    byId("extension")?.toggleAttribute("hidden", !known || caller.kind !== "extension");
    showCountry(known && caller.kind !== "extension" ? caller.country : null);
    const copy = byId("copy");
    if (copy) {
      copy.dataset.copy = caller.e164 || caller.display;
      copy.hidden = !known;
    }
  }

  // Learnt while the page is open: those who cannot see it are told.
  function tellContact({ state, name, company, choices }) {
    if (state === contactState) return;
    contactState = state;
    if (state === "known") tell([name, company].filter(Boolean).join(", "));
    if (state === "several") tell(say("ContactSeveral", { count: choices.length }));
  }

  // The country's name: the browser knows it in the reader's language.
  function showCountry(code) {
    const place = byId("country");
    if (!place) return;
    place.hidden = !code;
    if (!code) return;
    place.dataset.country = code;
    try {
      place.textContent = new Intl.DisplayNames([locale], { type: "region" }).of(code) ?? code;
    } catch {
      place.textContent = code; // not a country that the browser knows
    }
  }

  // ---- recordings, tags, a message ---------------------------------------------------------------

  const same = (list, texts) =>
    list.length === texts.length && list.every((element, index) => element === texts[index]);

  function showRecordings(urls) {
    const list = byId("recordings");
    const model = byId("recording-model");
    if (!list || !model) return;
    const shown = [...list.querySelectorAll("a")].map((link) => link.getAttribute("href"));
    list.hidden = urls.length === 0;
    if (same(shown, urls)) return;
    list.replaceChildren(...urls.map((url, index) => {
      const row = model.content.cloneNode(true);
      row.querySelector("a").href = url;
      row.querySelector("span").textContent = say("Recording", { number: index + 1 });
      return row;
    }));
  }

  function showTags(tags) {
    const list = byId("tags");
    if (!list) return;
    const shown = [...list.children].map((tag) => tag.textContent);
    list.hidden = tags.length === 0;
    if (same(shown, tags)) return;
    list.replaceChildren(...tags.map((text) => {
      const tag = document.createElement("li");
      tag.textContent = text;
      return tag;
    }));
  }

  function showExtras({ recordings, tags, voicemail }) {
    const urls = recordings.filter((url) => webAddress(url));
    showRecordings(urls);
    showTags(tags);
    const message = byId("voicemail");
    if (message) message.hidden = !voicemail;
    const extras = byId("extras");
    if (extras) extras.hidden = urls.length === 0 && tags.length === 0 && !voicemail;
  }

  // ---- earlier calls -------------------------------------------------------------------------------

  const LONG_NOTES = 240;
  const SHORT_NOTES = 160;

  const takenBy = ({ queue, agent }) => [queue, agent].filter(Boolean).join(" · ");
  const words = (row, selector) => row.querySelector(selector)?.textContent.trim() ?? "";
  const keyOf = (entry) => JSON.stringify([
    entry.when, entry.disposition ?? "", takenBy(entry), entry.notes ?? "",
  ]);
  const keyShown = (row) => JSON.stringify([
    row.querySelector("time").dateTime, words(row, ".outcome"), words(row, ".by"),
    row.querySelector(".kept")?.textContent ?? "",
  ]);

  function historyRow(entry) {
    const row = byId("earlier-model").content.firstElementChild.cloneNode(true);
    const put = (selector, text) => {
      const element = row.querySelector(selector);
      if (text) element.textContent = text;
      else element.remove();
    };
    row.querySelector("time").dateTime = entry.when;
    row.querySelector("time").textContent = entry.when;
    put(".outcome", entry.disposition);
    put(".by", takenBy(entry));
    const long = (entry.notes ?? "").length > LONG_NOTES;
    if (long) {
      row.querySelector(":scope > .kept").remove();
      put(".short", `${entry.notes.slice(0, SHORT_NOTES)}…`);
    } else {
      row.querySelector("details").remove();
    }
    put(".kept", entry.notes);
    return row;
  }

  // Rows that have not changed stay as they are: what is unfolded in them, and the focus, too.
  function showHistory(history, caller, withheld) {
    const list = byId("history");
    if (!list || !byId("earlier-model")) return;
    const rows = new Map([...list.children].map((row) => [keyShown(row), row]));
    const wanted = history.map((entry) => rows.get(keyOf(entry)) ?? historyRow(entry));
    if (!same([...list.children], wanted)) {
      for (const [index, row] of wanted.entries()) {
        if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
      }
      while (list.children.length > wanted.length) list.lastElementChild.remove();
      localTimes();
    }
    list.hidden = history.length === 0;
    const nameless = caller.kind === "anonymous" || caller.kind === "other";
    const none = byId("history-none");
    if (none) none.hidden = history.length > 0 || nameless || withheld;
    const anonymous = byId("history-anonymous");
    if (anonymous) anonymous.hidden = history.length > 0 || !nameless || withheld;
  }

  // The browser knows the reader's time zone.
  function localTimes() {
    for (const time of document.querySelectorAll(".history time")) {
      const at = new Date(time.dateTime);
      if (Number.isNaN(at.getTime())) continue; // the server's text stays
      time.textContent = at.toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" });
    }
  }

  // ---- whether XuC knows the agent: until it does, the page holds back what it knows ---------------

  function showIdentity({ identity, withheld }) {
    for (const text of document.querySelectorAll("[data-identity]")) {
      text.hidden = text.dataset.identity !== identity;
    }
    const notice = byId("withheld");
    if (!notice) return;
    const before = !notice.hidden;
    notice.hidden = !withheld;
    notice.classList.toggle("warn", withheld !== "pending");
    for (const text of notice.children) text.hidden = text.dataset.reason !== withheld;
    byId("history-withheld")?.toggleAttribute("hidden", !withheld);
    if (before && !withheld) document.dispatchEvent(new Event("callpane:confirmed"));
  }

  // ---- the agent's newer call ----------------------------------------------------------------------

  // In the built-in desktop every call has a tab of its own: it is asked to show that one.
  function isInDesktop() {
    try {
      return window.parent !== window && window.parent.document.body.classList.contains("desk");
    } catch {
      return false; // somebody else's desktop
    }
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("#newest a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !isInDesktop()) return;
    event.preventDefault();
    window.parent.postMessage({ callpaneShow: link.pathname }, location.origin);
  });

  function showNewest(newest) {
    const shown = byId("newest");
    const model = byId("newest-model");
    if (!newest || !model) {
      shown?.remove();
      return;
    }
    const notice = shown ?? model.content.firstElementChild.cloneNode(true);
    const put = (selector, text) => {
      const element = notice.querySelector(selector);
      if (element.textContent !== text) element.textContent = text;
    };
    put(".say", say(`Newest${capital(newest.kind)}`));
    put(".tel", newest.name || newest.display);
    const link = notice.querySelector("a");
    link.hidden = !newest.path;
    if (newest.path) link.href = newest.path;
    if (shown) return;
    notice.id = "newest";
    model.before(notice);
  }

  // ---- one state -----------------------------------------------------------------------------------

  // What somebody is writing or choosing stays where it is when something comes or goes above it.
  function inPlace(change) {
    const inUse = document.activeElement?.closest("#work, #contact form");
    const focused = inUse ? document.activeElement : null;
    const before = focused?.getBoundingClientRect().top;
    change();
    const moved = focused ? focused.getBoundingClientRect().top - before : 0;
    if (Math.abs(moved) > 1) window.scrollBy({ top: moved, behavior: "instant" });
  }

  function show(state) {
    showPhase(state);
    showOutcome(state);
    who = state.caller;
    if (state.contact) document.dispatchEvent(new CustomEvent("callpane:contact", { detail: state.contact }));
    else showWho();
    if (byId("queue")) byId("queue").textContent = state.queue || say("QueueNone");
    showExtras(state);
    showIdentity(state);
    showHistory(state.history, state.caller, Boolean(state.withheld));
    showNewest(state.newest);
  }

  function finish() {
    finished = true;
    fill("unreported", "");
    tick();
  }

  function completedElsewhere() {
    document.dispatchEvent(new Event("callpane:completed"));
  }

  const planFor = (now) => (now === "ended" ? AFTERWARDS : WHILE_LIVE);

  function follow() {
    let lost = 0;
    const following = globalThis.callpaneFollow(page.dataset.path, {
      plan: planFor(phase),
      state: (state) => {
        inPlace(() => show(state));
        if (state.completed) completedElsewhere();
        return state.completed ? null : planFor(state.phase);
      },
      link: (up) => {
        clearTimeout(lost);
        // A connection that comes back at once is nobody's business.
        const showLink = () => byId("link")?.toggleAttribute("hidden", up);
        if (up) showLink();
        else lost = setTimeout(showLink, 5000);
      },
      end: (why) => {
        if (why === "completed") completedElsewhere();
        else document.dispatchEvent(new Event("callpane:expired"));
      },
    });
    document.addEventListener("callpane:done", () => {
      following.stop();
      clearTimeout(lost);
      finish();
    });
  }

  document.addEventListener("callpane:contact", ({ detail }) => {
    contact = detail;
    if (who) showWho();
    tellContact(contact);
  });

  // The browser knows the reader's time zone, and their way to write a time.
  function localMoment() {
    const { phase: now, since } = page.dataset;
    const state = { phase: now, reported: page.dataset.reported === "true", since: Date.parse(since) };
    if (finished || Number.isNaN(state.since)) return;
    showUnreported(state);
    if (isRungOnly(now, state.reported)) fill("state", phaseWord(state));
  }

  tick();
  localMoment();
  showCountry(byId("country")?.dataset.country);
  localTimes();
  if (!finished) follow();
})();
