// Verdicts as a report lists them: fails first, health before posture, the worst first.

import type { PracticeSummary, Report, Verdict } from "../api/types.ts";
import { gravity, letterOf, worst } from "./verdicts.ts";

export interface Grouped {
  open: Verdict[];
  waived: Verdict[];
  unknown: Verdict[];
  passed: Verdict[];
  notApplicable: Verdict[];
}

export function grouped(results: readonly Verdict[], practices: readonly PracticeSummary[]): Grouped {
  const ofHealth = new Set(practices.filter((practice) => practice.kind === "health").map((practice) => practice.id));
  const rank = (verdict: Verdict) => (ofHealth.has(verdict.practice) ? 0 : 10) + gravity(letterOf(verdict));
  const of = (fits: (verdict: Verdict) => boolean) => results.filter(fits);
  const fails = of((verdict) => verdict.verdict === "fail");
  return {
    open: fails.filter((verdict) => !verdict.waiver).sort((a, b) => rank(a) - rank(b)),
    waived: fails.filter((verdict) => verdict.waiver),
    unknown: of((verdict) => verdict.verdict === "unknown"),
    passed: of((verdict) => verdict.verdict === "pass"),
    notApplicable: of((verdict) => verdict.verdict === "not_applicable"),
  };
}

/** A practice and what was said in it of one job or cluster. */
export interface PracticeRow {
  practice: PracticeSummary;
  cell: string; // the worst letter
  verdicts: Verdict[]; // the worst first
}

export function practiceRows(results: readonly Verdict[], practices: readonly PracticeSummary[]): PracticeRow[] {
  return practices.map((practice) => {
    const verdicts = results
      .filter((verdict) => verdict.practice === practice.id)
      .sort((a, b) => gravity(letterOf(a)) - gravity(letterOf(b)));
    return { practice, cell: worst(verdicts.map(letterOf).join("")), verdicts };
  });
}

/** The cells of a job of a report, as the fleet's document has them. */
export const cellsOf = (results: readonly Verdict[], practices: readonly PracticeSummary[]): string =>
  practiceRows(results, practices)
    .map((row) => row.cell)
    .join("");

/** Results of one job; those of the cluster itself for null. */
export const resultsOf = (report: Report, job: string | null): Verdict[] =>
  report.results.filter((verdict) => verdict.subject.job_id === job);

/** Verdicts of one check, severity and confidence, in their order: what a cluster's list tells once. */
export function byCheck(verdicts: readonly Verdict[]): Verdict[][] {
  const groups = new Map<string, Verdict[]>();
  for (const verdict of verdicts) {
    const key = `${verdict.check} ${verdict.severity} ${verdict.confidence}`;
    groups.set(key, [...(groups.get(key) ?? []), verdict]);
  }
  return [...groups.values()];
}

/** Reasons and how often each stood in the way, the most frequent first. */
export function reasons(unknown: readonly Verdict[]): { reason: string; checks: string[]; count: number }[] {
  const found = new Map<string, Verdict[]>();
  for (const verdict of unknown) {
    const reason = verdict.reason ?? "no reason given";
    found.set(reason, [...(found.get(reason) ?? []), verdict]);
  }
  return [...found]
    .map(([reason, verdicts]) => ({
      reason,
      checks: [...new Set(verdicts.map((verdict) => verdict.check))],
      count: verdicts.length,
    }))
    .sort((a, b) => b.count - a.count);
}

/** A remedy's prose and its code, which the text has as indented or fenced lines. */
export function remedyParts(text: string): { code: boolean; text: string }[] {
  const parts: { code: boolean; text: string }[] = [];
  let fenced = false;
  for (const line of text.split("\n")) {
    if (line.startsWith("```")) {
      fenced = !fenced;
      continue;
    }
    const code = fenced || /^( {4}|\t)/.test(line);
    const last = parts.at(-1);
    if (last && (last.code === code || line.trim() === "")) last.text += `\n${line}`;
    else parts.push({ code, text: line });
  }
  return parts
    .map((part) => ({ ...part, text: part.text.replace(/\n+$/, "") }))
    .filter((part) => part.text.trim() !== "");
}

/** YAML for `waivers:` of the configuration. */
export function waiverYaml(fields: {
  check: string;
  cluster: string;
  job: string | null;
  reason: string;
  owner: string;
  until: string;
}): string {
  const quoted = (text: string) => JSON.stringify(text);
  const lines = ["waivers:", `  - check: ${quoted(fields.check)}`, `    cluster: ${quoted(fields.cluster)}`];
  if (fields.job) lines.push(`    job: ${quoted(fields.job)}`);
  lines.push(`    reason: ${quoted(fields.reason || "why this is acceptable")}`);
  lines.push(`    owner: ${quoted(fields.owner || "who answers for it")}`);
  if (fields.until) lines.push(`    until: ${quoted(`${fields.until}T00:00:00Z`)}`);
  return lines.join("\n");
}
