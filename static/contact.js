// Who the caller is, as far as contacts know (templates/contact.html): sends whom the agent chooses and
// whom they create. What is typed into the form stays, whatever arrives, until the server has it.

import { morph } from "./morph.js";
import { byId, say } from "./page.js";

const NO_ANSWER = 15000;

// What is asked of the agent, and not any more once they are done.
const ASKED = ["contact-back", "contact-say", "contact-choices", "contact-crm", "contact-add"];

const nothing = { show() {}, mayFinish: () => true, finish() {} };

export function startContact({ answered, refused }) {
  const section = byId("contact");
  if (!section) return nothing;

  const card = byId("contact-card");
  const add = byId("contact-add");
  const form = byId("contact-new");
  const inputs = [...form.querySelectorAll("input")];
  const error = byId("contact-error");

  let latest = section.cloneNode(true); // as the server has rendered it
  let finished = false;
  let busy = false;
  let warned = false;

  const typed = () => inputs.some((input) => input.value !== input.defaultValue);

  // Somebody is at the form, or has left something in it: then it is not taken away.
  const inUse = () => typed() || (add.open && add.contains(document.activeElement));

  // ---- what is shown: what the server says, and what is in use here ------------------------------

  function show(part) {
    latest = part;
    arrange();
  }

  function arrange() {
    const wanted = latest.cloneNode(true);
    const part = (id) => wanted.querySelector(`#${id}`);
    if (finished) for (const id of ASKED) part(id).hidden = true;
    if (inUse()) part("contact-add").hidden = false;
    const isEmpty = part("contact-reach").hidden && part("contact-add").hidden && error.hidden;
    part("contact-card").hidden = isEmpty && (finished || part("contact-card").hidden);
    wanted.hidden = part("contact-card").hidden && part("contact-more").hidden;
    morph(section, wanted);
  }

  // ---- what the agent chooses and types ----------------------------------------------------------

  async function send(sent) {
    if (busy || finished) return;
    setBusy(sent, true);
    error.hidden = true;
    const html = await ask(sent.action, Object.fromEntries(new FormData(sent)));
    setBusy(sent, false);
    if (html !== null) accept(sent, html);
    else arrange();
  }

  function setBusy(sent, now) {
    busy = now;
    const button = sent.querySelector("button");
    if (now) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
    if (sent === form) button.querySelector("span").textContent = say(now ? "contact-saving" : "contact-save");
  }

  // Answers the page's parts as they are then; null if it was refused, and why is shown.
  async function ask(address, body) {
    const headers = { "Content-Type": "application/json" };
    const signal = AbortSignal.timeout?.(NO_ANSWER);
    try {
      const response = await fetch(address, {
        method: "POST", headers, body: JSON.stringify(body), signal, credentials: "omit",
      });
      if (response.ok) return await response.text();
      await refuse(response);
    } catch {
      complain(say("contact-failed"));
    }
    return null;
  }

  async function refuse(response) {
    if (response.status >= 500) return complain(say("contact-failed"));
    const { code, detail, title } = await response.json().catch(() => ({}));
    if (response.status === 410) return refused(code);
    if (code === "contact-name-missing") return nameMissing();
    const text = code === "no-such-contact" ? say("contact-none") : detail || title;
    return complain(text || String(response.status));
  }

  function complain(text) {
    error.textContent = text;
    error.hidden = false;
    arrange();
    error.scrollIntoView({ block: "nearest" });
  }

  function nameMissing() {
    complain(say("contact-name-missing"));
    inputs[0].setAttribute("aria-invalid", "true");
    inputs[0].focus();
  }

  function accept(sent, html) {
    if (sent === form) {
      form.reset();
      add.open = false;
      edited();
    }
    answered(html);
    // What was pressed may be gone: whoever goes by keyboard goes on from there.
    const { activeElement: now } = document;
    if (now !== document.body && now?.checkVisibility()) return;
    const buttons = ["#contact-back button", "#contact-choices button"].map((one) => section.querySelector(one));
    const next = [...buttons, card, byId("notes")];
    next.find((element) => element?.checkVisibility())?.focus({ preventScroll: true });
  }

  // ---- wiring ------------------------------------------------------------------------------------

  function edited() {
    warned = false;
    inputs[0].removeAttribute("aria-invalid");
    form.dataset.unsaved = String(typed());
    if (!typed()) error.hidden = true;
  }

  form.noValidate = true; // the server decides what is missing, and says it
  form.reset();
  form.addEventListener("input", edited);
  add.addEventListener("toggle", () => {
    if (add.open && add.contains(document.activeElement)) inputs[0].focus();
    arrange();
  });
  add.addEventListener("focusout", () => setTimeout(arrange));
  section.addEventListener("submit", (event) => {
    event.preventDefault();
    send(event.target);
  });

  return {
    show,
    // Asks once before it leaves out what was typed and not sent.
    mayFinish() {
      if (warned || !typed()) return true;
      warned = true;
      add.open = true;
      complain(say("contact-unsent"));
      error.focus();
      return false;
    },
    // What was typed and not sent can still be read, and copied.
    finish() {
      finished = true;
      for (const input of inputs) input.readOnly = true;
      form.querySelector("button").hidden = true;
      arrange();
    },
  };
}
