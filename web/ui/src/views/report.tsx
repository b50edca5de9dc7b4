// A cluster's audit: the same in the live page and in the file that `audit-now --format html` writes.

import type { ComponentChildren } from "preact";
import type { PracticeSummary, Report, Verdict } from "../api/types.ts";
import {
  byCheck,
  cellsOf,
  grouped,
  type PracticeRow,
  practiceRows,
  reasons,
  remedyParts,
  resultsOf,
} from "../lib/findings.ts";
import { sortRows } from "../lib/fleet.ts";
import { bytes, duration, evidenceValue, percent, plural, practiceName, sentence, shortId } from "../lib/format.ts";
import { toCheck } from "../lib/route.ts";
import { gradeOf, lookOf } from "../lib/verdicts.ts";
import { At, Card, Chip, CodeBox, Fold, Icon, ScrollX, SeverityChip } from "../ui/parts.tsx";
import { JobRow, Legend, Table } from "./matrix.tsx";

export interface Links {
  job: (name: string, flinkId: string | null) => string;
  finding?: (verdict: Verdict) => string | null; // its page, where there is one
  checks: boolean; // whether checks have pages here
}

/** Score and coverage, the matrix of its jobs, then all findings. */
export function ReportBody({ report, links }: { report: Report; links: Links }) {
  const names = new Map<string, number>();
  for (const job of report.jobs) names.set(job.name, (names.get(job.name) ?? 0) + 1);
  const jobs = sortRows(
    report.jobs.map((job) => ({
      name: job.name,
      flink_job_id: (names.get(job.name) ?? 0) > 1 ? job.id : null,
      state: job.state,
      health: job.health,
      score: job.score,
      cells: cellsOf(resultsOf(report, job.id), report.practices),
    })),
    (job) => job,
  );
  return (
    <>
      {jobs.length > 0 && (
        <section class="card matrix-card" aria-labelledby="jobs">
          <h2 class="sr" id="jobs">
            Jobs
          </h2>
          <ScrollX label="Practices by job">
            <Table practices={report.practices}>
              {jobs.map((job) => (
                <JobRow
                  key={`${job.name} ${job.flink_job_id ?? ""}`}
                  job={job}
                  practices={report.practices}
                  href={links.job(job.name, job.flink_job_id)}
                />
              ))}
            </Table>
          </ScrollX>
          <Legend />
        </section>
      )}
      <div class="two">
        <div class="stack">
          <Findings results={report.results} practices={report.practices} links={links} named />
        </div>
        <div class="stack">
          <ScoreCard score={report.score.value} coverage={report.score.coverage} results={report.results} />
          <Checklist rows={practiceRows(resultsOf(report, null), report.practices)} title="The cluster itself" />
          <Card title="This look">
            <dl class="facts">
              <dt>Taken</dt>
              <dd>
                <At time={report.taken_at} />
              </dd>
              <dt>Requests</dt>
              <dd>{report.requests.count}</dd>
              <dt>Received</dt>
              <dd>{bytes(report.requests.bytes)}</dd>
              <dt>Took</dt>
              <dd>{duration(report.requests.duration_ms)}</dd>
            </dl>
          </Card>
        </div>
      </div>
    </>
  );
}

/** The score in a ring, and how many findings there are of each severity. */
export function ScoreCard(props: { score: number | null; coverage: number; results: Verdict[] }) {
  const { score } = props;
  const round = 2 * Math.PI * 33;
  const fails = props.results.filter((verdict) => verdict.verdict === "fail" && !verdict.waiver);
  const of = (severity: string) => fails.filter((verdict) => verdict.severity === severity).length;
  return (
    <Card title="Posture score" hidden>
      <div class="score">
        <svg class="ring" viewBox="0 0 76 76" role="img" aria-label={scoreLabel(score)}>
          <circle class="ring-bg" cx="38" cy="38" r="33" />
          {score !== null && (
            <circle
              class={`ring-fg ring-${gradeOf(score)}`}
              cx="38"
              cy="38"
              r="33"
              stroke-dasharray={`${(score / 100) * round} ${round}`}
              transform="rotate(-90 38 38)"
            />
          )}
          <text class="ring-n" x="38" y="42">
            {score === null ? "n/a" : Math.round(score)}
          </text>
          <text class="ring-g" x="38" y="56">
            {score === null ? "" : `grade ${gradeOf(score)}`}
          </text>
        </svg>
        <ul class="tallies down">
          {(["critical", "high", "medium", "low"] as const).map((severity) => (
            <li key={severity}>
              <Icon name={severity} tone={severity} />
              {of(severity)} {severity}
            </li>
          ))}
          <li class="muted">coverage {percent(props.coverage)}</li>
        </ul>
      </div>
    </Card>
  );
}

