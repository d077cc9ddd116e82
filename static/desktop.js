// The agent's desktop: a tab for each page that a call opens. A page that is open is never moved,
// reloaded or taken away under somebody's hands, whatever else rings: whoever types stays where they are,
// and the new call says that it is there. What is said of calls the server renders (desktop/parts.html).

import { startAlerts } from "./alerts.js";
import { follow } from "./live.js";
import { morph, read } from "./morph.js";
import { byId, locale, say, webAddress } from "./page.js";
import { clock, dayAndTime, timeOfDay } from "./time.js";
import { showInOneWindow } from "./windows.js";

const { path } = document.body.dataset;

const PLAN = { stream: true, every: 3000 };
const AT_WORK = 10000; // whoever touched a page this short a while ago is still at work on it

const tabs = new Map(); // by pane: { id, pane, button, panel, frame, window, over, fresh, touched }
const closed = new Set(); // closed here; a state that was on its way may still name them
const owed = new Set(); // of these the server could not be told yet
let front = null;
let first = true;
let signedOut = false;
let later = []; // calls whose page opens later
const alerts = startAlerts();

function fill(root, selector, text) {
  const element = root.querySelector(selector);
  if (element.textContent !== text) element.textContent = text;
  element.hidden = text === "";
}

const announce = (text) => {
  byId("announce").textContent = text;
};

// ---- what is known of a call -------------------------------------------------------------------

function paneOf({ dataset }, now) {
  const began = dataset.since === "" ? null : performance.now() - (now - Number(dataset.since));
  const is = (name) => dataset[name] === "true";
  return { ...dataset, hosted: is("hosted"), due: is("due"), multitab: is("multitab"), at: Number(dataset.at), began };
}

const isOver = (pane) => pane.phase === "ended";
const wasMissed = (pane) => ["missed", "elsewhere", "expired"].includes(pane.became);
const isTalking = (pane) => pane.phase === "answered" || pane.phase === "held";

function whenOf(ms) {
  const isToday = new Date(ms).toDateString() === new Date().toDateString();
  return isToday ? timeOfDay(ms, locale) : dayAndTime(ms, locale);
}

// A page of ours is taken from where this desktop came from, whatever name that has.
function addressOf({ url, hosted }) {
  const { pathname, search, href } = new URL(url, location.href);
  return hosted ? `${pathname}${search}` : href;
}

// ---- timers --------------------------------------------------------------------------------------

function timerOf(pane) {
  if (wasMissed(pane)) return timeOfDay(pane.at, locale);
  return pane.began === null ? "" : clock(Math.max(0, Math.floor((performance.now() - pane.began) / 1000)));
}

function tick() {
  for (const { button, pane, over } of tabs.values()) fill(button, ".timer", over ? "" : timerOf(pane));
  for (const pane of later) fill(byId(`waiting-${pane.id}`), ".timer", timerOf(pane));
}

// ---- a tab ---------------------------------------------------------------------------------------

function openTab(pane, rendered) {
  const button = document.adoptNode(rendered);
  const panel = byId("panel-model").content.firstElementChild.cloneNode(true);
  panel.id = `panel-${pane.id}`;
  panel.setAttribute("aria-labelledby", button.id);
  const tab = { id: pane.id, pane, button, panel, frame: null, window: null, over: false, fresh: false };
  tab.touched = -Infinity;
  button.addEventListener("click", () => enter(tab));
  panel.querySelector(".close").addEventListener("click", () => close(tab));
  panel.querySelector(".window").addEventListener("click", () => openWindow(tab));
  fillPanel(tab);
  panel.hidden = true;
  tabs.set(pane.id, tab);
  byId("tabs").append(button);
  byId("panels").append(panel);
  return tab;
}

