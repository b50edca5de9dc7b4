// What a verdict, a letter of the fleet's cells, or a health looks like: an icon and a word, never colour alone.

import type { Health, Outcome, Severity, Verdict } from "../api/types.ts";

export type Look = Severity | "ok" | "unknown" | "na" | "waived" | "none";

/** From the worst to the mildest, as rows and findings are ordered. */
export const severities: readonly Severity[] = ["critical", "high", "medium", "low", "info"];

const letters: Record<string, Look> = {
  C: "critical",
  H: "high",
  M: "medium",
  L: "low",
  I: "info",
  U: "unknown",
  W: "waived",
  P: "ok",
  N: "na",
};
const order = "CHMLIUWPN-";

/** The look of a letter of `cells`. */
export const lookOf = (letter: string): Look => letters[letter] ?? "none";

/** 0 is the worst. */
export const gravity = (letter: string): number => {
  const place = order.indexOf(letter);
  return place < 0 ? order.length : place;
};

/** Whether a letter is a fail that nobody waived. */
export const fails = (letter: string): boolean => gravity(letter) < gravity("U");

/** The worst letter of a row; "-" for an empty one. */
export const worst = (cells: string): string => [...cells].reduce((a, b) => (gravity(b) < gravity(a) ? b : a), "-");

export function letterOf(verdict: Pick<Verdict, "verdict" | "severity" | "waiver">): string {
  const outcomes: Record<Exclude<Outcome, "fail">, string> = { unknown: "U", pass: "P", not_applicable: "N" };
  if (verdict.verdict !== "fail") return outcomes[verdict.verdict];
  return verdict.waiver ? "W" : verdict.severity.charAt(0).toUpperCase();
}

const words: Record<Look, string> = {
  critical: "critical",
  high: "high",
  medium: "medium",
  low: "low",
  info: "info",
  ok: "ok",
  unknown: "unknown",
  na: "n/a",
  waived: "waived",
  none: "not judged",
};
const short: Partial<Record<Look, string>> = { critical: "crit", medium: "med", unknown: "unkn" };

/** The word beside the icon; in the matrix a short one. */
export const wordOf = (look: Look, inMatrix = false): string => (inMatrix && short[look]) || words[look];

export const healthWord: Record<Health, string> = {
  green: "healthy",
  amber: "degraded",
  red: "failing",
  unknown: "unknown",
};

/** Failing, unknown, degraded, healthy: what hurts or might comes first. */
export const healthGravity: Record<Health, number> = { red: 0, unknown: 1, amber: 2, green: 3 };

/** A to F as the daemon grades; null for n/a. */
export function gradeOf(score: number | null): string | null {
  if (score === null) return null;
  return score >= 90 ? "A" : score >= 80 ? "B" : score >= 70 ? "C" : score >= 60 ? "D" : "F";
}
