import { useRef, useState } from "preact/hooks";
import { type ApiError, post } from "../api/client.ts";
import { retryNow, usePolled } from "../api/poll.ts";
import type { AlertList, CheckDetails, FindingDetails, SilenceList, Transition } from "../api/types.ts";
import { matchersOf, toldText } from "../lib/alerts.ts";
import { waiverYaml } from "../lib/findings.ts";
import { duration, fullTime, practiceName, sentence, shortId } from "../lib/format.ts";
import { toCheck, toCluster, toJob } from "../lib/route.ts";
import {
  Ago,
  At,
  Card,
  Chip,
  CodeBox,
  CopyButton,
  Head,
  Icon,
  SeverityChip,
  StateChip,
  useNow,
  Waiting,
} from "../ui/parts.tsx";
import { Muted } from "./alerts/firing.tsx";
import { SilenceForm } from "./alerts/silence_form.tsx";
import { useChange } from "./change.tsx";
import { Failure, TokenForm } from "./failure.tsx";
import { TrendCard } from "./finding/trend.tsx";
import { EvidenceTable, Remedy } from "./report.tsx";

export function FindingView({ id }: { id: string }) {
  const { document: finding, error } = usePolled<FindingDetails>(`/api/v1/findings/${encodeURIComponent(id)}`);
  const check = usePolled<CheckDetails>(finding ? `/api/v1/checks/${finding.check}` : "", 60_000).document;
  if (!finding) {
    return (
      <>
        <Head crumbs={[{ text: "Findings", href: "#/findings" }, { text: id }]} title="Finding" />
        {error ? <Failure error={error} what="this finding" /> : <Waiting height={500} />}
      </>
    );
  }
  const { subject } = finding;
  const crumbs = [
    { text: "Fleet", href: "#/" },
    { text: finding.cluster, href: toCluster(finding.cluster) },
    ...(subject.job_name ? [{ text: subject.job_name, href: toJob(finding.cluster, subject.job_name) }] : []),
    { text: finding.check },
  ];
  const since = finding.state === "resolved" ? finding.resolved_at : (finding.firing_since ?? finding.pending_since);
  return (
    <>
      <Head crumbs={crumbs} title={check?.title ?? finding.check} />
      <div class="meta lineup">
        {finding.waiver ? <Chip look="waived" /> : <SeverityChip severity={finding.severity} />}
        <StateChip icon={finding.state}>
          {finding.state} {since && <Since time={since} resolved={finding.state === "resolved"} />}
        </StateChip>
        <span>
          Practice <b>{practiceName(finding.practice)}</b>
        </span>
        <span>
          Confidence <b>{finding.confidence}</b>
        </span>
        <span>
          Fingerprint <b class="mono">{shortId(finding.fingerprint)}</b>{" "}
          <CopyButton text={finding.fingerprint} label="Copy fingerprint" small />
        </span>
        <a href={toCheck(finding.check)}>About this check</a>
      </div>
      <div class="two">
        <div class="stack">
          <Card title="Fact" hidden class="prose">
            <p class="lead">{sentence(finding.message ?? "")}</p>
          </Card>
          {finding.evidence.length > 0 && (
            <Card
              title="Evidence"
              note={
                <>
                  last failed <Ago time={finding.last_failed} />
                </>
              }
            >
              <EvidenceTable evidence={finding.evidence} />
            </Card>
          )}
          {finding.remediation && (
            <Card title="Remedy">
              <Remedy text={finding.remediation} />
            </Card>
          )}
          <TrendCard finding={finding} />
        </div>
        <div class="stack">
          <Card title="Where">
            <dl class="facts">
              <dt>Cluster</dt>
              <dd>
                <a href={toCluster(finding.cluster)}>{finding.cluster}</a>
              </dd>
              {subject.job_name && (
                <>
                  <dt>Job</dt>
                  <dd>
                    <a href={toJob(finding.cluster, subject.job_name)}>{subject.job_name}</a>
                  </dd>
                </>
              )}
              {subject.vertex_name && (
                <>
                  <dt>Vertex</dt>
                  <dd>{subject.vertex_name}</dd>
                </>
              )}
              <dt>Episodes</dt>
              <dd>{finding.episodes}</dd>
            </dl>
          </Card>
          <Card title="History">
            <ol class="hx">
              {[...finding.history].reverse().map((transition) => (
                <Step key={transition.at + transition.to} transition={transition} />
              ))}
            </ol>
          </Card>
          <Told finding={finding} />
          <Waive finding={finding} />
        </div>
      </div>
    </>
  );
}

