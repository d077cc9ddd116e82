// Who the caller is, as far as contacts know: shows it as call.js hears it ("callpane:contact" on the
// document), and sends whom the agent chooses and whom they create. What is typed into the form stays,
// whatever arrives, until the server has it. Needs page.js; fills contact.html.
(() => {
  "use strict";

  const page = document.body;
  const byId = (id) => document.getElementById(id);
  const { say, webAddress } = globalThis.callpanePage;

  const section = byId("contact");
  if (!section) return;

  const NO_ANSWER = 15000;

  const card = byId("contact-card");
  const choices = byId("contact-choices");
  const back = byId("contact-back");
  const add = byId("contact-add");
  const form = byId("contact-new");
  const inputs = [...form.querySelectorAll("input")];
  const error = byId("contact-error");

  let finished = page.dataset.completed === "true";
  let chosen = !back.hidden;
  let busy = false;
  let warned = false;

  const isLacking = (state) => ["unknown", "away", "several"].includes(state);
  const typed = () => inputs.some((input) => input.value !== input.defaultValue);

  // Somebody is at the form, or has left something in it: then it is not taken away.
  const inUse = () => typed() || (add.open && add.contains(document.activeElement));

  // ---- what is known -----------------------------------------------------------------------------

  function put(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function link(id, address) {
    const element = byId(id);
    element.hidden = !webAddress(address);
    if (!element.hidden) element.href = address;
  }

  function show(contact) {
    section.dataset.state = contact.state;
    chosen = contact.chosen && contact.choices.length > 1;
    put(byId("contact-say"), sentence(contact));
    showReach(contact);
    link("contact-search", contact.search);
    link("contact-create", contact.create);
    if (contact.state === "several") showChoices(contact.choices);
    showData(contact.data);
    arrange();
  }

  function sentence({ state, choices: { length: count } }) {
    if (state === "several") return say("ContactSeveral", { count });
    if (state === "known") return chosen ? say("ContactChosen", { count }) : "";
    return say(`Contact${state.charAt(0).toUpperCase()}${state.slice(1)}`);
  }

  function showReach({ email, link: address, book }) {
    const mail = byId("contact-email");
    put(mail, email ?? "");
    mail.hidden = !email;
    mail.href = `mailto:${(email ?? "").replace(/[%?&#]/g, encodeURIComponent)}`;
    link("contact-open", address);
    const text = byId("contact-open").querySelector("span");
    put(text, book ? say("ContactOpenIn", { book }) : say("ContactOpen"));
  }

  // Rows that have not changed stay as they are, and the focus in them, too.
  function update(list, entries, keyOf, keyShown, rowOf) {
    const rows = new Map([...list.children].map((row) => [keyShown(row), row]));
    const wanted = entries.map((entry) => rows.get(keyOf(entry)) ?? rowOf(entry));
    for (const [index, row] of wanted.entries()) {
      if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
    }
    while (list.children.length > wanted.length) list.lastElementChild.remove();
  }

  const model = (id) => byId(id).content.firstElementChild.cloneNode(true);
  const textsOf = (row, selector) => [...row.querySelectorAll(selector)].map((part) => part.textContent);

  // Who they are, and what else tells them apart.
  function partsOf({ name, company, email, id, last }) {
    const who = name || company || email || id;
    const where = [company, email].filter((text) => text && text !== who);
    const parts = where.map((text) => ["where", text]);
    return [["who", who], ...parts, ...(last ? [["last", say("ContactLast")]] : [])];
  }

  function showChoices(entries) {
    const keyOf = (choice) =>
      JSON.stringify([choice.book, choice.id, ...partsOf(choice).map(([, text]) => text)]);
    const keyShown = (row) => JSON.stringify([
      row.querySelector("[name=book]").value, row.querySelector("[name=id]").value,
      ...textsOf(row, "button span"),
    ]);
    update(choices, entries, keyOf, keyShown, choiceRow);
  }

  function choiceRow(choice) {
    const row = model("choice-model");
    row.querySelector("[name=book]").value = choice.book;
    row.querySelector("[name=id]").value = choice.id;
    row.querySelector("button").replaceChildren(...partsOf(choice).map(([name, text]) => {
      const part = document.createElement("span");
      part.className = name;
      part.textContent = text;
      return part;
    }));
    return row;
  }

  function showData(entries) {
    const keyOf = ({ label, value }) => JSON.stringify([label, value]);
    const keyShown = (row) => JSON.stringify(textsOf(row, "th, td"));
    update(byId("contact-data"), entries, keyOf, keyShown, ({ label, value }) => {
      const row = model("contact-datum-model");
      row.querySelector("th").textContent = label;
      row.querySelector("td").textContent = value;
      return row;
    });
  }

  // ---- which parts of it are there ---------------------------------------------------------------

  const isShown = (id) => !byId(id).hidden;

  function arrange() {
    const { state } = section.dataset;
    const lacking = !finished && isLacking(state);
    back.hidden = finished || !chosen || state !== "known";
    byId("contact-say").hidden = back.hidden && (finished || state === "known");
    choices.hidden = finished || state !== "several";
    byId("contact-reach").hidden = !isShown("contact-email") && !isShown("contact-open");
    byId("contact-crm").hidden = !lacking || (!isShown("contact-search") && !isShown("contact-create"));
    add.hidden = !lacking && !inUse();
    const waiting = !finished && state !== "nobody" && state !== "known";
    const parts = [back, byId("contact-reach"), add, error];
    card.hidden = !waiting && parts.every((part) => part.hidden);
    byId("contact-more").hidden = byId("contact-data").children.length === 0;
    section.hidden = card.hidden && byId("contact-more").hidden;
  }

  // ---- what the agent chooses and types ----------------------------------------------------------

  async function send(sent) {
    if (busy || finished) return;
    setBusy(sent, true);
    error.hidden = true;
    const contact = await ask(sent, Object.fromEntries(new FormData(sent)));
    setBusy(sent, false);
    if (contact) accept(sent, contact);
    arrange();
  }

  function setBusy(sent, now) {
    busy = now;
    const button = sent.querySelector("button");
    if (now) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
    if (sent === form) put(button.querySelector("span"), say(now ? "ContactSaving" : "ContactSave"));
  }

  // Answers the contact as the server has it then; otherwise says why there is none.
  async function ask(sent, body) {
    const headers = { "Content-Type": "application/json", Accept: "application/json" };
    const signal = AbortSignal.timeout?.(NO_ANSWER);
    try {
      const response = await fetch(sent.action, {
        method: "POST", headers, body: JSON.stringify(body), signal, credentials: "omit",
      });
      if (response.ok) return (await response.json()).contact;
      await refused(response);
    } catch {
      complain(say("ContactFailed"));
    }
    return null;
  }

  async function refused(response) {
    if (response.status >= 500) return complain(say("ContactFailed"));
    const { code, detail, title } = await response.json().catch(() => ({}));
    if (response.status === 410) {
      const why = code === "page-completed" ? "completed" : "expired";
      document.dispatchEvent(new Event(`callpane:${why}`));
      return null;
    }
    if (code === "contact-name-missing") return nameMissing();
    const text = code === "no-such-contact" ? say("ContactNone") : detail || title;
    return complain(text || String(response.status));
  }

  function complain(text) {
    error.textContent = text;
    error.hidden = false;
    arrange();
    error.scrollIntoView({ block: "nearest" });
  }

  function nameMissing() {
    complain(say("ContactNameMissing"));
    inputs[0].setAttribute("aria-invalid", "true");
    inputs[0].focus();
  }

  function accept(sent, contact) {
    if (sent === form) {
      form.reset();
      add.open = false;
      edited();
    }
    document.dispatchEvent(new CustomEvent("callpane:contact", { detail: contact }));
    // What was pressed may be gone: whoever goes by keyboard goes on from there.
    const { activeElement: now } = document;
    if (now !== page && now?.checkVisibility()) return;
    const next = [back.querySelector("button"), choices.querySelector("button"), card, byId("notes")];
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

  document.addEventListener("callpane:contact", ({ detail }) => show(detail));
  document.addEventListener("callpane:finishing", (event) => {
    if (warned || !typed()) return;
    warned = true;
    event.preventDefault();
    add.open = true;
    complain(say("ContactUnsent"));
    error.focus();
  });
  // What was typed and not sent can still be read, and copied.
  document.addEventListener("callpane:done", () => {
    finished = true;
    for (const input of inputs) input.readOnly = true;
    form.querySelector("button").hidden = true;
    arrange();
  });
})();
