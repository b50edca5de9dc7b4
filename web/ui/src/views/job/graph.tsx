import type { GraphEdge, GraphVertex, JobGraph, Verdict } from "../../api/types.ts";
import { bytes, plural } from "../../lib/format.ts";
import { type Box, curve, layOut } from "../../lib/graph_layout.ts";
import { bottleneckOf, graphSentence, shipOf, splitName, uidOf } from "../../lib/job_graph.ts";
import { At, Card, Fold, Icon, ScrollX, Void } from "../../ui/parts.tsx";

const wide = { width: 236, height: 153 };

export function GraphCard({ graph, results }: { graph: JobGraph; results: Verdict[] }) {
  const { vertices, edges } = graph;
  if (vertices.length === 0) {
    return (
      <Card title="Job graph">
        <Void title="Unknown: no look since the daemon started saw the graph">It comes with the next look.</Void>
      </Card>
    );
  }
  const bottleneck = bottleneckOf(vertices);
  return (
    <Card title="Job graph" note={graph.observed_at && <At time={graph.observed_at} />}>
      <p class="say" id="graph-says">
        {graphSentence(graph)}
      </p>
      <div class="gap only-wide">
        <ScrollX label="Job graph">
          <WideGraph vertices={vertices} edges={edges} results={results} bottleneck={bottleneck} />
        </ScrollX>
      </div>
      <div class="gap only-narrow">
        <NarrowGraph vertices={vertices} edges={edges} results={results} bottleneck={bottleneck} />
      </div>
      <ul class="key">
        <li>
          <Icon name="high" tone="high" />
          automatic UID
        </li>
        <li>
          <Icon name="ok" tone="ok" />
          has a UID
        </li>
        <li>
          <Icon name="unknown" tone="unknown" />
          undecided
        </li>
        {vertices.some((vertex) => vertex.busy_percent !== null) && (
          <>
            <li>
              <svg class="sw" aria-hidden="true">
                <rect class="b-hot" width="12" height="12" />
              </svg>
              busy
            </li>
            <li>
              <svg class="sw" aria-hidden="true">
                <rect class="b-bp" width="12" height="12" />
              </svg>
              backpressure
            </li>
          </>
        )}
      </ul>
      <Fold title="Show as table">
        <VertexTable vertices={vertices} results={results} />
      </Fold>
    </Card>
  );
}

interface Drawing {
  vertices: GraphVertex[];
  edges: GraphEdge[];
  results: Verdict[];
  bottleneck: string | null;
}

function Arrow({ x, y, hot }: { x: number; y: number; hot: boolean }) {
  return <path class={hot ? "arrow-bp" : "arrow"} d={`M${x} ${y}l-9-5v10z`} />;
}

/** An edge into the bottleneck, whose sender waits. */
function isHot(edge: GraphEdge, { vertices, bottleneck }: Drawing): boolean {
  const sender = vertices.find((vertex) => vertex.id === edge.from);
  return edge.to === bottleneck && (sender?.backpressured_percent ?? 0) >= 10;
}

function WideGraph(drawing: Drawing) {
  const { vertices, edges } = drawing;
  const layout = layOut(
    vertices.map((vertex) => vertex.id),
    edges,
    wide,
  );
  const top = drawing.bottleneck ? 25 : 0; // room for the bottleneck's tab
  return (
    <svg
      class="graph"
      viewBox={`-1 ${-top} ${layout.width + 2} ${layout.height + top + 2}`}
      width={layout.width + 2}
      height={layout.height + top + 2}
      role="img"
      aria-labelledby="graph-says"
    >
      {edges.map((edge) => {
        const from = layout.boxes.get(edge.from);
        const to = layout.boxes.get(edge.to);
        if (!from || !to) return null;
        const hot = isHot(edge, drawing);
        const ends = { x: to.x - 1, y: to.y + to.height / 2 };
        return (
          <g key={`${edge.from} ${edge.to} ${edge.ship_strategy}`}>
            <path class={hot ? "edge edge-bp" : "edge"} d={curve(from, to)} />
            <Arrow {...ends} hot={hot} />
            {edge.ship_strategy && (
              <text class="n mid halo" x={to.x - 62} y={(from.y + to.y + wide.height) / 2 - 8}>
                {shipOf(edge.ship_strategy)}
              </text>
            )}
          </g>
        );
      })}
      {vertices.map((vertex) => {
        const box = layout.boxes.get(vertex.id);
        return box && <VertexBox key={vertex.id} vertex={vertex} box={box} {...drawing} />;
      })}
    </svg>
  );
}

/** One column; the edges are a rail on the left. */
function NarrowGraph(drawing: Drawing) {
  const box = { width: 290, height: wide.height };
  const step = box.height + 44;
  const order = layOut(
    drawing.vertices.map((vertex) => vertex.id),
    drawing.edges,
    box,
  );
  const sorted = [...drawing.vertices].sort(
    (a, b) => (order.boxes.get(a.id)?.layer ?? 0) - (order.boxes.get(b.id)?.layer ?? 0),
  );
  const place = new Map(sorted.map((vertex, index) => [vertex.id, index * step]));
  const height = sorted.length * step - 44;
  const top = drawing.bottleneck ? 25 : 0;
  return (
    <svg class="graph" viewBox={`0 ${-top} 328 ${height + top + 2}`} role="img" aria-labelledby="graph-says">
      {drawing.edges.map((edge, index) => {
        const from = place.get(edge.from);
        const to = place.get(edge.to);
        if (from === undefined || to === undefined) return null;
        const rail = 6 + (index % 3) * 9;
        const [y1, y2] = [from + box.height / 2 + (index % 3) * 12, to + box.height / 2 - 12 + (index % 3) * 12];
        const hot = isHot(edge, drawing);
        return (
          <g key={`${edge.from} ${edge.to} ${edge.ship_strategy}`}>
            <path class={hot ? "edge edge-bp" : "edge"} d={`M37 ${y1}H${rail}V${y2}H29`} />
            <Arrow x={36} y={y2} hot={hot} />
          </g>
        );
      })}
      {sorted.map((vertex) => (
        <VertexBox
          key={vertex.id}
          vertex={vertex}
          box={{ ...box, id: vertex.id, layer: 0, x: 37, y: place.get(vertex.id) ?? 0 }}
          {...drawing}
        />
      ))}
    </svg>
  );
}

