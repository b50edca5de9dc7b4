import { useState } from "preact/hooks";
import { usePolled } from "../api/poll.ts";
import type { ClusterPage, Status, WaiverList } from "../api/types.ts";
import { bytes, duration, plural } from "../lib/format.ts";
import { toCluster } from "../lib/route.ts";
import { Ago, At, Card, Head, Icon, ScrollX, StateChip, Waiting } from "../ui/parts.tsx";
import { linksToFlink, prefer } from "../ui/preferences.ts";
import { Figure } from "./coverage.tsx";
import { Failure } from "./failure.tsx";

/** How the auditor itself is: lateness, what it takes from each JobManager, queue, database, reloads, waivers. */
export function AuditorView() {
  const { document: status, error } = usePolled<Status>("/api/v1/status");
  const clusters = usePolled<ClusterPage>("/api/v1/clusters?limit=1000").document;
  const waivers = usePolled<WaiverList>("/api/v1/waivers").document;
  if (!status) {
    return (
      <>
        <Head title="Auditor" />
        {error ? <Failure error={error} what="its own state" /> : <Waiting height={400} />}
      </>
    );
  }
  const troubles = [
    ...status.not_ready,
    ...(status.storage.error ? [`The store cannot be written: ${status.storage.error}`] : []),
    ...(status.reloads.last_error ? [`The last reload was refused: ${status.reloads.last_error}`] : []),
    ...Object.entries(status.discovery_errors).map(([source, why]) => `${source}: ${why}`),
  ];
  return (
    <>
      <Head
        title="Auditor"
        note={`flink-auditd ${status.version}`}
        chips={
          status.ready ? (
            <StateChip icon="green" tone="ok">
              ready
            </StateChip>
          ) : (
            <StateChip icon="red" tone="critical">
              not ready
            </StateChip>
          )
        }
      />
      {troubles.map((trouble) => (
        <section class="banner" role="alert" key={trouble}>
          <Icon name="red" />
          <p>{trouble}</p>
        </section>
      ))}
      <section class="card kpis" aria-label="Summary">
        <Figure title="Lateness" value={duration(status.collection.lateness_seconds_max * 1000)}>
          at most, in the last minute
        </Figure>
        <Figure title="Queue" value={String(status.pipeline.queue)}>
          of {status.pipeline.queue_capacity} looks wait
          {status.pipeline.dropped_snapshots > 0 && `; ${status.pipeline.dropped_snapshots} were dropped`}
        </Figure>
        <Figure title="Database" value={bytes(status.storage.database_bytes)}>
          and {bytes(status.storage.write_ahead_log_bytes)} of log
        </Figure>
        <Figure title="Runs since" value={duration(Date.now() - new Date(status.started_at).getTime())}>
          <At time={status.started_at} />, {plural(status.reloads.count, "reload")}
        </Figure>
      </section>
      <Card title="What each look takes" note="from the JobManager, the dearest first">
        {clusters ? <Costs page={clusters} /> : <Waiting height={200} />}
      </Card>
      <Card title="This browser">
        <FlinkLinks />
      </Card>
      <Card title="Waivers" note={waivers && plural(waivers.waivers.length, "waiver")}>
        {waivers && <Waivers list={waivers} />}
      </Card>
    </>
  );
}

function FlinkLinks() {
  const [on, setOn] = useState(linksToFlink());
  const turn = () => {
    prefer("flink-ui", on ? "" : "on");
    setOn(!on);
  };
  return (
    <label class="tick">
      <input type="checkbox" checked={on} onChange={turn} /> Link clusters and jobs to Flink's own UI, where this
      browser reaches the addresses that the daemon asks
    </label>
  );
}

const mostCosts = 50;

function Costs({ page }: { page: ClusterPage }) {
  const rows = [...page.clusters].sort((a, b) => b.requests.bytes - a.requests.bytes);
  return (
    <>
      <ScrollX label="What each look takes">
        <table class="tbl">
          <thead>
            <tr>
              <th scope="col">Cluster</th>
              <th scope="col">State</th>
              <th scope="col" class="num">
                Jobs
              </th>
              <th scope="col" class="num">
                Every
              </th>
              <th scope="col" class="num">
                Requests
              </th>
              <th scope="col" class="num">
                Bytes
              </th>
              <th scope="col" class="num">
                Took
              </th>
              <th scope="col" class="num">
                Seen
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, mostCosts).map((cluster) => (
              <tr key={cluster.name}>
                <th scope="row">
                  <a href={toCluster(cluster.name)}>{cluster.name}</a>
                </th>
                <td>
                  <Icon
                    name={cluster.state === "up" ? "ok" : "unknown"}
                    tone={cluster.state === "up" ? "ok" : "unknown"}
                  />{" "}
                  {cluster.state}
                </td>
                <td class="num">{cluster.jobs}</td>
                <td class="num">{duration(cluster.interval_ms)}</td>
                <td class="num">{cluster.requests.count}</td>
                <td class="num">{bytes(cluster.requests.bytes)}</td>
                <td class="num">{duration(cluster.requests.duration_ms)}</td>
                <td class="num">{cluster.last_success ? <Ago time={cluster.last_success} /> : "never"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollX>
      {rows.length > mostCosts && (
        <p class="muted">
          {mostCosts} of {plural(page.total, "cluster")}; <code>/metrics</code> has all.
        </p>
      )}
    </>
  );
}

function Waivers({ list }: { list: WaiverList }) {
  if (list.waivers.length === 0) {
    return <p class="muted">None. A finding's page has the YAML, and a form where the daemon has a token.</p>;
  }
  return (
    <ul class="list flat">
      {list.waivers.map((waiver) => (
        <li key={waiver.id}>
          <StateChip icon={{ active: "waived", expired: "pending", unused: "na" }[waiver.status]}>
            {waiver.status}
          </StateChip>
          <p>
            <code>{waiver.check}</code> on {waiver.cluster} / {waiver.job}: {waiver.reason}
            <span class="sub">
              {waiver.owner} · {waiver.until ? <At time={waiver.until} /> : "for ever"} ·{" "}
              {plural(waiver.matches, "finding")} · from the {waiver.source}
            </span>
          </p>
        </li>
      ))}
    </ul>
  );
}
