// A stand-in for XiVO's agent application. It plays the part of that client which asks a third-party
// web service what to open, with its one loaded answer for the whole client, and all that follows
// from that. The numbers in brackets are the behaviours a bridge has to live with:
//  [1] `action` is not looked at when deciding to fire    [7] closing a page drops the loaded answer
//  [2] `event` must match exactly; fires once             [8] events are not tied to calls
//  [3] released fires only after established was seen     [9] the answer that arrives last wins
//  [4] a slow answer misses its event                    [10] any error drops the loaded answer, silently
//  [5] a new ring does not drop the loaded answer        [11] un-pausing asks nobody
//  [6] a second answer overwrites the first, and with it the promise to end the pause

import { note, pretty } from "./demo_log.js";
import { playStep } from "./demo_play.js";
import { byId, say, webAddress } from "./page.js";

const page = document.body;

// ---- pause lamp [11] ---------------------------------------------------------------------------

const lamp = byId("lamp");

function setPaused(paused, text) {
  lamp.dataset.state = paused ? "paused" : "ready";
  lamp.textContent = say(paused ? "demo-paused" : "demo-ready");
  byId("pause").textContent = say(paused ? "demo-unpause" : "demo-pause");
  note("pause", text);
}

// ---- the third-party service of the client: one answer, one flag, no call id --------------------

let currentAction = null;
let wasEstablished = false;

function showState() {
  const loaded = currentAction && typeof currentAction === "object" ? currentAction : null;
  page.dataset.currentAction = currentAction ? JSON.stringify(currentAction) : "";
  page.dataset.wasEstablished = String(wasEstablished);
  const armed = byId("armed");
  const values = { action: loaded?.action ?? "none", event: loaded?.event ?? "" };
  let text = say("demo-armed-none");
  if (loaded?.event) text = say(loaded.triggered ? "demo-fired" : "demo-armed", values);
  else if (currentAction) text = say("demo-armed-nothing");
  if (loaded?.autopause) text += ` (${say("demo-with-autopause")})`;
  armed.textContent = text;
}

// The answer's event is compared, its action is not [1]; once per answer [2].
function fire(event) {
  if (!currentAction || currentAction.event !== event || currentAction.triggered) return false;
  currentAction.triggered = true;
  if (currentAction.autopause) setPaused(true, say("demo-log-pause"));
  present(currentAction);
  return true;
}

function onPhoneEvent(event, call) {
  note("phone", `${event} DN=${call.agent.line} otherDN=${call.caller} linkedId=${call.id}`);
  report(event, call);
  if (event === "EventRinging") {
    ask(call); // [5] what is loaded stays loaded
  } else if (event === "EventEstablished" && currentAction) {
    wasEstablished = true; // [3] only while an answer is loaded [4]
    fire("EventEstablished");
  } else if (event === "EventReleased") {
    if (wasEstablished) fire("EventReleased"); // of whichever call [8]
    else if (currentAction?.event === "EventReleased" && !currentAction.triggered) note("phone", say("demo-log-unfired"));
    wasEstablished = false;
  }
  showState();
}

function onAnswer(answer) {
  currentAction = answer; // [9] and [6]: the last one to arrive, whatever it belongs to
  if (answer?.event === "EventRinging") fire("EventRinging"); // even if the call is over [4]
  showState();
}

function onError() {
  currentAction = null; // [10]
  showState();
}

function clearAction() {
  if (currentAction?.autopause) setPaused(false, say("demo-log-unpause")); // the current answer decides [6]
  else if (lamp.dataset.state === "paused") note("pause", say("demo-log-stuck"));
  currentAction = null; // [7]
  wasEstablished = false;
  showState();
}

// An address where nobody answers, which this page is allowed to try.
const NOBODY = "http://127.0.0.1:9/thirdparty";

// ---- asking ------------------------------------------------------------------------------------

function callData() {
  const data = {};
  for (const line of byId("data").value.split("\n")) {
    const at = line.indexOf("=");
    if (at > 0) data[line.slice(0, at).trim()] = line.slice(at + 1).trim();
  }
  return Object.keys(data).length > 0 ? data : undefined;
}

// Members that are undefined are left out by JSON.stringify, as in the client.
const ringBody = (call) => JSON.stringify({
  user: call.agent.user,
  callee: call.agent.line,
  caller: call.caller,
  userData: call.data,
  callDataCallId: call.id,
  queue: call.queue,
});

function ask(call) {
  post(call, onAnswer, onError);
  if (byId("second-window").checked) {
    // The other window has a state and pages of its own: here only its wire is seen.
    note("message", say("demo-log-second"));
    post(call, () => {}, () => {});
  }
}

