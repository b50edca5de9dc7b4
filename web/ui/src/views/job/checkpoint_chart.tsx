import { useState } from "preact/hooks";
import type { JobGraph, Timeline } from "../../api/types.ts";
import { type Bar, type CheckpointChart, chartOf, type Span, top } from "../../lib/checkpoint_chart.ts";
import { phases, type Stack } from "../../lib/checkpoints.ts";
import { bytes, clock, duration } from "../../lib/format.ts";
import { Ticks } from "../../ui/ticks.tsx";

interface ChartProps {
  timeline: Timeline;
  graph: JobGraph | null;
  width: number;
  most: number; // bars; the sentence above and the table below have all
  lanes: boolean; // of restarts and deployments
}

/** Bars of phases, and lanes of state size, restarts and deployments below them. */
export function Chart({ timeline, graph, width, most, lanes }: ChartProps) {
  const [under, setUnder] = useState<Stack | null>(null);
  const { interval_ms: interval = null, timeout_ms: timeout = null } = graph?.checkpointing ?? {};
  const chart = chartOf({ checkpoints: timeline.checkpoints, interval, timeout, width, most });
  const { left, right, bars, size } = chart;
  const bottom = lanes ? chart.bottom : size.y + size.height;
  return (
    <svg
      class="chart"
      viewBox={`0 0 ${width} ${bottom + 24}`}
      role="img"
      aria-labelledby="checkpoints-say"
      onMouseLeave={() => setUnder(null)}
    >
      <text x="0" y="12">
        {chart.unit}
      </text>
      {under && (
        <text class="end lim-t" x={right} y="12">
          {stackText(under)}
        </text>
      )}
      <Ticks ticks={chart.ticks} left={left} right={right} />
      {bars.map((bar) => (
        // biome-ignore lint/a11y/noStaticElementInteractions: the hover adds nothing that the table below lacks
        <g key={`${bar.stack.checkpoint.id} ${bar.stack.at}`} onMouseEnter={() => setUnder(bar.stack)}>
          <title>{stackText(bar.stack)}</title>
          <rect class="catch" x={bar.x - chart.pitch / 2} y={top} width={chart.pitch} height={chart.size.y - top} />
          <BarShape bar={bar} width={chart.barWidth} />
        </g>
      ))}
      <FailedNames chart={chart} named={width >= 500} />
      {chart.interval !== null && (
        <Limit chart={chart} y={chart.interval} class="lim" text={`interval ${duration(interval ?? 0)}`} />
      )}
      {chart.timeout !== null && (
        <Limit chart={chart} y={chart.timeout} class="lim-hard" text={`timeout ${duration(timeout ?? 0)}`} />
      )}
      <SizeLane chart={chart} />
      {lanes && <Happenings chart={chart} timeline={timeline} />}
      <text x={left} y={bottom + 18}>
        {clock(bars[0]?.stack.at ?? 0)}
      </text>
      <text class="end" x={right} y={bottom + 18}>
        {clock(bars.at(-1)?.stack.at ?? 0)}
      </text>
    </svg>
  );
}

/** Lanes of restarts and deployments, which mark the bars above. */
function Happenings({ chart, timeline }: { chart: CheckpointChart; timeline: Timeline }) {
  return (
    <>
      <Lane chart={chart} name="Restarts" span={chart.restarts} />
      <Lane chart={chart} name="Deployments" span={chart.deployments} />
      {timeline.events
        .filter((event) => event.kind === "job_restarted")
        .map((event) => (
          <Mark key={event.at} chart={chart} icon="restart" at={event.at} span={chart.restarts} text="">
            {event.detail ?? "restarted"}
          </Mark>
        ))}
      {timeline.deployments.map((deployment) => (
        <Mark
          key={deployment.seen_at}
          chart={chart}
          icon="deploy"
          at={deployment.started_at ?? deployment.seen_at}
          span={chart.deployments}
          text={deployment.changed.join(", ")}
        >
          {deployment.changed.join(", ") || "first seen"}
        </Mark>
      ))}
    </>
  );
}

