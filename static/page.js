// What the scripts of every page share: its elements, its words, its language, and which addresses may
// be linked to.

export const byId = (id) => document.getElementById(id);

const words = byId("words")?.content;

// A text that only the browser can choose (templates/words.html), with its %names% filled in.
export function say(key, values = {}) {
  const text = words?.querySelector(`[data-key="${CSS.escape(key)}"]`)?.textContent ?? "";
  return Object.entries(values).reduce((said, [name, value]) => said.replaceAll(`%${name}%`, () => value), text);
}

// The page's language, with the reader's own habits of writing dates where they share it.
const { lang } = document.documentElement;
export const locale = navigator.languages.find((each) => each.split("-")[0] === lang) ?? lang;

// Whether it may be linked to: no javascript:, no data:, no program.
export function webAddress(text, base) {
  try {
    return ["http:", "https:"].includes(new URL(text, base).protocol);
  } catch {
    return false;
  }
}

// What scrolls: the part between strip and bar, or on a page of an operator's own perhaps all of it.
export function scroller() {
  const main = document.querySelector("main");
  const isOwn = main && /auto|scroll/.test(getComputedStyle(main).overflowY);
  return isOwn ? main : document.scrollingElement;
}
