import assert from "node:assert/strict";
import { test } from "node:test";
import { scoreHistory } from "../src/lib/score_history.ts";

const hour = 3_600_000;
const since = new Date("2026-11-20T00:00:00Z").getTime();
const now = since + 48 * hour;
const at = (hours: number, value: number | null) => ({
  ...{ hour: new Date(since + hours * hour).toISOString(), value, clusters: 2 },
});

test("the line holds each score until the next, and ends with that of now", () => {
  const history = scoreHistory({ hours: [at(0, 70), at(11, null), at(23, 60), at(35, 80)] }, 75, since, now);
  // The first hour tells what was so at its end too: from there on the line begins.
  assert.equal(history?.text.replaceAll("\u00a0", " "), "Score over 1 d 23 h: from 70, between 60 and 80, now 75");
  assert.equal(history?.moved, "+15 in 24\u00a0h");
  assert.equal(history?.line, "M0 11H0V11H39.6V19H60.3V3H81V7");
  assert.deepEqual(history?.end, [81, 7]);
});

test("what is not known is not told", () => {
  assert.equal(scoreHistory({ hours: [] }, 75, since, now), null);
  assert.equal(scoreHistory({ hours: [at(0, 70)] }, null, since, now), null);
  assert.equal(scoreHistory({ hours: [at(3, null)] }, 70, since, now), null);
  const young = scoreHistory({ hours: [at(40, 70)] }, 70, since, now);
  assert.equal(young?.moved, "");
  assert.equal(young?.line, "M0 11H0V11H81V11", "a flat line in the middle");
  assert.equal(scoreHistory({ hours: [at(0, 70)] }, 70, since, now)?.moved, "±0 in 24\u00a0h");
  assert.equal(scoreHistory({ hours: [at(0, 70)] }, 68.44, since, now)?.moved, "−1.6 in 24\u00a0h");
});
