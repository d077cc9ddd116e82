import assert from "node:assert/strict";
import test from "node:test";

import { clock, recently, timeOfDay } from "../../static/time.js";

test("a duration is written as a clock shows it", () => {
  const cases = [[0, "00:00"], [7, "00:07"], [61, "01:01"], [3599, "59:59"], [3600, "1:00:00"], [36125, "10:02:05"]];
  for (const [seconds, text] of cases) assert.equal(clock(seconds), text);
});

test("a time of day is written as the reader's language does", () => {
  const at = new Date(2026, 8, 21, 14, 15);
  assert.equal(timeOfDay(at, "fr"), "14:15");
  assert.match(timeOfDay(at, "en-US"), /^2:15\sPM$/);
});

test("a day is said as people say it, until it is a week ago", () => {
  const now = new Date(2026, 10, 20, 9, 30);
  const at = (day, hour) => new Date(2026, 10, day, hour, 12).toISOString();
  assert.equal(recently(at(20, 8), "en-GB", now), "Today 08:12");
  assert.equal(recently(at(19, 23), "en-GB", now), "Yesterday 23:12");
  assert.equal(recently(at(19, 16), "fr", now), "Hier 16:12");
  assert.equal(recently(at(14, 16), "en-GB", now), "Saturday 16:12");
  assert.equal(recently(at(13, 16), "en-GB", now), "13 Nov 2026");
  assert.equal(recently(at(20, 11), "en-GB", new Date(2026, 10, 19, 9, 30)), "20 Nov 2026", "no future");
});
