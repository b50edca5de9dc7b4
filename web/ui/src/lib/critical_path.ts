// What checkpoints waited for: the last subtask to acknowledge, of the vertex that took longest.

import type { Checkpoint, CheckpointSummary, CriticalPath } from "../api/types.ts";
import { phases } from "./checkpoints.ts";
import { percent, plural } from "./format.ts";

type Waited = Checkpoint & { critical_path: CriticalPath };

/** Those whose critical path is known, oldest first: completed ones, savepoints aside. */
export const waitedFor = (checkpoints: readonly Checkpoint[]): Waited[] =>
  checkpoints.filter(
    (one): one is Waited => Boolean(one.critical_path) && one.status === "COMPLETED" && !one.savepoint,
  );

/** "87 % of the time of 12 checkpoints went into the asynchronous part." */
export const phaseSentence = (summary: CheckpointSummary, shares: readonly PhaseShare[]): string =>
  `${percent(Math.max(...shares.map((part) => part.share)))} of the time of ${plural(summary.checkpoints, "checkpoint")} went into the ${summary.phase}.`;

/** ", last in 11 of 12", ", last in all 12"; of one alone it says nothing. */
export const timesOf = (times: number, all: number): string =>
  all === 1 ? "" : `, last in ${times === all ? `all ${all}` : `${times} of ${all}`}`;

export interface PhaseShare {
  id: string;
  name: string;
  share: number; // of the time of all
}

/** What the time of all went into, in the order of time; what none explains comes last. */
export function phaseShares(waited: readonly Waited[]): PhaseShare[] {
  const paths = waited.map((one) => one.critical_path);
  const sum = (of: (path: CriticalPath) => number) => paths.reduce((all, path) => all + of(path), 0);
  const told = phases.map(({ key, id, name }) => ({ id, name, share: sum((path) => path[key] ?? 0) }));
  // The parts of one may exceed its whole by the clock's steps.
  const explained = told.reduce((all, part) => all + part.share, 0);
  const whole = Math.max(
    explained,
    sum((path) => path.duration_ms),
    1,
  );
  const rest = { id: "whole", name: "Rest", share: whole - explained };
  return [...told, rest].map((part) => ({ ...part, share: part.share / whole })).filter((part) => part.share >= 0.005);
}

/** "subtask 2 of window → Sink: out on 10.0.0.11". */
export function placeOf(path: CriticalPath): string {
  const where = path.host ?? path.task_manager;
  return `subtask ${path.subtask} of ${path.vertex_name}${where ? ` on ${where}` : ""}`;
}
