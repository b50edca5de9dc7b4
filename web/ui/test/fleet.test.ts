import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fleet, FleetCluster, FleetJob } from "../src/api/types.ts";
import { filterOf, fleetRows, isFiltered, quietSummary, totalsOf } from "../src/lib/fleet.ts";
import { gradeOf, letterOf, worst } from "../src/lib/verdicts.ts";

const job = (name: string, cells: string, more: Partial<FleetJob> = {}): FleetJob => ({
  name,
  flink_job_id: null,
  state: "RUNNING",
  health: "green",
  score: 80,
  cells,
  ...more,
});

const cluster = (name: string, cells: string, jobs: FleetJob[], more: Partial<FleetCluster> = {}): FleetCluster => ({
  name,
  state: "up",
  health: "green",
  score: { value: 80, grade: "B", coverage: 1 },
  flink_version: "1.20.0",
  task_managers: 1,
  last_success: "2026-11-24T18:20:00.000Z",
  failing_since: null,
  error: null,
  unknown: 0,
  cells,
  jobs_concerned: [],
  jobs,
  ...more,
});

const fleet: Fleet = {
  score: { value: 70, grade: "C", coverage: 0.9 },
  losses: [],
  practices: [
    { id: "operator-uids", title: "", kind: "posture" },
    { id: "liveness", title: "", kind: "health" },
  ],
  clusters: [
    cluster("calm", "PP", [job("quiet", "PP")]),
    cluster("sick", "HC", [job("orders", "PC", { health: "red" }), job("refunds", "HP")], { health: "red" }),
    cluster("lost", "HP", [job("gone", "HP")], { state: "down", last_success: "2026-11-24T18:00:00.000Z" }),
    cluster("gaps", "UP", [job("half", "UP", { health: "unknown" })], { health: "unknown" }),
  ],
};
const names = (query: Record<string, string>) => fleetRows(fleet, filterOf(query)).map((row) => row.cluster.name);

test("failing comes first, then unknown, then healthy", () => {
  assert.deepEqual(names({}), ["sick", "lost", "gaps", "calm"]);
});

test("only what changed is shown, a cluster for its jobs or for itself", () => {
  const changes = {
    clusters: [
      { cluster: "sick", itself: false, jobs: ["refunds", "no longer there"] },
      { cluster: "lost", itself: true, jobs: [] },
      { cluster: "calm", itself: false, jobs: ["no longer there"] },
    ],
  };
  const rows = (query: Record<string, string>) =>
    fleetRows(fleet, filterOf(query), changes).map((row) => [row.cluster.name, ...row.jobs.map((one) => one.name)]);
  assert.deepEqual(rows({ changed: "24h" }), [["sick", "refunds"], ["lost"]]);
  assert.deepEqual(rows({ changed: "24h", q: "orders" }), []);
  assert.equal(rows({ changed: "1h" }).length, 4, "no such filter");
  assert.equal(isFiltered(filterOf({ changed: "24h" })), true);
});

test("jobs of a cluster come the worst first", () => {
  const [sick] = fleetRows(fleet, filterOf({}));
  assert.deepEqual(
    sick?.jobs.map((one) => one.name),
    ["orders", "refunds"],
  );
});

test("sorting by name", () => {
  assert.deepEqual(names({ sort: "name" }), ["calm", "gaps", "lost", "sick"]);
});

test("a search finds a cluster by a job's name, and shows that job only", () => {
  const rows = fleetRows(fleet, filterOf({ q: "REFUND" }));
  assert.deepEqual(
    rows.map((row) => [row.cluster.name, row.jobs.map((one) => one.name)]),
    [["sick", ["refunds"]]],
  );
});

test("a severity means this or worse; unknown is apart", () => {
  assert.deepEqual(names({ severity: "critical" }), ["sick"]);
  assert.deepEqual(names({ severity: "high" }), ["sick", "lost"]);
  assert.deepEqual(names({ severity: "unknown" }), ["gaps"]);
});

test("a practice shows what fails or is unknown in it", () => {
  assert.deepEqual(names({ practice: "liveness" }), ["sick"]);
  assert.deepEqual(names({ practice: "operator-uids" }), ["sick", "lost", "gaps"]);
  assert.deepEqual(names({ practice: "operator-uids", severity: "critical" }), []);
});

test("what passes can be hidden, and health filtered", () => {
  assert.deepEqual(names({ failing: "1" }), ["sick", "lost", "gaps"]);
  assert.deepEqual(names({ health: "red" }), ["sick"]);
  assert.deepEqual(names({ health: "unknown" }), ["lost", "gaps"]);
});

test("jobs of a cluster that does not answer are unknown, not healthy", () => {
  const totals = totalsOf(fleet);
  assert.deepEqual(totals.health, { red: 1, amber: 0, green: 2, unknown: 2 });
  assert.equal(totals.oldest?.name, "lost");
  assert.equal(totals.failingClusters, 1);
});

test("cells: the worst letter, and what is only counted", () => {
  assert.equal(worst("PPUMN"), "M");
  assert.equal(worst("PUN-"), "U");
  assert.equal(worst(""), "-");
  assert.equal(quietSummary("LLPPPNU"), "2 low · 3 ok · 1 n/a");
});

test("a waived fail has a letter of its own", () => {
  const waiver = { id: "w", reason: "", owner: "", until: null };
  assert.equal(letterOf({ verdict: "fail", severity: "critical", waiver: null }), "C");
  assert.equal(letterOf({ verdict: "fail", severity: "critical", waiver }), "W");
  assert.equal(letterOf({ verdict: "not_applicable", severity: "low", waiver: null }), "N");
});

test("grades are the daemon's", () => {
  assert.deepEqual([90, 89.99, 70, 60, 59, null].map(gradeOf), ["A", "B", "C", "D", "F", null]);
});
