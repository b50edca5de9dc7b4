import { useState } from "preact/hooks";
import type { Checkpoint, JobGraph, Timeline } from "../../api/types.ts";
import { phases, phaseTable, type Stack, stackOf, summary, ticks } from "../../lib/checkpoints.ts";
import { bytes, clock, duration, percent } from "../../lib/format.ts";
import { At, Card, Fold, Icon, ScrollX, Void } from "../../ui/parts.tsx";

const hour = 3_600_000;
/** 0: the latest ones, whenever they were. */
const ranges = [0, hour, 6 * hour, 24 * hour, 7 * 24 * hour];

interface Props {
  timeline: Timeline;
  graph: JobGraph | null;
  range: number;
  onRange: (range: number) => void;
}

/** Checkpoints by phase, with size, restarts and deployments on the same axis. */
export function CheckpointCard({ timeline, graph, range, onRange }: Props) {
  const checkpoints = timeline.checkpoints;
  const chooser = (
    <label class="sel">
      <span>Range</span>
      <select value={range} onChange={(event) => onRange(Number(event.currentTarget.value))}>
        {ranges.map((one) => (
          <option key={one} value={one}>
            {one === 0 ? "latest" : duration(one)}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <Card title="Checkpoints, restarts and deployments" end={chooser}>
      {checkpoints.length === 0 ? (
        <NoCheckpoints graph={graph} />
      ) : (
        <>
          <p class="say" id="checkpoints-say">
            {summary(checkpoints)}
          </p>
          <div class="gap only-wide">
            <Chart timeline={timeline} graph={graph} width={956} most={90} />
          </div>
          <div class="gap only-narrow">
            <Chart timeline={timeline} graph={graph} width={328} most={24} />
          </div>
          <PhaseTable checkpoints={checkpoints} />
          <Fold title="Show every checkpoint as table">
            <CheckpointTable checkpoints={checkpoints} />
          </Fold>
        </>
      )}
    </Card>
  );
}

function NoCheckpoints({ graph }: { graph: JobGraph | null }) {
  if (graph?.checkpointing && graph.checkpointing.interval_ms === null) {
    return <Void title="None: periodic checkpointing is off">Without checkpoints a failure loses the state.</Void>;
  }
  return <Void title="No checkpoint was seen in this time">They appear as the daemon sees them.</Void>;
}

interface ChartProps {
  timeline: Timeline;
  graph: JobGraph | null;
  width: number;
  most: number; // bars; older ones are left out, and the sentence and table have them
}

const tall = { bars: 206, top: 44, size: 40, lane: 22 };

function Chart({ timeline, graph, width, most }: ChartProps) {
  const [at, setAt] = useState<Stack | null>(null);
  const stacks = timeline.checkpoints.slice(-most).map(stackOf);
  const { interval_ms: interval = null, timeout_ms: timeout = null } = graph?.checkpointing ?? {};
  const failed = stacks.filter((stack) => stack.checkpoint.status === "FAILED");
  const longest = Math.max(1, ...stacks.map((stack) => stack.total));
  // A limit far above the bars would flatten them: it is told in words then.
  const near = (limit: number | null): limit is number => limit !== null && limit <= longest * 4;
  const reach = Math.max(longest, near(timeout) ? timeout : 0, near(interval) ? interval : 0);
  const scaleOf = reach < 2000 ? { unit: "milliseconds", by: 1 } : { unit: "seconds", by: 1000 };
  const steps = ticks(reach / scaleOf.by);
  const ceiling = (steps.at(-1) ?? 1) * scaleOf.by;
  const [left, right] = [48, width - 6];
  const base = tall.top + tall.bars;
  const y = (value: number) => base - (value / ceiling) * tall.bars;
  const [first, last] = [stacks[0]?.at ?? 0, stacks.at(-1)?.at ?? 1];
  // Bars stand evenly, one beside the other; events stand between the bars of their time.
  const pitch = (right - left) / stacks.length;
  const bar = Math.max(2, Math.min(26, pitch * 0.62));
  const x = (index: number) => left + pitch * (index + 0.5);
  const xOf = (time: number): number | null => {
    if (stacks.length === 0 || time < first - Math.max(600_000, (last - first) / 4)) return null;
    const next = stacks.findIndex((stack) => stack.at > time);
    if (next < 0) return time <= last + (last - first) * 0.2 + 60_000 ? right - 1 : null;
    return next === 0 ? left : left + pitch * next;
  };
  const largest = Math.max(1, ...stacks.map((stack) => stack.checkpoint.state_bytes ?? 0));
  const sizeTop = base + 12;
  const restartTop = sizeTop + tall.size + 8;
  const deployTop = restartTop + tall.lane + 4;
  const bottom = deployTop + tall.lane;
  const ySize = (size: number) => sizeTop + tall.size - 4 - (size / largest) * (tall.size - 24);
  const sizes = stacks.map((stack, index) => `${x(index)} ${ySize(stack.checkpoint.state_bytes ?? 0)}`);
  const restarts = timeline.events.filter((event) => event.kind === "job_restarted");
  return (
    <svg
      class="chart"
      viewBox={`0 0 ${width} ${bottom + 24}`}
      role="img"
      aria-labelledby="checkpoints-say"
      onMouseLeave={() => setAt(null)}
    >
      <text x="0" y="12">
        {scaleOf.unit}
      </text>
      {at && (
        <text class="end lim-t" x={right} y="12">
          {stackText(at)}
        </text>
      )}
      {steps.map((step) => (
        <g key={step}>
          <path class={step === 0 ? "axis" : "grid"} d={`M${left} ${y(step * scaleOf.by)}H${right}`} />
          <text class="end" x={left - 6} y={y(step * scaleOf.by) + 4}>
            {step}
          </text>
        </g>
      ))}
      <rect class="lane" x={left} y={sizeTop} width={right - left} height={tall.size} />
      <rect class="lane" x={left} y={restartTop} width={right - left} height={tall.lane} />
      <rect class="lane" x={left} y={deployTop} width={right - left} height={tall.lane} />
      {stacks.map((stack, index) => (
        // biome-ignore lint/a11y/noStaticElementInteractions: the hover adds nothing that the table below lacks
        <g key={`${stack.checkpoint.id} ${stack.at}`} onMouseEnter={() => setAt(stack)}>
          <title>{stackText(stack)}</title>
          <rect class="catch" x={x(index) - pitch / 2} y={tall.top} width={pitch} height={tall.bars} />
          {stack.checkpoint.status === "FAILED" ? (
            <rect
              class="failed"
              x={x(index) - bar / 2}
              y={y(failedTop(stack, near(timeout) ? timeout : null, ceiling))}
              width={bar}
              height={base - y(failedTop(stack, near(timeout) ? timeout : null, ceiling))}
            />
          ) : (
            stack.parts.map((part) => (
              <rect
                key={part.id}
                class={`ph-${part.id}`}
                x={x(index) - bar / 2}
                y={y(part.to)}
                width={bar}
                height={Math.max(0.75, y(part.from) - y(part.to))}
              />
            ))
          )}
        </g>
      ))}
      {failed.slice(-6).map((stack) => (
        <text key={stack.checkpoint.id} class="failed-t mid halo" x={x(stacks.indexOf(stack))} y={tall.top - 6}>
          {failed.length > 3 || width < 500 ? "×" : `× #${stack.checkpoint.id}`}
        </text>
      ))}
      {near(interval) && (
        <Limit left={left} right={right} y={y(interval)} class="lim" text={`interval ${duration(interval)}`} />
      )}
      {near(timeout) && (
        <Limit left={left} right={right} y={y(timeout)} class="lim-hard" text={`timeout ${duration(timeout)}`} />
      )}
      <path
        class="area"
        d={`M${x(0)} ${sizeTop + tall.size}L${sizes.join("L")}L${x(stacks.length - 1)} ${sizeTop + tall.size}z`}
      />
      <path class="ln" d={`M${sizes.join("L")}`} />
      <text class="lane-t" x={left + 6} y={sizeTop + 13}>
        State size
      </text>
      <text class="end lane-t" x={right - 4} y={sizeTop + 13}>
        {bytes(stacks.at(-1)?.checkpoint.state_bytes ?? 0)}
      </text>
      <Lane label="Restarts" top={restartTop} left={left} />
      <Lane label="Deployments" top={deployTop} left={left} />
      {restarts.map((event) => (
        <Mark
          key={event.at}
          icon="restart"
          x={xOf(new Date(event.at).getTime())}
          top={restartTop}
          text={clock(event.at)}
          title={event.detail ?? "restarted"}
        />
      ))}
      {timeline.deployments.map((deployment) => (
        <Mark
          key={deployment.seen_at}
          icon="deploy"
          x={xOf(new Date(deployment.started_at ?? deployment.seen_at).getTime())}
          top={deployTop}
          text={`${clock(deployment.started_at ?? deployment.seen_at)} ${deployment.changed.join(", ")}`}
          title={deployment.changed.join(", ") || "first seen"}
        />
      ))}
      <text x={left} y={bottom + 18}>
        {clock(first)}
      </text>
      <text class="end" x={right} y={bottom + 18}>
        {clock(last)}
      </text>
    </svg>
  );
}

/** A failed one reaches up to the timeout, or as far as it came. */
const failedTop = (stack: Stack, timeout: number | null, ceiling: number): number =>
  Math.max(timeout ?? stack.total, ceiling / 20);

function stackText(stack: Stack): string {
  const { checkpoint } = stack;
  const name = `${checkpoint.savepoint ? "savepoint" : ""}#${checkpoint.id} at ${clock(checkpoint.triggered_at)}`;
  if (checkpoint.status === "FAILED")
    return `${name} failed${checkpoint.failure ? `: ${checkpoint.failure.slice(0, 80)}` : ""}`;
  const parts = phases
    .filter(({ key }) => checkpoint[key] !== null)
    .map(({ key, name: phase }) => `${phase.toLowerCase()} ${duration(checkpoint[key] ?? 0)}`);
  return `${name}: ${duration(stack.total)}${parts.length > 0 ? ` (${parts.join(", ")})` : ""}`;
}

function Limit(props: { left: number; right: number; y: number; class: string; text: string }) {
  return (
    <>
      <path class={props.class} d={`M${props.left} ${props.y}H${props.right}`} />
      <text class={`${props.class === "lim" ? "lim-t" : "lim-tc"} halo`} x={props.left + 6} y={props.y - 5}>
        {props.text}
      </text>
    </>
  );
}

function Lane({ label, top, left }: { label: string; top: number; left: number }) {
  return (
    <text class="lane-t" x={left + 6} y={top + 15}>
      {label}
    </text>
  );
}

function Mark(props: { icon: string; x: number | null; top: number; text: string; title: string }) {
  if (props.x === null) return null;
  const beside = Math.max(props.x + 4, 48 + 86); // not over the lane's name
  return (
    <g>
      <title>{props.title}</title>
      <path class="ev" d={`M${props.x} ${tall.top}V${props.top + tall.lane}`} />
      <svg class="i ev-i" x={beside} y={props.top + 5} width="12" height="12">
        <use href={`#i-${props.icon}`} />
      </svg>
      <text class="halo" x={beside + 15} y={props.top + 15}>
        {props.text}
      </text>
    </g>
  );
}

function PhaseTable({ checkpoints }: { checkpoints: Checkpoint[] }) {
  const show = (value: number | null) => (value === null ? "not known" : duration(value));
  return (
    <table class="tbl phases">
      <thead>
        <tr>
          <th scope="col">Phase, slowest subtask</th>
          <th scope="col" class="num">
            Last
          </th>
          <th scope="col" class="num">
            Median
          </th>
          <th scope="col" class="num">
            p95
          </th>
          <th scope="col" class="num">
            Share
          </th>
        </tr>
      </thead>
      <tbody>
        {phaseTable(checkpoints).map((row) => (
          <tr key={row.id}>
            <th scope="row">
              <svg class="sw" aria-hidden="true">
                <rect class={`ph-${row.id}`} width="12" height="12" />
              </svg>{" "}
              {row.name}
            </th>
            <td class="num">{show(row.last)}</td>
            <td class="num">{show(row.median)}</td>
            <td class="num">{show(row.p95)}</td>
            <td class="num">{row.share === null ? "" : percent(row.share)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function CheckpointTable({ checkpoints }: { checkpoints: Checkpoint[] }) {
  const show = (value: number | null) => (value === null ? "" : duration(value));
  return (
    <ScrollX label="Checkpoints">
      <table class="tbl">
        <thead>
          <tr>
            <th scope="col">Checkpoint</th>
            <th scope="col">Triggered, UTC</th>
            <th scope="col">Status</th>
            <th scope="col" class="num">
              Took
            </th>
            {phases.map(({ id, name }) => (
              <th key={id} scope="col" class="num">
                {name}
              </th>
            ))}
            <th scope="col" class="num">
              State
            </th>
          </tr>
        </thead>
        <tbody>
          {[...checkpoints].reverse().map((one) => (
            <tr key={`${one.id} ${one.triggered_at}`}>
              <th scope="row">#{one.id}</th>
              <td>
                <At time={one.triggered_at} />
              </td>
              <td>
                {one.status === "FAILED" && <Icon name="red" tone="critical" />} {one.status.toLowerCase()}
                {one.savepoint && " savepoint"}
                {one.failure && <span class="muted"> {one.failure}</span>}
              </td>
              <td class="num">{show(one.duration_ms)}</td>
              {phases.map(({ id, key }) => (
                <td key={id} class="num">
                  {show(one[key])}
                </td>
              ))}
              <td class="num">{one.state_bytes === null ? "" : bytes(one.state_bytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollX>
  );
}
