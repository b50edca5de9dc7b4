// Verdict intervals as lanes of a timeline: one for each check and subject that failed or changed.

import type { VerdictInterval } from "../api/types.ts";
import { byText } from "./order.ts";
import { fails, gravity } from "./verdicts.ts";

export interface Span {
  letter: string;
  from: number;
  to: number;
}

export interface Lane {
  key: string;
  check: string;
  vertex: string | null;
  spans: Span[];
  last: string; // the letter of now
  text: string; // for those who do not see it
}

const letterOf = (interval: VerdictInterval): string => {
  if (interval.verdict === "fail") return interval.severity.charAt(0).toUpperCase();
  return { pass: "P", unknown: "U", not_applicable: "N" }[interval.verdict];
};

/** Where the lanes begin: at `since`, or where the first verdict is known from, a minute ago at the latest. */
export function beginOf(intervals: readonly VerdictInterval[], since: number, now: number): number {
  const first = Math.min(...intervals.map((interval) => new Date(interval.opened_at).getTime()), now - 60_000);
  return Math.max(since, first);
}

/** The worst of now first; what always passed, was unknown all along, or does not apply, has no lane. */
export function lanesOf(intervals: readonly VerdictInterval[], since: number, now: number): Lane[] {
  const lanes = new Map<string, Lane>();
  for (const interval of intervals) {
    const key = `${interval.check} ${interval.fingerprint}`;
    const lane = lanes.get(key) ?? {
      key,
      check: interval.check,
      vertex: interval.vertex_name,
      spans: [],
      last: "-",
      text: "",
    };
    const from = Math.max(since, new Date(interval.opened_at).getTime());
    const to = interval.closed_at ? new Date(interval.closed_at).getTime() : now;
    lane.spans.push({ letter: letterOf(interval), from, to });
    lanes.set(key, lane);
  }
  const words: Record<string, string> = { P: "passes", U: "unknown", N: "not applicable" };
  return [...lanes.values()]
    .map((lane) => {
      const spans = lane.spans.sort((a, b) => a.from - b.from);
      const last = spans.at(-1)?.letter ?? "-";
      const text = `${lane.check}: ${spans.map((span) => words[span.letter] ?? "fails").join(", then ")}`;
      return { ...lane, spans, last, text };
    })
    .filter(
      (lane) => lane.spans.some((span) => fails(span.letter)) || new Set(lane.spans.map((s) => s.letter)).size > 1,
    )
    .sort((a, b) => gravity(a.last) - gravity(b.last) || byText(a.check, b.check));
}
