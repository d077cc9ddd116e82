import assert from "node:assert/strict";
import test from "node:test";

import { addedBy, isSame, join, news, restore, waiting } from "../../static/drafts.js";

const MARK = "— from another window —";

test("two texts are joined with a mark between them, and one alone stays as it is", () => {
  assert.equal(join("mine", "theirs", MARK), `mine\n\n${MARK}\ntheirs`);
  assert.equal(join("mine", "", MARK), "mine");
  assert.equal(join("  ", "theirs", MARK), "theirs");
  assert.equal(join("", "theirs", MARK), "theirs");
});

test("what a text adds to a known one is told without what both have", () => {
  assert.equal(addedBy("two trucks", "two trucks, red", MARK), "", "no more than is known");
  assert.equal(addedBy("two trucks, red", "two trucks", MARK), ", red");
  assert.equal(addedBy("call back", "two trucks", MARK), "call back", "nothing in common");
  assert.equal(addedBy(join("two trucks", "red", MARK), "two trucks", MARK), "red", "the mark is nobody's text");
  assert.equal(addedBy("  ", "two trucks", MARK), "");
});

test("of two texts that wait for a decision none is dropped", () => {
  assert.equal(waiting("", "theirs", MARK), "theirs");
  assert.equal(waiting("theirs", "theirs, and more", MARK), "theirs, and more");
  assert.equal(waiting("one", "another", MARK), join("another", "one", MARK));
});

test("another window's text is news only if it says what this one does not", () => {
  assert.equal(news("as before", "as before", "mine", MARK), "");
  assert.equal(news("theirs", "as before", "mine", MARK), "theirs");
  assert.equal(news("mine", "as before", "mine, longer", MARK), "");
});

test("a draft counts as it stands until somebody else has saved", () => {
  const draft = { notes: "typed", disposition: "Sold", version: 3 };
  assert.deepEqual(restore(draft, 3, "", MARK), { replaces: true, notes: "typed" });
  assert.deepEqual(restore(draft, 4, "theirs", MARK), { replaces: false, notes: "typed" });
  assert.deepEqual(restore(draft, 4, "it was typed", MARK), { replaces: false, notes: "" });
  for (const none of [null, {}, { notes: 7 }]) assert.equal(restore(none, 3, "", MARK), null);
});

test("notes without an outcome are not the same as with one", () => {
  assert.ok(isSame({ notes: "a", disposition: null }, { notes: "a", disposition: null }));
  assert.ok(!isSame({ notes: "a", disposition: null }, { notes: "a", disposition: "Sold" }));
});
