import assert from "node:assert/strict";
import { test } from "node:test";
import type { Checkpoint, FindingDetails, Timeline, VerdictInterval } from "../src/api/types.ts";
import { limitOf, measureOf, rowsOf, spellsText, type Trend, trendOf, trendValue } from "../src/lib/trend.ts";
import { trendChartOf } from "../src/lib/trend_chart.ts";

const at = (minute: number) => `2026-11-24T18:${String(minute).padStart(2, "0")}:00.000Z`;
const time = (minute: number) => new Date(at(minute)).getTime();
const spaced = (text: string | undefined) => text?.replaceAll("\u00a0", " ");

const checkpoint = (id: number, more: Partial<Checkpoint> = {}): Checkpoint => ({
  id,
  status: "COMPLETED",
  savepoint: false,
  triggered_at: at(id),
  duration_ms: 4000,
  start_delay_ms: null,
  alignment_ms: null,
  sync_ms: null,
  async_ms: id < 3 ? 400 : 3000,
  checkpointed_bytes: 10,
  state_bytes: 1024 * id,
  critical_path: null,
  failure: null,
  ...more,
});

type Told = Pick<FindingDetails, "check" | "practice" | "evidence" | "firing_since" | "state">;
const finding = (check: string, practice: string, more: Partial<Told> = {}): Told => ({
  ...{ check, practice, evidence: [], firing_since: null, state: "pending" },
  ...more,
});
const timeline = (more: Partial<Timeline>): Timeline => ({
  ...{ deployments: [], events: [], verdicts: [], transitions: [], checkpoints: [], scores: [] },
  ...more,
});
const evidence = (unit: string | null, expected: string | null) => ({
  ...{ label: "", value: 3000, source: null, observed_at: null },
  ...{ unit, expected },
});

test("a slow phase is compared before and after it fired, and with its limit", () => {
  const trend = trendOf(
    finding("checkpoint-async-slow", "checkpoint-health", {
      evidence: [evidence("ms", "at most 2.5 s (of the interval)")],
      firing_since: at(3),
      state: "firing",
    }),
    timeline({ checkpoints: [1, 2, 3, 4, 5].map((id) => checkpoint(id)) }),
    time(9),
  );
  assert.equal(
    spaced(trend?.text),
    "400 ms before it fired, 3 s since, in 5 checkpoints. 3 of 5 reach the limit of 2.5 s.",
  );
  assert.deepEqual([trend?.look, trend?.limit, trend?.unit], ["ph-async", 2500, "ms"]);
  assert.equal(trend?.points[2]?.name, "#3");
});

test("what was not measured has no bar, and two values are no trend", () => {
  const checkpoints = [
    checkpoint(1),
    checkpoint(2, { async_ms: null }),
    checkpoint(3, { status: "FAILED", duration_ms: 9000 }),
    checkpoint(4, { status: "IN_PROGRESS" }),
    checkpoint(5),
  ];
  const of = (check: string) => trendOf(finding(check, "checkpoint-health"), timeline({ checkpoints }), time(9));
  assert.equal(of("checkpoint-async-slow"), null);
  assert.deepEqual(
    of("checkpoint-near-timeout")?.points.map((point) => [point.value, point.name]),
    [
      [4000, "#1"],
      [4000, "#2"],
      [9000, "#3, failed"],
      [4000, "#5"],
    ],
  );
  assert.equal(of("state-growing")?.unit, "bytes");
  assert.equal(
    spaced(of("state-growing")?.text),
    "1 KiB to 5 KiB in 3 checkpoints, half of them up to 2 KiB; the latest 5 KiB.",
  );
});

