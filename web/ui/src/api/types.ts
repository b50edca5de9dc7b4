// The documents of the HTTP API that the page reads; web/openapi.json describes them.

export type Severity = "info" | "low" | "medium" | "high" | "critical";
export type Outcome = "pass" | "fail" | "not_applicable" | "unknown";
export type Health = "green" | "amber" | "red" | "unknown";
export type ClusterState = "up" | "down" | "gone" | "pending";
export type FindingState = "pending" | "firing" | "resolved";
export type Time = string;

export interface Score {
  value: number | null;
  grade: string | null;
  coverage: number;
}

export interface Practice {
  id: string;
  title: string;
  kind: "posture" | "health";
}

export interface FleetJob {
  name: string;
  flink_job_id: string | null;
  state: string;
  health: Health;
  score: number | null;
  cells: string;
}

export interface FleetCluster {
  name: string;
  state: ClusterState;
  health: Health;
  score: Score;
  flink_version: string | null;
  task_managers: number | null;
  last_success: Time | null;
  failing_since: Time | null;
  error: string | null;
  unknown: number;
  cells: string;
  jobs_concerned: number[];
  jobs: FleetJob[];
}

export interface Fleet {
  score: Score;
  losses: { check: string; points: number }[];
  practices: Practice[];
  clusters: FleetCluster[];
}

export interface Transition {
  finding: string;
  from: FindingState | null;
  to: FindingState;
  at: Time;
  severity: Severity;
  waived: boolean;
  reason: string | null;
}

export interface TimelineEvent {
  at: Time;
  kind: string;
  from: string | null;
  to: string | null;
  detail: string | null;
}

interface Place {
  cluster: string;
  job: string | null;
  job_name: string | null;
}

export type FindingChange = Transition & Place & { check: string; message: string | null };
export type EventChange = TimelineEvent & Place;

export interface ChangeHour {
  hour: Time;
  fired_high: number;
  fired_lower: number;
  resolved: number;
}

export interface Changes {
  transitions: FindingChange[];
  events: EventChange[];
  hours: ChangeHour[];
}

export interface ChangedSubjects {
  clusters: { cluster: string; itself: boolean; jobs: string[] }[];
}

export interface FleetScores {
  hours: { hour: Time; value: number | null; clusters: number }[];
}

export interface Subject {
  kind: "cluster" | "job" | "vertex";
  job_id: string | null;
  job_name: string | null;
  vertex_id: string | null;
  vertex_name: string | null;
}

export interface Evidence {
  label: string;
  value: number | string;
  unit: string | null;
  expected: string | null;
  source: { path: string; pointer: string } | null;
  observed_at: Time | null;
}

export interface WaiverNote {
  id: string;
  reason: string;
  owner: string;
  until: Time | null;
}

export interface Verdict {
  check: string;
  practice: string;
  verdict: Outcome;
  severity: Severity;
  confidence: "likely" | "certain";
  subject: Subject;
  message: string | null;
  reason: string | null;
  evidence: Evidence[];
  remediation: string | null;
  fingerprint: string;
  waiver: WaiverNote | null;
}

export interface PracticeSummary extends Practice {
  verdict: Outcome;
  findings: number;
  waived: number;
  unknown: number;
}

export interface ReportJob {
  id: string;
  name: string;
  state: string;
  score: number | null;
  grade: string | null;
  health: Health;
  flink_job_type: string | null;
  parallelism: number | null;
}

export interface Report {
  tool: { name: string; version: string };
  taken_at: Time;
  cluster: {
    name: string;
    url: string;
    flink_version: string | null;
    jobs: number;
    task_managers: number | null;
  };
  score: Score;
  health: Health;
  practices: PracticeSummary[];
  jobs: ReportJob[];
  results: Verdict[];
  requests: { count: number; bytes: number; duration_ms: number };
}

export interface Job {
  id: string;
  cluster: string;
  name: string;
  flink_job_id: string | null;
  state: string;
  flink_job_type: string | null;
  first_seen: Time;
  last_seen: Time;
  ended_at: Time | null;
}

export interface JobPage {
  jobs: Job[];
  next: string | null;
}

