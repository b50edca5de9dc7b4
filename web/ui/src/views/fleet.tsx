import { useEffect, useMemo, useState } from "preact/hooks";
import { useLatest, usePolled } from "../api/poll.ts";
import type { ChangedSubjects, Changes, Fleet, FleetScores } from "../api/types.ts";
import { changedLately, type FleetTotals, totalsOf } from "../lib/fleet.ts";
import { ago, duration, percent, plural } from "../lib/format.ts";
import { href, toCheck, toCluster } from "../lib/route.ts";
import { scoreHistory, spark } from "../lib/score_history.ts";
import { gradeOf, healthWord } from "../lib/verdicts.ts";
import { CodeBox, Head, Icon, useNow, Waiting } from "../ui/parts.tsx";
import { ChangesCard } from "./changes.tsx";
import { Failure } from "./failure.tsx";
import { Matrix } from "./matrix.tsx";

const day = 86_400_000;

/** Since when changes are shown: whole minutes, so that the address, and with it the ETag, stays the same for one. */
function useDayAgo(): string {
  const [since, setSince] = useState(() => dayAgo());
  useEffect(() => {
    const timer = window.setInterval(() => setSince(dayAgo()), 60_000);
    return () => clearInterval(timer);
  }, []);
  return since;
}
const dayAgo = () => new Date(Math.floor((Date.now() - day) / 60_000) * 60_000).toISOString();

export function FleetView({ query }: { query: Record<string, string> }) {
  const fleet = usePolled<Fleet>("/api/v1/fleet");
  const since = useDayAgo();
  const changes = useLatest(usePolled<Changes>(`/api/v1/changes?limit=200&since=${since}`).document);
  const filtered = query.changed === changedLately;
  const subjects = useLatest(
    usePolled<ChangedSubjects>(filtered ? `/api/v1/changes/subjects?since=${since}` : "").document,
  );
  const totals = useMemo(() => fleet.document && totalsOf(fleet.document), [fleet.document]);
  if (!fleet.document || !totals) {
    return (
      <>
        <Head title="Fleet" />
        {fleet.error ? <Failure error={fleet.error} what="the fleet" /> : <Waiting height={600} />}
      </>
    );
  }
  const { document } = fleet;
  return (
    <>
      <Head title="Fleet" note={`${plural(totals.clusters, "cluster")} · ${plural(totals.jobs, "job")}`} />
      {document.clusters.length === 0 ? (
        <NoClusters />
      ) : (
        <>
          <Summary fleet={document} totals={totals} />
          {changes && <ChangesCard changes={changes} />}
          <Matrix fleet={document} query={query} changes={subjects} />
        </>
      )}
    </>
  );
}

function Summary({ fleet, totals }: { fleet: Fleet; totals: FleetTotals }) {
  return (
    <section class="card kpis" aria-label="Summary">
      <HealthNow totals={totals} />
      <Posture fleet={fleet} />
      <div class="kpi">
        <h2 class="eyebrow">Coverage</h2>
        <p class="big">
          <strong>{percent(fleet.score.coverage)}</strong> <span class="muted">of checks judged</span>
        </p>
        <ul class="tallies">
          <li>
            <Icon name="unknown" tone="unknown" />
            <a href={href(["coverage"])}>{plural(totals.unknown, "verdict")} unknown</a>
          </li>
        </ul>
        <p class="muted">What could not be judged is not healthy: see why.</p>
      </div>
      <Age totals={totals} />
    </section>
  );
}

