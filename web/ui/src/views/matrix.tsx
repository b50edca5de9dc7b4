import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { ChangedSubjects, Fleet, FleetCluster, FleetJob, Practice } from "../api/types.ts";
import {
  type ClusterRow,
  changedLately,
  filterOf,
  fleetRows,
  healthOf,
  isFiltered,
  quietSummary,
} from "../lib/fleet.ts";
import { duration, plural, practiceName } from "../lib/format.ts";
import { toCluster, toJob } from "../lib/route.ts";
import { lookOf, severities } from "../lib/verdicts.ts";
import { Cell, Chip, HealthChip, Icon, ScoreText, ScrollX, Waiting } from "../ui/parts.tsx";
import { changeQuery } from "../ui/router.ts";

const clustersAtOnce = 50;
const clustersAtFirst = 12; // what most screens hold: the rest comes once these are painted
const jobsAtOnce = 15;

/** Calls `work` once nothing else waits to be done or painted; gives the function that forgets it. */
function whenIdle(work: () => void): () => void {
  if (!("requestIdleCallback" in window)) {
    const timer = setTimeout(work, 50);
    return () => clearTimeout(timer);
  }
  const asked = requestIdleCallback(work, { timeout: 500 });
  return () => cancelIdleCallback(asked);
}

/** Clusters and their jobs by practices; the filter is in the address. `changes`: null while they are not known. */
export function Matrix(props: { fleet: Fleet; query: Record<string, string>; changes: ChangedSubjects | null }) {
  const { fleet, query, changes } = props;
  const key = JSON.stringify(query);
  const filter = useMemo(() => filterOf(query), [key]);
  const rows = useMemo(() => fleetRows(fleet, filter, changes), [fleet, filter, changes]);
  const [most, setMost] = useState(clustersAtFirst);
  useEffect(() => whenIdle(() => setMost((now) => Math.max(now, clustersAtOnce))), []);
  const [turned, setTurned] = useState<Record<string, boolean>>({});
  const filtered = isFiltered(filter);
  const shown = rows.slice(0, most);
  // The worst cluster is open at first, and whatever a filter found.
  const isOpen = (row: ClusterRow, index: number) =>
    turned[row.cluster.name] ?? (filtered ? row.jobs.length <= 5 : index === 0);
  const jobs = rows.reduce((sum, row) => sum + row.jobs.length, 0);
  const all = fleet.clusters.reduce((sum, cluster) => sum + cluster.jobs.length, 0);
  return (
    <section class="card matrix-card" aria-labelledby="matrix">
      <h2 class="sr" id="matrix">
        Practices
      </h2>
      <Filters
        query={query}
        practices={fleet.practices}
        said={`${plural(rows.length, "cluster")}, ${filtered ? `${jobs} of ${plural(all, "job")}` : plural(all, "job")}`}
      />
      {filter.changed && !changes ? (
        <Waiting />
      ) : rows.length === 0 ? (
        <NoMatch fleet={fleet} query={query} jobs={all} />
      ) : (
        <ScrollX label="Practices by cluster and job">
          <Table practices={fleet.practices}>
            {shown.map((row, index) => (
              <ClusterRows
                key={row.cluster.name}
                row={row}
                practices={fleet.practices}
                open={isOpen(row, index)}
                onTurn={() => setTurned({ ...turned, [row.cluster.name]: !isOpen(row, index) })}
              />
            ))}
          </Table>
        </ScrollX>
      )}
      {rows.length > most && (
        <p class="more-rows">
          <button class="btn" type="button" onClick={() => setMost(most + 2 * clustersAtOnce)}>
            Show more
          </button>{" "}
          <span class="muted">
            {shown.length} of {plural(rows.length, "cluster")} shown, the worst first
          </span>
        </p>
      )}
      <Legend />
    </section>
  );
}

