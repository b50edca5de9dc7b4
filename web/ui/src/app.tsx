import type { ComponentChildren } from "preact";
import type { JobDrawing, Report, Timeline, Verdict } from "./api/types.ts";
import { practiceRows, resultsOf } from "./lib/findings.ts";
import { apiPath, href, type Route } from "./lib/route.ts";
import { Head, HealthChip, Void } from "./ui/parts.tsx";
import { useFreshStart, useRoute } from "./ui/router.ts";
import { Shell } from "./ui/shell.tsx";
import { AlertsView } from "./views/alerts.tsx";
import { AuditorView } from "./views/auditor.tsx";
import { ChecksView, CheckView } from "./views/checks.tsx";
import { ClusterView } from "./views/cluster.tsx";
import { CoverageView } from "./views/coverage.tsx";
import { ExceptionsView } from "./views/exceptions.tsx";
import { FindingView } from "./views/finding.tsx";
import { FindingsView } from "./views/findings.tsx";
import { FleetView } from "./views/fleet.tsx";
import { CheckpointCard } from "./views/job/checkpoints.tsx";
import { GraphCard } from "./views/job/graph.tsx";
import { WaitsCard } from "./views/job/waits.tsx";
import { JobView } from "./views/job.tsx";
import { Checklist, Findings, ReportBody, ScoreCard } from "./views/report.tsx";

export function LiveApp() {
  const route = useRoute();
  useFreshStart(route);
  return (
    <Shell view={route.path[0] ?? ""} json={apiPath(route.path)}>
      {liveView(route)}
    </Shell>
  );
}

function liveView({ path, query }: Route): ComponentChildren {
  const [view, id, below, name] = path;
  switch (view) {
    case undefined:
      return <FleetView query={query} />;
    case "clusters":
      if (id && below === "jobs" && name !== undefined) {
        return <JobView key={`${id} ${name}`} cluster={id} name={name} flinkId={query.id} />;
      }
      return id ? <ClusterView key={id} name={id} /> : <NoView />;
    case "findings":
      return id ? <FindingView key={id} id={id} /> : <FindingsView query={query} />;
    case "alerts":
      return <AlertsView />;
    case "checks":
      return id ? <CheckView key={id} id={id} /> : <ChecksView query={query} />;
    case "coverage":
      return <CoverageView />;
    case "exceptions":
      return <ExceptionsView />;
    case "auditor":
      return <AuditorView />;
    default:
      return <NoView />;
  }
}

function NoView() {
  return (
    <>
      <Head title="Nothing here" />
      <section class="card gap">
        <Void title="The page has no such view">
          <a href="#/">To the fleet</a>
        </Void>
      </section>
    </>
  );
}

/** What one look saw has no past: no restarts, deployments or scores. */
const nothingBefore: Omit<Timeline, "checkpoints"> = {
  ...{ deployments: [], events: [], verdicts: [], transitions: [], scores: [] },
};

function Drawn({ drawing, results }: { drawing: JobDrawing; results: Verdict[] }) {
  const { graph, checkpoints } = drawing;
  return (
    <>
      {graph.vertices.length > 0 && <GraphCard graph={graph} results={results} />}
      {(checkpoints.length > 0 || graph.checkpointing) && (
        <CheckpointCard timeline={{ ...nothingBefore, checkpoints }} graph={graph} />
      )}
    </>
  );
}

const fileJob = (name: string, id: string | null) => href(["jobs", name], { id });

/** The report of `audit-now --format html`: one cluster, without a daemon. */
export function FileApp({ report, drawings }: { report: Report; drawings: Record<string, JobDrawing> }) {
  const route = useRoute();
  useFreshStart(route);
  const [view, name] = route.path;
  const job = report.jobs.find((one) => one.name === name && (!route.query.id || one.id === route.query.id));
  const drawing = job && drawings[job.id];
  const links = { job: fileJob, checks: false };
  return (
    <Shell view="" version={report.tool.version} file>
      {view === "jobs" && job ? (
        <>
          <Head
            crumbs={[{ text: report.cluster.name, href: "#/" }, { text: job.name }]}
            title={job.name || "(no name)"}
            chips={<HealthChip health={job.health} />}
            note={job.state}
          />
          <div class="two">
            <div class="stack">
              <Findings results={resultsOf(report, job.id)} practices={report.practices} links={links} />
              {drawing && <Drawn drawing={drawing} results={resultsOf(report, job.id)} />}
            </div>
            <div class="stack">
              <ScoreCard score={job.score} coverage={report.score.coverage} results={resultsOf(report, job.id)} />
              <Checklist rows={practiceRows(resultsOf(report, job.id), report.practices)} />
              {drawing && <WaitsCard checkpoints={drawing.checkpoints} summary={drawing.checkpoint_summary} />}
            </div>
          </div>
        </>
      ) : (
        <>
          <Head
            title={report.cluster.name}
            chips={<HealthChip health={report.health} />}
            note={report.cluster.flink_version && `Flink ${report.cluster.flink_version}`}
          />
          <ReportBody report={report} links={links} />
        </>
      )}
    </Shell>
  );
}
