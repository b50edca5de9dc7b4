import { usePolled } from "../api/poll.ts";
import type { Coverage } from "../api/types.ts";
import { count, percent, plural } from "../lib/format.ts";
import { toCheck, toCluster } from "../lib/route.ts";
import { Card, Chip, Fold, Head, Icon, Waiting } from "../ui/parts.tsx";
import { Failure } from "./failure.tsx";

/** What could not be judged, and why. */
export function CoverageView() {
  const { document, error } = usePolled<Coverage>("/api/v1/coverage");
  if (!document) {
    return (
      <>
        <Head title="Coverage" />
        {error ? <Failure error={error} what="the coverage" /> : <Waiting height={400} />}
      </>
    );
  }
  const { reasons, without_report: without } = document;
  return (
    <>
      <Head title="Coverage" note="what could not be judged is not healthy" />
      <section class="card kpis three" aria-label="Summary">
        <Figure title="Judged" value={document.ratio === null ? "n/a" : percent(document.ratio)}>
          of the verdicts that apply
        </Figure>
        <Figure title="Unknown" value={count(document.unknown)}>
          verdicts, for {plural(document.reason_count, "reason")}
        </Figure>
        <Figure title="Does not apply" value={count(document.not_applicable)}>
          verdicts; they count nowhere
        </Figure>
      </section>
      {without.length > 0 && (
        <Card title="Clusters without a look" note={plural(without.length, "cluster")}>
          <ul class="plain">
            {without.map((row) => (
              <li key={row.cluster}>
                <Icon name="unknown" tone="unknown" /> <a href={toCluster(row.cluster)}>{row.cluster}</a>{" "}
                <span class="muted">{row.error ?? row.state}</span>
              </li>
            ))}
          </ul>
        </Card>
      )}
      <Card title="Reasons" note="the most frequent first">
        {reasons.length === 0 ? (
          <p>
            <Icon name="ok" tone="ok" /> None: everything that applies was judged.
          </p>
        ) : (
          <ul class="list flat">
            {reasons.map((row) => (
              <li key={row.reason}>
                <Chip look="unknown" count={row.count} />
                <div>
                  <p>{row.reason}</p>
                  <Fold
                    class="fold tight"
                    title={`${plural(row.checks.length, "check")} in ${plural(row.cluster_count, "cluster")}`}
                  >
                    <p class="tags">
                      {row.checks.map(({ check, count: times }) => (
                        <a key={check} href={toCheck(check)}>
                          {check} × {times}
                        </a>
                      ))}
                    </p>
                    <p class="tags">
                      {row.clusters.map(({ cluster, count: times }) => (
                        <a key={cluster} href={toCluster(cluster)}>
                          {cluster} × {times}
                        </a>
                      ))}
                    </p>
                  </Fold>
                </div>
              </li>
            ))}
          </ul>
        )}
      </Card>
    </>
  );
}

export function Figure(props: { title: string; value: string; children: preact.ComponentChildren }) {
  return (
    <div class="kpi">
      <h2 class="eyebrow">{props.title}</h2>
      <p class="big">
        <strong>{props.value}</strong> <span class="muted">{props.children}</span>
      </p>
    </div>
  );
}
