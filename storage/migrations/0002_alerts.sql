-- What receivers are told of. Nothing here points at clusters: that an alert is over must be told though its cluster
-- was removed.

-- The first look that saw the cluster: what was so then is no news.
ALTER TABLE clusters ADD COLUMN watched_since INTEGER;

CREATE TABLE alerts (
  id BLOB PRIMARY KEY,
  cluster TEXT NOT NULL,
  firing INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;

CREATE TABLE alert_groups (
  key BLOB PRIMARY KEY,
  receiver TEXT NOT NULL,
  labels TEXT NOT NULL,
  told_at INTEGER,
  told TEXT NOT NULL
) STRICT;

-- The outbox. Ids rise for ever, for they are the order of what was told.
CREATE TABLE notifications (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  public_id TEXT NOT NULL UNIQUE,
  receiver TEXT NOT NULL,
  group_key TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  message TEXT NOT NULL,
  state INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  next_attempt_at INTEGER NOT NULL,
  last_attempt_at INTEGER,
  delivered_at INTEGER,
  replayed_at INTEGER,
  last_status INTEGER NOT NULL,
  last_error TEXT NOT NULL
) STRICT;
CREATE INDEX notifications_by_receiver ON notifications (receiver, id);
CREATE INDEX notifications_by_state ON notifications (state, id);
CREATE INDEX notifications_delivered ON notifications (delivered_at) WHERE state = 1;
CREATE INDEX notifications_dead ON notifications (created_at) WHERE state = 2;

CREATE TABLE silences (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  starts_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX silences_by_end ON silences (ends_at);

-- A finding of a check that is not here is its first sight, not news.
CREATE TABLE known_checks (
  check_id TEXT PRIMARY KEY,
  first_seen INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
