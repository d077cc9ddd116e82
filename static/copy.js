// Copies the caller's number. A frame may not be allowed to use the clipboard: then by a selection.

import { byId, say } from "./page.js";

const SHOWN_FOR = 2000;

function copyBySelection(text) {
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "sr";
  field.readOnly = true;
  document.body.append(field);
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
  label.textContent = say(copied ? "copied" : "copy-failed");
  byId("announce").textContent = label.textContent;
  button.toggleAttribute("data-copied", copied);
  label.classList.toggle("sr", copied);
  setTimeout(() => {
    button.removeAttribute("data-copied");
    label.textContent = say("copy");
    label.classList.add("sr");
  }, SHOWN_FOR);
}

export function startCopying() {
  byId("copy")?.addEventListener("click", (event) => copyNumber(event.currentTarget));
}