test("posture shows the score, restarts are counted by the hour, the rest has no value", () => {
  const score = (minute: number, value: number | null) => ({ at: at(minute), value, coverage: 1 });
  const scores = [score(1, 80), score(2, null), score(3, 70), score(4, 75)];
  const posture = trendOf(finding("max-parallelism-unset", "max-parallelism"), timeline({ scores }), time(9));
  assert.equal(spaced(posture?.text), "From 80 to 75; between 70 and 80 in 3 changes.");
  assert.equal(posture?.shape, "steps");

  const restart = (time: string) => ({ at: time, kind: "job_restarted", from: null, to: null, detail: null });
  const events = [
    restart("2026-11-24T15:10:00Z"),
    restart("2026-11-24T15:50:00Z"),
    { ...restart(at(1)), kind: "job_deployed" },
  ];
  const loop = trendOf(finding("restart-loop", "liveness"), timeline({ events }), time(9));
  assert.deepEqual(
    loop?.points.map((point) => point.value),
    [2, 0, 0, 0],
  );
  assert.equal(spaced(loop?.text), "2 restarts in 4 hours, at most 2 in one; the latest after 15:00.");
  assert.equal(trendOf(finding("restart-loop", "liveness"), timeline({}), time(9)), null);
  assert.equal(measureOf("data-skew", "flow"), null);
  assert.ok(rowsOf(null) > rowsOf(measureOf("checkpoint-stuck", "checkpoint-health")));
});

test("a limit is read from the evidence, where that tells one", () => {
  const limit = (unit: string | null, expected: string | null) => limitOf([evidence(unit, expected)]);
  assert.equal(limit("ms", "at most 2.5 s (of the interval)"), 2500);
  assert.equal(limit("ms", "at most 1 min 30 s (option longest)"), 90_000);
  assert.equal(limit("ms", "less than 480000"), 480_000);
  assert.equal(limit("ms since 1970", "at most 10 s ago"), null);
  assert.equal(limit("ms", null), null);
  assert.equal(limitOf([]), null);
});

const trend = (more: Partial<Trend>): Trend => ({
  ...{ what: "", shape: "bars", look: "", limit: null, limitText: "", text: "", unit: "ms" },
  points: [1, 2, 3, 4].map((minute) => ({ at: time(minute), value: minute * 1000, name: "" })),
  ...more,
});

test("bars stand evenly and the mark before the first of its time", () => {
  const input = { trend: trend({ limit: 3000 }), width: 454, most: 4, now: time(9) };
  const chart = trendChartOf({ ...input, mark: time(3) });
  assert.equal(chart.unit, "seconds");
  assert.equal(chart.mark, 48 + 200);
  assert.equal(chart.limit, chart.bars[2]?.y);
  assert.deepEqual(
    chart.bars.map((bar) => bar.height),
    [35, 70, 105, 140],
  );
  assert.equal(trendChartOf({ ...input, mark: time(8) }).mark, null);
  assert.equal(trendChartOf({ ...input, most: 2, mark: null }).bars.length, 2);
  assert.equal(trendChartOf({ ...input, trend: trend({ limit: 90_000 }), mark: null }).limit, null);
});

test("a score holds until now, on a scale to 100", () => {
  const points = [1, 5, 7].map((minute) => ({ at: time(minute), value: minute * 10, name: "" }));
  const chart = trendChartOf({
    ...{ trend: trend({ shape: "steps", unit: "points", points }), width: 454, most: 1, now: time(9) },
    mark: time(5),
  });
  assert.equal(chart.line, "M48 170H48V170H248V114H348V86H448");
  assert.deepEqual([chart.mark, chart.bars.length, chart.ticks.at(-1)?.value], [248, 0, 100]);
});

test("values have their units", () => {
  assert.deepEqual(
    (["ms", "bytes", "points", "restarts"] as const).map((unit) => spaced(trendValue(1536, unit))),
    ["1.5 s", "1.5 KiB", "1536", "1 536 restarts"],
  );
});

test("how long it failed is told of a check without values", () => {
  const interval = (verdict: VerdictInterval["verdict"], from: number, to: number | null): VerdictInterval => ({
    ...{ check: "data-skew", verdict, severity: "info", vertex_name: null, text: null, fingerprint: "f" },
    ...{ opened_at: at(from), closed_at: to === null ? null : at(to) },
  });
  const intervals = [interval("fail", 0, 5), interval("pass", 5, 8), interval("fail", 8, null)];
  assert.equal(
    spaced(spellsText(intervals, time(0), time(10))),
    "It failed for 7 min of the last 10 min (70 %), in 2 spells.",
  );
  assert.equal(spaced(spellsText(intervals, time(6), time(7))), "It did not fail in the last 1 min.");
});
