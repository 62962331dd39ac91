-- The journal of alerts. Rows are only ever added; instants are UTC text of one width, so that they compare.
CREATE TABLE IF NOT EXISTS messages (
  seq INTEGER PRIMARY KEY,
  message_id TEXT NOT NULL UNIQUE,
  cause TEXT NOT NULL,
  day TEXT NOT NULL,
  subject TEXT NOT NULL,
  occurrence INTEGER NOT NULL,
  is_over INTEGER NOT NULL,
  severity TEXT NOT NULL,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  about TEXT NOT NULL,
  channels TEXT NOT NULL,
  due_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS attempts (
  seq INTEGER PRIMARY KEY,
  message_id TEXT NOT NULL REFERENCES messages (message_id),
  channel TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  begun_at TEXT NOT NULL,
  UNIQUE (message_id, channel, ordinal)
);
CREATE TABLE IF NOT EXISTS results (
  seq INTEGER PRIMARY KEY REFERENCES attempts (seq),
  told_at TEXT NOT NULL,
  problem TEXT
);
