// What the drawing of a job graph says in words.

import type { GraphVertex, JobGraph, Verdict } from "../api/types.ts";
import { bytes, plural } from "./format.ts";
import { layersOf } from "./graph_layout.ts";

const uidCheck = "operator-uid-missing";

export interface Uid {
  icon: string;
  tone: string;
  word: string;
}

/** The verdict on a vertex' UID. */
export function uidOf(vertex: GraphVertex, results: readonly Verdict[]): Uid {
  const all = results.filter((one) => one.check === uidCheck);
  // Of a job that takes no UIDs, a SQL job or one of batch, the verdict is on the job.
  const verdict =
    all.find((one) => one.subject.vertex_id === vertex.id) ?? all.find((one) => one.verdict === "not_applicable");
  switch (verdict?.verdict) {
    case "fail":
      return { icon: "high", tone: "high", word: verdict.waiver ? "automatic, waived" : "automatic" };
    case "pass":
      return { icon: "ok", tone: "ok", word: "has one" };
    case "not_applicable":
      return { icon: "na", tone: "unknown", word: "takes none" };
    default:
      return { icon: "unknown", tone: "unknown", word: "undecided" };
  }
}

/** "Source: numbers -> pace -> Sink: out" → its head, and what is chained to it. */
export function splitName(name: string): { head: string; chained: string } {
  const [head = name, ...rest] = name.split(/\s*->\s*/);
  return { head, chained: rest.length > 0 ? `→ ${rest.join(" → ")}` : "" };
}

/** Flink's "HASH", "REBALANCE"; long texts of SQL plans keep their first word. */
export const shipOf = (strategy: string): string => (/^\w+/.exec(strategy)?.[0] ?? strategy).slice(0, 12);

/** The busiest vertex that holds others back: it is busy, and somebody waits for it. */
export function bottleneckOf(vertices: readonly GraphVertex[]): string | null {
  if (!vertices.some((vertex) => (vertex.backpressured_percent ?? 0) >= 10)) return null;
  const busy = vertices.filter(
    (vertex) => (vertex.busy_percent ?? 0) >= 80 && (vertex.backpressured_percent ?? 0) < 50,
  );
  const [most] = [...busy].sort((a, b) => (b.busy_percent ?? 0) - (a.busy_percent ?? 0));
  return most?.id ?? null;
}

export function graphSentence(graph: JobGraph): string {
  const { vertices } = graph;
  const layers = new Set(
    layersOf(
      vertices.map((vertex) => vertex.id),
      graph.edges,
    ).values(),
  ).size;
  const parts = [`${plural(vertices.length, "vertex", "vertices")} in ${plural(layers, "layer")}.`];
  const slow = vertices.find((vertex) => vertex.id === bottleneckOf(vertices));
  if (slow) {
    const waiting = vertices.filter((vertex) => (vertex.backpressured_percent ?? 0) >= 10);
    const names = waiting.map(
      (vertex) => `${splitName(vertex.name).head} by ${Math.round(vertex.backpressured_percent ?? 0)} %`,
    );
    parts.push(
      `${splitName(slow.name).head} is the bottleneck: ${Math.round(slow.busy_percent ?? 0)} % busy, it holds back ${names.join(" and ")}.`,
    );
  }
  const known = vertices.filter((vertex) => vertex.state_bytes !== null);
  const total = known.reduce((sum, vertex) => sum + (vertex.state_bytes ?? 0), 0);
  const [largest] = [...known].sort((a, b) => (b.state_bytes ?? 0) - (a.state_bytes ?? 0));
  if (largest?.state_bytes) {
    const share = Math.floor((largest.state_bytes / total) * 100);
    parts.push(`${splitName(largest.name).head} holds ${share} % of the ${bytes(total)} of state.`);
  }
  const waits = vertices.filter((vertex) => vertex.running < (vertex.parallelism ?? 0));
  if (waits.length > 0) parts.push(`${plural(waits.length, "vertex", "vertices")} without all subtasks running.`);
  return parts.join(" ");
}
