// What the console adds where scripts run: the key to the search, copying, and a live page.

import { follow } from "./live.js";
import { morph, read } from "./morph.js";

const COPIED_FOR = 2000;
const typing = "input, textarea, select, [contenteditable]";

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest(typing)) return;
  event.preventDefault();
  const search = document.getElementById("search");
  search?.focus();
  search?.select();
});

// Where the clipboard may not be used, the text is selected instead.
async function copy(button) {
  const text = document.getElementById(button.dataset.copies);
  try {
    await navigator.clipboard.writeText(text.textContent);
  } catch {
    getSelection().selectAllChildren(text);
    return;
  }
  const label = button.textContent;
  button.textContent = button.dataset.copied;
  setTimeout(() => { button.textContent = label; }, COPIED_FOR);
}

for (const button of document.querySelectorAll("[data-copies]")) {
  button.addEventListener("click", () => copy(button));
}

const link = document.querySelector("[data-live]");
if (link) {
  const plan = { stream: true, every: 3000 };
  follow(link.dataset.live, {
    plan,
    state(text) {
      morph(document.getElementById("live-parts"), read(text).parts[0]);
      return plan;
    },
    link(up) { link.textContent = up ? link.dataset.up : link.dataset.down; },
    end() { location.reload(); },
  });
}
