import { useLatest, usePolled } from "../api/poll.ts";
import type { CheckList, Finding, FindingPage } from "../api/types.ts";
import { practiceName, sentence } from "../lib/format.ts";
import { toCluster, toFinding } from "../lib/route.ts";
import { severities } from "../lib/verdicts.ts";
import { Ago, Chip, Head, SeverityChip, StateChip, Waiting } from "../ui/parts.tsx";
import { changeQuery } from "../ui/router.ts";
import { Failure } from "./failure.tsx";
import { Select } from "./matrix.tsx";

const atOnce = 100;

function pathOf(query: Record<string, string>): string {
  const search = new URLSearchParams();
  for (const name of ["cluster", "job", "check", "practice", "state", "severity", "waived"]) {
    if (query[name]) search.set(name, query[name]);
  }
  search.set("limit", String(Math.min(1000, Number(query.limit) || atOnce)));
  return `/api/v1/findings?${search}`;
}

/** Findings over the fleet; the filter is in the address. */
export function FindingsView({ query }: { query: Record<string, string> }) {
  const { document, error } = usePolled<FindingPage>(pathOf(query));
  const page = useLatest(document);
  const checks = usePolled<CheckList>("/api/v1/checks", 60_000).document?.checks ?? [];
  const practices = [...new Set(checks.map((check) => check.practice))];
  const limit = Number(query.limit) || atOnce;
  return (
    <>
      <Head title="Findings" note="firing first, then the worst, then the newest" />
      <section class="card matrix-card gap" aria-label="Findings">
        <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
          <Field name="cluster" label="Cluster" value={query.cluster} />
          <Field name="check" label="Check" value={query.check} />
          <Select name="state" label="State" value={query.state}>
            {{ "": "any", firing: "firing", pending: "pending", resolved: "resolved" }}
          </Select>
          <Select name="severity" label="Severity" value={query.severity}>
            {{ "": "any", ...Object.fromEntries(severities.map((one) => [one, one])) }}
          </Select>
          <Select name="practice" label="Practice" value={query.practice}>
            {{ "": "any", ...Object.fromEntries(practices.map((id) => [id, practiceName(id)])) }}
          </Select>
          <Select name="waived" label="Waived" value={query.waived}>
            {{ "": "any", false: "no", true: "yes" }}
          </Select>
          <span class="end" role="status">
            {page && `${page.findings.length}${page.next ? " and more" : ""}`}
          </span>
        </form>
        {!document && error ? (
          <Failure error={error} what="findings" />
        ) : page ? (
          <List findings={page.findings} />
        ) : (
          <Waiting height={400} />
        )}
        {page?.next && limit < 1000 && (
          <p class="more-rows">
            <button
              class="btn"
              type="button"
              onClick={() => changeQuery({ limit: String(Math.min(1000, limit + 200)) })}
            >
              Show more
            </button>
          </p>
        )}
      </section>
    </>
  );
}

function Field({ name, label, value }: { name: string; label: string; value: string | undefined }) {
  return (
    <label class="sel">
      <span>{label}</span>
      <input
        class="in"
        type="text"
        placeholder="any"
        value={value ?? ""}
        onChange={(event) => changeQuery({ [name]: event.currentTarget.value.trim() })}
      />
    </label>
  );
}

function List({ findings }: { findings: Finding[] }) {
  if (findings.length === 0) {
    return (
      <div class="no-match">
        <h3>No finding</h3>
        <p>
          None fits this filter. What could not be judged is no finding: see <a href="#/coverage">Coverage</a>.
        </p>
      </div>
    );
  }
  return (
    <ul class="list">
      {findings.map((finding) => (
        <li key={finding.id}>
          {finding.waiver ? <Chip look="waived" /> : <SeverityChip severity={finding.severity} />}
          <p>
            <a href={toFinding(finding.id)}>{sentence(finding.message ?? "")}</a>
            <span class="sub">
              <a href={toCluster(finding.cluster)}>{finding.cluster}</a>
              {finding.subject.job_name && ` · ${finding.subject.job_name}`} · {finding.check} · first seen{" "}
              <Ago time={finding.first_seen} />
            </span>
          </p>
          <StateChip icon={finding.state}>{finding.state}</StateChip>
        </li>
      ))}
    </ul>
  );
}