function Filters(props: { query: Record<string, string>; practices: Practice[]; said: string }) {
  const { query } = props;
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const typing = event.target instanceof Element && event.target.closest("input, select, textarea");
      if (event.key === "/" && !typing) {
        event.preventDefault();
        search.current?.focus();
      }
    };
    addEventListener("keydown", focus);
    return () => removeEventListener("keydown", focus);
  }, []);
  const toggle = (name: string, value: string) => changeQuery({ [name]: query[name] === value ? "" : value });
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <span class="field">
        <Icon name="search" />
        <input
          ref={search}
          type="search"
          aria-label="Search clusters and jobs"
          placeholder="Cluster or job"
          value={query.q ?? ""}
          onInput={(event) => changeQuery({ q: event.currentTarget.value })}
        />
        <kbd>/</kbd>
      </span>
      <Select name="health" label="Health" value={query.health}>
        {{ "": "any", red: "failing", amber: "degraded", green: "healthy", unknown: "unknown" }}
      </Select>
      <Select name="severity" label="Severity" value={query.severity}>
        {{
          "": "any",
          ...Object.fromEntries(severities.map((one) => [one, one === "critical" ? one : `${one} or worse`])),
          unknown: "unknown",
        }}
      </Select>
      <Select name="practice" label="Practice" value={query.practice}>
        {{ "": "any", ...Object.fromEntries(props.practices.map(({ id }) => [id, practiceName(id)])) }}
      </Select>
      <button class="btn" type="button" aria-pressed={!query.sort} onClick={() => toggle("sort", "name")}>
        Worst first
      </button>
      <button class="btn" type="button" aria-pressed={query.failing === "1"} onClick={() => toggle("failing", "1")}>
        Hide passing
      </button>
      <button
        class="btn"
        type="button"
        aria-pressed={query.changed === changedLately}
        onClick={() => toggle("changed", changedLately)}
      >
        Changed in 24 h
      </button>
      <span class="end" role="status">
        {props.said}
      </span>
    </form>
  );
}