function stackText(stack: Stack): string {
  const { checkpoint } = stack;
  const name = `${checkpoint.savepoint ? "savepoint " : ""}#${checkpoint.id} at ${clock(checkpoint.triggered_at)}`;
  if (checkpoint.status === "FAILED") {
    return `${name} failed${checkpoint.failure ? `: ${checkpoint.failure.slice(0, 80)}` : ""}`;
  }
  const parts = phases
    .filter(({ key }) => checkpoint[key] !== null)
    .map(({ key, name: phase }) => `${phase.toLowerCase()} ${duration(checkpoint[key] ?? 0)}`);
  return `${name}: ${duration(stack.total)}${parts.length > 0 ? ` (${parts.join(", ")})` : ""}`;
}

function BarShape({ bar, width }: { bar: Bar; width: number }) {
  const x = bar.x - width / 2;
  if (bar.failed) return <rect class="failed" x={x} width={width} {...bar.failed} />;
  return (
    <>
      {bar.parts.map(({ id, ...span }) => (
        <rect key={id} class={`ph-${id}`} x={x} width={width} {...span} />
      ))}
    </>
  );
}

/** A cross above each failed one, with its number where they are few and there is room. */
function FailedNames({ chart, named }: { chart: CheckpointChart; named: boolean }) {
  const failed = chart.bars.filter((bar) => bar.failed);
  return (
    <>
      {failed.map((bar) => (
        <text key={bar.stack.checkpoint.id} class="failed-t mid halo" x={bar.x} y={top - 6}>
          {named && failed.length <= 3 ? `× #${bar.stack.checkpoint.id}` : "×"}
        </text>
      ))}
    </>
  );
}

function Limit(props: { chart: CheckpointChart; y: number; class: "lim" | "lim-hard"; text: string }) {
  const { chart, y } = props;
  return (
    <>
      <path class={props.class} d={`M${chart.left} ${y}H${chart.right}`} />
      <text class={`${props.class === "lim" ? "lim-t" : "lim-tc"} halo`} x={chart.left + 6} y={y - 5}>
        {props.text}
      </text>
    </>
  );
}

function SizeLane({ chart }: { chart: CheckpointChart }) {
  const { left, right, size } = chart;
  const points = size.line.map(([x, y]) => `${x} ${y}`).join("L");
  const bottom = size.y + size.height;
  return (
    <>
      <rect class="lane" x={left} y={size.y} width={right - left} height={size.height} />
      {size.line.length > 0 && (
        <>
          <path class="area" d={`M${size.line[0]?.[0]} ${bottom}L${points}L${size.line.at(-1)?.[0]} ${bottom}z`} />
          <path class="ln" d={`M${points}`} />
        </>
      )}
      <text class="lane-t" x={left + 6} y={size.y + 13}>
        State size
      </text>
      <text class="end lane-t" x={right - 4} y={size.y + 13}>
        {size.last === null ? "not known" : bytes(size.last)}
      </text>
    </>
  );
}

function Lane({ chart, name, span }: { chart: CheckpointChart; name: string; span: Span }) {
  return (
    <>
      <rect class="lane" x={chart.left} width={chart.right - chart.left} {...span} />
      <text class="lane-t" x={chart.left + 6} y={span.y + 15}>
        {name}
      </text>
    </>
  );
}

const laneName = 86; // the width of "Deployments"

/** A line through the bars, with its icon and time in the lane. */
function Mark(props: { chart: CheckpointChart; icon: string; at: string; span: Span; text: string; children: string }) {
  const { chart, span } = props;
  const x = chart.xOf(new Date(props.at).getTime());
  if (x === null) return null;
  const beside = Math.max(x + 4, chart.left + laneName);
  return (
    <g>
      <title>{props.children}</title>
      <path class="ev" d={`M${x} ${top}V${span.y + span.height}`} />
      <svg class="i ev-i" x={beside} y={span.y + 5} width="12" height="12">
        <use href={`#i-${props.icon}`} />
      </svg>
      <text class="halo" x={beside + 15} y={span.y + 15}>
        {clock(props.at)} {props.text}
      </text>
    </g>
  );
}
