-- Times are milliseconds since 1970, UTC. Ids of 32 hex digits are kept as 16 bytes.

CREATE TABLE clusters (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  url TEXT NOT NULL,
  labels TEXT NOT NULL,
  reachable INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  removed_at INTEGER
) STRICT;

CREATE TABLE reports (
  cluster INTEGER PRIMARY KEY REFERENCES clusters (id) ON DELETE CASCADE,
  taken_at INTEGER NOT NULL,
  body BLOB NOT NULL
) STRICT;

CREATE TABLE jobs (
  id INTEGER PRIMARY KEY,
  public_id BLOB NOT NULL UNIQUE,
  cluster INTEGER NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  name TEXT NOT NULL,
  flink_job_id TEXT NOT NULL,
  state INTEGER NOT NULL,
  type INTEGER NOT NULL,
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;
CREATE INDEX jobs_by_cluster ON jobs (cluster, name, public_id);
-- What the foreign keys (cluster, job) below point at: so one index by (cluster, job, …) serves them and the timelines.
CREATE UNIQUE INDEX jobs_of_cluster ON jobs (cluster, id);
CREATE INDEX jobs_by_end ON jobs (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE deployments (
  id INTEGER PRIMARY KEY,
  job INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  flink_job_id TEXT NOT NULL,
  started_at INTEGER,
  seen_at INTEGER NOT NULL,
  plan_hash TEXT NOT NULL,
  configuration_hash TEXT NOT NULL,
  flink_version TEXT NOT NULL,
  parallelism INTEGER,
  changed TEXT NOT NULL,
  state_backend TEXT NOT NULL,
  checkpoint_storage TEXT NOT NULL,
  vertices TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX deployments_by_job ON deployments (job, seen_at);

CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  cluster INTEGER NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
  job INTEGER,
  kind INTEGER NOT NULL,
  at INTEGER NOT NULL,
  from_value TEXT NOT NULL,
  to_value TEXT NOT NULL,
  detail TEXT NOT NULL,
  FOREIGN KEY (cluster, job) REFERENCES jobs (cluster, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX events_by_subject ON events (cluster, job, at);
CREATE INDEX events_by_time ON events (at);

CREATE TABLE verdicts (
  id INTEGER PRIMARY KEY,
  cluster INTEGER NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
  job INTEGER,
  fingerprint BLOB NOT NULL,
  check_id TEXT NOT NULL,
  outcome INTEGER NOT NULL,
  severity INTEGER NOT NULL,
  vertex_name TEXT NOT NULL,
  text TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  closed_at INTEGER,
  FOREIGN KEY (cluster, job) REFERENCES jobs (cluster, id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX verdicts_open ON verdicts (cluster, fingerprint) WHERE closed_at IS NULL;
CREATE INDEX verdicts_by_subject ON verdicts (cluster, job, opened_at);
CREATE INDEX verdicts_by_end ON verdicts (closed_at) WHERE closed_at IS NOT NULL;

-- rank and newness order a list: firing before pending before resolved, then the worst first, then the newest.
CREATE TABLE findings (
  id INTEGER PRIMARY KEY,
  public_id BLOB NOT NULL UNIQUE,
  cluster INTEGER NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
  job INTEGER,
  check_id TEXT NOT NULL,
  practice TEXT NOT NULL,
  severity INTEGER NOT NULL,
  state INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  newness INTEGER NOT NULL,
  first_seen INTEGER NOT NULL,
  pending_since INTEGER NOT NULL,
  firing_since INTEGER,
  resolved_at INTEGER,
  last_failed INTEGER NOT NULL,
  episodes INTEGER NOT NULL,
  waiver TEXT NOT NULL,
  verdict TEXT NOT NULL,
  FOREIGN KEY (cluster, job) REFERENCES jobs (cluster, id) ON DELETE CASCADE
) STRICT;
-- With all that lists are filtered by: so that a search which finds little does not read the verdicts of all.
CREATE INDEX findings_in_order ON findings (rank, newness, public_id, cluster, job, check_id, practice, first_seen,
  resolved_at, waiver);
CREATE INDEX findings_by_cluster ON findings (cluster, rank, newness, public_id);
CREATE INDEX findings_by_job ON findings (job, rank, newness, public_id) WHERE job IS NOT NULL;
CREATE INDEX findings_by_end ON findings (resolved_at) WHERE state = 2;

CREATE TABLE transitions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  finding INTEGER NOT NULL REFERENCES findings (id) ON DELETE CASCADE,
  from_state INTEGER,
  to_state INTEGER NOT NULL,
  at INTEGER NOT NULL,
  severity INTEGER NOT NULL,
  waived INTEGER NOT NULL,
  reason TEXT NOT NULL
) STRICT;
CREATE INDEX transitions_by_finding ON transitions (finding, id);
CREATE INDEX transitions_by_time ON transitions (at);

CREATE TABLE checkpoints (
  job INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  triggered_at INTEGER NOT NULL,
  checkpoint_id INTEGER NOT NULL,
  flink_job_id BLOB NOT NULL,
  status INTEGER NOT NULL,
  is_savepoint INTEGER NOT NULL,
  duration INTEGER,
  checkpointed_size INTEGER,
  state_size INTEGER,
  start_delay INTEGER,
  alignment INTEGER,
  sync INTEGER,
  async INTEGER,
  failure TEXT,
  PRIMARY KEY (job, triggered_at, checkpoint_id)
) STRICT, WITHOUT ROWID;

-- What is left of older checkpoints, of one job and one hour.
CREATE TABLE checkpoint_hours (
  job INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  hour INTEGER NOT NULL,
  completed INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  median_duration INTEGER,
  longest_duration INTEGER,
  longest_sync INTEGER,
  longest_async INTEGER,
  largest_state INTEGER,
  PRIMARY KEY (job, hour)
) STRICT, WITHOUT ROWID;

-- The largest state of each day, UTC, in days since 1970.
CREATE TABLE state_days (
  job INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  day INTEGER NOT NULL,
  largest INTEGER NOT NULL,
  longest_duration INTEGER,
  PRIMARY KEY (job, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE scores (
  id INTEGER PRIMARY KEY,
  cluster INTEGER NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
  job INTEGER,
  at INTEGER NOT NULL,
  value REAL,
  coverage REAL NOT NULL,
  FOREIGN KEY (cluster, job) REFERENCES jobs (cluster, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX scores_by_subject ON scores (cluster, job, at);
CREATE INDEX scores_by_time ON scores (at);

CREATE TABLE waivers (
  id TEXT PRIMARY KEY,
  check_glob TEXT NOT NULL,
  cluster_glob TEXT NOT NULL,
  job_glob TEXT NOT NULL,
  reason TEXT NOT NULL,
  owner TEXT NOT NULL,
  until INTEGER,
  created_at INTEGER
) STRICT, WITHOUT ROWID;
