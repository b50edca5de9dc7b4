// Where everything in the chart of checkpoints stands. Bars stand evenly, one beside the other, whatever the time between
// them: what is compared is their height. Restarts and deployments stand between the bars of their time.

import type { Checkpoint } from "../api/types.ts";
import { type Stack, stackOf, ticks } from "./checkpoints.ts";

export interface Span {
  y: number;
  height: number;
}

export interface Bar {
  stack: Stack;
  x: number; // its middle
  parts: (Span & { id: string })[];
  failed: Span | null; // instead of parts
}

export interface CheckpointChart {
  left: number;
  right: number;
  bottom: number;
  unit: string;
  ticks: { value: number; y: number }[];
  bars: Bar[];
  pitch: number;
  barWidth: number;
  interval: number | null; // y of the line; null where it is not known, or far above all bars
  timeout: number | null;
  size: Span & { line: [number, number][]; last: number | null }; // of completed ones
  restarts: Span;
  deployments: Span;
  /** Where a moment is; null for one that is outside. */
  xOf(time: number): number | null;
}

export const top = 44;
const heights = { bars: 206, size: 40, lane: 22 };
const leastReach = 600_000; // what happened ten minutes before the first bar still belongs to it

export interface ChartInput {
  checkpoints: readonly Checkpoint[]; // at least one, oldest first
  interval: number | null; // milliseconds
  timeout: number | null;
  width: number;
  most: number; // bars; the older ones are left out
}

export function chartOf({ checkpoints, interval, timeout, width, most }: ChartInput): CheckpointChart {
  const stacks = checkpoints.slice(-most).map(stackOf);
  const [left, right] = [48, width - 6];
  const base = top + heights.bars;

  // A limit far above the bars would flatten them: it is left out.
  const longest = Math.max(1, ...stacks.map((stack) => stack.total));
  const near = (limit: number | null): number | null => (limit !== null && limit <= longest * 4 ? limit : null);
  const [nearInterval, nearTimeout] = [near(interval), near(timeout)];
  const reach = Math.max(longest, nearInterval ?? 0, nearTimeout ?? 0);
  const scale = reach < 2000 ? { unit: "milliseconds", by: 1 } : { unit: "seconds", by: 1000 };
  const steps = ticks(reach / scale.by);
  const ceiling = (steps.at(-1) ?? 1) * scale.by;
  const y = (value: number) => base - (value / ceiling) * heights.bars;
  const spanOf = (from: number, to: number): Span => ({ y: y(to), height: Math.max(0.75, y(from) - y(to)) });

  const pitch = (right - left) / stacks.length;
  const x = (index: number) => left + pitch * (index + 0.5);
  const bars = stacks.map((stack, index): Bar => {
    const failed = stack.checkpoint.status === "FAILED";
    return {
      stack,
      x: x(index),
      parts: failed ? [] : stack.parts.map((part) => ({ id: part.id, ...spanOf(part.from, part.to) })),
      // Up to the timeout, or as far as it came; never so low that it is not seen.
      failed: failed ? spanOf(0, Math.max(nearTimeout ?? stack.total, ceiling / 20)) : null,
    };
  });

  const size: Span = { y: base + 12, height: heights.size };
  const restarts: Span = { y: size.y + size.height + 8, height: heights.lane };
  const deployments: Span = { y: restarts.y + heights.lane + 4, height: heights.lane };
  const sizes = stacks.map((stack) => (stack.checkpoint.status === "COMPLETED" ? stack.checkpoint.state_bytes : null));
  const largest = Math.max(1, ...sizes.map((bytes) => bytes ?? 0));
  const ySize = (bytes: number) => size.y + size.height - 4 - (bytes / largest) * (size.height - 24);

  const [first, last] = [stacks[0]?.at ?? 0, stacks.at(-1)?.at ?? 0];
  const before = first - Math.max(leastReach, (last - first) / 4);
  const after = last + Math.max(leastReach, (last - first) / 4);
  return {
    left,
    right,
    bottom: deployments.y + deployments.height,
    unit: scale.unit,
    ticks: steps.map((value) => ({ value, y: y(value * scale.by) })),
    bars,
    pitch,
    barWidth: Math.max(2, Math.min(26, pitch * 0.62)),
    interval: nearInterval === null ? null : y(nearInterval),
    timeout: nearTimeout === null ? null : y(nearTimeout),
    size: {
      ...size,
      line: sizes.flatMap((bytes, index) => (bytes === null ? [] : [[x(index), ySize(bytes)] as [number, number]])),
      last: sizes.findLast((bytes) => bytes !== null) ?? null,
    },
    restarts,
    deployments,
    xOf: (time) => {
      if (time < before || time > after) return null;
      const next = stacks.findIndex((stack) => stack.at > time);
      return next < 0 ? right - 1 : left + pitch * next;
    },
  };
}