export function Select(props: {
  name: string;
  label: string;
  value: string | undefined;
  children: Record<string, string>;
}) {
  return (
    <label class="sel">
      <span>{props.label}</span>
      <select value={props.value ?? ""} onChange={(event) => changeQuery({ [props.name]: event.currentTarget.value })}>
        {Object.entries(props.children).map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The frame of the table; its rows are the children. Roles, for narrow screens turn it into cards. */
export function Table({ practices, children }: { practices: Practice[]; children: preact.ComponentChildren }) {
  const posture = practices.filter((practice) => practice.kind === "posture");
  const health = practices.filter((practice) => practice.kind === "health");
  return (
    <table class="matrix">
      <caption class="sr">
        Worst verdict of each practice, by cluster and job, worst first. A number is how many jobs fail.
      </caption>
      <colgroup>
        <col class="c-name" />
        <col class="c-score" />
        <col class="c-health" />
      </colgroup>
      <thead>
        <tr>
          <th rowSpan={2} scope="col">
            Cluster and job
          </th>
          <th rowSpan={2} scope="col">
            Posture
          </th>
          <th rowSpan={2} scope="col">
            Health
          </th>
          <th role="columnheader" class="g1" colSpan={posture.length} scope="colgroup">
            Posture: how it is set up
          </th>
          <th role="columnheader" class="g1" colSpan={health.length} scope="colgroup">
            Health: how it is now
          </th>
        </tr>
        <tr>
          {[...posture, ...health].map((practice) => (
            <th
              key={practice.id}
              scope="col"
              class={practice === posture[0] || practice === health[0] ? "g1" : ""}
              title={practice.title}
            >
              {practiceName(practice.id)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}

/** What a narrow screen only counts. */
const isQuiet = (letter: string): boolean => ["low", "info", "ok", "na", "none"].includes(lookOf(letter));

function Cells(props: { cells: string; practices: Practice[]; counts?: number[] }) {
  const firstOfHealth = props.practices.findIndex((practice) => practice.kind === "health");
  return (
    <>
      {props.practices.map((practice, index) => {
        const letter = props.cells.charAt(index) || "-";
        const classes = [
          index === 0 || index === firstOfHealth ? "g1" : "",
          letter === "-" ? "nocell" : isQuiet(letter) ? "quiet" : "",
        ];
        return (
          <td key={practice.id} class={classes.join(" ").trim()} data-l={practiceName(practice.id)}>
            <Cell letter={letter} count={props.counts?.[index]} />
          </td>
        );
      })}
      <td class="rest only-narrow" aria-hidden="true">
        {quietSummary(props.cells)}
      </td>
    </>
  );
}

function clusterNote(cluster: FleetCluster): string {
  if (cluster.state === "down") {
    const since = cluster.failing_since;
    return since ? `unreachable for ${duration(Date.now() - new Date(since).getTime())}` : "unreachable";
  }
  if (cluster.state === "pending") return "not looked at yet";
  const parts = [
    cluster.state === "gone" ? "ended" : `Flink ${cluster.flink_version ?? "?"}`,
    plural(cluster.jobs.length, "job"),
  ];
  if (cluster.task_managers !== null) parts.push(plural(cluster.task_managers, "TaskManager"));
  return parts.join(" · ");
}

function ClusterRows(props: { row: ClusterRow; practices: Practice[]; open: boolean; onTurn: () => void }) {
  const { cluster, jobs } = props.row;
  const [all, setAll] = useState(false);
  const lost = cluster.state === "down" || cluster.state === "pending";
  const cells = lost ? "U".repeat(props.practices.length) : cluster.cells;
  const shown = all ? jobs : jobs.slice(0, jobsAtOnce);
  return (
    <>
      <tr class={lost ? "row-c row-lost" : "row-c"} title={cluster.error ?? ""}>
        <th scope="row">
          <span class="who">
            <button
              class="tw"
              type="button"
              aria-expanded={props.open && jobs.length > 0}
              aria-label={`Jobs of ${cluster.name}`}
              disabled={jobs.length === 0}
              onClick={props.onTurn}
            >
              <Icon name="chev" />
            </button>
            <span>
              <a href={toCluster(cluster.name)}>{cluster.name}</a>
              <small>{clusterNote(cluster)}</small>
            </span>
          </span>
        </th>
        <td class="sc">
          <ScoreText value={lost ? null : cluster.score.value} />
        </td>
        <td class="hl">
          <HealthChip health={healthOf(cluster)} />
        </td>
        <Cells cells={cells} practices={props.practices} {...(!lost && { counts: cluster.jobs_concerned })} />
      </tr>
      {props.open &&
        shown.map((job) => (
          <JobRow
            key={`${job.name} ${job.flink_job_id ?? ""}`}
            job={job}
            practices={props.practices}
            href={toJob(cluster.name, job.name, job.flink_job_id)}
          />
        ))}
      {props.open && jobs.length > shown.length && (
        <tr class="row-j row-more">
          <td colSpan={3 + props.practices.length}>
            <button type="button" class="btn btn-quiet" onClick={() => setAll(true)}>
              {plural(jobs.length - shown.length, "more job")}, none worse
            </button>
          </td>
        </tr>
      )}
    </>
  );
}

export function JobRow(props: { job: FleetJob; practices: Practice[]; href: string }) {
  const { job } = props;
  const unusual = job.state !== "RUNNING";
  return (
    <tr class={unusual ? "row-j row-sub" : "row-j"}>
      <th scope="row">
        <a href={props.href}>{job.name || "(no name)"}</a>
        {unusual && <small>{job.state}</small>}
      </th>
      <td class="sc">
        <ScoreText value={job.score} />
      </td>
      <td class="hl">
        <HealthChip health={job.health} />
      </td>
      <Cells cells={job.cells} practices={props.practices} />
    </tr>
  );
}

function NoMatch({ fleet, query, jobs }: { fleet: Fleet; query: Record<string, string>; jobs: number }) {
  const wanted = [
    query.q && `named like “${query.q}”`,
    query.health && "of that health",
    query.severity && `with a ${query.severity} finding`,
    query.practice && `in ${practiceName(query.practice)}`,
    query.changed === changedLately && "with a change in the last 24 h",
  ].filter(Boolean);
  const clear = () => changeQuery({ q: "", health: "", severity: "", practice: "", failing: "", changed: "" });
  return (
    <div class="no-match">
      <h3>Nothing matches</h3>
      <p>
        No cluster or job {wanted.join(", ")}. {plural(jobs, "job")} in {plural(fleet.clusters.length, "cluster")} were
        judged.{" "}
        <button type="button" class="btn" onClick={clear}>
          Clear filters
        </button>
      </p>
    </div>
  );
}

export function Legend() {
  const meanings = {
    critical: "critical",
    high: "high",
    medium: "medium",
    low: "low",
    ok: "passes",
    unknown: "could not be judged, so not healthy",
    na: "does not apply",
    waived: "fails, accepted until a date",
  } as const;
  return (
    <div class="legend">
      <ul class="key">
        {Object.entries(meanings).map(([look, meaning]) => (
          <li key={look}>
            <Chip look={look as keyof typeof meanings} matrix /> {meaning}
          </li>
        ))}
        <li>A number counts the jobs.</li>
      </ul>
    </div>
  );
}
