-- From version 1: what Alipay+ says when it is asked stands beside each break, a resolution says who brought it, and
-- breaks of one cause belong to an incident.
ALTER TABLE reconciled.found ADD COLUMN IF NOT EXISTS situation VARCHAR;
ALTER TABLE reconciled.found ADD COLUMN IF NOT EXISTS own_payment_id VARCHAR;
ALTER TABLE reconciled.found ADD COLUMN IF NOT EXISTS merchant_id VARCHAR;
ALTER TABLE breaks.items ADD COLUMN IF NOT EXISTS situation VARCHAR;
ALTER TABLE breaks.items ADD COLUMN IF NOT EXISTS answer VARCHAR;
ALTER TABLE breaks.items ADD COLUMN IF NOT EXISTS verdict VARCHAR;
ALTER TABLE breaks.items ADD COLUMN IF NOT EXISTS asked_count BIGINT;
ALTER TABLE breaks.items ADD COLUMN IF NOT EXISTS answered_at TIMESTAMP;
ALTER TABLE breaks.items ADD COLUMN IF NOT EXISTS incident_id VARCHAR;
ALTER TABLE breaks.movements ADD COLUMN IF NOT EXISTS resolved_by VARCHAR;
