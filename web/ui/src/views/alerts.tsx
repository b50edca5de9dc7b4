import { usePolled } from "../api/poll.ts";
import type { Alert, AlertList, ReceiverList, SilenceList, Status } from "../api/types.ts";
import { alertingYaml } from "../lib/alerts.ts";
import { plural } from "../lib/format.ts";
import { Ago, At, Card, CodeBox, Head, Icon, Waiting } from "../ui/parts.tsx";
import { Places } from "./alerts/firing.tsx";
import { Notifications } from "./alerts/notifications.tsx";
import { Receivers } from "./alerts/receivers.tsx";
import { Silences } from "./alerts/silences.tsx";
import { silenced, useChange } from "./change.tsx";
import { Failure } from "./failure.tsx";

const atMost = 500;

/** What fires, what is silenced, what was told to whom. */
export function AlertsView() {
  const { document: list, error } = usePolled<AlertList>(`/api/v1/alerts?limit=${atMost}`);
  const silences = usePolled<SilenceList>("/api/v1/silences").document?.silences ?? [];
  const receivers = usePolled<ReceiverList>("/api/v1/receivers").document;
  const { say, notice } = useChange();
  const onSilenced = () => say(silenced);
  if (!list) {
    return (
      <>
        <Head title="Alerts" />
        {error ? <Failure error={error} what="alerts" /> : <Waiting height={500} />}
      </>
    );
  }
  const of = (state: Alert["state"]) => list.alerts.filter((alert) => alert.state === state);
  const { firing, muted } = list.counts;
  const hidden = list.total - list.alerts.length;
  return (
    <>
      <Head
        title="Alerts"
        note={`${firing} firing${muted > 0 ? `, ${muted} muted` : ""}; findings of health, and the auditor's own troubles`}
      />
      {notice}
      {!list.configured && <NotConfigured />}
      <div class="two">
        <div class="stack">
          <Card title="Firing" note={firing > 0 && plural(firing, "alert")}>
            {firing > 0 ? (
              <Places alerts={of("firing")} silences={silences} onSilenced={onSilenced} />
            ) : (
              <Quiet since={list.quiet_since} />
            )}
          </Card>
          {muted > 0 && (
            <Card title="Muted" note="they fire, and nobody is told">
              <Places alerts={of("muted")} silences={silences} onSilenced={onSilenced} />
            </Card>
          )}
          {hidden > 0 && (
            <p class="muted gap">
              {plural(hidden, "more alert")}: <code>/api/v1/alerts</code> has all.
            </p>
          )}
          {list.counts.resolved > 0 && (
            <Card title="Over" note="of late">
              <Places alerts={of("resolved")} silences={silences} onSilenced={onSilenced} />
            </Card>
          )}
          <Notifications />
        </div>
        <div class="stack">
          <Silences silences={silences} />
          {receivers ? <Receivers list={receivers} /> : <Waiting height={160} />}
        </div>
      </div>
    </>
  );
}

function Quiet({ since }: { since: string | null }) {
  const status = usePolled<Status>("/api/v1/status", 60_000).document;
  return (
    <p class="quiet-fleet">
      <Icon name="green" tone="ok" /> <b>Nothing fires.</b>{" "}
      {since ? (
        <>
          The last alert was over <Ago time={since} />.
        </>
      ) : (
        status && (
          <>
            The daemon looks since <At time={status.started_at} />.
          </>
        )
      )}{" "}
      <span class="muted">
        How jobs are set up is no alert: see <a href="#/findings">Findings</a>.
      </span>
    </p>
  );
}

function NotConfigured() {
  return (
    <section class="card gap empty" aria-label="Alerting is not set up">
      <p>
        <b>Nobody is told.</b> This page shows what fires, but <code>alerting.route</code> names no receiver. Add this
        to the configuration, put the receiver's address into the file, and reload:
      </p>
      <CodeBox title="flink-auditd.yaml" code={alertingYaml(location.origin)} />
      <p class="muted">
        Webhooks, Alertmanager, PagerDuty, Slack, Mattermost, Teams, Opsgenie, Grafana OnCall and e-mail can be told.{" "}
        <code>audit-now test-receiver --config FILE NAME</code> sends a test.
      </p>
    </section>
  );
}
