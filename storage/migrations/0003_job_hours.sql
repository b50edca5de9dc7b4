-- In which hours of the last five weeks a job's records moved: bit h modulo 840 of `moved` is hour h since 1970, the
-- lowest bit of a byte first. `newest` is the last hour that was watched.
CREATE TABLE job_hours (
  job INTEGER PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
  newest INTEGER NOT NULL,
  watched_since INTEGER NOT NULL,
  last_moved INTEGER NOT NULL,
  moved BLOB NOT NULL
) STRICT;
