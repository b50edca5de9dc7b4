import { useState } from "preact/hooks";
import { type ApiError, post } from "../api/client.ts";
import { retryNow, usePolled } from "../api/poll.ts";
import type { Cluster, Report } from "../api/types.ts";
import { duration, plural } from "../lib/format.ts";
import { flinkUi, toJob } from "../lib/route.ts";
import { Ago, Head, HealthChip, Icon, Void, Waiting } from "../ui/parts.tsx";
import { linksToFlink } from "../ui/preferences.ts";
import { Failure, TokenForm } from "./failure.tsx";
import { ReportBody } from "./report.tsx";

const api = (name: string) => `/api/v1/clusters/${encodeURIComponent(name)}`;

export function ClusterView({ name }: { name: string }) {
  const cluster = usePolled<Cluster>(api(name));
  const state = cluster.document;
  // Before the first look that succeeded there is none to ask for.
  const report = usePolled<Report>(state?.reported_at ? `${api(name)}/report` : "");
  const down = state?.state === "down" ? state : null;
  return (
    <>
      <Head
        crumbs={[{ text: "Fleet", href: "#/" }, { text: name }]}
        title={name}
        chips={report.document && <HealthChip health={down ? "unknown" : report.document.health} />}
        actions={<Actions cluster={name} url={state?.url} />}
      />
      {state && (
        <div class="meta">
          <span>
            REST <b>{state.url}</b>
          </span>
          {report.document?.cluster.flink_version && (
            <span>
              Flink <b>{report.document.cluster.flink_version}</b>
            </span>
          )}
          {report.document && <span>{plural(report.document.cluster.jobs, "job")}</span>}
          <span>
            Looked at every <b>{duration(state.interval_ms)}</b>
          </span>
          {state.last_success && (
            <span>
              Seen{" "}
              <b>
                <Ago time={state.last_success} />
              </b>
            </span>
          )}
        </div>
      )}
      {down && (
        <section class="banner" role="alert">
          <Icon name="unknown" />
          <p>
            <b>This cluster does not answer.</b> {down.error} What is below is of the last look that succeeded.
          </p>
        </section>
      )}
      {report.document ? (
        <ReportBody report={report.document} links={{ job: (job, id) => toJob(name, job, id), checks: true }} />
      ) : state && !state.reported_at ? (
        <section class="card gap">
          <Void title="Unknown: no look at it succeeded yet">{state.error ?? "The first look is to come."}</Void>
        </section>
      ) : (report.error ?? cluster.error) ? (
        <Failure error={(report.error ?? cluster.error) as ApiError} what={name} />
      ) : (
        <Waiting height={500} />
      )}
    </>
  );
}

/** Audit now, and the report as one file. */
export function Actions({ cluster, url, job }: { cluster: string; url?: string | undefined; job?: string | null }) {
  const flink = url && linksToFlink() ? flinkUi(url, job) : null;
  const [said, setSaid] = useState("");
  const [wantsToken, setWantsToken] = useState(false);
  const audit = async () => {
    try {
      await post(`${api(cluster)}/audit`);
      setSaid("Asked for; the page follows.");
      window.setTimeout(retryNow, 1500);
    } catch (thrown) {
      const error = thrown as ApiError;
      setWantsToken(error.status === 401);
      setSaid(error.status === 401 ? "" : error.message);
    }
  };
  return (
    <>
      <span class="muted" role="status">
        {said}
      </span>
      <button class="btn" type="button" onClick={audit}>
        <Icon name="restart" />
        Audit now
      </button>
      <a class="btn" href={`${api(cluster)}/report.html`} download={`${cluster}.html`}>
        <Icon name="dl" />
        Report
      </a>
      {flink && (
        <a class="btn" href={flink} target="_blank" rel="noreferrer noopener">
          <Icon name="ext" />
          Flink UI
        </a>
      )}
      {wantsToken && (
        <TokenForm
          onSet={() => {
            setWantsToken(false);
            void audit();
          }}
        />
      )}
    </>
  );
}
