// The fleet's score over time: a small line, and the same in words.

import type { FleetScores } from "../api/types.ts";
import { duration } from "./format.ts";

export interface ScoreHistory {
  line: string; // a path in the box
  end: [x: number, y: number];
  moved: string; // "−3 in 24 h"; empty where the score of then is not known
  text: string; // all of it in words
}

export const spark = { width: 84, height: 22 };
const edge = 3; // room for the dot
const hour = 3_600_000;
const day = 24 * hour;
const leastRange = 10; // points: a smaller move is drawn as small as it is

/** "−3", "+1.5", "±0". */
function difference(value: number): string {
  const rounded = Math.round(value * 10) / 10;
  return rounded === 0 ? "±0" : `${rounded > 0 ? "+" : "−"}${Math.abs(rounded)}`;
}

/** From the hours in which it moved to the score of now; null where it is not known for two moments. */
export function scoreHistory(scores: FleetScores, value: number | null, since: number, now: number) {
  const known = scores.hours.flatMap((one) => {
    const at = new Date(one.hour).getTime();
    // The value is of the hour's end.
    return one.value === null ? [] : [{ at: Math.max(since, Math.min(now, at + hour)), value: one.value }];
  });
  const [first] = known;
  if (!first || value === null || now <= first.at) return null;
  const points = [...known.filter((point) => point.at < now), { at: now, value }];
  const values = points.map((point) => point.value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const middle = (low + high) / 2;
  const range = Math.max(high - low, leastRange);
  const fixed = (place: number) => Math.round(place * 10) / 10;
  const x = (at: number) => fixed(((at - first.at) / (now - first.at)) * (spark.width - edge));
  const y = (of: number) => fixed(spark.height / 2 - ((of - middle) / range) * (spark.height - 2 * edge));
  const before = points.findLast((point) => point.at <= now - day);
  const whole = (of: number) => String(Math.round(of));
  const told = duration(Math.max(hour, Math.round((now - first.at) / hour) * hour));
  return {
    line: `M0 ${y(first.value)}${points.map((point) => `H${x(point.at)}V${y(point.value)}`).join("")}`,
    end: [x(now), y(value)],
    moved: before ? `${difference(value - before.value)} in 24\u00a0h` : "",
    text: `Score over ${told}: from ${whole(first.value)}, between ${whole(low)} and ${whole(high)}, now ${whole(value)}`,
  } satisfies ScoreHistory;
}
