// Where everything in the chart of a trend stands.

import { ticks } from "./checkpoints.ts";
import type { Trend, TrendPoint } from "./trend.ts";

export interface TrendChart {
  left: number;
  right: number;
  bottom: number; // of the bars
  height: number;
  unit: string;
  ticks: { value: number; y: number }[];
  bars: { point: TrendPoint; x: number; width: number; y: number; height: number }[];
  line: string; // of steps
  limit: number | null; // y; null where there is none, or far above all
  mark: number | null; // x of the moment that is marked
  from: number; // the times at both ends
  to: number;
}

const scales = {
  ms: [
    [60_000, "minutes"],
    [1000, "seconds"],
    [1, "milliseconds"],
  ],
  bytes: [
    [1024 ** 4, "TiB"],
    [1024 ** 3, "GiB"],
    [1024 ** 2, "MiB"],
    [1024, "KiB"],
    [1, "bytes"],
  ],
  points: [[1, "points of 100"]],
  restarts: [[1, "restarts"]],
} as const;

const bars = 140;

export interface TrendChartInput {
  trend: Trend;
  width: number;
  most: number; // bars; older ones are left out
  mark: number | null; // a time
  now: number;
}

export function trendChartOf({ trend, width, most, mark, now }: TrendChartInput): TrendChart {
  const points = trend.shape === "bars" ? trend.points.slice(-most) : trend.points;
  const [left, right] = [48, width - 6];
  const bottom = (mark === null ? 24 : 44) + bars; // room for what is said of the mark
  const largest = Math.max(...points.map((point) => point.value), trend.unit === "ms" ? 1 : 0);
  const near = trend.limit !== null && trend.limit <= largest * 4 ? trend.limit : null;
  const reach = trend.unit === "points" ? 100 : Math.max(largest, near ?? 0);
  const scale = scales[trend.unit].find(([by]) => reach >= 2 * by) ?? scales[trend.unit].at(-1);
  const [by, unit] = scale ?? [1, ""];
  // Restarts are whole ones.
  const steps = ticks(reach / by).filter((step) => trend.unit !== "restarts" || Number.isInteger(step));
  const ceiling = Math.max(steps.at(-1) ?? 1, reach / by) * by;
  const y = (value: number) => bottom - (value / ceiling) * bars;

  const from = points[0]?.at ?? 0;
  const to = trend.shape === "steps" ? now : (points.at(-1)?.at ?? from);
  const pitch = (right - left) / Math.max(1, points.length);
  const byTime = (time: number) => left + ((time - from) / Math.max(1, to - from)) * (right - left);
  // Bars stand evenly, whatever the time between them: a moment is before the first one after it.
  const byBar = (time: number) => left + pitch * points.findIndex((point) => point.at >= time);
  const marked = mark !== null && mark > from && mark <= to;
  const barWidth = Math.max(1.5, Math.min(26, pitch * 0.8));
  return {
    ...{ left, right, bottom, height: bottom + 24, unit, from, to },
    ticks: steps.map((value) => ({ value, y: y(value * by) })),
    bars:
      trend.shape === "steps"
        ? []
        : points.map((point, index) => ({
            point,
            x: left + pitch * (index + 0.5) - barWidth / 2,
            width: barWidth,
            y: y(point.value),
            height: Math.max(point.value > 0 ? 0.75 : 0, bottom - y(point.value)),
          })),
    line:
      trend.shape === "steps"
        ? `M${left} ${y(points[0]?.value ?? 0)}${points.map((point) => `H${byTime(point.at)}V${y(point.value)}`).join("")}H${right}`
        : "",
    limit: near === null ? null : y(near),
    mark: marked ? (trend.shape === "steps" ? byTime(mark) : byBar(mark)) : null,
  };
}
