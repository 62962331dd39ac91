-- One row per decision, as `recon.decisions.Decision` has it; times are ISO 8601 in UTC, facts are JSON. Append only.
CREATE TABLE IF NOT EXISTS decisions (
  seq INTEGER PRIMARY KEY,
  decision_id TEXT NOT NULL UNIQUE,
  decided_at TEXT NOT NULL,
  decided_by TEXT NOT NULL,
  known_by TEXT NOT NULL,
  as_of_day TEXT NOT NULL,
  break_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  because TEXT NOT NULL,
  facts TEXT NOT NULL,
  before_sha256 TEXT NOT NULL,
  sha256 TEXT NOT NULL
);
