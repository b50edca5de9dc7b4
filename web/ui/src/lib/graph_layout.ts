// Where the boxes of a job graph stand: layers from left to right (a vertex stands behind all its inputs), in each layer
// near its neighbours. Cycles, which Flink's iterations make, are cut where they close.

import type { GraphEdge } from "../api/types.ts";

export interface Size {
  width: number;
  height: number;
}

export interface Box extends Size {
  id: string;
  layer: number;
  x: number;
  y: number;
}

export interface Layout extends Size {
  boxes: Map<string, Box>;
  layers: number;
}

const gaps = { x: 122, y: 36 };
const sweeps = 4;

/** The edges without those that close a cycle, and those whose ends are known. */
function acyclic(ids: readonly string[], edges: readonly GraphEdge[]): GraphEdge[] {
  const known = new Set(ids);
  const after = new Map<string, GraphEdge[]>(ids.map((id) => [id, []]));
  for (const edge of edges) if (known.has(edge.to)) after.get(edge.from)?.push(edge);
  const state = new Map<string, "open" | "done">();
  const kept: GraphEdge[] = [];
  for (const root of ids) {
    if (state.has(root)) continue;
    // By hand, for a graph may be deeper than the stack.
    const path: { id: string; next: number }[] = [{ id: root, next: 0 }];
    state.set(root, "open");
    while (path.length > 0) {
      const top = path[path.length - 1] as { id: string; next: number };
      const edge = after.get(top.id)?.[top.next];
      top.next += 1;
      if (!edge) {
        state.set(top.id, "done");
        path.pop();
      } else if (state.get(edge.to) !== "open") {
        kept.push(edge);
        if (!state.has(edge.to)) {
          state.set(edge.to, "open");
          path.push({ id: edge.to, next: 0 });
        }
      }
    }
  }
  return kept;
}

/** Each vertex' layer: one more than the largest of its inputs. */
export function layersOf(ids: readonly string[], edges: readonly GraphEdge[]): Map<string, number> {
  const kept = acyclic(ids, edges);
  const open = new Map<string, number>(ids.map((id) => [id, 0]));
  for (const edge of kept) open.set(edge.to, (open.get(edge.to) ?? 0) + 1);
  const layers = new Map<string, number>(ids.map((id) => [id, 0]));
  const ready = ids.filter((id) => open.get(id) === 0);
  for (let id = ready.shift(); id !== undefined; id = ready.shift()) {
    for (const edge of kept) {
      if (edge.from !== id) continue;
      layers.set(edge.to, Math.max(layers.get(edge.to) ?? 0, (layers.get(id) ?? 0) + 1));
      const left = (open.get(edge.to) ?? 0) - 1;
      open.set(edge.to, left);
      if (left === 0) ready.push(edge.to);
    }
  }
  return layers;
}

/** Orders each layer by the mean place of its neighbours, forth and back a few times. */
function ordered(ids: readonly string[], edges: readonly GraphEdge[], layers: Map<string, number>): string[][] {
  const rows: string[][] = [];
  for (const id of ids) {
    const layer = layers.get(id) ?? 0;
    rows[layer] ??= [];
    rows[layer].push(id);
  }
  const place = new Map<string, number>();
  const note = (row: string[]) => {
    for (const [index, id] of row.entries()) place.set(id, index - (row.length - 1) / 2);
  };
  rows.forEach(note);
  const mean = (id: string, forth: boolean): number => {
    const near = edges.filter((edge) => (forth ? edge.to : edge.from) === id);
    const places = near.map((edge) => place.get(forth ? edge.from : edge.to) ?? 0);
    return places.length > 0 ? places.reduce((a, b) => a + b, 0) / places.length : (place.get(id) ?? 0);
  };
  for (let sweep = 0; sweep < sweeps; sweep += 1) {
    const forth = sweep % 2 === 0;
    for (const row of forth ? rows : [...rows].reverse()) {
      const means = new Map(row.map((id) => [id, mean(id, forth)]));
      row.sort((a, b) => (means.get(a) ?? 0) - (means.get(b) ?? 0));
      note(row);
    }
  }
  return rows;
}

/** The layout for boxes of one size. */
export function layOut(ids: readonly string[], edges: readonly GraphEdge[], box: Size): Layout {
  const layers = layersOf(ids, edges);
  const rows = ordered(ids, edges, layers);
  const tallest = Math.max(1, ...rows.map((row) => row.length));
  const step = box.height + gaps.y;
  const height = tallest * step - gaps.y;
  const boxes = new Map<string, Box>();
  rows.forEach((row, layer) => {
    const top = (height - (row.length * step - gaps.y)) / 2;
    row.forEach((id, index) => {
      boxes.set(id, { ...box, id, layer, x: layer * (box.width + gaps.x), y: top + index * step });
    });
  });
  return { boxes, layers: rows.length, width: rows.length * (box.width + gaps.x) - gaps.x, height };
}

/** A curve from the right side of one box to the left side of another. */
export function curve(from: Box, to: Box): string {
  const [x1, y1] = [from.x + from.width, from.y + from.height / 2];
  const [x2, y2] = [to.x - 8, to.y + to.height / 2];
  if (Math.abs(y1 - y2) < 1 && x2 > x1) return `M${x1} ${y1}H${x2}`;
  const reach = Math.max(40, Math.abs(x2 - x1) / 2);
  return `M${x1} ${y1}C${x1 + reach} ${y1} ${x2 - reach} ${y2} ${x2} ${y2}`;
}
