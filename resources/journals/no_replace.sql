-- One row of {table} is not replaced either: INSERT OR REPLACE would delete it quietly.
CREATE TRIGGER IF NOT EXISTS {table}_no_replace BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE question_id = NEW.question_id OR rowid = NEW.rowid{also})
BEGIN SELECT RAISE(ABORT, 'the journal is append only'); END;
