// How what a finding measured went over time. The store keeps no measured value of a finding by itself; what it keeps of
// the job tells: phases of checkpoints, the size of the state, restarts, and the posture's score.

import type { Checkpoint, Evidence, FindingDetails, ScorePoint, Timeline, VerdictInterval } from "../api/types.ts";
import { type PhaseKey, quantile } from "./checkpoints.ts";
import { bytes, clock, duration, percent, plural } from "./format.ts";

export interface TrendPoint {
  at: number;
  value: number;
  name: string;
}

export interface Trend {
  what: string; // of what the values are
  shape: "bars" | "steps"; // one value each, or one that holds until the next
  look: string; // the class of the bars
  points: TrendPoint[]; // oldest first, three at least
  limit: number | null; // from which on the check fails
  limitText: string;
  text: string; // the sentence above the chart
  unit: "ms" | "bytes" | "points" | "restarts";
}

type Measure = { of: "checkpoint"; key: PhaseKey | "duration_ms" | "state_bytes" } | { of: "score" | "restarts" };

const phase = (key: PhaseKey | "duration_ms" | "state_bytes"): Measure => ({ of: "checkpoint", key });
const byCheck: Record<string, Measure> = {
  "checkpoint-alignment-slow": phase("alignment_ms"),
  "checkpoint-async-slow": phase("async_ms"),
  "checkpoint-start-delayed": phase("start_delay_ms"),
  "checkpoint-sync-slow": phase("sync_ms"),
  "full-checkpoints-of-large-state": phase("state_bytes"),
  "heap-state-large": phase("state_bytes"),
  "state-growing": phase("state_bytes"),
  "restart-loop": { of: "restarts" },
};
const byPractice: Record<string, Measure | null> = {
  "checkpoint-health": phase("duration_ms"),
  liveness: null,
  flow: null,
  resources: null,
  deployments: null,
};

/** What to draw for a check; null where nothing of the kind is kept. What is no practice of health costs the score. */
export function measureOf(check: string, practice: string): Measure | null {
  return byCheck[check] ?? (practice in byPractice ? (byPractice[practice] ?? null) : { of: "score" });
}

/** How many rows of a timeline a trend of this measure reads. */
export const rowsOf = (measure: Measure | null): number => (measure?.of === "checkpoint" ? most : 300);

const most = 90; // bars that still can be told apart
const least = 3; // values that make a trend
const hour = 3_600_000;

const names: Record<PhaseKey | "duration_ms" | "state_bytes", [what: string, look: string]> = {
  start_delay_ms: ["start delay, slowest subtask", "ph-delay"],
  alignment_ms: ["alignment, slowest subtask", "ph-align"],
  sync_ms: ["synchronous part, slowest subtask", "ph-sync"],
  async_ms: ["asynchronous part, slowest subtask", "ph-async"],
  duration_ms: ["duration of each checkpoint", "ph-whole"],
  state_bytes: ["size of the state in each checkpoint", "ph-whole"],
};

/** A value with its unit. */
export function trendValue(value: number, unit: Trend["unit"]): string {
  if (unit === "ms") return duration(value);
  if (unit === "bytes") return bytes(value);
  return unit === "points" ? String(Math.round(value * 10) / 10) : plural(value, "restart");
}

const units: Record<string, number> = { ms: 1, s: 1000, min: 60_000, h: hour, d: 24 * hour };

/** The limit in milliseconds that a check's evidence tells: "at most 2.5 s (…)" or "less than 2500". */
export function limitOf(evidence: readonly Pick<Evidence, "unit" | "expected">[]): number | null {
  for (const { unit, expected } of evidence) {
    const told =
      unit === "ms" && expected?.match(/^(?:at most|less than) ((?:[\d.]+(?: (?:ms|s|min|h|d)\b)? ?)+)/)?.[1];
    if (!told) continue;
    const parts = [...told.matchAll(/([\d.]+)(?: (ms|s|min|h|d)\b)?/g)];
    return parts.reduce((sum, [, value, of]) => sum + Number(value) * (units[of ?? "ms"] ?? 1), 0);
  }
  return null;
}

type Told = Pick<FindingDetails, "check" | "practice" | "evidence" | "firing_since" | "state">;

/** The trend of what the check measures; null where fewer than three values are kept. */
export function trendOf(finding: Told, timeline: Pick<Timeline, "checkpoints" | "events" | "scores">, now: number) {
  const measure = measureOf(finding.check, finding.practice);
  const trend =
    measure?.of === "checkpoint"
      ? ofCheckpoints(timeline.checkpoints, measure.key, finding)
      : measure?.of === "score"
        ? ofScores(timeline.scores)
        : measure && ofRestarts(timeline, now);
  return trend && trend.points.length >= least ? { ...trend, text: textOf(trend, finding) } : null;
}

type Draft = Omit<Trend, "text">;

