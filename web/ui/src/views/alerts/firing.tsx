import { useRef, useState } from "preact/hooks";
import type { Alert, Silence } from "../../api/types.ts";
import { byPlace, inhibitorOf, matchersOf, muteOf, toldText } from "../../lib/alerts.ts";
import { count, plural, sentence } from "../../lib/format.ts";
import { toCluster, toFinding, toJob } from "../../lib/route.ts";
import { Ago, At, SeverityChip, StateChip } from "../../ui/parts.tsx";
import { SilenceForm } from "./silence_form.tsx";

/** Alerts by cluster and job. */
export function Places(props: { alerts: Alert[]; silences: Silence[]; onSilenced: () => void }) {
  const { alerts, silences, onSilenced } = props;
  return (
    <>
      {byPlace(alerts).map(({ cluster, jobs }) => (
        <div class="place" key={cluster ?? ""} role="group" aria-label={cluster ?? "The auditor itself"}>
          <h3>{cluster ? <a href={toCluster(cluster)}>{cluster}</a> : <a href="#/auditor">The auditor itself</a>}</h3>
          {jobs.map(({ job, alerts: list }) => (
            <div class="place-job" key={job ?? ""}>
              {job && cluster && (
                <h4>
                  <a href={toJob(cluster, job)}>{job}</a>
                  {list.length > 1 && <span class="muted"> · {plural(list.length, "alert")}</span>}
                </h4>
              )}
              <ul class="list flat">
                {list.map((alert) => (
                  <Row key={alert.id} alert={alert} silences={silences} onSilenced={onSilenced} />
                ))}
              </ul>
            </div>
          ))}
        </div>
      ))}
    </>
  );
}

function Row(props: { alert: Alert; silences: Silence[]; onSilenced: () => void }) {
  const { alert, silences, onSilenced } = props;
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const done = () => {
    setOpen(false);
    onSilenced();
  };
  const text = sentence(alert.summary);
  const ended = alert.state === "resolved";
  return (
    <li>
      {ended ? <StateChip icon="resolved">over</StateChip> : <SeverityChip severity={alert.severity} />}
      <div>
        <p class="alert-text">{alert.finding ? <a href={toFinding(alert.finding)}>{text}</a> : text}</p>
        <span class="sub">
          {alert.check} ·{" "}
          {ended && alert.ended_at ? (
            <>
              over <Ago time={alert.ended_at} />
            </>
          ) : (
            <>
              since <At time={alert.since} />
            </>
          )}
          {alert.changes.length > 2 && ` · changed ${count(alert.changes.length)} times of late`}
          {!ended && alert.receivers.length > 0 && !alert.muted_by && ` · ${toldText(alert, true)}`}
        </span>
        {alert.muted_by && <Muted alert={alert} silences={silences} />}
        {open && <SilenceForm matchers={matchersOf(alert)} onClose={close} onDone={done} />}
      </div>
      {ended || alert.muted_by?.startsWith("silence") ? (
        <span />
      ) : (
        <button
          class="btn"
          type="button"
          ref={button}
          aria-expanded={open}
          aria-label={`Silence ${alert.check ?? "this"}${alert.job_name ? ` of ${alert.job_name}` : ""}`}
          onClick={() => setOpen(!open)}
        >
          Silence
        </button>
      )}
    </li>
  );
}

/** Why nobody is told, and until when. */
export function Muted({ alert, silences }: { alert: Alert; silences: Silence[] }) {
  const { text, silence } = muteOf(alert.muted_by ?? "", silences);
  const until = silence?.ends_at ?? (alert.muted_by === "start-up" ? alert.muted_until : null);
  const cause = inhibitorOf(alert.muted_by);
  return (
    <span class="sub">
      {cause ? <a href={toFinding(cause)}>{text}</a> : text}
      {until && (
        <>
          , until <At time={until} />
        </>
      )}
    </span>
  );
}
