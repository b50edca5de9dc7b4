// What the chart of checkpoints shows and the sentence above it says.

import type { Checkpoint } from "../api/types.ts";
import { duration, plural } from "./format.ts";

export const phases = [
  { key: "start_delay_ms", id: "delay", name: "Start delay" },
  { key: "alignment_ms", id: "align", name: "Alignment" },
  { key: "sync_ms", id: "sync", name: "Synchronous" },
  { key: "async_ms", id: "async", name: "Asynchronous" },
] as const;
export type PhaseKey = (typeof phases)[number]["key"];

export interface Stack {
  checkpoint: Checkpoint;
  at: number;
  parts: { id: string; from: number; to: number }[]; // milliseconds
  total: number;
}

/** The parts of a bar in the order of time. Where no subtask was looked at it is one part: the whole duration. */
export function stackOf(checkpoint: Checkpoint): Stack {
  const at = new Date(checkpoint.triggered_at).getTime();
  const parts: Stack["parts"] = [];
  let top = 0;
  for (const { key, id } of phases) {
    const length = checkpoint[key] ?? 0;
    if (length > 0) {
      parts.push({ id, from: top, to: top + length });
      top += length;
    }
  }
  const whole = checkpoint.duration_ms ?? 0;
  if (parts.length === 0 && whole > 0) parts.push({ id: "whole", from: 0, to: whole });
  else if (whole > top) parts.push({ id: "whole", from: top, to: whole });
  return { checkpoint, at, parts, total: Math.max(top, whole) };
}

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

/** The value that a share of the values does not exceed; null without values. */
export function quantile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null;
  return sorted(values)[Math.min(values.length - 1, Math.ceil(values.length * share) - 1)] ?? null;
}

export interface PhaseRow {
  id: string;
  name: string;
  last: number | null;
  median: number | null;
  p95: number | null;
  share: number | null; // of all phases
}

/** The table under the chart: each phase, and the whole, over the completed checkpoints. */
export function phaseTable(checkpoints: readonly Checkpoint[]): PhaseRow[] {
  const completed = checkpoints.filter((checkpoint) => checkpoint.status === "COMPLETED");
  const valuesOf = (key: PhaseKey | "duration_ms") =>
    completed.map((checkpoint) => checkpoint[key]).filter((value): value is number => value !== null);
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  const all = sum(phases.flatMap(({ key }) => valuesOf(key)));
  const row = (id: string, name: string, key: PhaseKey | "duration_ms", share: number | null): PhaseRow => {
    const values = valuesOf(key);
    return { id, name, last: values.at(-1) ?? null, median: quantile(values, 0.5), p95: quantile(values, 0.95), share };
  };
  return [
    ...phases.map(({ id, name, key }) => row(id, name, key, all > 0 ? sum(valuesOf(key)) / all : null)),
    row("whole", "End to end", "duration_ms", null),
  ];
}

/** "51 checkpoints, 49 completed, 2 failed. Half took up to 28.6 s, most of it start delay." */
export function summary(checkpoints: readonly Checkpoint[]): string {
  const of = (status: Checkpoint["status"]) => checkpoints.filter((one) => one.status === status);
  const failed = of("FAILED").length;
  const parts = [`${plural(checkpoints.length, "checkpoint")}, ${of("COMPLETED").length} completed`];
  parts.push(failed > 0 ? `, ${failed} failed` : ", none failed");
  const table = phaseTable(checkpoints);
  const whole = table.at(-1);
  if (whole?.median != null) {
    const largest = table.slice(0, -1).reduce((a, b) => ((b.share ?? 0) > (a.share ?? 0) ? b : a));
    parts.push(`. Half took up to ${duration(whole.median)}`);
    if (largest.share) parts.push(`, most of it ${largest.name.toLowerCase()}`);
  }
  const completed = of("COMPLETED");
  const seen = completed.filter((one) => one.async_ms !== null).length;
  if (seen < completed.length) parts.push(`. The phases of ${seen} were looked at; the others' bars are grey`);
  return `${parts.join("")}.`;
}

/** Round steps of an axis from 0 to at least `largest`. */
export function ticks(largest: number, count = 4): number[] {
  const raw = Math.max(largest, 1e-9) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= raw) ?? 10) * power;
  return Array.from({ length: Math.ceil(largest / step - 1e-9) + 1 }, (_, index) => index * step);
}