export interface GraphVertex {
  id: string;
  name: string;
  status: string | null;
  parallelism: number | null;
  max_parallelism: number | null;
  running: number;
  state_bytes: number | null;
  busy_percent: number | null;
  backpressured_percent: number | null;
}

export interface GraphEdge {
  from: string;
  to: string;
  ship_strategy: string | null;
}

export interface JobGraph {
  observed_at: Time | null;
  started_at: Time | null;
  vertices: GraphVertex[];
  edges: GraphEdge[];
  checkpointing: {
    interval_ms: number | null;
    timeout_ms: number | null;
    min_pause_ms: number | null;
    mode: string | null;
    state_backend: string | null;
    storage: string | null;
    unaligned: boolean | null;
  } | null;
  restored: { id: number; savepoint: boolean; at: Time | null } | null;
}

export interface KeyGroupChoice {
  parallelism: number;
  fewest: number;
  most: number;
  with_most: number;
  imbalance: number;
  even: boolean;
  pays: boolean;
  now: boolean;
  slots_short: number | null;
}

export interface KeyGroupTable {
  max_parallelism: number;
  proposed: boolean;
  keyed: boolean;
  vertices: { id: string; name: string; parallelism: number }[];
  choices: KeyGroupChoice[];
}

export interface WhatIf {
  job: string;
  slots: number | null;
  free: number | null;
  used: number;
  groups: KeyGroupTable[];
}

export interface Deployment {
  seen_at: Time;
  started_at: Time | null;
  flink_version: string | null;
  parallelism: number | null;
  changed: string[];
}

export interface VerdictInterval {
  check: string;
  verdict: Outcome;
  severity: Severity;
  vertex_name: string | null;
  text: string | null;
  fingerprint: string;
  opened_at: Time;
  closed_at: Time | null;
}

export interface CriticalPath {
  vertex_name: string;
  subtask: number;
  task_manager: string | null;
  host: string | null;
  longest_phase: string;
  duration_ms: number;
  start_delay_ms: number | null;
  alignment_ms: number | null;
  sync_ms: number | null;
  async_ms: number | null;
}

export interface CheckpointSummary {
  checkpoints: number;
  phase: string;
  share: number;
  vertex_name: string;
  vertex_times: number;
  subtask: number;
  subtask_times: number;
  host: string | null;
  host_times: number;
}

export interface Checkpoint {
  id: number;
  status: "IN_PROGRESS" | "COMPLETED" | "FAILED" | "OTHER";
  savepoint: boolean;
  triggered_at: Time;
  duration_ms: number | null;
  start_delay_ms: number | null;
  alignment_ms: number | null;
  sync_ms: number | null;
  async_ms: number | null;
  checkpointed_bytes: number | null;
  state_bytes: number | null;
  critical_path: CriticalPath | null;
  failure: string | null;
}

export interface ScorePoint {
  at: Time;
  value: number | null;
  coverage: number;
}

export interface Timeline {
  deployments: Deployment[];
  events: TimelineEvent[];
  verdicts: VerdictInterval[];
  transitions: Transition[];
  checkpoints: Checkpoint[];
  scores: ScorePoint[];
}

export interface JobTimeline extends Timeline {
  checkpoint_summary: CheckpointSummary | null;
}

/** What a report in one file has of a job beside its verdicts. */
export interface JobDrawing {
  graph: JobGraph;
  checkpoints: Checkpoint[];
  checkpoint_summary: CheckpointSummary | null;
}

export interface Finding extends Omit<Verdict, "verdict" | "reason" | "waiver"> {
  id: string;
  cluster: string;
  job: string | null;
  state: FindingState;
  first_seen: Time;
  pending_since: Time;
  firing_since: Time | null;
  resolved_at: Time | null;
  last_failed: Time;
  episodes: number;
  waiver: string | null;
}

export interface FindingPage {
  findings: Finding[];
  next: string | null;
}

export interface FindingDetails extends Finding {
  history: Transition[];
}

export interface CheckOption {
  name: string;
  unit: "number" | "percent" | "milliseconds" | "bytes";
  value: number;
  default: number;
  help: string;
}

export interface Check {
  id: string;
  title: string;
  practice: string;
  scope: string;
  enabled: boolean;
  severity: Severity;
  default_severity: Severity;
  confidence: string;
  for_ms: number;
  keep_firing_for_ms: number;
  options: CheckOption[];
}

