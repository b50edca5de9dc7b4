import { usePolled } from "../../api/poll.ts";
import type { FindingDetails, Timeline, VerdictInterval } from "../../api/types.ts";
import { clock, moment } from "../../lib/format.ts";
import { beginOf, lanesOf } from "../../lib/lanes.ts";
import { measureOf, rowsOf, spellsText, type Trend, trendOf, trendValue } from "../../lib/trend.ts";
import { trendChartOf } from "../../lib/trend_chart.ts";
import { At, Card, Fold, ScrollX } from "../../ui/parts.tsx";
import { Ticks } from "../../ui/ticks.tsx";
import { LaneStrip } from "../job/lanes.tsx";

const day = 24 * 3_600_000;

/** How what the finding measured went: a chart where three values are kept, else when it failed. */
export function TrendCard({ finding }: { finding: FindingDetails }) {
  const subject = finding.job
    ? `jobs/${encodeURIComponent(finding.job)}`
    : `clusters/${encodeURIComponent(finding.cluster)}`;
  const rows = rowsOf(measureOf(finding.check, finding.practice));
  const timeline = usePolled<Timeline>(`/api/v1/${subject}/timeline?limit=${rows}`, 30_000).document;
  if (!timeline) return null;
  const now = Date.now();
  const trend = trendOf(finding, timeline, now);
  return trend ? (
    <Card title="Trend" note={trend.what}>
      <p class="say" id="trend-say">
        {trend.text}
      </p>
      <div class="gap only-wide">
        <Chart trend={trend} finding={finding} now={now} width={956} most={90} />
      </div>
      <div class="gap only-narrow">
        <Chart trend={trend} finding={finding} now={now} width={328} most={24} />
      </div>
      <Fold title="Show as table">
        <TrendTable trend={trend} />
      </Fold>
    </Card>
  ) : (
    <Spells intervals={timeline.verdicts.filter((one) => one.fingerprint === finding.fingerprint)} now={now} />
  );
}

function Chart(props: { trend: Trend; finding: FindingDetails; now: number; width: number; most: number }) {
  const { trend, finding, width } = props;
  const fired = finding.state === "firing" ? finding.firing_since : null;
  const chart = trendChartOf({ ...props, mark: fired ? new Date(fired).getTime() : null });
  const { left, right, bottom } = chart;
  return (
    <svg class="chart" viewBox={`0 0 ${width} ${chart.height}`} role="img" aria-labelledby="trend-say">
      <text x="0" y="12">
        {chart.unit}
      </text>
      <Ticks ticks={chart.ticks} left={left} right={right} />
      {chart.bars.map(({ point, ...box }) => (
        <rect key={`${point.at} ${point.name}`} class={trend.look} {...box}>
          <title>{`${point.name} at ${clock(point.at)}: ${trendValue(point.value, trend.unit)}`.trim()}</title>
        </rect>
      ))}
      {chart.line && <path class="ln" d={chart.line} />}
      {chart.limit !== null && (
        <>
          <path class="lim-hard" d={`M${left} ${chart.limit}H${right}`} />
          <text class="end lim-tc" x={right} y="12">
            — {trend.limitText}
          </text>
        </>
      )}
      {chart.mark !== null && <Fired x={chart.mark} at={fired ?? ""} bottom={bottom} right={right} now={props.now} />}
      <text x={left} y={bottom + 18}>
        {moment(new Date(chart.from).toISOString(), props.now)}
      </text>
      <text class="end" x={right} y={bottom + 18}>
        {trend.shape === "steps" ? "now" : moment(new Date(chart.to).toISOString(), props.now)}
      </text>
    </svg>
  );
}

/** The line from which on the finding fires; its words stand where there is room. */
function Fired(props: { x: number; at: string; bottom: number; right: number; now: number }) {
  const { x } = props;
  const turned = x > props.right - 130;
  return (
    <>
      <path class="ev" d={`M${x} 24V${props.bottom}`} />
      <svg class="i failed-i" x={turned ? x - 16 : x + 4} y={22} width="12" height="12">
        <use href="#i-firing" />
      </svg>
      <text class={turned ? "end halo" : "halo"} x={turned ? x - 20 : x + 20} y={32}>
        {moment(props.at, props.now)} firing
      </text>
    </>
  );
}

function TrendTable({ trend }: { trend: Trend }) {
  return (
    <ScrollX label="Trend">
      <table class="tbl">
        <thead>
          <tr>
            <th scope="col">At, UTC</th>
            {trend.points[0]?.name && <th scope="col">Checkpoint</th>}
            <th scope="col" class="num">
              {trend.what.charAt(0).toUpperCase() + trend.what.slice(1)}
            </th>
          </tr>
        </thead>
        <tbody>
          {[...trend.points].reverse().map((point) => (
            <tr key={`${point.at} ${point.name}`}>
              <td>
                <At time={new Date(point.at).toISOString()} />
              </td>
              {point.name && <td>{point.name}</td>}
              <td class="num">{trendValue(point.value, trend.unit)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollX>
  );
}

const width = 1000;

/** When it failed, passed or was unknown: for what no value is kept of. */
function Spells({ intervals, now }: { intervals: VerdictInterval[]; now: number }) {
  const since = beginOf(intervals, now - day, now);
  const [lane] = lanesOf(intervals, since, now);
  if (!lane) return null;
  const x = (time: number) => ((Math.max(time, since) - since) / (now - since)) * width;
  return (
    <Card title="Trend" note="the verdict: of its value nothing is kept">
      <p class="say">{spellsText(intervals, since, now)}</p>
      <div class="gap tl">
        <LaneStrip lane={lane} x={x} />
        <div class="axis-x">
          <span>{moment(new Date(since).toISOString(), now)}</span>
          <span>now</span>
        </div>
      </div>
      <ul class="key">
        <li>thick: fails</li>
        <li>thin line: passes</li>
        <li>hatched: unknown</li>
      </ul>
    </Card>
  );
}
