import assert from "node:assert/strict";
import { test } from "node:test";
import type { Checkpoint, VerdictInterval } from "../src/api/types.ts";
import { feedOf, hoursOf } from "../src/lib/changes.ts";
import { chartOf } from "../src/lib/checkpoint_chart.ts";
import { phaseTable, quantile, stackOf, summary, ticks } from "../src/lib/checkpoints.ts";
import { remedyParts, waiverYaml } from "../src/lib/findings.ts";
import { beginOf, lanesOf } from "../src/lib/lanes.ts";
import { parseInline, parseMarkdown } from "../src/lib/markdown.ts";
import { apiPath, flinkUi, href, parseRoute, toJob } from "../src/lib/route.ts";

const checkpoint = (id: number, more: Partial<Checkpoint> = {}): Checkpoint => ({
  id,
  status: "COMPLETED",
  savepoint: false,
  triggered_at: `2026-11-24T18:${String(id).padStart(2, "0")}:00.000Z`,
  duration_ms: 1000,
  start_delay_ms: 600,
  alignment_ms: 100,
  sync_ms: 50,
  async_ms: 200,
  checkpointed_bytes: 10,
  state_bytes: 20,
  critical_path: null,
  failure: null,
  ...more,
});

test("addresses survive names with slashes, spaces and percent signs", () => {
  const name = "orders/eu 50% <img>#?&";
  assert.deepEqual(parseRoute(toJob("prod/a", name)), { path: ["clusters", "prod/a", "jobs", name], query: {} });
  assert.deepEqual(parseRoute("#/findings?state=firing&q=a%26b"), {
    path: ["findings"],
    query: { state: "firing", q: "a&b" },
  });
  assert.deepEqual(parseRoute(""), { path: [], query: {} });
  assert.deepEqual(parseRoute("#/%E0%A4%A"), { path: ["%E0%A4%A"], query: {} });
  assert.equal(href([], { q: "", health: "red" }), "#/?health=red");
});

test("phases stack in the order of time, and what none explains is the rest", () => {
  const stack = stackOf(checkpoint(1));
  assert.deepEqual(
    stack.parts.map((part) => [part.id, part.from, part.to]),
    [
      ["delay", 0, 600],
      ["align", 600, 700],
      ["sync", 700, 750],
      ["async", 750, 950],
      ["whole", 950, 1000],
    ],
  );
  const unseen = { start_delay_ms: null, alignment_ms: null, sync_ms: null, async_ms: null };
  assert.deepEqual(stackOf(checkpoint(1, unseen)).parts, [{ id: "whole", from: 0, to: 1000 }]);
});

test("the sentence and the table agree on what takes long", () => {
  const all = [
    checkpoint(1),
    checkpoint(2, { duration_ms: 3000 }),
    checkpoint(3, { status: "FAILED", duration_ms: null }),
  ];
  assert.equal(
    summary(all).replaceAll("\u00a0", " "),
    "3 checkpoints, 2 completed, 1 failed. Half took up to 1 s, most of it start delay.",
  );
  const table = phaseTable(all);
  assert.equal(table[0]?.share?.toFixed(2), "0.63");
  assert.equal(table.at(-1)?.p95, 3000);
  assert.equal(phaseTable([])[0]?.median, null);
});

test("quantiles and ticks", () => {
  assert.equal(quantile([4, 1, 3, 2], 0.5), 2);
  assert.equal(quantile([], 0.5), null);
  assert.deepEqual(ticks(120), [0, 50, 100, 150]);
  assert.deepEqual(ticks(0.9), [0, 0.25, 0.5, 0.75, 1]);
});

test("Markdown becomes a tree without any HTML", () => {
  const blocks = parseMarkdown(
    "# T\n\nA `b` **c** [d](e.md) <img>\ngoes on\n\n- one\n  more\n- two\n\n```yaml\nx: 1\n```\n| a | b |\n| - | - |\n| 1 | 2 |",
  );
  assert.deepEqual(
    blocks.map((block) => block.kind),
    ["heading", "paragraph", "list", "code", "table"],
  );
  assert.deepEqual(blocks[1], {
    kind: "paragraph",
    text: [
      { kind: "text", text: "A " },
      { kind: "code", text: "b" },
      { kind: "text", text: " " },
      { kind: "strong", text: "c" },
      { kind: "text", text: " " },
      { kind: "link", text: "d", url: "e.md" },
      { kind: "text", text: " <img> goes on" },
    ],
  });
  assert.deepEqual(blocks[2], { kind: "list", ordered: false, items: [parseInline("one more"), parseInline("two")] });
});

test("a remedy's code is apart from its sentences", () => {
  assert.deepEqual(remedyParts('Do this:\n    .uid("a")\n    .uid("b")\nThen restart.'), [
    { code: false, text: "Do this:" },
    { code: true, text: '    .uid("a")\n    .uid("b")' },
    { code: false, text: "Then restart." },
  ]);
});

test("a waiver's YAML quotes whatever a job is called", () => {
  const yaml = waiverYaml({ check: "c", cluster: "prod", job: 'a: "b"', reason: "", owner: "me", until: "2026-12-24" });
  assert.match(yaml, / {4}job: "a: \\"b\\""/);
  assert.match(yaml, /until: "2026-12-24T00:00:00Z"$/);
});