function fillPanel(tab) {
  const { pane, panel } = tab;
  if (pane.action === "run") return instead(tab, say("desk-run", { program: pane.url }));
  if (!webAddress(pane.url, location.href)) return instead(tab, say("desk-bad-url", { url: pane.url }));
  const outside = panel.querySelector(".outside");
  outside.href = addressOf(pane);
  outside.hidden = pane.hosted;
  if (pane.action === "popup") {
    panel.querySelector(".window").hidden = false;
    // Opening it again would load it anew: only a call that has just come opens by itself, and
    // not in front of somebody who is at work.
    if (first || isBusy() || !openWindow(tab)) instead(tab, say("desk-popup"));
    return undefined;
  }
  tab.frame = document.createElement("iframe");
  tab.frame.title = say("desk-page", { who: pane.who, time: new Date(pane.at).toLocaleTimeString(locale) });
  tab.frame.src = addressOf(pane);
  tab.frame.addEventListener("load", () => watch(tab));
  panel.append(tab.frame);
  return undefined;
}

function instead({ panel }, text) {
  panel.querySelector(".instead").hidden = false;
  panel.querySelector(".why").textContent = text;
}

function openWindow(tab) {
  if (tab.window && !tab.window.closed) {
    tab.window.focus();
    return true;
  }
  tab.window = window.open(addressOf(tab.pane), tab.pane.multitab ? "_blank" : "callpane-popup");
  if (tab.window) instead(tab, say("desk-popup-opened"));
  return Boolean(tab.window);
}

const canClose = ({ pane, over }) => over || !pane.hosted || wasMissed(pane);

// The server's words; of a call that somebody else is done with, that it is over.
function showTab(tab) {
  const { pane, button, panel, over, fresh } = tab;
  if (over) {
    button.dataset.phase = "over";
    fill(button, ".phase", say("desk-phase-over"));
  }
  fill(button, ".timer", over ? "" : timerOf(pane));
  button.querySelector(".new").hidden = !fresh || isOver(pane);
  const phase = button.querySelector(".phase").textContent;
  fill(panel, ".line", [phase, pane.about].filter(Boolean).join(" · "));
  panel.querySelector(".close").hidden = !canClose(tab);
  panel.querySelector(".about").hidden = pane.hosted && !canClose(tab);
}

// Somebody else's page says nothing of what is done in it; there the focus has to tell.
function watch(tab) {
  const touch = () => {
    tab.touched = performance.now();
  };
  try {
    for (const act of ["keydown", "input", "pointerdown"]) {
      tab.frame.contentWindow.addEventListener(act, touch, { capture: true, passive: true });
    }
  } catch {
    // not ours to listen in
  }
}

// The agent goes to a page: what they type next belongs there.
function enter(tab) {
  select(tab);
  (tab.frame ?? tab.button).focus();
}