export interface CheckList {
  checks: Check[];
}

export interface CheckDetails extends Check {
  page: string | null;
}

export interface Waiver {
  id: string;
  check: string;
  cluster: string;
  job: string;
  reason: string;
  owner: string;
  until: Time | null;
  source: string;
  status: "active" | "expired" | "unused";
  matches: number;
}

export interface WaiverList {
  waivers: Waiver[];
}

export interface Coverage {
  judged: number;
  unknown: number;
  not_applicable: number;
  ratio: number | null;
  reasons: {
    reason: string;
    count: number;
    checks: { check: string; count: number }[];
    clusters: { cluster: string; count: number }[];
    cluster_count: number;
  }[];
  reason_count: number;
  without_report: { cluster: string; state: ClusterState; error: string | null }[];
}

export interface Status {
  version: string;
  started_at: Time;
  ready: boolean;
  not_ready: string[];
  reloads: { count: number; failures: number; last_ok: boolean; last_error: string | null; last_at: Time | null };
  pipeline: { queue: number; queue_capacity: number; dropped_snapshots: number };
  storage: {
    unwritten_records: number;
    failures: number;
    error: string | null;
    database_bytes: number;
    write_ahead_log_bytes: number;
  };
  collection: { requests_in_flight: number; lateness_seconds_max: number; looks: number };
  discovery_errors: Record<string, string>;
}

export interface Cluster {
  name: string;
  url: string;
  labels: Record<string, string>;
  state: ClusterState;
  error: string | null;
  interval_ms: number;
  last_success: Time | null;
  reported_at: Time | null;
  jobs: number | null;
  requests: { count: number; bytes: number; duration_ms: number };
}

export interface ClusterPage {
  clusters: Cluster[];
  total: number;
  next: string | null;
}

export interface ExceptionCause {
  fingerprint: string;
  title: string;
  stack_trace: string;
  occurrences: number;
  first_at: Time | null;
  last_at: Time | null;
  jobs: {
    cluster: string;
    flink_job_id: string;
    job_name: string;
    task: string | null;
    occurrences: number;
    first_at: Time | null;
    last_at: Time | null;
  }[];
}

export interface ExceptionList {
  exceptions: ExceptionCause[];
  causes: number;
}

export type AlertState = "firing" | "muted" | "resolved";

export interface Alert {
  id: string;
  finding: string | null;
  cluster: string | null; // null: the auditor's own
  job: string | null;
  job_name: string | null;
  check: string | null;
  state: AlertState;
  severity: Severity;
  labels: Record<string, string>;
  summary: string;
  remediation: string | null;
  since: Time;
  ended_at: Time | null;
  receivers: string[];
  muted_by: string | null;
  muted_until: Time | null;
  first_sight: boolean;
  changes: { firing: boolean; at: Time; reason: string | null }[];
}

export interface AlertList {
  configured: boolean;
  counts: Record<AlertState, number>;
  quiet_since: Time | null;
  total: number;
  alerts: Alert[];
}

export interface Silence {
  id: string;
  matchers: string[];
  author: string;
  reason: string;
  starts_at: Time;
  ends_at: Time;
  created_at: Time;
  state: "active" | "pending" | "expired";
  matches: number;
}

export interface SilenceList {
  silences: Silence[];
}

export interface Receiver {
  name: string;
  kind: string;
  delivered: number;
  attempts_failed: number;
  dead: number;
  waiting: number;
  oldest_waiting: Time | null;
  stopped: string | null;
  last_error: string | null;
}

export interface ReceiverList {
  configured: boolean;
  external_url: string | null;
  receivers: Receiver[];
}

export interface Notification {
  id: string;
  receiver: string;
  group: string | null;
  kind: "alerts" | "digest" | "deployment" | "test" | null;
  title: string | null;
  firing: number | null;
  resolved: number | null;
  created_at: Time;
  state: "waiting" | "delivered" | "dead";
  attempts: number;
  last_attempt_at: Time | null;
  next_attempt_at: Time | null;
  delivered_at: Time | null;
  last_status: number | null;
  last_error: string | null;
}

export interface NotificationPage {
  notifications: Notification[];
  next: string | null;
}