const scoreLabel = (score: number | null): string =>
  score === null
    ? "No posture score: too little could be judged"
    : `Posture score ${Math.round(score)} of 100, grade ${gradeOf(score)}`;

/** The practices, health first, each with its worst verdict and one sentence. */
export function Checklist({ rows, title }: { rows: PracticeRow[]; title?: string }) {
  const judged = rows.filter((row) => row.cell !== "-");
  const group = (kind: "health" | "posture") => judged.filter((row) => row.practice.kind === kind);
  if (judged.length === 0) return null;
  return (
    <Card title={title ?? "Practices"} hidden={!title}>
      {(["health", "posture"] as const).map(
        (kind) =>
          group(kind).length > 0 && (
            <div key={kind} class="part">
              <h3 class="group">{kind === "health" ? "Health" : "Posture"}</h3>
              <ul class="checks">
                {group(kind).map((row) => (
                  <li key={row.practice.id}>
                    <b>{practiceName(row.practice.id)}</b>
                    <p>{inShort(row)}</p>
                    <Chip look={lookOf(row.cell)} />
                  </li>
                ))}
              </ul>
            </div>
          ),
      )}
    </Card>
  );
}

function inShort(row: PracticeRow): ComponentChildren {
  const [first] = row.verdicts;
  const of = (outcome: string) => row.verdicts.filter((verdict) => verdict.verdict === outcome);
  if (first?.verdict === "fail") {
    const checks = [...new Set(of("fail").map((verdict) => verdict.check))];
    return checks.join(", ");
  }
  if (first?.verdict === "unknown") return first.reason ?? "could not be judged";
  if (first?.verdict === "pass") return plural(of("pass").length, "verdict passes", "verdicts pass");
  return first?.reason ?? "does not apply";
}

/** All verdicts in groups: open and waived ones to unfold, the rest counted. */
export function Findings(props: { results: Verdict[]; practices: PracticeSummary[]; links: Links; named?: boolean }) {
  const groups = grouped(props.results, props.practices);
  const firstWithRemedy = groups.open.findIndex((verdict) => verdict.remediation);
  const row = (verdicts: Verdict[], open = false) => (
    <FindingRow key={verdicts.map(keyOf).join()} verdicts={verdicts} open={open} {...props} />
  );
  // A cluster has the same on many jobs: told once. A job has few: each by itself.
  const rows = (verdicts: Verdict[]) => (props.named ? byCheck(verdicts) : verdicts.map((verdict) => [verdict]));
  const note = `${groups.open.length} open${groups.waived.length > 0 ? `, ${groups.waived.length} waived` : ""} · health first, then the worst`;
  return (
    <Card title="Findings" note={note}>
      {groups.open.length === 0 && (
        <p>
          <Icon name="ok" tone="ok" /> None open. {plural(groups.passed.length, "verdict passes", "verdicts pass")},{" "}
          {groups.unknown.length} are unknown, {groups.notApplicable.length} do not apply.
        </p>
      )}
      {rows(groups.open).map((verdicts, index) => row(verdicts, index === firstWithRemedy && !props.named))}
      {rows(groups.waived).map((verdicts) => row(verdicts))}
      {groups.unknown.length > 0 && (
        <Fold title={`${groups.unknown.length} unknown, with reasons`}>
          <ul class="plain">
            {reasons(groups.unknown).map((one) => (
              <li key={one.reason}>
                <Chip look="unknown" /> {one.reason} <span class="muted">({one.checks.join(", ")})</span>
              </li>
            ))}
          </ul>
        </Fold>
      )}
      <Short title={`${groups.passed.length} passed`} verdicts={groups.passed} links={props.links} />
      <Short
        title={`${groups.notApplicable.length} not applicable`}
        verdicts={groups.notApplicable}
        links={props.links}
      />
    </Card>
  );
}

const keyOf = (verdict: Verdict): string => verdict.fingerprint + (verdict.subject.job_id ?? "");

function Short({ title, verdicts, links }: { title: string; verdicts: Verdict[]; links: Links }) {
  if (verdicts.length === 0) return null;
  return (
    <Fold title={title}>
      <ul class="plain">
        {byCheck(verdicts).map((of) => (
          <li key={of[0]?.fingerprint}>
            <CheckName check={of[0]?.check ?? ""} links={links} />{" "}
            <span class="muted">
              {of.length > 1 && `${of.length} × `}
              {of[0]?.reason}
            </span>
          </li>
        ))}
      </ul>
    </Fold>
  );
}