function Since({ time, resolved }: { time: string; resolved: boolean }) {
  const now = useNow();
  if (resolved) return <Ago time={time} />;
  return <span title={fullTime(time)}>for {duration(Math.max(1000, now - new Date(time).getTime()))}</span>;
}

function Step({ transition }: { transition: Transition }) {
  const said = { pending: "Pending: seen to fail", firing: "Firing", resolved: "Resolved" }[transition.to];
  const tone = transition.to === "resolved" ? "ok" : transition.severity;
  return (
    <li>
      <Icon name={transition.to} tone={tone} />
      <p>
        {said}
        {transition.to !== "resolved" && `, ${transition.severity}`}
        {transition.waived && ", waived"}
        {transition.reason && `: ${transition.reason}`}
        <At time={transition.at} />
      </p>
    </li>
  );
}

/** Who is told of it, and why not. */
function Told({ finding }: { finding: FindingDetails }) {
  const list = usePolled<AlertList>(`/api/v1/alerts?id=${encodeURIComponent(finding.id)}`).document;
  const alert = list?.alerts[0];
  const silences = usePolled<SilenceList>(alert?.muted_by ? "/api/v1/silences" : "").document?.silences ?? [];
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const { say, notice } = useChange();
  if (!list) return null;
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const done = () => {
    setOpen(false);
    say("Silenced; it shows within seconds.");
  };
  return (
    <Card title="Alert" end={<a href="#/alerts">All alerts</a>}>
      {alert ? (
        <>
          <p>{toldText(alert, list.configured)}</p>
          {alert.muted_by && <Muted alert={alert} silences={silences} />}
          {alert.state === "firing" && (
            <p class="gap">
              <button class="btn" type="button" ref={button} aria-expanded={open} onClick={() => setOpen(!open)}>
                Silence
              </button>
            </p>
          )}
          {notice}
          {open && <SilenceForm matchers={matchersOf(alert)} onClose={close} onDone={done} />}
        </>
      ) : (
        <p class="muted">{untold(finding)}</p>
      )}
    </Card>
  );
}

/** Why a finding is no alert. */
function untold(finding: FindingDetails): string {
  if (finding.waiver) return "It is waived, so nobody is told.";
  if (finding.state === "resolved") return "It is over, and whoever was told of it knows.";
  if (finding.state === "pending") return "Not yet: it has to last a while first.";
  return "No alert: it is about how the job or cluster is set up. The digest tells of it.";
}

const inNinetyDays = () => new Date(Date.now() + 90 * 86_400_000).toISOString().slice(0, 10);

function Waive({ finding }: { finding: FindingDetails }) {
  const [fields, setFields] = useState({ reason: "", owner: "", until: inNinetyDays() });
  const [said, setSaid] = useState("");
  const [wantsToken, setWantsToken] = useState(false);
  const scope = { check: finding.check, cluster: finding.cluster, job: finding.subject.job_name };
  const field = (name: keyof typeof fields) => ({
    name,
    value: fields[name],
    onInput: (event: { currentTarget: HTMLInputElement }) =>
      setFields({ ...fields, [name]: event.currentTarget.value }),
  });
  const waive = async () => {
    try {
      await post("/api/v1/waivers", {
        ...scope,
        job: scope.job ?? "*",
        reason: fields.reason,
        owner: fields.owner,
        until: fields.until ? `${fields.until}T00:00:00Z` : null,
      });
      setWantsToken(false);
      setSaid("Waived; it shows with the cluster's next look.");
      retryNow();
    } catch (thrown) {
      const error = thrown as ApiError;
      setWantsToken(error.status === 401);
      setSaid(error.status === 401 ? "" : error.message);
    }
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void waive();
  };
  return (
    <Card title="Waive">
      <p class="muted wv">It stays visible as waived, costs nothing, and comes back when the date has passed.</p>
      <form class="form" onSubmit={submit}>
        <label>
          Reason
          <input type="text" required maxLength={1000} placeholder="Why this is acceptable" {...field("reason")} />
        </label>
        <div class="pair">
          <label>
            Owner
            <input type="text" required maxLength={1000} placeholder="A team" {...field("owner")} />
          </label>
          <label>
            Until
            <input type="date" {...field("until")} />
          </label>
        </div>
        <div>
          <button class="btn btn-main" type="submit">
            Waive finding
          </button>
        </div>
        <p class="muted" role="status">
          {said}
        </p>
      </form>
      {wantsToken && <TokenForm onSet={waive} />}
      <div class="cfg">
        <CodeBox title="Or in the configuration" code={waiverYaml({ ...scope, ...fields })} />
      </div>
    </Card>
  );
}
