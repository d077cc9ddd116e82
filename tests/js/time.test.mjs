import assert from "node:assert/strict";
import test from "node:test";

import { clock, timeOfDay } from "../../static/time.js";

test("a duration is written as a clock shows it", () => {
  const cases = [[0, "00:00"], [7, "00:07"], [61, "01:01"], [3599, "59:59"], [3600, "1:00:00"], [36125, "10:02:05"]];
  for (const [seconds, text] of cases) assert.equal(clock(seconds), text);
});

test("a time of day is written as the reader's language does", () => {
  const at = new Date(2026, 8, 21, 14, 15);
  assert.equal(timeOfDay(at, "fr"), "14:15");
  assert.match(timeOfDay(at, "en-US"), /^2:15\sPM$/);
});
