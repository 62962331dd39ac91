-- The journal of questions. Rows are only ever added; instants are UTC text of one width, so that they compare.
CREATE TABLE IF NOT EXISTS questions (
  seq INTEGER PRIMARY KEY,
  question_id TEXT NOT NULL UNIQUE,
  break_id TEXT NOT NULL,
  break_code TEXT NOT NULL,
  situation TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  as_of_day TEXT NOT NULL,
  source_id TEXT NOT NULL,
  order_key TEXT NOT NULL,
  pay_state TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  asked_id TEXT NOT NULL,
  expected_minor INTEGER,
  expected_currency TEXT,
  worker TEXT NOT NULL,
  claimed_at TEXT NOT NULL,
  lease_until TEXT NOT NULL,
  UNIQUE (break_id, situation, ordinal)
);
CREATE INDEX IF NOT EXISTS questions_by_id ON questions (asked_id);
CREATE INDEX IF NOT EXISTS questions_by_order ON questions (source_id, order_key);

CREATE TABLE IF NOT EXISTS outcomes (
  seq INTEGER PRIMARY KEY,
  question_id TEXT NOT NULL UNIQUE REFERENCES questions (question_id),
  told_at TEXT NOT NULL,
  outcome TEXT NOT NULL,
  finding TEXT,
  reason TEXT,
  code TEXT,
  counts INTEGER NOT NULL,
  is_concluding INTEGER NOT NULL,
  stops_the_run INTEGER NOT NULL,
  -- what the answer says, as far as it is used
  amount_minor INTEGER,
  currency TEXT,
  provider_payment_id TEXT,
  paid_at TEXT,
  settlement_amount_minor INTEGER,
  settlement_currency TEXT,
  result_code TEXT,
  differences TEXT,
  -- what was said, word for word
  path TEXT,
  request_body TEXT,
  request_headers TEXT,
  asked_at TEXT,
  http_status INTEGER,
  reply_headers TEXT,
  reply_body TEXT,
  reply_bytes INTEGER,
  reply_sha256 TEXT,
  latency_ms INTEGER,
  attempts INTEGER,
  earlier TEXT
);

-- A question whose worker died. If the worker was only slow, its outcome still comes and is kept.
CREATE TABLE IF NOT EXISTS interruptions (
  question_id TEXT PRIMARY KEY REFERENCES questions (question_id),
  told_at TEXT NOT NULL,
  told_by TEXT NOT NULL
);

-- What was written into an orders database because of an answer: at most once for each answer.
CREATE TABLE IF NOT EXISTS write_intents (
  question_id TEXT PRIMARY KEY REFERENCES questions (question_id),
  intended_at TEXT NOT NULL,
  before TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS write_results (
  question_id TEXT PRIMARY KEY REFERENCES write_intents (question_id),
  told_at TEXT NOT NULL,
  result TEXT NOT NULL,
  after TEXT NOT NULL
);