function HealthNow({ totals }: { totals: FleetTotals }) {
  const { health } = totals;
  const parts = (["red", "amber", "green", "unknown"] as const).map((name) => ({ name, jobs: health[name] }));
  let left = 0;
  const all = Math.max(1, totals.jobs);
  return (
    <div class="kpi">
      <h2 class="eyebrow">Health now</h2>
      <p class="big">
        <strong class={health.red > 0 ? "c-critical" : ""}>{health.red}</strong>{" "}
        <span>
          {health.red === 1 ? "job" : "jobs"} failing
          {totals.failingClusters > 0 && ` in ${plural(totals.failingClusters, "cluster")}`}
        </span>
      </p>
      <svg class="bar" viewBox="0 0 400 10" preserveAspectRatio="none" aria-hidden="true">
        {parts.map(({ name, jobs }) => {
          const width = (jobs / all) * 400;
          left += width;
          return (
            <rect key={name} class={`seg-${name}`} x={left - width} width={Math.max(0, width - 1.5)} height="10" />
          );
        })}
      </svg>
      <ul class="tallies">
        {parts.map(({ name, jobs }) => (
          <li key={name}>
            <Icon name={name} tone={{ red: "critical", amber: "medium", green: "ok", unknown: "unknown" }[name]} />
            <a href={href([], { health: name })}>
              {jobs} {healthWord[name]}
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}

const historyLength = 7 * day;
const hour = 3_600_000;

function Posture({ fleet }: { fleet: Fleet }) {
  const { value } = fleet.score;
  // Whole hours: the address, and with it the ETag, stays the same for one.
  const since = Math.floor((Date.now() - historyLength) / hour) * hour;
  const path = `/api/v1/fleet/scores?since=${new Date(since).toISOString()}`;
  const scores = useLatest(usePolled<FleetScores>(path, 60_000).document);
  const history = scores && scoreHistory(scores, value, since, Date.now());
  const most = fleet.losses[0]?.points ?? 1;
  return (
    <div class="kpi">
      <h2 class="eyebrow">Posture score</h2>
      <div class="big">
        <strong>{value === null ? "n/a" : Math.round(value)}</strong>
        {value !== null && <span class="grade">{gradeOf(value)}</span>}
        <span class="muted">
          {value === null
            ? "too little could be judged"
            : history?.moved
              ? `of 100 · ${history.moved}`
              : "of 100, the mean of the clusters"}
        </span>
        {history && (
          <svg class="spark" viewBox={`0 0 ${spark.width} ${spark.height}`} role="img" aria-label={history.text}>
            <title>{history.text}</title>
            <path class="ln" d={history.line} />
            <circle class="dot" cx={history.end[0]} cy={history.end[1]} r="2.5" />
          </svg>
        )}
      </div>
      <ul class="lost">
        {fleet.losses.slice(0, 3).map((loss) => (
          <li key={loss.check}>
            <a href={toCheck(loss.check)} title={loss.check}>
              {loss.check}
            </a>
            <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
              <rect class="cost" width={(loss.points / most) * 100} height="6" rx="1" />
            </svg>
            <span class="num">−{loss.points.toFixed(1)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Age({ totals }: { totals: FleetTotals }) {
  const now = useNow();
  const { oldest, unreachable } = totals;
  const seen = oldest?.last_success;
  return (
    <div class="kpi">
      <h2 class="eyebrow">Age of data</h2>
      <p class="big">
        <strong>
          {seen ? duration(Math.max(1, Math.floor((now - new Date(seen).getTime()) / 1000)) * 1000) : "none yet"}
        </strong>
        {seen && <span class="muted">the oldest look</span>}
      </p>
      <ul class="tallies">
        <li>
          <Icon name="ok" tone="ok" />
          {plural(totals.answering, "cluster")} answering
        </li>
        {unreachable.length > 0 && (
          <li>
            <Icon name="unknown" tone="unknown" />
            {unreachable.length} unreachable
          </li>
        )}
      </ul>
      {oldest && seen && (
        <p class="muted">
          Oldest shown:{" "}
          <a class="lnk" href={toCluster(oldest.name)}>
            {oldest.name}
          </a>
          , {ago(seen, now)}
        </p>
      )}
    </div>
  );
}

const exampleYaml = "clusters:\n  - name: orders-prod\n    url: https://flink.example.org:8081";

function NoClusters() {
  return (
    <section class="card gap" aria-labelledby="none">
      <div class="card-h">
        <h2 id="none">No clusters yet</h2>
      </div>
      <div class="empty">
        <p>
          Add the REST address of a Flink cluster to the configuration, then reload. Nothing is installed in Flink, and
          only GET is sent.
        </p>
        <CodeBox title="flink-auditd.yaml" code={exampleYaml} />
        <p class="muted">
          Reload with <code>systemctl reload flink-auditd</code>, or send SIGHUP. Or try one look first:{" "}
          <code>audit-now https://flink.example.org:8081</code>
        </p>
      </div>
    </section>
  );
}
