// Plays the calls of phone systems that tell of their calls by webhook. They ring at the built-in desktop
// of an agent, which is shown beside them from the first request on.

import { playStep } from "./demo_play.js";
import { byId, say } from "./page.js";

const BETWEEN = 2000;

const script = byId("script");
const caller = byId("vendor-caller");
const play = byId("play");
const stepOn = byId("step");
const desktop = byId("built-in");

let call = ""; // the id of the call being played
let next = 0;
let sending = false;
let playing = 0;

const list = () => document.querySelector(`.steps[data-script="${CSS.escape(script.value)}"]`);
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

// Not before it is wanted: every opening of a personal link begins a session.
function showDesktop() {
  if (!desktop.hidden) return;
  const frame = desktop.querySelector("iframe");
  frame.src = frame.dataset.src;
  desktop.hidden = false;
  desktop.scrollIntoView({ block: "nearest" });
}

function stop() {
  clearTimeout(playing);
  playing = 0;
  show();
}

// Sends the next request of the call; a call that is over is followed by a new one.
async function one() {
  const missing = caller.value.trim() === "";
  byId("vendor-caller-error").hidden = !missing;
  caller.setAttribute("aria-invalid", String(missing));
  if (missing) caller.focus();
  if (missing || sending) return false;
  if (next >= steps().length || !call) begin();
  showDesktop();
  sending = true;
  const { step } = steps()[next].dataset;
  const sent = await playStep({ script: script.value, step, call, caller: caller.value.trim() });
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

script.addEventListener("change", () => {
  stop();
  begin();
});

show();
