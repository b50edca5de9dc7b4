// The feed of what changed: events and findings together, the same thing on many subjects told once.

import type { ChangeHour, Changes, EventChange, FindingChange } from "../api/types.ts";
import { byText } from "./order.ts";
import { wordOf } from "./verdicts.ts";

export interface FeedItem {
  at: string;
  icon: string;
  tone: string;
  word: string;
  text: string;
  finding: string | null;
  change: FindingChange | EventChange;
  more: number; // of the same kind in the same look
}

const events: Record<string, { icon: string; tone: string; word: string }> = {
  cluster_unreachable: { icon: "unknown", tone: "unknown", word: "unreachable" },
  cluster_reachable: { icon: "resolved", tone: "ok", word: "reachable" },
  cluster_gone: { icon: "na", tone: "unknown", word: "gone" },
  job_deployed: { icon: "deploy", tone: "text", word: "deployed" },
  job_restarted: { icon: "restart", tone: "high", word: "restarted" },
  job_ended: { icon: "na", tone: "unknown", word: "ended" },
  job_disappeared: { icon: "unknown", tone: "unknown", word: "gone" },
  jobmanager_failed_over: { icon: "restart", tone: "medium", word: "failed over" },
};

function ofEvent(change: EventChange): FeedItem | null {
  const look = events[change.kind];
  if (!look) return null; // what comes and goes in the usual way
  const moved = change.from && change.to ? `${change.from} → ${change.to}` : (change.to ?? "");
  const text = change.detail ?? (moved || change.kind.replaceAll("_", " "));
  return { ...look, at: change.at, text, finding: null, change, more: 0 };
}

function ofFinding(change: FindingChange): FeedItem | null {
  if (change.waived) return null;
  const resolved = change.to === "resolved";
  return {
    at: change.at,
    icon: resolved ? "resolved" : "new",
    tone: resolved ? "ok" : change.severity,
    word: resolved ? "resolved" : `new ${wordOf(change.severity, true)}`,
    text: resolved ? `${change.check}${change.reason ? `, ${change.reason}` : ""}` : change.check,
    finding: change.finding,
    change,
    more: 0,
  };
}

/** Newest first; of equal times the worst first. */
export function feedOf(changes: Changes): FeedItem[] {
  const rank = ["critical", "high", "unknown", "medium", "text", "ok", "low", "info"];
  const items = [...changes.events.map(ofEvent), ...changes.transitions.map(ofFinding)]
    .filter((item) => item !== null)
    .sort((a, b) => byText(b.at, a.at) || rank.indexOf(a.tone) - rank.indexOf(b.tone));
  const told = new Map<string, FeedItem>();
  for (const item of items) {
    const key = `${item.at.slice(0, 16)} ${item.word} ${item.text}`;
    const before = told.get(key);
    if (before) before.more += 1;
    else told.set(key, item);
  }
  return [...told.values()];
}

/** The last 24 hours, those without changes too. */
export function hoursOf(hours: readonly ChangeHour[], now: number): ChangeHour[] {
  const hour = 3_600_000;
  const last = Math.floor(now / hour) * hour;
  const known = new Map(hours.map((one) => [new Date(one.hour).getTime(), one]));
  return Array.from({ length: 24 }, (_, index) => {
    const at = last - (23 - index) * hour;
    return known.get(at) ?? { hour: new Date(at).toISOString(), fired_high: 0, fired_lower: 0, resolved: 0 };
  });
}
