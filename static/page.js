// What the scripts of every page share: the page's words, its language, and which addresses may be
// linked to. base.html loads it before them.
(() => {
  "use strict";

  // A text that the page carries as data-say-…, with its %names% filled in.
  const say = (name, values = {}) =>
    Object.entries(values).reduce(
      (text, [key, value]) => text.replaceAll(`%${key}%`, () => value),
      document.body.dataset[`say${name}`] ?? "",
    );

  // The page's language, with the reader's own habits of writing dates where they share it.
  const { lang } = document.documentElement;
  const locale = navigator.languages.find((each) => each.split("-")[0] === lang) ?? lang;

  // Whether it may be linked to: no javascript:, no data:, no program.
  function webAddress(text, base) {
    try {
      return ["http:", "https:"].includes(new URL(text, base).protocol);
    } catch {
      return false;
    }
  }

  globalThis.callpanePage = { say, locale, webAddress };
})();