test("the feed tells the same thing on many subjects once, the worst of a moment first", () => {
  const transition = (finding: string, check: string, severity: "high" | "low") => ({
    finding,
    from: null,
    to: "firing" as const,
    at: "2026-11-24T18:00:00.000Z",
    severity,
    waived: false,
    reason: null,
    cluster: "prod",
    job: null,
    job_name: finding,
    check,
    message: null,
  });
  const feed = feedOf({
    transitions: [transition("a", "slow", "low"), transition("b", "down", "high"), transition("c", "down", "high")],
    events: [],
    hours: [],
  });
  assert.deepEqual(
    feed.map((item) => [item.text, item.more]),
    [
      ["down", 1],
      ["slow", 0],
    ],
  );
});

test("a day has 24 hours, whatever happened in it", () => {
  const now = Date.UTC(2026, 10, 24, 18, 20);
  const hours = hoursOf([{ hour: "2026-11-24T18:00:00.000Z", fired_high: 2, fired_lower: 0, resolved: 0 }], now);
  assert.equal(hours.length, 24);
  assert.equal(hours.at(-1)?.fired_high, 2);
  assert.equal(hours[0]?.hour, "2026-11-23T19:00:00.000Z");
});

test("lanes: what fails now comes first, what never changed has none", () => {
  const interval = (check: string, verdict: VerdictInterval["verdict"], from: string, to: string | null) => ({
    check,
    verdict,
    severity: "high" as const,
    vertex_name: null,
    text: null,
    fingerprint: check,
    opened_at: from,
    closed_at: to,
  });
  const since = Date.UTC(2026, 10, 24, 12);
  const lanes = lanesOf(
    [
      interval("steady", "pass", "2026-11-20T00:00:00Z", null),
      interval("better", "fail", "2026-11-24T10:00:00Z", "2026-11-24T13:00:00Z"),
      interval("better", "pass", "2026-11-24T13:00:00Z", null),
      interval("worse", "fail", "2026-11-24T14:00:00Z", null),
    ],
    since,
    since + 36e5 * 6,
  );
  assert.deepEqual(
    lanes.map((lane) => [lane.check, lane.text]),
    [
      ["worse", "worse: fails"],
      ["better", "better: fails, then passes"],
    ],
  );
  assert.equal(lanes[1]?.spans[0]?.from, since);
});

test("lanes begin where something is known", () => {
  const interval = { opened_at: "2026-11-24T10:00:00Z" } as VerdictInterval;
  const now = Date.UTC(2026, 10, 24, 18);
  assert.equal(beginOf([interval], 0, now), Date.UTC(2026, 10, 24, 10));
  assert.equal(beginOf([interval], now - 36e5, now), now - 36e5);
  assert.equal(beginOf([], 0, now), now - 60_000);
});

test("a view's document, and Flink's own page", () => {
  assert.equal(apiPath([]), "/api/v1/fleet");
  assert.equal(apiPath(["clusters", "a/b", "jobs", "x"]), "/api/v1/clusters/a%2Fb/report");
  assert.equal(apiPath(["checks"]), "/api/v1/checks");
  assert.equal(apiPath(["nowhere"]), undefined);
  assert.equal(flinkUi("http://host:8081/", "abc"), "http://host:8081/#/job/running/abc/overview");
  assert.equal(flinkUi("https://proxy/flink"), "https://proxy/flink/");
  assert.equal(flinkUi("javascript:alert(1)"), null);
});

test("the chart: bars fit, a failed one reaches the timeout, a far limit is left out", () => {
  const checkpoints = [checkpoint(10), checkpoint(11, { status: "FAILED", duration_ms: 1500 }), checkpoint(12)];
  const chart = chartOf({ checkpoints, interval: 60_000, timeout: 3000, width: 956, most: 90 });
  assert.equal(chart.unit, "seconds");
  assert.equal(chart.interval, null);
  const [first, failed] = chart.bars;
  assert.ok(first && failed?.failed && chart.timeout);
  assert.equal(failed.failed.y, chart.timeout);
  assert.deepEqual(failed.parts, []);
  const bottom = (first.parts[0]?.y ?? 0) + (first.parts[0]?.height ?? 0);
  assert.ok(Math.abs(bottom - (chart.ticks[0]?.y ?? 0)) < 1);
  for (const bar of chart.bars)
    assert.ok(bar.x - chart.barWidth / 2 > chart.left && bar.x + chart.barWidth / 2 < chart.right);
  assert.equal(chartOf({ checkpoints, interval: null, timeout: null, width: 328, most: 2 }).bars.length, 2);
});

test("the chart: an event stands between the bars of its time, and outside it stands nowhere", () => {
  const checkpoints = [checkpoint(10), checkpoint(20), checkpoint(30)];
  const chart = chartOf({ checkpoints, interval: null, timeout: null, width: 956, most: 90 });
  const at = (time: string) => chart.xOf(new Date(`2026-11-24T${time}Z`).getTime());
  const [a, b, c] = chart.bars.map((bar) => bar.x);
  const between = at("18:25:00") ?? 0;
  assert.ok(a && b && c && between > b && between < c);
  assert.equal(at("18:05:00"), chart.left);
  assert.equal(at("18:35:00"), chart.right - 1);
  assert.equal(at("12:00:00"), null);
  assert.equal(at("23:00:00"), null);
});
