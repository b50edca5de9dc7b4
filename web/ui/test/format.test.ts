import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ago,
  bytes,
  clock,
  count,
  duration,
  evidenceValue,
  moment,
  percent,
  plural,
  practiceName,
  sentence,
} from "../src/lib/format.ts";

const plain = (text: string) => text.replaceAll("\u00a0", " ");

test("numbers have groups of three and a unit", () => {
  assert.equal(plain(count(1234567)), "1 234 567");
  assert.equal(plain(plural(1, "job")), "1 job");
  assert.equal(plain(plural(0, "vertex", "vertices")), "0 vertices");
});

test("sizes have at most three digits", () => {
  assert.deepEqual(
    [0, 1023, 1024, 1536, 224395264, 1.5 * 2 ** 40].map((size) => plain(bytes(size))),
    ["0 B", "1023 B", "1 KiB", "1.5 KiB", "214 MiB", "1.5 TiB"],
  );
});

test("durations have their two largest units", () => {
  assert.deepEqual(
    [0, 999, 1500, 59_999, 61_000, 3_600_000, 90_061_000].map((length) => plain(duration(length))),
    ["0 ms", "999 ms", "1.5 s", "1 min", "1 min 1 s", "1 h", "1 d 1 h"],
  );
});

test("a share is never rounded up to the whole", () => {
  assert.equal(plain(percent(0.999)), "99 %");
  assert.equal(plain(percent(1)), "100 %");
  assert.equal(plain(percent(0.29)), "29 %");
});

test("times are UTC, and older ones have their day", () => {
  const now = Date.UTC(2026, 10, 24, 18, 20, 19);
  assert.equal(clock("2026-11-24T18:20:07Z"), "18:20");
  assert.equal(moment("2026-11-24T18:20:07Z", now), "18:20:07");
  assert.equal(moment("2026-11-19T09:44:00Z", now), "11-19 09:44");
  assert.equal(moment("2024-11-19T09:44:00Z", now), "2024-11-19 09:44");
  assert.equal(plain(ago("2026-11-24T18:20:07Z", now)), "12 s ago");
  assert.equal(ago("2026-11-24T18:20:19Z", now), "now");
});

test("evidence is written with its unit", () => {
  assert.equal(plain(evidenceValue({ value: 265, unit: "bytes" })), "265 B");
  assert.equal(plain(evidenceValue({ value: 3003, unit: "ms" })), "3 s");
  assert.equal(plain(evidenceValue({ value: 12.345, unit: "percent" })), "12.35 %");
  assert.equal(evidenceValue({ value: "HASH", unit: null }), "HASH");
  assert.equal(evidenceValue({ value: 1795544413013, unit: "ms since 1970" }), "2026-11-24 18:20:13 UTC");
});

test("practices have names for column heads", () => {
  assert.equal(practiceName("max-parallelism"), "Max parallelism");
  assert.equal(practiceName("operator-uids"), "Operator UIDs");
});

test("a sentence begins with a capital, but keys and names stay as they are", () => {
  assert.equal(sentence("max parallelism is not set"), "Max parallelism is not set");
  assert.equal(sentence("high-availability.type is none"), "high-availability.type is none");
  assert.equal(sentence('"remember" has no UID'), '"remember" has no UID');
});