async function post(call, answered, failed) {
  const delay = Number(byId("delay").value) || 0;
  const url = byId("fail").checked ? NOBODY : page.dataset.thirdPartyUrl;
  const body = ringBody(call);
  if (delay > 0) {
    note("request", say("demo-log-waits", { ms: delay }));
    await new Promise((resolve) => { setTimeout(resolve, delay); });
  }
  note("request", `POST ${url}`, JSON.stringify(JSON.parse(body), null, 2));
  const started = performance.now();
  const elapsed = () => Math.round(performance.now() - started);
  let response;
  let text;
  try {
    response = await fetch(url, {
      method: "POST",
      credentials: "omit",
      headers: {
        "Content-Type": "application/json;charset=utf-8",
        Accept: "application/json, text/plain, */*",
      },
      body,
    });
    text = await response.text();
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const answer = parse(text, response.headers.get("Content-Type") ?? "");
    note("answer", say("demo-log-answered", { status: response.status, ms: elapsed() }), pretty(text));
    answered(answer);
  } catch (error) {
    note("error", say("demo-log-failed", { reason: error.message, ms: elapsed() }), text);
    failed();
  }
}

// As the client's HTTP library does: text that is not JSON is an error only when it claims to be.
function parse(text, type) {
  const bare = text.replace(/^\)\]\}',?\n/, "").trim();
  const claims = type.startsWith("application/json");
  if (!bare || !(claims || /^[[{]/.test(bare))) return text;
  try {
    return JSON.parse(bare);
  } catch (error) {
    if (claims) throw error;
    return text;
  }
}

// ---- showing: a pane in a tab, a window, or a program that is only named here -------------------

const panes = byId("panes");
const tabs = panes.querySelector("[role=tablist]");
const open = []; // { frame, panel, tab }
const popups = new Set();
let paneCount = 0;

function present({ action, event, url, title, multitab }) {
  const fired = say("demo-fired", { action, event });
  note("action", `${fired} ${url ?? ""}`);
  if (action === "run") {
    note("action", say("demo-log-run", { url }));
  } else if (action !== "open" && action !== "popup") {
    note("action", say("demo-log-nothing", { action }));
  } else if (!webAddress(url)) {
    note("error", say("demo-log-bad-url", { url }));
  } else if (action === "popup") {
    const popup = window.open(url, multitab ? "_blank" : "thirdparty");
    if (popup) popups.add(popup);
    note(popup ? "action" : "error", say(popup ? "demo-log-popup" : "demo-log-popup-blocked", { url }));
  } else {
    openPane(url, title || say("demo-untitled"));
  }
}

function openPane(url, title) {
  paneCount += 1;
  const panel = document.createElement("div");
  panel.id = `pane-${paneCount}`;
  panel.setAttribute("role", "tabpanel");
  panel.setAttribute("aria-labelledby", `tab-${paneCount}`);
  const frame = document.createElement("iframe");
  frame.className = "pane";
  frame.title = title;
  frame.src = url;
  panel.append(frame);
  const tab = document.createElement("button");
  tab.type = "button";
  tab.id = `tab-${paneCount}`;
  tab.textContent = title;
  tab.setAttribute("role", "tab");
  tab.setAttribute("aria-controls", panel.id);
  const pane = { frame, panel, tab };
  tab.addEventListener("click", () => select(pane));
  open.push(pane);
  tabs.append(tab);
  panes.append(panel);
  select(pane);
  note("action", say("demo-log-opened", { title }));
}

function select(pane) {
  for (const each of open) {
    const chosen = each === pane;
    each.tab.setAttribute("aria-selected", String(chosen));
    each.tab.tabIndex = chosen ? 0 : -1;
    each.panel.hidden = !chosen;
  }
  tabs.hidden = open.length === 0;
  panes.querySelector(".empty").hidden = open.length > 0;
}

function closePane(pane) {
  const at = open.indexOf(pane);
  const hadFocus = pane.panel.contains(document.activeElement);
  open.splice(at, 1);
  pane.tab.remove();
  pane.panel.remove();
  const next = open[Math.min(at, open.length - 1)];
  select(next);
  if (hadFocus) (next?.tab ?? byId("ring")).focus();
}

tabs.addEventListener("keydown", (event) => {
  const at = open.findIndex((pane) => pane.tab === event.target);
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: open.length - 1 }[event.key];
  if (at < 0 || to === undefined) return;
  event.preventDefault();
  const pane = open[(to + open.length) % open.length];
  select(pane);
  pane.tab.focus();
});

window.addEventListener("message", ({ data, origin, source }) => {
  const pane = open.find(({ frame }) => frame.contentWindow === source);
  const known = pane || popups.has(source);
  const text = typeof data === "string" ? data : JSON.stringify(data);
  if (!known || data !== "closeThirdParty") {
    note("message", say("demo-log-message-ignored", { text, origin }));
    return;
  }
  note("message", say("demo-log-message", { text, origin }));
  clearAction();
  if (pane) closePane(pane);
  popups.delete(source);
  note("action", say("demo-log-cleared"));
});

