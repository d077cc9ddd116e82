import assert from "node:assert/strict";
import test from "node:test";

import { afterFailures, spread } from "../../static/pauses.js";

test("a server that does not answer is asked ever less often, but not too seldom", () => {
  const pauses = [0, 1, 2, 3, 9].map((failures) => afterFailures(3000, failures));
  assert.deepEqual(pauses, [3000, 6000, 12000, 15000, 15000]);
  assert.equal(afterFailures(20000, 1), 20000, "who asks seldom anyway goes on so");
});

test("pages do not ask all at once", () => {
  assert.equal(spread(1000, 0), 900);
  assert.equal(spread(1000, 1), 1100);
});
