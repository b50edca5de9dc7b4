// Alerts as the page shows them: grouped by where they are, with the reason why nobody is told.

import type { Alert, Notification, Silence } from "../api/types.ts";

export interface JobAlerts {
  job: string | null; // its name; null: the cluster's own
  alerts: Alert[];
}

export interface ClusterAlerts {
  cluster: string | null; // null: the auditor itself
  jobs: JobAlerts[];
}

/** By cluster, then job, each where its first alert stands: the worst comes first. */
export function byPlace(alerts: readonly Alert[]): ClusterAlerts[] {
  const clusters = new Map<string | null, Map<string | null, Alert[]>>();
  for (const alert of alerts) {
    const jobs = clusters.get(alert.cluster) ?? new Map<string | null, Alert[]>();
    clusters.set(alert.cluster, jobs);
    jobs.set(alert.job_name, [...(jobs.get(alert.job_name) ?? []), alert]);
  }
  return [...clusters].map(([cluster, jobs]) => ({
    cluster,
    jobs: [...jobs].map(([job, list]) => ({ job, alerts: list })),
  }));
}

/** `name="value"`, as Alertmanager writes it. */
export function matcher(name: string, value: string): string {
  const escaped = value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  return `${name}="${escaped}"`;
}

/** What fits this alert, and those of its check on the same job or cluster. */
export function matchersOf(alert: Pick<Alert, "cluster" | "job_name" | "check">): string[] {
  return [
    ...(alert.cluster ? [matcher("cluster", alert.cluster)] : []),
    ...(alert.job_name ? [matcher("job", alert.job_name)] : []),
    ...(alert.check ? [matcher("check", alert.check)] : []),
  ];
}

/** One matcher a line. */
export const linesOf = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

export const terms = {
  "1h": "1 hour",
  "4h": "4 hours",
  tomorrow: "until tomorrow 08:00",
  "7d": "1 week",
} as const;
export type Term = keyof typeof terms;

/** How the API is told when a silence ends. Tomorrow's morning is the visitor's. */
export function endOf(term: Term, now: Date): { duration: string } | { ends_at: string } {
  if (term !== "tomorrow") return { duration: term };
  const morning = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, 8);
  return { ends_at: `${morning.toISOString().slice(0, 19)}Z` };
}

/** Why nobody is told of an alert, for people; its silence, where that is known. */
export function muteOf(mutedBy: string, silences: readonly Silence[]): { text: string; silence: Silence | null } {
  const [kind = "", ...rest] = mutedBy.split(" ");
  const name = rest.join(" ");
  if (kind === "silence") {
    const silence = silences.find((one) => one.id === name) ?? null;
    return { text: silence ? `Silenced by ${silence.author}: ${silence.reason}` : "Silenced", silence };
  }
  const told: Record<string, string> = {
    maintenance: `Maintenance: ${name}`,
    inhibited: "Held back: another alert explains it",
    "start-up": "Its job starts up after a deployment",
    first: "It was there when this was first looked at: recorded, not told",
  };
  return { text: told[kind] ?? mutedBy, silence: null };
}

/** The alert that holds another back. */
export const inhibitorOf = (mutedBy: string | null): string | null =>
  /^inhibited by (.+)$/.exec(mutedBy ?? "")?.[1] ?? null;

/** One sentence: who is told of it. */
export function toldText(alert: Pick<Alert, "receivers" | "state">, configured: boolean): string {
  const names = alert.receivers.join(", ");
  if (!configured || !names) return "Nobody is told: no route leads to a receiver.";
  if (alert.state === "muted") return `Not told now; else to ${names}.`;
  return alert.state === "resolved" ? `${names} is told that it is over.` : `Told to ${names}.`;
}

const order = { dead: 0, waiting: 1, delivered: 2 };

/** Dead letters, what is on its way, what was delivered; of each the newest first. */
export function byNeed(notifications: readonly Notification[]): Notification[] {
  return [...notifications].sort(
    (a, b) => order[a.state] - order[b.state] || Date.parse(b.created_at) - Date.parse(a.created_at),
  );
}

/** What tells alerts to somebody: for `alerting:` of the configuration. */
export const alertingYaml = (address: string): string => `alerting:
  external_url: ${JSON.stringify(address)}
  receivers:
    - name: team
      kind: slack
      url_file: /etc/flink-auditor/slack-webhook
  route:
    receiver: team
  digest:
    receivers: [team]`;
