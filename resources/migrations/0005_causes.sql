-- From version 4: each break names the cause that is proved of it. Breaks of older days keep this column empty.
ALTER TABLE breaks.items ADD COLUMN IF NOT EXISTS cause VARCHAR;
