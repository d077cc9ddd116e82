// Has Callpane make one request of a phone system as that system would, and send it to itself. Both sides
// go into the wire log.

import { note, pretty } from "./demo_log.js";
import { say } from "./page.js";

function written({ headers, body }) {
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  return [lines.join("\n"), pretty(body)].filter(Boolean).join("\n\n");
}

// `wanted` has the script and its step, the call's id and the caller; answers whether it was sent.
export async function playStep(wanted) {
  const started = performance.now();
  try {
    const response = await fetch("play", { // beside this page
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(wanted),
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
