// The rows of the fleet's table: which are shown, and in which order.

import type { ChangedSubjects, Fleet, FleetCluster, FleetJob, Health } from "../api/types.ts";
import { byText } from "./order.ts";
import { fails, gravity, healthGravity, lookOf, severities, worst } from "./verdicts.ts";

export interface FleetFilter {
  text: string;
  health: string; // green, amber, red, unknown; "" for any
  severity: string; // this or worse; "" for any
  practice: string; // "" for any
  sort: string; // "" worst first, or "name"
  failing: boolean; // hide what passes
  changed: boolean; // in the last 24 h
}

export interface ClusterRow {
  cluster: FleetCluster;
  jobs: FleetJob[]; // that fit the filter, worst first
}

/** The one value of `changed` in the address. */
export const changedLately = "24h";

export const filterOf = (query: Record<string, string>): FleetFilter => ({
  text: (query.q ?? "").toLowerCase(),
  health: query.health ?? "",
  severity: query.severity ?? "",
  practice: query.practice ?? "",
  sort: query.sort ?? "",
  failing: query.failing === "1",
  changed: query.changed === changedLately,
});

export const isFiltered = (filter: FleetFilter): boolean =>
  Boolean(filter.text || filter.health || filter.severity || filter.practice || filter.failing || filter.changed);

/** A cluster that does not answer is unknown, whatever it was before. */
export const healthOf = (cluster: FleetCluster): Health =>
  cluster.state === "down" || cluster.state === "pending" ? "unknown" : cluster.health;

type Row = { health: Health; score: number | null; cells: string; name: string };

const clusterAsRow = (cluster: FleetCluster): Row => ({
  health: healthOf(cluster),
  score: cluster.score.value,
  cells: cluster.cells,
  name: cluster.name,
});

/** Health first, then the worst verdict, then the score: one number, for a fleet has thousands of rows to compare. */
const weight = (row: Row): number =>
  healthGravity[row.health] * 10_000 + gravity(worst(row.cells)) * 500 + (row.score ?? 101);

/** Rows in their order: the worst first, or by name. */
export function sortRows<T>(rows: readonly T[], asRow: (row: T) => Row, order = ""): T[] {
  return rows
    .map((row) => ({ row, name: asRow(row).name, weight: order === "name" ? 0 : weight(asRow(row)) }))
    .sort((a, b) => a.weight - b.weight || byText(a.name, b.name))
    .map(({ row }) => row);
}

/** Whether a row's verdicts fit the filter's severity, practice and "hide passing". */
function fitsVerdicts(cells: string, filter: FleetFilter, practices: readonly string[]): boolean {
  const at = filter.practice ? practices.indexOf(filter.practice) : -1;
  const seen = at < 0 ? [...cells] : [cells.charAt(at)];
  if (filter.severity === "unknown") return seen.includes("U");
  const least = (severities as readonly string[]).indexOf(filter.severity);
  if (least >= 0) return seen.some((letter) => fails(letter) && gravity(letter) <= least);
  if (filter.failing || at >= 0) return seen.some((letter) => fails(letter) || letter === "U");
  return true;
}

/** The clusters and jobs that fit. A cluster is shown for a job of its own, or for itself. `changes` says what changed. */
export function fleetRows(fleet: Fleet, filter: FleetFilter, changes: ChangedSubjects | null = null): ClusterRow[] {
  const practices = fleet.practices.map((practice) => practice.id);
  const changed = new Map(changes?.clusters.map((one) => [one.cluster, { ...one, jobs: new Set(one.jobs) }]));
  const rows: ClusterRow[] = [];
  for (const cluster of fleet.clusters) {
    const named = cluster.name.toLowerCase().includes(filter.text);
    const news = changed.get(cluster.name);
    if (filter.changed && !news) continue;
    const jobs = cluster.jobs.filter(
      (job) =>
        (!filter.changed || news?.jobs.has(job.name)) &&
        (named || job.name.toLowerCase().includes(filter.text)) &&
        (!filter.health || job.health === filter.health) &&
        fitsVerdicts(job.cells, filter, practices),
    );
    const itself =
      named &&
      (!filter.changed || news?.itself) &&
      (!filter.health || healthOf(cluster) === filter.health) &&
      fitsVerdicts(cluster.cells, filter, practices);
    if (itself || jobs.length > 0) {
      rows.push({ cluster, jobs: sortRows(jobs, (job) => job, filter.sort) });
    }
  }
  return sortRows(rows, (row) => clusterAsRow(row.cluster), filter.sort);
}

export interface FleetTotals {
  clusters: number;
  jobs: number;
  health: Record<Health, number>; // jobs
  failingClusters: number;
  unknown: number; // verdicts
  answering: number;
  unreachable: FleetCluster[];
  oldest: FleetCluster | null; // that answered the longest ago
}

export function totalsOf(fleet: Fleet): FleetTotals {
  const totals: FleetTotals = {
    clusters: fleet.clusters.length,
    jobs: 0,
    health: { red: 0, amber: 0, green: 0, unknown: 0 },
    failingClusters: 0,
    unknown: 0,
    answering: 0,
    unreachable: [],
    oldest: null,
  };
  for (const cluster of fleet.clusters) {
    const health = healthOf(cluster);
    totals.jobs += cluster.jobs.length;
    totals.unknown += cluster.unknown;
    if (health === "red") totals.failingClusters += 1;
    if (cluster.state === "up") totals.answering += 1;
    if (cluster.state === "down") totals.unreachable.push(cluster);
    for (const job of cluster.jobs) totals.health[cluster.state === "down" ? "unknown" : job.health] += 1;
    const seen = cluster.last_success;
    if (seen && (!totals.oldest?.last_success || seen < totals.oldest.last_success)) totals.oldest = cluster;
  }
  return totals;
}

/** "2 low · 5 ok": what a narrow row counts instead of showing it. */
export function quietSummary(cells: string): string {
  const counts = ["low", "info", "ok", "na"] as const;
  return counts
    .map(
      (look) => [[...cells].filter((letter) => lookOf(letter) === look).length, look === "na" ? "n/a" : look] as const,
    )
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${number} ${word}`)
    .join(" · ");
}