function VertexBox({ vertex, box, results, bottleneck }: { vertex: GraphVertex; box: Box } & Drawing) {
  const { x, y, width } = box;
  const hot = vertex.id === bottleneck;
  const { head, chained } = splitName(vertex.name);
  const uid = uidOf(vertex, results);
  const row = (index: number) => y + 66 + index * 20;
  const fit = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
  const letters = Math.floor((width - 24) / 7);
  return (
    <g>
      <title>{vertex.name}</title>
      {hot && (
        <>
          <path class="tag" d={`M${x - 1} ${y}v-16q0-6 6-6h128q6 0 6 6v16z`} />
          <text class="tag-t" x={x + 12} y={y - 7}>
            Bottleneck
          </text>
        </>
      )}
      <rect class={hot ? "box box-hot" : "box"} x={x} y={y} width={width} height={box.height} rx="6" />
      <text class="t" x={x + 12} y={y + 21}>
        {fit(head, letters)}
      </text>
      <text x={x + 12} y={y + 38}>
        {fit(chained, letters + 4)}
      </text>
      <path class="sep" d={`M${x + 0.5} ${y + 48.5}h${width - 1}`} />
      <text x={x + 12} y={row(0)}>
        Parallelism
      </text>
      <text class="n" x={x + 98} y={row(0)}>
        {vertex.parallelism ?? "?"}
        {vertex.max_parallelism !== null && vertex.max_parallelism > 0 && `, max ${vertex.max_parallelism}`}
      </text>
      <text x={x + 12} y={row(1)}>
        UID
      </text>
      <svg class={`i g-${uid.tone}`} x={x + 98} y={row(1) - 11} width="13" height="13">
        <use href={`#i-${uid.icon}`} />
      </svg>
      <text class="n" x={x + 116} y={row(1)}>
        {uid.word}
      </text>
      <Gauge
        label="Busy"
        value={vertex.busy_percent}
        x={x}
        y={row(2)}
        width={width}
        fill={busyClass(vertex.busy_percent)}
      />
      <Gauge label="Backpressure" value={vertex.backpressured_percent} x={x} y={row(3)} width={width} fill="b-bp" />
      <text x={x + 12} y={row(4)}>
        State
      </text>
      <text class="n" x={x + 98} y={row(4)}>
        {vertex.state_bytes === null ? "not known" : vertex.state_bytes === 0 ? "none" : bytes(vertex.state_bytes)}
      </text>
    </g>
  );
}

const busyClass = (percent: number | null): string =>
  (percent ?? 0) >= 90 ? "b-hot" : (percent ?? 0) >= 60 ? "b-warm" : "b-cool";

function Gauge(props: { label: string; value: number | null; x: number; y: number; width: number; fill: string }) {
  const { x, y, value } = props;
  const track = props.width - 156;
  return (
    <>
      <text x={x + 12} y={y}>
        {props.label}
      </text>
      {value === null ? (
        <text class="n" x={x + 98} y={y}>
          not measured
        </text>
      ) : (
        <>
          <rect class="track" x={x + 98} y={y - 9} width={track} height="9" rx="1.5" />
          <rect class={props.fill} x={x + 98} y={y - 9} width={(track * value) / 100} height="9" rx="1.5" />
          <text class="n end" x={x + props.width - 12} y={y}>
            {Math.round(value)} %
          </text>
        </>
      )}
    </>
  );
}

function VertexTable({ vertices, results }: { vertices: GraphVertex[]; results: Verdict[] }) {
  const percentage = (value: number | null) => (value === null ? "not measured" : `${Math.round(value)} %`);
  return (
    <ScrollX label="Vertices">
      <table class="tbl">
        <caption class="sr">{plural(vertices.length, "vertex", "vertices")}</caption>
        <thead>
          <tr>
            <th scope="col">Vertex</th>
            <th scope="col">State</th>
            <th scope="col" class="num">
              Parallelism / max
            </th>
            <th scope="col">UID</th>
            <th scope="col" class="num">
              Busy
            </th>
            <th scope="col" class="num">
              Backpressure
            </th>
            <th scope="col" class="num">
              State size
            </th>
          </tr>
        </thead>
        <tbody>
          {vertices.map((vertex) => {
            const uid = uidOf(vertex, results);
            return (
              <tr key={vertex.id}>
                <th scope="row">{vertex.name}</th>
                <td>{vertex.status}</td>
                <td class="num">
                  {vertex.parallelism} / {vertex.max_parallelism}
                </td>
                <td>
                  <Icon name={uid.icon} tone={uid.tone} /> {uid.word}
                </td>
                <td class="num">{percentage(vertex.busy_percent)}</td>
                <td class="num">{percentage(vertex.backpressured_percent)}</td>
                <td class="num">{vertex.state_bytes === null ? "not known" : bytes(vertex.state_bytes)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </ScrollX>
  );
}