function ofCheckpoints(checkpoints: readonly Checkpoint[], key: keyof typeof names, finding: Told): Draft {
  const points = checkpoints.flatMap((one) => {
    // What failed says how long it was tried, which is no part of this but of the duration.
    const value = one.status === "COMPLETED" || key === "duration_ms" ? one[key] : null;
    if (value === null || one.status === "IN_PROGRESS") return [];
    const name = `${one.savepoint ? "savepoint " : ""}#${one.id}${one.status === "FAILED" ? ", failed" : ""}`;
    return [{ at: new Date(one.triggered_at).getTime(), value, name }];
  });
  const [what, look] = names[key];
  const unit = key === "state_bytes" ? "bytes" : "ms";
  const limit = unit === "ms" ? limitOf(finding.evidence) : null;
  return {
    ...{ what, look, unit, limit, shape: "bars", points: points.slice(-most) },
    limitText: limit === null ? "" : `limit ${duration(limit)}`,
  };
}

function ofScores(scores: readonly ScorePoint[]): Draft {
  const points = scores.flatMap(({ at, value }) =>
    value === null ? [] : [{ at: new Date(at).getTime(), value, name: "" }],
  );
  const what = "posture score, to which this finding belongs";
  return { what, shape: "steps", look: "ln", points, limit: null, limitText: "", unit: "points" };
}

/** Restarts by the hour, from the first on. */
function ofRestarts({ events }: Pick<Timeline, "events">, now: number): Draft {
  const hours = new Map<number, number>();
  for (const event of events) {
    if (event.kind !== "job_restarted") continue;
    const at = Math.floor(new Date(event.at).getTime() / hour) * hour;
    hours.set(at, (hours.get(at) ?? 0) + 1);
  }
  const last = Math.floor(now / hour) * hour;
  const first = Math.max(Math.min(...hours.keys(), last), last - (most - 1) * hour);
  const points = Array.from({ length: hours.size > 0 ? (last - first) / hour + 1 : 0 }, (_, index) => {
    const at = first + index * hour;
    return { at, value: hours.get(at) ?? 0, name: "" };
  });
  const rest = { limit: null, limitText: "", unit: "restarts" } as const;
  return { what: "restarts by the hour", shape: "bars", look: "ph-whole", points, ...rest };
}

/** "350 ms to 400 ms before it fired, 3 s to 3.1 s since. 26 of 40 are above the limit of 2.5 s." */
function textOf(trend: Draft, finding: Told): string {
  const show = (value: number) => trendValue(value, trend.unit);
  const range = (points: readonly TrendPoint[]) => {
    const values = valuesOf(points);
    const [from, to] = [show(Math.min(...values)), show(Math.max(...values))];
    return from === to ? from : `${from} to ${to}`;
  };
  const { points, limit } = trend;
  const latest = points.at(-1)?.value ?? 0;
  if (trend.shape === "steps") {
    const began = points[0]?.value ?? 0;
    const moved = began === latest ? `${show(latest)}, as at the beginning` : `From ${show(began)} to ${show(latest)}`;
    return `${moved}; between ${range(points).replace(" to ", " and ")} in ${plural(points.length, "change")}.`;
  }
  if (trend.unit === "restarts") {
    const sum = valuesOf(points).reduce((a, b) => a + b, 0);
    const last = points.findLast((point) => point.value > 0)?.at ?? 0;
    const worst = Math.max(...valuesOf(points));
    return `${show(sum)} in ${plural(points.length, "hour")}, at most ${worst} in one; the latest after ${clock(last)}.`;
  }
  const many = plural(points.length, "checkpoint");
  const fired = finding.state === "firing" && finding.firing_since ? new Date(finding.firing_since).getTime() : 0;
  const before = points.filter((point) => point.at < fired);
  const since = points.filter((point) => point.at >= fired);
  const all = range(points);
  const half = show(quantile(valuesOf(points), 0.5) ?? 0);
  const said = !all.includes(" to ")
    ? `${all} in each of ${many}.`
    : before.length > 0 && since.length > 0
      ? `${range(before)} before it fired, ${range(since)} since, in ${many}.`
      : `${all} in ${many}, half of them up to ${half}; the latest ${show(latest)}.`;
  const above = limit === null ? 0 : points.filter((point) => point.value >= limit).length;
  return limit === null ? said : `${said} ${above} of ${points.length} reach the limit of ${show(limit)}.`;
}

const valuesOf = (points: readonly TrendPoint[]): number[] => points.map((point) => point.value);

/** "It failed for 3 h of the last 1 d (12 %), in 2 spells." Of one check's intervals on one subject. */
export function spellsText(intervals: readonly VerdictInterval[], since: number, now: number): string {
  const fails = intervals.filter((one) => one.verdict === "fail");
  const end = (one: VerdictInterval) => (one.closed_at ? new Date(one.closed_at).getTime() : now);
  const lengths = fails.map((one) => end(one) - Math.max(since, new Date(one.opened_at).getTime()));
  const failed = lengths.filter((length) => length > 0);
  if (failed.length === 0) return `It did not fail in the last ${duration(now - since)}.`;
  const sum = failed.reduce((a, b) => a + b, 0);
  const share = percent(Math.min(1, sum / (now - since)));
  return `It failed for ${duration(Math.max(1000, sum))} of the last ${duration(now - since)} (${share})${failed.length > 1 ? `, in ${plural(failed.length, "spell")}` : ""}.`;
}
