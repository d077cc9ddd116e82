// Hears what changes as it changes: a stream of whole states or, where no stream comes through,
// asking again and again. Every state stands for itself, so that none is missed: the newest is the
// truth.
//
//   const following = follow("/pane/…", {
//     plan: { stream: true, every: 3000 }, // how to begin
//     state(text) {},   // a whole state; answers the plan from here on, or null: enough heard
//     link(up) {},      // the server is heard, or is not heard any more
//     end(why) {},      // "gone", "completed": nothing more is to be had there; "denied": not by you
//   });
//   following.stop();

import { afterFailures, spread } from "./pauses.js";

const PATIENCE = 5000; // a stream that is silent for so long at its beginning does not come through
const SILENCE = 45000; // the server lets hear of itself every 15 s
const NO_ANSWER = 10000;
const STREAM_AGAIN = 60000;
const DROPS = 3;
const LONG_ENOUGH = 30000;

// Browsers open six connections to one host. Pages of calls share so many of them for streams,
// so that one is always free to save what somebody writes.
const SHARED_STREAMS = 3;

const nothing = () => {};

function take(name) {
  return new Promise((answer) => {
    const held = (lock) => (lock ? new Promise((release) => { answer(release); }) : answer(null));
    // Not allowed in this frame: then nobody counts, and each has its stream.
    navigator.locks.request(name, { ifAvailable: true }, held).catch(() => answer(nothing));
  });
}

// Answers how to give the connection back, or null when all are taken.
async function takeConnection() {
  if (!navigator.locks) return nothing;
  for (let number = 1; number <= SHARED_STREAMS; number += 1) {
    const release = await take(`callpane-stream-${number}`);
    if (release) return release;
  }
  return null;
}

export function follow(address, { plan: first, state, link, end, shared = true }) {
  let plan = first;
  let source = null;
  let release = nothing; // gives the connection back
  let opening = false;
  let streaming = false; // the stream has said something since it was last opened
  let streamed = false; // and did so at least once
  let turnedAway = false; // the server answered, and gave no stream: it has none to spare
  let openedAt = 0;
  let streamAfter = 0;
  let drops = 0;
  let patience = 0;
  let next = 0;
  let asking = false;
  let failures = 0;
  let etag = null;
  let up = null;
  let stopped = false;

  function setLink(now) {
    if (now === up) return;
    up = now;
    link?.(now);
  }

  function stop() {
    stopped = true;
    closeStream();
    clearTimeout(next);
    for (const [target, name] of wakers) target.removeEventListener(name, wake);
  }

  function finish(why) {
    if (stopped) return;
    stop();
    end?.(why);
  }

  function heard(latest) {
    if (stopped) return;
    setLink(true);
    const wanted = state(latest);
    if (stopped) return;
    if (!wanted) {
      stop();
      return;
    }
    const before = plan;
    plan = wanted;
    if (before.stream && !plan.stream) {
      closeStream();
      askIn(plan.every);
    } else if (!before.stream && plan.stream) {
      openStream();
    }
  }

  // ---- the stream ------------------------------------------------------------------------------

  async function openStream() {
    if (source || opening || stopped) return;
    opening = true;
    streamAfter = performance.now() + STREAM_AGAIN;
    const given = shared ? await takeConnection() : nothing;
    opening = false;
    if (given && plan.stream && !stopped) {
      release = given;
      listen();
    } else {
      given?.();
      if (!asking) askIn(streamed || up === null ? 0 : plan.every);
    }
  }

  function listen() {
    openedAt = performance.now();
    source = new EventSource(`${address}/stream`);
    expect(PATIENCE);
    const alive = () => {
      streaming = true;
      streamed = true;
      turnedAway = false;
      clearTimeout(next);
      expect(SILENCE);
    };
    source.addEventListener("state", ({ data }) => {
      alive();
      heard(data);
    });
    // After a break: nothing has changed since the last state.
    source.addEventListener("same", () => {
      alive();
      setLink(true);
    });
    source.addEventListener("beat", () => {
      if (streaming) expect(SILENCE);
    });
    source.addEventListener("gone", () => finish("gone"));
    source.addEventListener("error", dropped);
  }

  function expect(within) {
    clearTimeout(patience);
    patience = setTimeout(withoutStream, within);
  }

  function dropped() {
    streaming = false;
    // The browser comes back by itself, unless it was sent away. Then asking tells who did that: a
    // server that is there is asked for a stream again after a while, and not as soon as it answers.
    if (source.readyState === EventSource.CLOSED) {
      turnedAway = true;
      streamAfter = performance.now() + STREAM_AGAIN;
      withoutStream();
      return;
    }
    setLink(false);
    drops = performance.now() - openedAt > LONG_ENOUGH ? 1 : drops + 1;
    openedAt = performance.now();
    if (drops >= DROPS) withoutStream();
    else expect(PATIENCE);
  }

  function closeStream() {
    clearTimeout(patience);
    streaming = false;
    source?.close();
    source = null;
    release();
    release = nothing;
  }

  function withoutStream() {
    closeStream();
    drops = 0;
    ask();
  }

  // ---- asking ----------------------------------------------------------------------------------

  function askIn(delay) {
    clearTimeout(next);
    if (!stopped) next = setTimeout(ask, spread(delay));
  }

  async function ask() {
    clearTimeout(next);
    if (asking || stopped) return;
    asking = true;
    const wasAway = up === false;
    const answer = await attempt();
    asking = false;
    if (stopped || streaming) return;
    failures = answer ? 0 : failures + 1;
    if (!answer) turnedAway = false;
    setLink(Boolean(answer));
    if (answer?.state) heard(answer.state);
    // Back after the server was away, or a minute later: what stood in the way may be gone.
    const returned = answer && wasAway && streamed && !turnedAway;
    if (plan.stream && (returned || performance.now() >= streamAfter)) openStream();
    askIn(afterFailures(plan.every, failures));
  }

  async function attempt() {
    const headers = etag ? { "If-None-Match": etag } : {};
    try {
      const signal = AbortSignal.timeout?.(NO_ANSWER);
      const response = await fetch(`${address}/state`, { headers, signal, cache: "no-store" });
      if (response.status === 304) return {};
      if (!response.ok) return await refused(response);
      etag = response.headers.get("ETag");
      return { state: await response.text() };
    } catch {
      return null;
    }
  }

  // An end has to be said in so many words: a proxy's refusal, or a 404, says nothing about a page
  // that was there.
  async function refused(response) {
    if (response.status === 401) finish("denied");
    if (response.status !== 410) return null;
    const { code } = await response.json();
    if (code) finish(code === "page-completed" ? "completed" : "gone");
    return null;
  }

  // ---- beginning -------------------------------------------------------------------------------

  const wake = () => {
    if (!source && document.visibilityState === "visible") ask();
  };
  const wakers = [[window, "online"], [document, "visibilitychange"]];
  for (const [target, name] of wakers) target.addEventListener(name, wake);

  if (plan.stream) openStream();
  else askIn(plan.every);
  return { stop };
}
