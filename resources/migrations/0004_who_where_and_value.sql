-- From version 3: each break says who sold, where and when, and what it is worth in the reporting currency. Breaks of
-- older days keep these columns empty.
ALTER TABLE breaks.items ADD COLUMN IF NOT EXISTS merchant_id VARCHAR;
ALTER TABLE breaks.items ADD COLUMN IF NOT EXISTS merchant_name VARCHAR;
ALTER TABLE breaks.items ADD COLUMN IF NOT EXISTS store_id VARCHAR;
ALTER TABLE breaks.items ADD COLUMN IF NOT EXISTS terminal_id VARCHAR;
ALTER TABLE breaks.items ADD COLUMN IF NOT EXISTS merchant_txn_no VARCHAR;
ALTER TABLE breaks.items ADD COLUMN IF NOT EXISTS psp_id VARCHAR;
ALTER TABLE breaks.items ADD COLUMN IF NOT EXISTS psp_name VARCHAR;
ALTER TABLE breaks.items ADD COLUMN IF NOT EXISTS order_created_at TIMESTAMP;
ALTER TABLE breaks.items ADD COLUMN IF NOT EXISTS paid_at TIMESTAMP;
ALTER TABLE breaks.items ADD COLUMN IF NOT EXISTS refund_requested_at TIMESTAMP;
ALTER TABLE breaks.items ADD COLUMN IF NOT EXISTS refunded_at TIMESTAMP;
ALTER TABLE breaks.items ADD COLUMN IF NOT EXISTS order_status VARCHAR;
ALTER TABLE breaks.items ADD COLUMN IF NOT EXISTS refund_status VARCHAR;
ALTER TABLE breaks.items ADD COLUMN IF NOT EXISTS value_minor BIGINT;
ALTER TABLE breaks.items ADD COLUMN IF NOT EXISTS value_currency VARCHAR;
ALTER TABLE breaks.items ADD COLUMN IF NOT EXISTS is_small BOOLEAN;
