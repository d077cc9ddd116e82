// Puts what the server has rendered into the open page. Only what differs is touched: whatever is being
// typed, selected or focused stays, and a screen reader hears of nothing that has not changed.

import { Idiomorph } from "./vendor/idiomorph-0.8.0.js";
import { locale } from "./page.js";
import { dayAndTime, recently, timeOfDay } from "./time.js";

// Set by the reader and by scripts, not by the server: what is unfolded, copied, chosen, under way.
const OWN_ATTRIBUTES = new Set(["open", "data-copied", "aria-selected", "tabindex", "aria-disabled"]);

const callbacks = {
  // Marked in the templates: the browser alone knows what stands in it.
  beforeNodeMorphed: (old) => !old.hasAttribute?.("data-keep"),
  beforeAttributeUpdated: (name) => !OWN_ATTRIBUTES.has(name),
};

export function morph(shown, wanted) {
  Idiomorph.morph(shown, wanted, { callbacks });
}

// What the server sends: when that was and, inside, the parts of the page and what it says of them all.
export function read(html) {
  const sent = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
  localise(sent);
  const all = sent.firstElementChild;
  return { now: Number(sent.dataset.now), state: all.dataset, parts: [...all.children] };
}

// The browser knows the reader's time zone, and what countries are called in their language.
export function localise(root) {
  for (const time of root.querySelectorAll("#why time, .history time")) {
    // A text that is not a time stays as the server wrote it.
    if (!Number.isNaN(Date.parse(time.dateTime))) time.textContent = (time.closest("#why") ? recently : dayAndTime)(time.dateTime, locale);
  }
  for (const text of root.querySelectorAll("[data-text]")) {
    text.textContent = text.dataset.text.replaceAll("%time%", () => timeOfDay(text.dataset.at, locale));
  }
  for (const place of root.querySelectorAll("[data-country]")) place.textContent = country(place.dataset.country);
}

function country(code) {
  try {
    return new Intl.DisplayNames([locale], { type: "region" }).of(code) ?? code;
  } catch {
    return code; // not a country that the browser knows
  }
}