// The keyboard never stays in a page that is out of sight.
function select(tab) {
  const left = front;
  const wasIn = left !== null && left !== tab && left.panel.contains(document.activeElement);
  front = tab ?? null;
  for (const each of tabs.values()) {
    const chosen = each === front;
    each.button.setAttribute("aria-selected", String(chosen));
    each.button.tabIndex = chosen ? 0 : -1;
    each.panel.hidden = !chosen;
  }
  if (front) {
    front.fresh = false;
    showTab(front);
    front.button.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  byId("tabs").hidden = tabs.size === 0;
  byId("empty").hidden = tabs.size > 0 || first || signedOut;
  if (wasIn) (front?.frame ?? front?.button ?? byId("desk")).focus();
  showFlag();
  if (left?.over && left !== front && tabs.has(left.id) && !isUnsaved(left)) remove(left);
}

function remove(tab) {
  const all = [...tabs.values()];
  const at = all.indexOf(tab);
  const focused = document.activeElement;
  const hadFocus = tab.panel.contains(focused) || tab.button === focused;
  tabs.delete(tab.id);
  tab.button.remove();
  tab.panel.remove();
  if (front === tab) {
    front = null;
    select(all.findLast((each) => each !== tab && each.fresh) ?? all[at + 1] ?? all[at - 1]);
  }
  if (hadFocus) (front?.frame ?? front?.button ?? byId("desk")).focus();
  showFlag();
  showTitle();
}

function holds({ frame }, selector) {
  try {
    return Boolean(frame?.contentDocument?.querySelector(selector));
  } catch {
    return false; // not ours to look into
  }
}

// A page of ours says whether something is written that the server does not have.
const isUnsaved = (tab) => holds(tab, "[data-unsaved=true]");

// Whether there is somebody else's page in it, of which nobody can say what is written there.
const isWrapping = (tab) => holds(tab, "#wrapped");

// ---- closing -------------------------------------------------------------------------------------

async function tellClosed(id) {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  const signal = AbortSignal.timeout?.(10000);
  try {
    const body = JSON.stringify({ id });
    const request = { method: "POST", headers, body, signal, keepalive: true };
    const response = await fetch(`${path}/close`, request);
    return response.status < 500;
  } catch {
    return false;
  }
}

async function payOwed() {
  for (const id of [...owed]) {
    owed.delete(id);
    if (!(await tellClosed(id))) owed.add(id);
  }
}

async function close(tab) {
  const button = tab.panel.querySelector(".close");
  const trouble = tab.panel.querySelector(".trouble");
  if (isUnsaved(tab) && button.dataset.sure !== "true") {
    button.dataset.sure = "true";
    button.textContent = say("close-unsaved");
    trouble.textContent = say("desk-unsaved");
    trouble.hidden = false;
    return;
  }
  trouble.hidden = true;
  if (!tab.over && !(await tellClosed(tab.id))) {
    trouble.textContent = say("desk-not-closed");
    trouble.hidden = false;
    return;
  }
  closed.add(tab.id);
  if (tabs.has(tab.id)) remove(tab);
}

// ---- what pages say ------------------------------------------------------------------------------

window.addEventListener("message", ({ data, origin, source }) => {
  const isFrom = ({ frame, window: own }) => frame?.contentWindow === source || own === source;
  const tab = source && [...tabs.values()].find(isFrom);
  if (!tab) return;
  if (data === "closeThirdParty") closedItself(tab, origin);
  else if (typeof data?.callpaneShow === "string" && origin === location.origin) go(data.callpaneShow);
});

// A page of ours leads to the page of another call: to its tab, if it has one here.
function go(address) {
  const all = [...tabs.values()];
  const tab = all.find(({ pane }) => pane.hosted && addressOf(pane) === address);
  if (tab) enter(tab);
  else window.open(address, "_blank", "noopener");
}

// A page says that the work on it is over, as it would say to any agent application.
function closedItself(tab, origin) {
  if (tab.pane.hosted && origin !== location.origin) return;
  closed.add(tab.id);
  // Our own page has told the server itself, unless nobody talked on it.
  if (!tab.over && (!tab.pane.hosted || wasMissed(tab.pane))) owed.add(tab.id);
  remove(tab);
  payOwed();
}

// ---- signing out -----------------------------------------------------------------------------------

const signOut = byId("sign-out"); // an operator's own template may have none
signOut?.addEventListener("submit", (event) => {
  const button = event.target.querySelector("button");
  if (button.dataset.sure === "true" || ![...tabs.values()].some(isUnsaved)) return;
  event.preventDefault();
  button.dataset.sure = "true";
  button.querySelector("span").textContent = say("desk-sign-out-unsaved");
  announce(say("desk-unsaved"));
});

// ---- a new page comes to front, unless that would take somebody out of a call ----------------------

// Whoever talks, types, or has something that is not saved is at work on the page in front.
function isBusy() {
  if (!front) return false;
  if (isUnsaved(front) || isWriting(front)) return true;
  return !front.over && isTalking(front.pane);
}

function isWriting({ frame, touched }) {
  if (!frame || document.activeElement !== frame) return false;
  if (performance.now() - touched < AT_WORK) return true;
  try {
    const inside = frame.contentDocument.activeElement;
    return Boolean(inside?.isContentEditable || inside?.matches("input, textarea, select, iframe"));
  } catch {
    return true; // somebody else's page: it has the keyboard, and does not say what for
  }
}

function bring(arrivals) {
  const newest = arrivals.at(-1);
  if (!newest) return;
  for (const tab of arrivals) tab.fresh = !first;
  const talk = arrivals.findLast((tab) => isTalking(tab.pane));
  const live = arrivals.findLast((tab) => !isOver(tab.pane));
  const wanted = (first && (talk ?? live)) || newest;
  if (!front || (!isBusy() && !wasMissed(wanted.pane))) select(wanted);
  for (const tab of arrivals) showTab(tab);
}

// Of the calls that came while the agent was at work: what is said of one, and how to get there.
let flagged = null;

function showFlag() {
  const isNews = (tab) => tab.fresh && !tab.over && !wasMissed(tab.pane);
  const news = [...tabs.values()].filter(isNews);
  flagged = news.findLast(({ pane }) => isTalking(pane)) ?? news.at(-1) ?? null;
  byId("flag-line").hidden = !flagged;
  const text = flagged?.pane.flag ?? "";
  if (byId("flag-say").textContent !== text) byId("flag-say").textContent = text;
}

byId("flag-show").addEventListener("click", () => {
  if (flagged) enter(flagged);
});

byId("tabs").addEventListener("keydown", (event) => {
  const all = [...tabs.values()];
  const at = all.findIndex((tab) => tab.button === event.target);
  if (at < 0) return;
  if (event.key === "Delete" && canClose(all[at])) {
    select(all[at]);
    close(all[at]);
    return;
  }
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: all.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const tab = all[(to + all.length) % all.length];
  select(tab);
  tab.button.focus();
});

// ---- one state -----------------------------------------------------------------------------------

function show(html) {
  const { now, parts } = read(html);
  const part = (id) => parts.find((each) => each.id === id);
  const calls = [...part("calls").children].map((rendered) => ({ rendered, pane: paneOf(rendered, now) }));
  const open = calls.filter(({ pane }) => !closed.has(pane.id)).sort((a, b) => a.pane.at - b.pane.at);
  const arrivals = [];
  for (const { rendered, pane } of open) {
    const tab = tabs.get(pane.id);
    if (tab) update(tab, pane, rendered);
    else if (pane.due) arrivals.push(openTab(pane, rendered));
  }
  const listed = new Set(open.map(({ pane }) => pane.id));
  for (const tab of [...tabs.values()]) if (!listed.has(tab.id)) leave(tab);
  alerts.show(open.map(({ pane }) => pane).filter(({ phase }) => phase === "ringing"), first);
  if (first && open.length === 0) alerts.offer();
  bring(arrivals);
  showFlag();
  first = false;
  if (!front) select([...tabs.values()].at(-1));
  showLater(part("waiting"), open.map(({ pane }) => pane));
  showMissed(part("missed"));
  morph(byId("missed-link"), part("missed-link"));
  // An operator's own templates may have none.
  if (byId("presence") && part("presence")) morph(byId("presence"), part("presence"));
  showTitle();
  payOwed();
}

function update(tab, pane, rendered) {
  const phase = () => tab.button.querySelector(".phase").textContent;
  const before = phase();
  const answered = isTalking(pane) && !isTalking(tab.pane);
  tab.pane = pane;
  tab.over = false;
  morph(tab.button, rendered);
  // Of several that ring it is not always the newest that is answered.
  if (answered && tab !== front) {
    if (isBusy()) tab.fresh = true;
    else select(tab);
  }
  showTab(tab);
  if (tab !== front && phase() !== before) announce(`${pane.who}: ${phase()}`);
}

// Done somewhere else. What is being looked at, or holds text that is not saved, stays.
function leave(tab) {
  if (isUnsaved(tab) || (tab === front && tab.frame)) {
    tab.over = true;
    showTab(tab);
  } else {
    remove(tab);
  }
}

function showLater(list, panes) {
  later = panes.filter((pane) => !tabs.has(pane.id) && !isOver(pane));
  const rows = new Map([...list.children].map((row) => [row.dataset.id, row]));
  list.replaceChildren(...later.map(({ id }) => rows.get(id)).filter(Boolean));
  list.hidden = later.length === 0;
  morph(byId("waiting"), list);
  tick();
}

// A page that is open here is shown here, any other one in a window of its own.
function showMissed(list) {
  for (const row of list.querySelectorAll("li")) {
    const isOpen = tabs.has(row.dataset.id);
    const [time, button, link] = ["time", "button", "a"].map((name) => row.querySelector(name));
    const at = Number(time.dataset.ms);
    time.dateTime = new Date(at).toISOString();
    time.textContent = whenOf(at);
    button.hidden = !isOpen;
    if (isOpen) link.hidden = true;
  }
  const row = document.activeElement?.closest("#missed li");
  morph(byId("missed"), list);
  if (row && !document.activeElement.checkVisibility()) row.querySelector(":is(a, button):not([hidden])")?.focus();
}

byId("missed").addEventListener("click", (event) => {
  const tab = event.target.closest("button") && tabs.get(event.target.closest("li").dataset.id);
  if (tab) enter(tab);
});

function showTitle() {
  const ringing = [...tabs.values()].map(({ pane }) => pane).concat(later);
  const rings = ringing.findLast((pane) => pane.phase === "ringing");
  if (rings) document.title = say("desk-title-rings", { who: rings.who });
  else document.title = tabs.size > 0 ? say("desk-title-tabs", { count: tabs.size }) : say("desk-title");
}

// ---- connection, and which window shows ------------------------------------------------------------

const lamp = byId("lamp");

function showLink(up) {
  lamp.dataset.state = up ? "connected" : "lost";
  const time = timeOfDay(Date.now(), locale);
  lamp.firstElementChild.textContent = say(up ? "desk-connected" : "desk-reconnecting", { time });
}

// What was opened stays open: pages may hold text that was not saved yet.
function denied() {
  lamp.hidden = true;
  byId("denied").hidden = false;
  if (signOut) signOut.hidden = true;
  byId("denied-pages").hidden = tabs.size === 0;
  byId("desk").hidden = tabs.size === 0;
  if (tabs.size === 0) byId("denied").focus(); // else somebody may be typing
  byId("waiting").hidden = true;
  signedOut = true;
}

let following = null;
let clockwork = 0;

function begin() {
  if (following) return;
  byId("other").hidden = true;
  byId("desk").hidden = false;
  lamp.hidden = false;
  first = true;
  clockwork = setInterval(tick, 1000);
  following = follow(path, {
    plan: PLAN,
    shared: false,
    state(html) {
      show(html);
      return PLAN;
    },
    link: showLink,
    end: denied,
  });
}

// Pages that may hold text stay, out of sight; the others are opened by the window that shows now.
function rest() {
  following?.stop();
  following = null;
  clearInterval(clockwork);
  for (const tab of [...tabs.values()]) if (tab.pane.hosted && !isUnsaved(tab) && !isWrapping(tab)) remove(tab);
  const wasIn = byId("desk").contains(document.activeElement);
  byId("desk").hidden = true;
  byId("other").hidden = false;
  if (wasIn) byId("here").focus();
  lamp.hidden = true;
  byId("missed-link").hidden = true;
  document.title = say("desk-title");
}

const place = showInOneWindow(`callpane-desktop ${path}`, { show: begin, wait: rest });
byId("here").addEventListener("click", () => {
  place.take();
  byId("desk").focus();
});
