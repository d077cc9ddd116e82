// The wire log of the demo: what went over the wire, each line with its body to unfold.

import { byId, say } from "./page.js";

const log = byId("log");

export function note(kind, text, body, summaryText = say("demo-body")) {
  const entry = document.createElement("li");
  entry.dataset.kind = kind;
  const time = document.createElement("time");
  time.textContent = new Date().toISOString().slice(11, 23);
  const label = document.createElement("b");
  label.textContent = kind;
  const line = document.createElement("span");
  line.className = "line";
  line.textContent = text;
  entry.append(time, label, line);
  if (body) {
    const details = document.createElement("details");
    const summary = document.createElement("summary");
    summary.textContent = summaryText;
    const pre = document.createElement("pre");
    pre.textContent = body;
    details.append(summary, pre);
    entry.append(details);
  }
  const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
  log.append(entry);
  if (atEnd) log.scrollTop = log.scrollHeight;
}

export function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text ?? "";
  }
}
