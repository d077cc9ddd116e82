// Two texts of one call's notes, and what becomes of them: nothing that somebody typed is dropped.

// Both, with a mark between them; the one alone where the other says nothing.
export function join(mine, other, mark) {
  if (!mine.trim()) return other || mine;
  return other ? `${mine}\n\n${mark}\n${other}` : mine;
}

// What `text` has beyond `known`: nothing when it says no more, all of it when it has little to do with it.
export function addedBy(text, known, mark) {
  const [a, b] = [text.trim(), known.trim()];
  if (!a || b.includes(a)) return "";
  if (!b || !a.includes(b)) return a;
  return a.replace(b, "").replaceAll(mark, "").trim();
}

export const isSame = (a, b) => a.notes === b.notes && a.disposition === b.disposition;

// A text that waits for the agent's decision, when another one comes: one that holds the first takes its
// place, otherwise both wait.
export function waiting(pending, other, mark) {
  const more = addedBy(pending, other, mark);
  return more ? join(other, more, mark) : other;
}

// What another window has saved since, and this one has not: nothing if it is what we began with.
export const news = (theirs, before, mine, mark) => (theirs === before ? "" : addedBy(theirs, mine, mark));

// What a draft that this window has kept over a reload has to say to what the server has by now: it counts
// as it stands if nobody has saved anything since; otherwise what it adds is offered.
export function restore(draft, version, saved, mark) {
  if (!draft || typeof draft.notes !== "string") return null;
  if (draft.version >= version) return { replaces: true, notes: draft.notes };
  return { replaces: false, notes: addedBy(draft.notes, saved, mark) };
}
