import type { ScorePoint, Timeline } from "../../api/types.ts";
import { clock, duration, moment } from "../../lib/format.ts";
import { beginOf, type Lane, lanesOf } from "../../lib/lanes.ts";
import { toCheck } from "../../lib/route.ts";
import { lookOf } from "../../lib/verdicts.ts";
import { Card, Chip } from "../../ui/parts.tsx";
import { Swatch } from "../changes.tsx";

const width = 1000;

/** How each check that changed or fails was over time, and the score. */
export function VerdictLanes({ timeline, range }: { timeline: Timeline; range: number }) {
  const now = Date.now();
  const since = beginOf(timeline.verdicts, range > 0 ? now - range : 0, now);
  const lanes = lanesOf(timeline.verdicts, since, now);
  const x = (time: number) => ((Math.max(time, since) - since) / (now - since)) * width;
  const deployed = timeline.deployments.map((one) => new Date(one.started_at ?? one.seen_at).getTime());
  return (
    <Card title="Verdicts over time" note={`${lanes.length} checks changed or fail, in ${duration(now - since)}`}>
      <div class="tl">
        <ScoreLane scores={timeline.scores} x={x} />
        {lanes.map((lane) => (
          <LaneRow key={lane.key} lane={lane} x={x} deployed={deployed.filter((time) => time > since)} />
        ))}
        <div class="tl-row">
          <span class="lab" />
          <div class="lane-box axis-x">
            <span>{moment(new Date(since).toISOString(), now)}</span>
            <span class="only-wide">{clock((since + now) / 2)}</span>
            <span>now</span>
          </div>
        </div>
      </div>
      <ul class="key">
        {(
          [
            ["tl-P", "passes"],
            ["tl-H", "fails"],
            ["tl-M", "fails, medium"],
            ["tl-U", "unknown"],
          ] as const
        ).map(([name, word]) => (
          <li key={name}>
            <Swatch class={name} />
            {word}
          </li>
        ))}
        <li>dashed: a deployment</li>
      </ul>
    </Card>
  );
}

function LaneRow({ lane, x, deployed }: { lane: Lane; x: (time: number) => number; deployed: number[] }) {
  return (
    <div class="tl-row">
      <a class="lab" href={toCheck(lane.check)} title={lane.vertex ?? ""}>
        {lane.check}
        {lane.vertex && <small> {lane.vertex}</small>}
      </a>
      <div class="lane-box">
        <LaneStrip lane={lane} x={x} deployed={deployed} />
      </div>
      <span class="st">
        <Chip look={lookOf(lane.last)} />
      </span>
    </div>
  );
}

/** One lane: fails stand high, passes are a thin line. */
export function LaneStrip(props: { lane: Lane; x: (time: number) => number; deployed?: number[] }) {
  const { lane, x } = props;
  return (
    <svg class="lanes" viewBox={`0 0 ${width} 18`} preserveAspectRatio="none" role="img" aria-label={lane.text}>
      {lane.spans.map((span) => {
        const thin = span.letter === "P" || span.letter === "N";
        const from = x(span.from);
        return (
          <rect
            key={span.from}
            class={`tl-${span.letter}`}
            x={from}
            y={thin ? 7.5 : 2}
            width={Math.max(1.5, x(span.to) - from)}
            height={thin ? 3 : 14}
          />
        );
      })}
      {props.deployed?.map((time) => (
        <path key={time} class="tl-dep" d={`M${x(time)} 0v18`} />
      ))}
    </svg>
  );
}

function ScoreLane({ scores, x }: { scores: ScorePoint[]; x: (time: number) => number }) {
  const known = scores.filter((point): point is ScorePoint & { value: number } => point.value !== null);
  const [first, last] = [known[0], known.at(-1)];
  if (!first || !last) return null;
  const y = (value: number) => 36 - (value / 100) * 32;
  const steps = known.map((point) => `H${x(new Date(point.at).getTime())}V${y(point.value)}`).join("");
  const label = `Posture score from ${Math.round(first.value)} to ${Math.round(last.value)}`;
  return (
    <div class="tl-row tall">
      <span class="lab">Posture score</span>
      <div class="lane-box">
        <svg class="lanes" viewBox={`0 0 ${width} 40`} preserveAspectRatio="none" role="img" aria-label={label}>
          <path class="base" d={`M0 36h${width}`} />
          <path class="ln" d={`M${x(new Date(first.at).getTime())} ${y(first.value)}${steps}H${width}`} />
        </svg>
      </div>
      <span class="st">
        {first.value === last.value ? "" : `${Math.round(first.value)} → `}
        <b>{Math.round(last.value)}</b>
      </span>
    </div>
  );
}
