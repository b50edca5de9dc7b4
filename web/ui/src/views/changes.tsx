import { useMemo } from "preact/hooks";
import type { ChangeHour, Changes } from "../api/types.ts";
import { type FeedItem, feedOf, hoursOf } from "../lib/changes.ts";
import { changedLately } from "../lib/fleet.ts";
import { clock, fullTime, plural } from "../lib/format.ts";
import { href, toCluster, toFinding, toJob } from "../lib/route.ts";
import { Card, Icon } from "../ui/parts.tsx";

const shown = 7;

export function ChangesCard({ changes }: { changes: Changes }) {
  const feed = useMemo(() => feedOf(changes), [changes]);
  const sum = (of: (hour: ChangeHour) => number) => changes.hours.reduce((total, hour) => total + of(hour), 0);
  const fired = sum((hour) => hour.fired_high + hour.fired_lower);
  const deployed = changes.events.filter((event) => event.kind === "job_deployed").length;
  return (
    <Card
      title="What changed in 24 h"
      note={`${plural(fired, "finding")} fired, ${sum((hour) => hour.resolved)} resolved, ${plural(deployed, "deployment")}`}
      end={
        <>
          <a href={href([], { changed: changedLately })}>Only what changed</a>
          {" · "}
          <a href={href(["findings"], { state: "firing" })}>All findings</a>
        </>
      }
    >
      {feed.length === 0 ? (
        <p class="muted">Nothing: no finding fired or was resolved, and no job was deployed or restarted.</p>
      ) : (
        <div class="changed">
          <Histogram hours={changes.hours} />
          <ol class="feed">
            {feed.slice(0, shown).map((item) => (
              <FeedRow key={`${item.at}${item.text}`} item={item} />
            ))}
          </ol>
        </div>
      )}
    </Card>
  );
}

function FeedRow({ item }: { item: FeedItem }) {
  return (
    <li>
      <time dateTime={item.at} title={fullTime(item.at)}>
        {clock(item.at)}
      </time>
      <span class={`what c-${item.tone}`}>
        <Icon name={item.icon} />
        {item.word}
      </span>
      <p>
        <a
          href={
            item.change.job_name ? toJob(item.change.cluster, item.change.job_name) : toCluster(item.change.cluster)
          }
        >
          {item.change.job_name ?? item.change.cluster}
        </a>
        {": "}
        {item.finding ? <a href={toFinding(item.finding)}>{item.text}</a> : item.text}
        {item.more > 0 && <span class="muted">, and {item.more} more like it</span>}
      </p>
    </li>
  );
}

/** Fired above the line, resolved below; one bar an hour. */
function Histogram({ hours }: { hours: ChangeHour[] }) {
  const bars = hoursOf(hours, Date.now());
  const tallest = Math.max(1, ...bars.map((bar) => bar.fired_high + bar.fired_lower));
  const deepest = Math.max(0, ...bars.map((bar) => bar.resolved));
  const scale = 84 / (tallest + deepest);
  const base = 4 + tallest * scale;
  const label = `Fired and resolved findings by hour: at most ${tallest} fired and ${deepest} resolved in one hour`;
  return (
    <div>
      <svg class="hist" viewBox="0 0 480 92" preserveAspectRatio="none" role="img" aria-label={label}>
        <path class="base" d={`M0 ${base}h480`} />
        {bars.map((bar, index) => {
          const x = index * 20 + 3;
          const high = bar.fired_high * scale;
          const lower = bar.fired_lower * scale;
          return (
            <g key={bar.hour}>
              {high > 0 && <rect class="h-hi" x={x} y={base - high} width="14" height={high} />}
              {lower > 0 && <rect class="h-lo" x={x} y={base - high - lower} width="14" height={lower} />}
              {bar.resolved > 0 && <rect class="h-res" x={x} y={base + 1} width="14" height={bar.resolved * scale} />}
            </g>
          );
        })}
      </svg>
      <div class="axis-x">
        {[0, 6, 12, 18].map((index) => (
          <span key={index} class={index % 12 === 6 ? "only-wide" : ""}>
            {clock(bars[index]?.hour ?? 0)}
          </span>
        ))}
        <span>now</span>
      </div>
      <ul class="key">
        <li>
          <Swatch class="h-hi" />
          fired, high or critical
        </li>
        <li>
          <Swatch class="h-lo" />
          fired, lower
        </li>
        <li>
          <Swatch class="h-res" />
          resolved (below the line)
        </li>
        <li>tallest bar: {tallest} in one hour</li>
      </ul>
    </div>
  );
}

export function Swatch(props: { class: string }) {
  return (
    <svg class="sw" aria-hidden="true">
      <rect class={props.class} x="1" y="1" width="10" height="10" />
    </svg>
  );
}
