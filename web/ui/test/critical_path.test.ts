import assert from "node:assert/strict";
import { test } from "node:test";
import type { Checkpoint, CriticalPath } from "../src/api/types.ts";
import { phaseSentence, phaseShares, placeOf, timesOf, waitedFor } from "../src/lib/critical_path.ts";

const path = (more: Partial<CriticalPath> = {}): CriticalPath => ({
  ...{
    vertex_name: "window -> Sink",
    subtask: 2,
    task_manager: "tm-1",
    host: null,
    longest_phase: "asynchronous part",
  },
  ...{ duration_ms: 4000, start_delay_ms: 1000, alignment_ms: 0, sync_ms: null, async_ms: 2000 },
  ...more,
});
const checkpoint = (id: number, more: Partial<Checkpoint> = {}): Checkpoint => ({
  ...{ id, status: "COMPLETED", savepoint: false, triggered_at: "2026-11-24T18:00:00.000Z", duration_ms: 4000 },
  ...{ start_delay_ms: null, alignment_ms: null, sync_ms: null, async_ms: null },
  ...{ checkpointed_bytes: null, state_bytes: null, critical_path: path(), failure: null },
  ...more,
});

test("shares are of the time of all, in the order of time, with what none explains last", () => {
  const shares = phaseShares(waitedFor([checkpoint(1), checkpoint(2)]));
  assert.deepEqual(
    shares.map((part) => [part.id, part.share]),
    [
      ["delay", 0.25],
      ["async", 0.5],
      ["whole", 0.25],
    ],
  );
  const over = phaseShares(waitedFor([checkpoint(1, { critical_path: path({ duration_ms: 2900 }) })]));
  assert.equal(
    over.reduce((sum, part) => sum + part.share, 0),
    1,
  );
});

test("savepoints, failed ones and those without subtasks do not count", () => {
  const all = [
    checkpoint(1, { savepoint: true }),
    checkpoint(2, { status: "FAILED" }),
    checkpoint(3, { critical_path: null }),
    checkpoint(4),
  ];
  assert.deepEqual(
    waitedFor(all).map((one) => one.id),
    [4],
  );
});

test("it is said in words", () => {
  const summary = {
    ...{ checkpoints: 12, phase: "asynchronous part", share: 0.87, vertex_name: "window", vertex_times: 11 },
    ...{ subtask: 2, subtask_times: 9, host: null, host_times: 0 },
  };
  assert.equal(
    phaseSentence(summary, [{ id: "async", name: "Asynchronous", share: 0.879 }]).replaceAll("\u00a0", " "),
    "87 % of the time of 12 checkpoints went into the asynchronous part.",
  );
  assert.equal(timesOf(11, 12), ", last in 11 of 12");
  assert.equal(timesOf(12, 12), ", last in all 12");
  assert.equal(timesOf(1, 1), "");
  assert.equal(placeOf(path()), "subtask 2 of window -> Sink on tm-1");
  assert.equal(placeOf(path({ host: "10.0.0.1" })), "subtask 2 of window -> Sink on 10.0.0.1");
  assert.equal(placeOf(path({ task_manager: null })), "subtask 2 of window -> Sink");
});
