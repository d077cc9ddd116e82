// Keeps the page of one call true while the call goes on: the server renders its parts anew, and they are
// morphed in. What only the browser knows is added: the seconds that pass, what has to be announced.

import { follow } from "./live.js";
import { localise, morph, read } from "./morph.js";
import { byId, scroller } from "./page.js";
import { clock } from "./time.js";

const page = document.body;

const WHILE_LIVE = { stream: true, every: 3000 };
const AFTERWARDS = { stream: false, every: 15000 };
const planFor = (phase) => (phase === "ended" ? AFTERWARDS : WHILE_LIVE);

const LINK_LOST = 5000; // a connection that comes back sooner is nobody's business

// ---- the timer: counts on from what the server measured, so no two clocks need to agree ----------

let began = null; // by the browser's clock; null where nothing is counted
let next = 0;

function tick() {
  const timer = byId("timer");
  if (!timer) return;
  clearTimeout(next);
  timer.hidden = began === null;
  if (timer.hidden) return;
  const exact = Math.max(0, (performance.now() - began) / 1000);
  timer.textContent = clock(Math.floor(exact));
  next = setTimeout(tick, 1005 - (exact % 1) * 1000);
}

function count(from) {
  began = from;
  tick();
}

// ---- what those hear who cannot see the page --------------------------------------------------------

const textOf = (id) => {
  const element = byId(id);
  return element && !element.hidden ? element.textContent.trim() : "";
};

function announce(text) {
  const line = byId("announce");
  if (line) line.textContent = text;
}

function announceContact(state) {
  if (state === "known") announce([textOf("caller"), textOf("company")].filter(Boolean).join(", "));
  if (state === "several") announce(textOf("contact-say"));
}

// ---- one state ---------------------------------------------------------------------------------------

// Scrolls; where the page ends too early for that, it is given room (pane.css): what it lacks, and before
// that what its end is short of the screen's.
let given = 0;
function shift(scrolled, by) {
  for (let round = 0; round < 2; round += 1) {
    const left = scrolled.scrollHeight - scrolled.clientHeight - scrolled.scrollTop;
    given += Math.max(0, by - left);
    scrolled.style.setProperty("--room", `${given}px`);
  }
  scrolled.scrollBy({ top: by, behavior: "instant" });
}

// What somebody is writing or choosing stays where it is when something comes or goes above it.
function inPlace(change) {
  const focused = document.activeElement?.closest("#work, #contact form") ? document.activeElement : null;
  const before = focused?.getBoundingClientRect().top;
  change();
  const moved = focused ? focused.getBoundingClientRect().top - before : 0;
  if (Math.abs(moved) > 1) shift(scroller(), moved);
}

const isWithheld = () => byId("withheld")?.hidden === false;

// In the built-in desktop every call has a tab of its own: it is asked to show that one.
function isInDesktop() {
  try {
    return window.parent !== window && window.parent.document.body.classList.contains("desk");
  } catch {
    return false; // somebody else's desktop
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("#newest a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !isInDesktop()) return;
  event.preventDefault();
  window.parent.postMessage({ callpaneShow: link.pathname }, location.origin);
});

// There the desktop itself says that another call rings.
document.body.classList.toggle("in-desktop", isInDesktop());

export function startCall({ showContact, confirmed, ended }) {
  let { phase } = page.dataset;

  function showPart(part) {
    const shown = byId(part.id);
    if (!shown) return;
    if (part.id === "contact") showContact(part);
    else morph(shown, part);
  }

  // Answers what the server says of the call beside what is shown.
  function show(html) {
    const { now, state, parts } = read(html);
    const [wasWithheld, knew] = [isWithheld(), byId("contact")?.dataset.state];
    inPlace(() => parts.forEach(showPart));
    if (byId("caller")) document.title = textOf("caller");
    count(state.since ? performance.now() - (now - Number(state.since)) : null);
    if (state.phase !== phase && state.reported === "true") {
      announce(textOf(state.phase === "ended" ? "became" : "state"));
    }
    phase = state.phase;
    const knows = byId("contact")?.dataset.state;
    if (knows !== knew) announceContact(knows);
    if (wasWithheld && !isWithheld()) confirmed();
    return state;
  }

  localise(page);
  if (page.dataset.completed === "true") return { show, stop() {} };

  const [navigation] = performance.getEntriesByType("navigation");
  count(page.dataset.since ? (navigation?.responseStart ?? 0) - Number(page.dataset.elapsed) * 1000 : null);

  let lost = 0;
  const following = follow(page.dataset.path, {
    plan: planFor(phase),
    state(html) {
      const state = show(html);
      if (state.completed !== "true") return planFor(state.phase);
      ended("page-completed");
      return null;
    },
    link(up) {
      clearTimeout(lost);
      const showLink = () => byId("link")?.toggleAttribute("hidden", up);
      if (up) showLink();
      else lost = setTimeout(showLink, LINK_LOST);
    },
    end: (why) => ended(why === "completed" ? "page-completed" : "page-expired"),
  });

  function stop() {
    following.stop();
    clearTimeout(lost);
    byId("unreported")?.toggleAttribute("hidden", true);
    count(null);
  }

  return { show, stop };
}
