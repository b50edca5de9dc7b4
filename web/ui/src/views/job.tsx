import { useState } from "preact/hooks";
import { useLatest, usePolled } from "../api/poll.ts";
import type {
  FindingPage,
  Job,
  JobGraph,
  JobPage,
  JobTimeline,
  Report,
  ReportJob,
  Timeline,
  Verdict,
} from "../api/types.ts";
import { practiceRows, resultsOf } from "../lib/findings.ts";
import { plural } from "../lib/format.ts";
import { byText } from "../lib/order.ts";
import { toCluster, toFinding, toJob } from "../lib/route.ts";
import { Ago, At, Card, CopyButton, Head, HealthChip, Icon, StateChip, Void, Waiting } from "../ui/parts.tsx";
import { Actions } from "./cluster.tsx";
import { Failure } from "./failure.tsx";
import { CheckpointCard } from "./job/checkpoints.tsx";
import { GraphCard } from "./job/graph.tsx";
import { VerdictLanes } from "./job/lanes.tsx";
import { WaitsCard } from "./job/waits.tsx";
import { WhatIfCard } from "./job/what_if.tsx";
import { Checklist, Findings, ScoreCard } from "./report.tsx";

const latest = 300;
const cluster = (name: string) => `/api/v1/clusters/${encodeURIComponent(name)}`;

/** Jobs are looked up by name, where * and ? stand for themselves: the answer is sifted. */
function jobsPath(clusterName: string, name: string): string {
  const glob = name.replaceAll("*", "?") || "*";
  return `/api/v1/jobs?${new URLSearchParams({ cluster: clusterName, name: glob, limit: "1000" })}`;
}

/** The job of that name that was asked for by Flink's id, else the live one, else the one seen last. */
function choose(jobs: Job[], flinkId: string | undefined): Job | undefined {
  const rank = (job: Job) => (job.flink_job_id === flinkId ? 0 : job.ended_at === null ? 1 : 2);
  return [...jobs].sort((a, b) => rank(a) - rank(b) || byText(b.last_seen, a.last_seen))[0];
}

export function JobView(props: { cluster: string; name: string; flinkId: string | undefined }) {
  const page = usePolled<JobPage>(jobsPath(props.cluster, props.name));
  const named = page.document?.jobs.filter((job) => job.name === props.name) ?? [];
  const job = choose(named, props.flinkId);
  const crumbs = [
    { text: "Fleet", href: "#/" },
    { text: props.cluster, href: toCluster(props.cluster) },
    { text: props.name },
  ];
  if (!job) {
    return (
      <>
        <Head crumbs={crumbs} title={props.name} />
        {page.document ? (
          <section class="card gap">
            <Void title="Unknown job">No job of this name was seen on {props.cluster}.</Void>
          </section>
        ) : page.error ? (
          <Failure error={page.error} what="this job" />
        ) : (
          <Waiting height={500} />
        )}
      </>
    );
  }
  return <KnownJob key={job.id} job={job} others={named.filter((one) => one.id !== job.id)} crumbs={crumbs} />;
}

/** The start of the hour that is `hours` ago: the address changes once an hour, and the ETag serves between. */
const sinceOf = (milliseconds: number) =>
  new Date(Math.floor((Date.now() - milliseconds) / 3_600_000) * 3_600_000).toISOString();

function KnownJob(props: { job: Job; others: Job[]; crumbs: { text: string; href?: string }[] }) {
  const { job } = props;
  const [range, setRange] = useState(0);
  const window = range > 0 ? `limit=1000&since=${sinceOf(range)}` : `limit=${latest}`;
  const report = usePolled<Report>(`${cluster(job.cluster)}/report`).document;
  const graph = usePolled<JobGraph>(`/api/v1/jobs/${job.id}/graph`).document;
  const timeline = useLatest(usePolled<JobTimeline>(`/api/v1/jobs/${job.id}/timeline?${window}`).document);
  const findings = usePolled<FindingPage>(
    `/api/v1/findings?job=${job.id}&state=firing&state=pending&limit=1000`,
  ).document;
  const judged = report?.jobs.find((one) => one.id === job.flink_job_id);
  const results = report && judged ? resultsOf(report, judged.id) : [];
  const ids = new Map(findings?.findings.map((finding) => [finding.fingerprint, finding.id]));
  const links = {
    job: (name: string) => toJob(job.cluster, name),
    finding: (verdict: Verdict) => {
      const id = ids.get(verdict.fingerprint);
      return id ? toFinding(id) : null;
    },
    checks: true,
  };
  return (
    <>
      <Head
        crumbs={props.crumbs}
        title={job.name || "(no name)"}
        chips={
          <>
            <JobState state={judged?.state ?? job.state} />
            {judged && <HealthChip health={judged.health} />}
          </>
        }
        actions={<Actions cluster={job.cluster} url={report?.cluster.url} job={job.flink_job_id} />}
      />
      <Meta job={job} judged={judged} report={report} graph={graph} />
      {props.others.length > 0 && (
        <p class="muted gap">
          {plural(props.others.length, "other job")} bears this name:{" "}
          {props.others.map((one) => (
            <a key={one.id} class="lnk" href={toJob(one.cluster, one.name, one.flink_job_id)}>
              <code>{one.flink_job_id}</code>{" "}
            </a>
          ))}
        </p>
      )}
      <div class="two">
        <div class="stack">
          {graph && <GraphCard graph={graph} results={results} />}
          {timeline && <CheckpointCard timeline={timeline} graph={graph} range={range} onRange={setRange} />}
          {judged && <WhatIfCard job={job.id} />}
        </div>
        <div class="stack">
          {judged && <ScoreCard score={judged.score} coverage={coverageOf(results)} results={results} />}
          {report && judged && <Checklist rows={practiceRows(results, report.practices)} />}
          {timeline && <WaitsCard checkpoints={timeline.checkpoints} summary={timeline.checkpoint_summary} />}
          {timeline && <Restarts timeline={timeline} />}
          {timeline && <Deployments timeline={timeline} />}
        </div>
      </div>
      {report && judged && <Findings results={results} practices={report.practices} links={links} />}
      {!judged && report && (
        <Card title="Findings">
          <Void title="Unknown: not judged now">
            {job.ended_at ? "The job has ended." : "The latest look did not see it."} What is known of it is its
            history.
          </Void>
        </Card>
      )}
      {timeline && <VerdictLanes timeline={timeline} range={range} />}
    </>
  );
}