// ---- XuC, which reports what this desktop does not ---------------------------------------------

let reported = Promise.resolve(); // one after the other: Callpane is to hear them in their order

function report(step, { id, caller, agent, queue }) {
  if (!byId("reported")?.checked) return;
  const wanted = { script: "xuc", step, call: id, caller, line: agent.line, queue: queue?.name ?? "" };
  reported = reported.then(() => playStep(wanted));
}

// ---- the phone ---------------------------------------------------------------------------------

const calls = []; // oldest first: { id, caller, queue, data, agent, state }
let selected = null;
let callCount = 4520;

const newest = (...states) => {
  for (const state of states) {
    const call = calls.findLast((each) => each.state === state);
    if (call) return call;
  }
  return undefined;
};
const target = (...states) => (states.includes(selected?.state) ? selected : newest(...states));
const toAnswer = () => target("ringing");
const toHold = () => target("established", "held");
const toHangUp = () => selected ?? newest("established", "held", "ringing");

function currentAgent() {
  const option = byId("agent").selectedOptions[0];
  const { agentId, firstName, lastName, line } = option?.dataset ?? {};
  return {
    line,
    user: {
      userId: Number(option?.value),
      agentId: agentId ? Number(agentId) : undefined,
      firstName,
      lastName,
      fullName: `${firstName} ${lastName}`,
      token: "demo.not-a-credential.0",
    },
  };
}

function currentQueue() {
  const option = byId("queue").selectedOptions[0];
  if (!option?.value) return undefined;
  const { name, display, number } = option.dataset;
  return { id: Number(option.value), name, displayName: display, number };
}

function showCalls() {
  const list = byId("calls");
  const focused = document.activeElement?.dataset?.call;
  list.replaceChildren(...calls.map((call) => {
    const row = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.call = call.id;
    button.dataset.state = call.state;
    button.setAttribute("aria-pressed", String(call === selected));
    for (const [name, text] of [
      ["from", call.caller],
      ["via", call.queue?.displayName ?? say("demo-direct")],
      ["state", say({ ringing: "demo-call-ringing", established: "demo-call-established", held: "demo-call-held" }[call.state])],
    ]) {
      const part = document.createElement("span");
      part.className = name;
      part.textContent = text;
      button.append(part);
    }
    button.addEventListener("click", () => {
      selected = selected === call ? null : call;
      showCalls();
    });
    row.append(button);
    return row;
  }));
  if (focused) list.querySelector(`[data-call="${focused}"]`)?.focus();
  byId("calls-none").hidden = calls.length > 0;
  byId("answer").disabled = !toAnswer();
  byId("hold").disabled = !toHold();
  byId("hold").textContent = say(toHold()?.state === "held" ? "demo-resume" : "demo-hold");
  byId("hangup").disabled = calls.length === 0;
}

function establish(call) {
  for (const other of calls) {
    if (other !== call && other.state === "established") {
      other.state = "held";
      onPhoneEvent("EventOnHold", other);
    }
  }
  call.state = "established";
  onPhoneEvent("EventEstablished", call);
}

byId("ring").addEventListener("click", () => {
  const caller = byId("caller").value.trim();
  byId("caller-error").hidden = caller !== "";
  byId("caller").setAttribute("aria-invalid", String(caller === ""));
  if (!caller) {
    byId("caller").focus();
    return;
  }
  callCount += 1;
  const call = {
    id: `${Math.floor(Date.now() / 1000)}.${callCount}`,
    caller,
    queue: currentQueue(),
    data: callData(),
    agent: currentAgent(),
    state: "ringing",
  };
  calls.push(call);
  showCalls();
  onPhoneEvent("EventRinging", call);
});

byId("answer").addEventListener("click", () => {
  const call = toAnswer();
  if (!call) return;
  establish(call);
  showCalls();
});

byId("hold").addEventListener("click", () => {
  const call = toHold();
  if (!call) return;
  if (call.state === "held") {
    establish(call);
  } else {
    call.state = "held";
    onPhoneEvent("EventOnHold", call);
  }
  showCalls();
});

byId("hangup").addEventListener("click", () => {
  const call = toHangUp();
  if (!call) return;
  calls.splice(calls.indexOf(call), 1);
  if (selected === call) selected = null;
  showCalls();
  onPhoneEvent("EventReleased", call);
  if (byId("hangup").disabled) byId("ring").focus();
});

byId("pause").addEventListener("click", () => {
  const paused = lamp.dataset.state !== "paused";
  setPaused(paused, say(paused ? "demo-log-pause" : "demo-log-unpause"));
});

showCalls();
showState();
