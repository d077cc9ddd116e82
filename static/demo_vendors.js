// Plays the calls of phone systems that tell of their calls by webhook: Callpane makes each request as
// that system would, sends it to itself, and this page writes both sides into the wire log.

import { note } from "./demo_desktop.js";
import { byId, say } from "./page.js";

const BETWEEN = 2000;

const vendor = byId("vendor");
const caller = byId("vendor-caller");
const play = byId("play");
const stepOn = byId("step");

let call = ""; // the id of the call being played
let next = 0;
let sending = false;
let playing = 0;

const list = () => document.querySelector(`.steps[data-vendor="${CSS.escape(vendor.value)}"]`);
const steps = () => [...list().children];

function begin() {
  call = String(Date.now());
  next = 0;
  show();
}

function show() {
  for (const each of document.querySelectorAll(".steps")) each.hidden = each !== list();
  for (const [index, step] of steps().entries()) {
    step.toggleAttribute("data-sent", index < next);
    step.querySelector(".sr").hidden = index >= next;
    if (index === next) step.setAttribute("aria-current", "step");
    else step.removeAttribute("aria-current");
  }
  play.textContent = say(playing ? "demo-play-stop" : "demo-play");
}

function stop() {
  clearTimeout(playing);
  playing = 0;
  show();
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text ?? "";
  }
}

function written({ headers, body }) {
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  return [lines.join("\n"), pretty(body)].filter(Boolean).join("\n\n");
}

async function send(step) {
  const started = performance.now();
  try {
    const response = await fetch("play", { // beside this page
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ vendor: vendor.value, step, call, caller: caller.value.trim() }),
    });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const { request, answer } = await response.json();
    note("request", `${request.method} ${request.url}`, written(request), say("demo-request"));
    const ms = Math.round(performance.now() - started);
    note("answer", say("demo-log-played", { status: answer.status, ms }), pretty(answer.body));
    return true;
  } catch (error) {
    note("error", say("demo-log-not-played", { reason: error.message }));
    return false;
  }
}

// Sends the next request of the call; a call that is over is followed by a new one.
async function one() {
  const missing = caller.value.trim() === "";
  byId("vendor-caller-error").hidden = !missing;
  caller.setAttribute("aria-invalid", String(missing));
  if (missing) caller.focus();
  if (missing || sending) return false;
  if (next >= steps().length || !call) begin();
  sending = true;
  const sent = await send(next);
  sending = false;
  if (sent) next += 1;
  show();
  return sent;
}

async function run() {
  const sent = await one();
  if (!playing) return; // stopped meanwhile
  if (!sent || next >= steps().length) {
    stop();
    return;
  }
  playing = setTimeout(run, BETWEEN);
}

play.addEventListener("click", () => {
  if (playing) {
    stop();
    return;
  }
  if (sending) return;
  begin();
  playing = setTimeout(run);
  show();
});

stepOn.addEventListener("click", () => {
  stop();
  one();
});

vendor.addEventListener("change", () => {
  stop();
  begin();
});

show();
