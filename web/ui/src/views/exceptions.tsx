import { usePolled } from "../api/poll.ts";
import type { ExceptionCause, ExceptionList } from "../api/types.ts";
import { plural } from "../lib/format.ts";
import { toCluster, toJob } from "../lib/route.ts";
import { Ago, Card, CodeBox, Fold, Head, StateChip, Void, Waiting } from "../ui/parts.tsx";
import { Failure } from "./failure.tsx";

/** Why jobs failed: one entry for each cause, over the whole fleet. */
export function ExceptionsView() {
  const { document, error } = usePolled<ExceptionList>("/api/v1/exceptions");
  if (!document) {
    return (
      <>
        <Head title="Exceptions" />
        {error ? <Failure error={error} what="the exceptions" /> : <Waiting height={400} />}
      </>
    );
  }
  const { exceptions, causes } = document;
  return (
    <>
      <Head title="Exceptions" note="by cause, across the fleet" />
      {causes === 0 ? (
        <section class="card gap">
          <Void title="No job has failed, as far as Flink remembers">
            Flink keeps the last failures of each job that runs, 16 unless <code>web.exception-history-size</code> says
            otherwise, and forgets them with the JobManager.
          </Void>
        </section>
      ) : (
        <Card class="gap" title={plural(causes, "cause")} note="the latest first">
          <ul class="list flat">
            {exceptions.map((cause) => (
              <Cause key={cause.fingerprint} cause={cause} />
            ))}
          </ul>
          {causes > exceptions.length && <p class="muted">The other {causes - exceptions.length} are older.</p>}
        </Card>
      )}
    </>
  );
}

function Cause({ cause }: { cause: ExceptionCause }) {
  const clusters = new Set(cause.jobs.map((job) => job.cluster)).size;
  return (
    <li>
      <StateChip icon="high" tone="high">
        {cause.occurrences} ×
      </StateChip>
      <div>
        <p>
          <strong>{cause.title}</strong>
        </p>
        <p class="muted">
          {plural(cause.jobs.length, "job")} in {plural(clusters, "cluster")}
          {cause.last_at && (
            <>
              , last <Ago time={cause.last_at} />
            </>
          )}
        </p>
        <p class="tags">
          {cause.jobs.map((job) => (
            <span key={`${job.cluster} ${job.flink_job_id}`}>
              <a href={toCluster(job.cluster)}>{job.cluster}</a> /{" "}
              <a href={toJob(job.cluster, job.job_name, job.flink_job_id)}>{job.job_name}</a> × {job.occurrences}
            </span>
          ))}
        </p>
        <Fold class="fold tight" title="Stack trace of the latest">
          <CodeBox title={cause.jobs.find((job) => job.task)?.task ?? "of the whole job"} code={cause.stack_trace} />
        </Fold>
      </div>
    </li>
  );
}
