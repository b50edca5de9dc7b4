import assert from "node:assert/strict";
import { test } from "node:test";
import type { GraphEdge, GraphVertex, Verdict } from "../src/api/types.ts";
import { curve, layersOf, layOut } from "../src/lib/graph_layout.ts";
import { bottleneckOf, graphSentence, splitName, uidOf } from "../src/lib/job_graph.ts";

const edges = (...pairs: string[]): GraphEdge[] =>
  pairs.map((pair) => ({ from: pair.charAt(0), to: pair.charAt(1), ship_strategy: "HASH" }));
const box = { width: 100, height: 50 };

test("a vertex stands behind all its inputs", () => {
  const layers = layersOf([..."abcd"], edges("ab", "bd", "ad", "cd"));
  assert.deepEqual(
    [...layers],
    [
      ["a", 0],
      ["b", 1],
      ["c", 0],
      ["d", 2],
    ],
  );
});

test("a cycle is cut, and an edge to nowhere left out", () => {
  const layers = layersOf([..."abc"], edges("ab", "bc", "cb", "cx"));
  assert.deepEqual([...layers.values()], [0, 1, 2]);
});

test("boxes of a layer do not overlap, and a layer is in the middle", () => {
  const layout = layOut([..."abc"], edges("ac", "bc"), box);
  const [a, b, c] = [..."abc"].map((id) => layout.boxes.get(id));
  assert.ok(a && b && c);
  assert.ok(b.y >= a.y + box.height || a.y >= b.y + box.height);
  assert.equal(c.y + box.height / 2, (a.y + b.y) / 2 + box.height / 2);
  assert.ok(c.x > a.x + box.width);
  assert.equal(layout.layers, 2);
});

test("inputs are ordered so that edges do not cross", () => {
  const layout = layOut([..."abxy"], edges("ay", "bx"), box);
  const y = (id: string) => layout.boxes.get(id)?.y ?? 0;
  assert.equal(Math.sign(y("a") - y("b")), Math.sign(y("y") - y("x")));
});

test("a deep graph does not exhaust the stack", () => {
  const ids = Array.from({ length: 5000 }, (_, index) => String(index));
  const chain = ids.slice(1).map((id, index) => ({ from: String(index), to: id, ship_strategy: null }));
  assert.equal(layersOf(ids, chain).get("4999"), 4999);
});

test("level neighbours are joined by a straight line", () => {
  const layout = layOut([..."ab"], edges("ab"), box);
  const [a, b] = [layout.boxes.get("a"), layout.boxes.get("b")];
  assert.ok(a && b);
  assert.match(curve(a, b), /^M100 25H\d+$/);
});

const vertex = (id: string, more: Partial<GraphVertex>): GraphVertex => ({
  id,
  name: id,
  status: "RUNNING",
  parallelism: 2,
  max_parallelism: 128,
  running: 2,
  state_bytes: null,
  busy_percent: null,
  backpressured_percent: null,
  ...more,
});

test("the bottleneck is busy and others wait for it", () => {
  const vertices = [
    vertex("source", { busy_percent: 10, backpressured_percent: 86 }),
    vertex("remember", { busy_percent: 100, backpressured_percent: 0 }),
  ];
  assert.equal(bottleneckOf(vertices), "remember");
  assert.equal(bottleneckOf([vertex("busy", { busy_percent: 100, backpressured_percent: 0 })]), null);
  assert.equal(bottleneckOf([vertex("unmeasured", {})]), null);
});

test("the sentence tells of layers, state and subtasks that do not run", () => {
  const graph = {
    observed_at: null,
    started_at: null,
    vertices: [vertex("a", { state_bytes: 3072 }), vertex("b", { state_bytes: 1024, running: 1 })],
    edges: edges("ab"),
    checkpointing: null,
    restored: null,
  };
  assert.equal(
    graphSentence(graph).replaceAll("\u00a0", " "),
    "2 vertices in 2 layers. a holds 75 % of the 4 KiB of state. 1 vertex without all subtasks running.",
  );
});

test("a chain's name has a head", () => {
  assert.deepEqual(splitName("Source: in -> map -> Sink: out"), { head: "Source: in", chained: "→ map → Sink: out" });
  assert.deepEqual(splitName("alone"), { head: "alone", chained: "" });
});

test("a vertex' UID is what the check said of it, or of its job", () => {
  const verdict = (outcome: Verdict["verdict"], vertex_id: string | null) =>
    ({ check: "operator-uid-missing", verdict: outcome, subject: { vertex_id }, waiver: null }) as unknown as Verdict;
  assert.equal(uidOf(vertex("a", {}), [verdict("fail", "a"), verdict("pass", "b")]).word, "automatic");
  assert.equal(uidOf(vertex("b", {}), [verdict("fail", "a"), verdict("pass", "b")]).word, "has one");
  assert.equal(uidOf(vertex("a", {}), [verdict("not_applicable", null)]).word, "takes none");
  assert.equal(uidOf(vertex("a", {}), []).word, "undecided");
});