function coverageOf(results: Verdict[]): number {
  const assessed = results.filter((verdict) => verdict.verdict === "pass" || verdict.verdict === "fail").length;
  const unknown = results.filter((verdict) => verdict.verdict === "unknown").length;
  return assessed + unknown > 0 ? assessed / (assessed + unknown) : 0;
}

function JobState({ state }: { state: string }) {
  const icons: Record<string, [string, string]> = {
    RUNNING: ["ok", "ok"],
    FAILED: ["red", "critical"],
    FAILING: ["red", "critical"],
    RESTARTING: ["restart", "high"],
  };
  const [icon, tone] = icons[state] ?? ["na", "unknown"];
  return (
    <StateChip icon={icon} tone={tone}>
      {state}
    </StateChip>
  );
}

function Meta(props: { job: Job; judged: ReportJob | undefined; report: Report | null; graph: JobGraph | null }) {
  const { job, judged, report, graph } = props;
  return (
    <div class="meta">
      {job.flink_job_id && (
        <span>
          JobID <b class="mono">{job.flink_job_id}</b> <CopyButton text={job.flink_job_id} label="Copy JobID" small />
        </span>
      )}
      {report?.cluster.flink_version && (
        <span>
          Flink <b>{report.cluster.flink_version}</b>
        </span>
      )}
      {judged && (
        <span>
          {judged.flink_job_type === "BATCH" ? "Batch" : "Streaming"}
          {judged.parallelism !== null && (
            <>
              , parallelism <b>{judged.parallelism}</b>
            </>
          )}
        </span>
      )}
      {graph?.started_at && (
        <span>
          Started{" "}
          <b>
            <Ago time={graph.started_at} />
          </b>
        </span>
      )}
      {graph?.restored && (
        <span>
          Restored from <b>#{graph.restored.id}</b>
        </span>
      )}
      <span>
        Seen{" "}
        <b>
          <Ago time={graph?.observed_at ?? job.last_seen} />
        </b>
      </span>
    </div>
  );
}

function Restarts({ timeline }: { timeline: Timeline }) {
  const restarts = timeline.events.filter((event) => ["job_restarted", "jobmanager_failed_over"].includes(event.kind));
  const newest = [...restarts].reverse().slice(0, 5);
  return (
    <Card title="Restarts" note={restarts.length === 0 ? "none in this time" : String(restarts.length)}>
      {newest.length > 0 && (
        <ol class="hx">
          {newest.map((event) => (
            <li key={event.at}>
              <Icon name="restart" />
              <p>
                {event.detail ?? event.to ?? "restarted"}
                <At time={event.at} />
              </p>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}

function Deployments({ timeline }: { timeline: Timeline }) {
  const newest = [...timeline.deployments].reverse().slice(0, 5);
  return (
    <Card title="Deployments" note={newest.length === 0 ? "none in this time" : String(timeline.deployments.length)}>
      {newest.length > 0 && (
        <ol class="hx">
          {newest.map((deployment) => (
            <li key={deployment.seen_at}>
              <Icon name={deployment.changed.length === 0 ? "new" : "deploy"} />
              <p>
                {deployment.changed.length === 0 ? "First seen" : deployment.changed.join(", ")}
                {deployment.parallelism !== null && `, parallelism ${deployment.parallelism}`}
                <At time={deployment.started_at ?? deployment.seen_at} />
              </p>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}