function CheckName({ check, links }: { check: string; links: Links }) {
  return links.checks ? <a href={toCheck(check)}>{check}</a> : <span>{check}</span>;
}

function FindingRow(props: {
  verdicts: Verdict[];
  open: boolean;
  links: Links;
  practices: PracticeSummary[];
  named?: boolean;
}) {
  const { verdicts, links } = props;
  const [verdict] = verdicts;
  if (!verdict) return null;
  const kind = props.practices.find((practice) => practice.id === verdict.practice)?.kind;
  const page = links.finding?.(verdict);
  const jobs = [...new Set(verdicts.map((one) => one.subject.job_name).filter((name) => name !== null))];
  return (
    <details class="finding" open={props.open}>
      <summary>
        <svg class="i i-chev" aria-hidden="true">
          <use href="#i-chev" />
        </svg>
        {verdict.waiver ? <Chip look="waived" /> : <SeverityChip severity={verdict.severity} />}
        <span class="msg">
          {props.named && jobs[0] !== undefined && <b class="where">{jobs[0] || "(no name)"}: </b>}
          {sentence(verdict.message ?? "")}
          <span class="sub">
            {verdict.check} · {verdict.confidence}
            {verdicts.length > 1 && ` · and ${verdicts.length - 1} more`}
          </span>
        </span>
        <span class="pts">{kind}</span>
      </summary>
      <div class="body">
        {verdicts.length > 1 && (
          <p class="tags">
            {jobs.map((job) => (
              <a key={job} href={links.job(job, null)}>
                {job || "(no name)"}
              </a>
            ))}
          </p>
        )}
        <VerdictBody verdict={verdict} />
        <p class="muted">
          {page && <a href={page}>History and waiver of this finding</a>}
          {page && " · "}
          <CheckName check={verdict.check} links={links} /> · fingerprint <code>{shortId(verdict.fingerprint)}</code>
        </p>
      </div>
    </details>
  );
}

/** Waiver, evidence and remedy. */
export function VerdictBody({
  verdict,
}: {
  verdict: Pick<Verdict, "evidence" | "remediation"> & { waiver?: Verdict["waiver"] };
}) {
  return (
    <>
      {verdict.waiver && (
        <p class="note">
          <Icon name="waived" />
          <span>
            Waived by {verdict.waiver.owner}
            {verdict.waiver.until && (
              <>
                {" until "}
                <At time={verdict.waiver.until} />
              </>
            )}
            : {verdict.waiver.reason}
          </span>
        </p>
      )}
      {verdict.evidence.length > 0 && (
        <div>
          <h3>Evidence</h3>
          <EvidenceTable evidence={verdict.evidence} />
        </div>
      )}
      {verdict.remediation && (
        <div>
          <h3>Remedy</h3>
          <Remedy text={verdict.remediation} />
        </div>
      )}
    </>
  );
}

export function EvidenceTable({ evidence }: { evidence: Verdict["evidence"] }) {
  return (
    <div class="scroll-y">
      <table class="tbl stackable">
        <thead>
          <tr>
            <th scope="col">Evidence</th>
            <th scope="col">Value</th>
            <th scope="col">Expected</th>
            <th scope="col">Source: REST path and JSON pointer</th>
            <th scope="col" class="num">
              At, UTC
            </th>
          </tr>
        </thead>
        <tbody>
          {evidence.map((one) => (
            <tr key={`${one.label} ${one.value}`}>
              <td data-l="What">{one.label}</td>
              <td data-l="Value">
                <b>{evidenceValue(one)}</b>
              </td>
              <td data-l="Expected">{one.expected}</td>
              <td data-l="Source">
                {one.source && (
                  <span class="path">
                    {one.source.path} {one.source.pointer}
                  </span>
                )}
              </td>
              <td data-l="At" class="num">
                {one.observed_at && <At time={one.observed_at} />}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A remedy's sentences, and its lines of code with a copy button. */
export function Remedy({ text }: { text: string }) {
  const unindented = (code: string) => code.replaceAll(/^( {4}|\t)/gm, "");
  return (
    <div class="stack-tight">
      {remedyParts(text).map((part) =>
        part.code ? (
          <CodeBox key={part.text} title="To copy" code={unindented(part.text)} />
        ) : (
          <p key={part.text} class="remedy">
            {part.text}
          </p>
        ),
      )}
    </div>
  );
}
