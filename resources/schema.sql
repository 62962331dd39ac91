-- The tables of the warehouse, schema version 4; `migrations/` brings an older one here. No key indexes: uniqueness is proved by checks.
CREATE TABLE IF NOT EXISTS main.schema_version (version INTEGER);
CREATE SCHEMA IF NOT EXISTS parsed;
CREATE SCHEMA IF NOT EXISTS orders;
CREATE SCHEMA IF NOT EXISTS reconciled;
CREATE SCHEMA IF NOT EXISTS tied_out;
CREATE SCHEMA IF NOT EXISTS breaks;
CREATE SCHEMA IF NOT EXISTS inquiries;

-- parsed: one line per file version, and the small sections. Detail rows are Parquet.
CREATE TABLE IF NOT EXISTS parsed.files (
  file_id VARCHAR,
  kind VARCHAR,
  file_name VARCHAR,
  version INTEGER,
  sha256 VARCHAR,
  size_bytes BIGINT,
  participant_id VARCHAR,
  settlement_currency VARCHAR,
  batch_id VARCHAR,
  participant_agreement_id VARCHAR,
  seq INTEGER,
  clearing_day DATE,
  is_valid BOOLEAN,
  is_current BOOLEAN,
  row_count BIGINT,
  quarantined_count BIGINT,
  unknown_type_count BIGINT,
  sign_rule VARCHAR,
  header_signature VARCHAR,
  unknown_columns VARCHAR,
  finding VARCHAR
);
CREATE TABLE IF NOT EXISTS parsed.section_totals (
  file_id VARCHAR,
  line_number INTEGER,
  clearing_day DATE,
  participant_agreement_id VARCHAR,
  settlement_currency VARCHAR,
  batch_id VARCHAR,
  kind VARCHAR,
  total_count BIGINT,
  net_amount_minor BIGINT,
  sign TINYINT,
  value_date DATE,
  extra VARCHAR
);
-- The rows of Transaction Summary and Settlement once more: settlement reads those of all days.
CREATE TABLE IF NOT EXISTS parsed.batch_lines (
  kind VARCHAR,
  file_id VARCHAR,
  line_number INTEGER,
  clearing_day DATE,
  participant_agreement_id VARCHAR,
  settlement_currency VARCHAR,
  batch_id VARCHAR,
  clearing_batch_id VARCHAR,
  total_count BIGINT,
  transaction_amount_minor BIGINT,
  fee_amount_minor BIGINT,
  settlement_amount_minor BIGINT,
  sign TINYINT,
  extra VARCHAR
);
CREATE TABLE IF NOT EXISTS parsed.quarantine (
  file_id VARCHAR,
  line_number INTEGER,
  clearing_day DATE,
  participant_agreement_id VARCHAR,
  settlement_currency VARCHAR,
  batch_id VARCHAR,
  kind VARCHAR,
  field VARCHAR,
  reason VARCHAR
);
-- Fields of a file that say something else than its name: another batch, agreement or participant.
CREATE TABLE IF NOT EXISTS parsed.contradictions (
  file_id VARCHAR,
  kind VARCHAR,
  clearing_day DATE,
  field VARCHAR,
  content_value VARCHAR,
  file_name_value VARCHAR,
  first_line INTEGER,
  row_count BIGINT,
  same_value_count BIGINT
);

-- orders: what was frozen for a day, and what the source contract found.
CREATE TABLE IF NOT EXISTS orders.snapshots (
  as_of_day DATE,
  source_id VARCHAR,
  table_name VARCHAR,
  row_count BIGINT,
  named_count BIGINT,
  newest_at TIMESTAMP
);
CREATE TABLE IF NOT EXISTS orders.findings (
  as_of_day DATE,
  source_id VARCHAR,
  invariant VARCHAR,
  row_count BIGINT
);

-- reconciled: outcomes of every key that needed attention (all others are P00), what they found, and the count of the day.
CREATE TABLE IF NOT EXISTS reconciled.payments (
  as_of_day DATE,
  source_id VARCHAR,
  order_key VARCHAR,
  payment_request_id VARCHAR,
  code VARCHAR,
  flags VARCHAR,
  ref_day DATE,
  row_request_id VARCHAR,
  report_count BIGINT,
  day_count BIGINT,
  lines VARCHAR
);
CREATE TABLE IF NOT EXISTS reconciled.refunds (
  as_of_day DATE,
  source_id VARCHAR,
  order_key VARCHAR,
  refund_key VARCHAR,
  refund_request_id VARCHAR,
  provider_transaction_id VARCHAR,
  code VARCHAR,
  flags VARCHAR,
  ref_day DATE,
  row_request_id VARCHAR,
  report_count BIGINT,
  day_count BIGINT,
  lines VARCHAR
);
CREATE TABLE IF NOT EXISTS reconciled.fees (
  as_of_day DATE,
  transaction_id VARCHAR,
  fee_kind VARCHAR,
  request_id VARCHAR,
  code VARCHAR,
  is_refund BOOLEAN,
  participant_agreement_id VARCHAR,
  psp_id VARCHAR,
  settlement_currency VARCHAR,
  settlement_amount_minor BIGINT,
  rate_number INTEGER,
  due_minor BIGINT,
  charged_minor BIGINT,
  charged_ids VARCHAR,
  transaction_count BIGINT,
  fee_count BIGINT,
  day_count BIGINT,
  lines VARCHAR
);
CREATE TABLE IF NOT EXISTS reconciled.repeated_rows (
  as_of_day DATE,
  file_id VARCHAR,
  line_number INTEGER,
  kept VARCHAR
);
CREATE TABLE IF NOT EXISTS reconciled.found (
  as_of_day DATE,
  family VARCHAR,
  key_kind VARCHAR,
  source_id VARCHAR,
  order_key VARCHAR,
  refund_key VARCHAR,
  provider_transaction_id VARCHAR,
  payment_request_id VARCHAR,
  refund_request_id VARCHAR,
  code VARCHAR,
  flags VARCHAR,
  noted_day DATE,
  ref_day DATE,
  created_at TIMESTAMP,
  order_amount_minor BIGINT,
  report_amount_minor BIGINT,
  order_currency VARCHAR,
  report_currency VARCHAR,
  refunded_minor BIGINT,
  excess_minor BIGINT,
  cancel_state VARCHAR,
  is_unsure BOOLEAN,
  partner_key VARCHAR,
  lines VARCHAR,
  situation VARCHAR,
  own_payment_id VARCHAR,
  merchant_id VARCHAR
);
-- Orders and refunds that an open break needs and that their source no longer delivers, as they were last delivered.
CREATE TABLE IF NOT EXISTS reconciled.gone (
  as_of_day DATE,
  source_id VARCHAR,
  order_key VARCHAR,
  refund_key VARCHAR,
  last_seen_day DATE,
  last_state VARCHAR,
  status_raw VARCHAR
);
-- How many payments each side has by hour, merchant and file: what a flood of breaks is measured against.
CREATE TABLE IF NOT EXISTS reconciled.side_counts (
  as_of_day DATE,
  trait VARCHAR,
  trait_value VARCHAR,
  row_count BIGINT
);
CREATE TABLE IF NOT EXISTS reconciled.conservation (
  as_of_day DATE,
  side VARCHAR,
  outcome VARCHAR,
  row_count BIGINT,
  amount_minor BIGINT
);
-- Inputs with more or fewer outcomes than they came in; empty where the inputs are conserved.
CREATE TABLE IF NOT EXISTS reconciled.lost_inputs (
  as_of_day DATE,
  side VARCHAR,
  file_id VARCHAR,
  line_number BIGINT,
  id VARCHAR,
  amount_minor BIGINT,
  currency VARCHAR,
  came_count BIGINT,
  outcome_count BIGINT,
  row_count BIGINT
);

-- tied_out: control totals, one line per edge.
CREATE TABLE IF NOT EXISTS tied_out.edges (
  as_of_day DATE,
  edge VARCHAR,
  participant_agreement_id VARCHAR,
  settlement_currency VARCHAR,
  batch_id VARCHAR,
  file_id VARCHAR,
  left_name VARCHAR,
  left_value BIGINT,
  right_name VARCHAR,
  right_value BIGINT,
  residual BIGINT,
  verdict VARCHAR
);
-- Where the money of each clearing batch stands, each settlement, and what is wrong with them (as reconciled.found).
CREATE TABLE IF NOT EXISTS tied_out.batches (
  as_of_day DATE,
  participant_agreement_id VARCHAR,
  settlement_currency VARCHAR,
  clearing_batch_id VARCHAR,
  clearing_day DATE,
  transaction_count BIGINT,
  cleared_minor BIGINT,
  first_due_day DATE,
  due_day DATE,
  line_count BIGINT,
  settled_minor BIGINT,
  settled_day DATE,
  settlement_batch_ids VARCHAR,
  outcome VARCHAR,
  flags VARCHAR,
  lines VARCHAR
);
CREATE TABLE IF NOT EXISTS tied_out.settlements (
  as_of_day DATE,
  participant_agreement_id VARCHAR,
  settlement_currency VARCHAR,
  settlement_batch_id VARCHAR,
  settlement_day DATE,
  total_minor BIGINT,
  listed_minor BIGINT,
  other_minor BIGINT,
  value_date DATE,
  expected_value_date DATE,
  bank_minor BIGINT,
  bank_value_date DATE,
  outcome VARCHAR,
  flags VARCHAR,
  lines VARCHAR
);
CREATE TABLE IF NOT EXISTS tied_out.found (
  as_of_day DATE,
  family VARCHAR,
  key_kind VARCHAR,
  source_id VARCHAR,
  order_key VARCHAR,
  refund_key VARCHAR,
  provider_transaction_id VARCHAR,
  payment_request_id VARCHAR,
  refund_request_id VARCHAR,
  code VARCHAR,
  flags VARCHAR,
  noted_day DATE,
  ref_day DATE,
  created_at TIMESTAMP,
  order_amount_minor BIGINT,
  report_amount_minor BIGINT,
  order_currency VARCHAR,
  report_currency VARCHAR,
  refunded_minor BIGINT,
  excess_minor BIGINT,
  cancel_state VARCHAR,
  is_unsure BOOLEAN,
  partner_key VARCHAR,
  lines VARCHAR,
  situation VARCHAR,
  own_payment_id VARCHAR
);

-- breaks: the register, one list a day.
CREATE TABLE IF NOT EXISTS breaks.items (
  as_of_day DATE,
  break_id VARCHAR,
  family VARCHAR,
  break_code VARCHAR,
  break_name VARCHAR,
  severity VARCHAR,
  state VARCHAR,
  opened_day DATE,
  age_days INTEGER,
  deadline_at TIMESTAMP,
  payment_request_id VARCHAR,
  refund_request_id VARCHAR,
  provider_transaction_id VARCHAR,
  order_amount_minor BIGINT,
  report_amount_minor BIGINT,
  difference_minor BIGINT,
  currency VARCHAR,
  amount_at_risk_minor BIGINT,
  who_acts VARCHAR,
  flags VARCHAR,
  explanation VARCHAR,
  evidence VARCHAR,
  what_to_do VARCHAR,
  party VARCHAR,
  inquiry VARCHAR,
  report_currency VARCHAR,
  turns_real_day DATE,
  source_id VARCHAR,
  order_key VARCHAR,
  refund_key VARCHAR,
  partner_key VARCHAR,
  first_opened_day DATE,
  reopened_count INTEGER,
  previous_code VARCHAR,
  situation VARCHAR,
  answer VARCHAR,
  verdict VARCHAR,
  asked_count BIGINT,
  answered_at TIMESTAMP,
  incident_id VARCHAR,
  merchant_id VARCHAR,
  merchant_name VARCHAR,
  store_id VARCHAR,
  terminal_id VARCHAR,
  merchant_txn_no VARCHAR,
  psp_id VARCHAR,
  psp_name VARCHAR,
  order_created_at TIMESTAMP,
  paid_at TIMESTAMP,
  refund_requested_at TIMESTAMP,
  refunded_at TIMESTAMP,
  order_status VARCHAR,
  refund_status VARCHAR,
  value_minor BIGINT,
  value_currency VARCHAR,
  is_small BOOLEAN,
  cause VARCHAR
);
-- Transaction over settlement amount of the newest day that has the pair, as a day knew it; and the rates it ranked by.
CREATE TABLE IF NOT EXISTS breaks.observed_rates (
  as_of_day DATE,
  currency VARCHAR,
  settlement_currency VARCHAR,
  rate_day DATE,
  amount_minor BIGINT,
  settlement_amount_minor BIGINT
);
CREATE TABLE IF NOT EXISTS breaks.rates (
  as_of_day DATE,
  currency VARCHAR,
  reporting_currency VARCHAR,
  is_reporting_currency_configured BOOLEAN,
  small_minor BIGINT,
  rate VARCHAR,
  rate_source VARCHAR,
  rate_day DATE
);
CREATE TABLE IF NOT EXISTS breaks.movements (
  as_of_day DATE,
  break_id VARCHAR,
  movement VARCHAR,
  code_before VARCHAR,
  code_after VARCHAR,
  currency_before VARCHAR,
  currency_after VARCHAR,
  outcome VARCHAR,
  resolved_by VARCHAR
);
CREATE TABLE IF NOT EXISTS breaks.pending (
  as_of_day DATE,
  source_id VARCHAR,
  order_key VARCHAR,
  payment_request_id VARCHAR,
  code VARCHAR
);
CREATE TABLE IF NOT EXISTS breaks.days (
  as_of_day DATE,
  opening_digest VARCHAR,
  closing_digest VARCHAR,
  status VARCHAR,
  reason VARCHAR
);
-- What stood of people's decisions about the breaks of a day, and the newest decision that the day knew of.
CREATE TABLE IF NOT EXISTS breaks.decisions (
  as_of_day DATE,
  break_id VARCHAR,
  state VARCHAR,
  owner VARCHAR,
  snoozed_until DATE,
  comment VARCHAR,
  reference VARCHAR,
  waits_for_approval VARCHAR,
  lapsed VARCHAR,
  decided_by VARCHAR,
  approved_by VARCHAR,
  decided_at TIMESTAMP,
  because VARCHAR,
  currency VARCHAR,
  amount_minor BIGINT,
  decision_id VARCHAR,
  file_count BIGINT
);
CREATE TABLE IF NOT EXISTS breaks.decision_heads (
  as_of_day DATE,
  seq BIGINT,
  sha256 VARCHAR
);
-- What was known each time a day proved itself, and what each later revision changed.
CREATE TABLE IF NOT EXISTS breaks.revisions (
  as_of_day DATE,
  revision BIGINT,
  recorded_at TIMESTAMP,
  digest VARCHAR
);
CREATE TABLE IF NOT EXISTS breaks.corrections (
  as_of_day DATE,
  revision BIGINT,
  recorded_at TIMESTAMP,
  what VARCHAR,
  name VARCHAR,
  change VARCHAR,
  before VARCHAR,
  after VARCHAR,
  rows_before BIGINT,
  rows_after BIGINT,
  currency VARCHAR,
  amount_before_minor BIGINT,
  amount_after_minor BIGINT
);

-- inquiries: what a day knew of the answers of Alipay+. The questions and answers themselves are in the journal.
CREATE TABLE IF NOT EXISTS inquiries.evidence (
  as_of_day DATE,
  break_id VARCHAR,
  situation VARCHAR,
  source_id VARCHAR,
  order_key VARCHAR,
  asked_count BIGINT,
  answer VARCHAR,
  answered_at TIMESTAMP,
  amount_minor BIGINT,
  currency VARCHAR,
  provider_payment_id VARCHAR,
  paid_at TIMESTAMP,
  settlement_amount_minor BIGINT,
  settlement_currency VARCHAR,
  result_code VARCHAR,
  differences VARCHAR,
  is_planned BOOLEAN,
  question_id VARCHAR,
  reply_sha256 VARCHAR
);

-- landed: every expected report and where it stands, as the run of a day saw it.
CREATE SCHEMA IF NOT EXISTS landed;
CREATE TABLE IF NOT EXISTS landed.calendar (
  as_of_day DATE,
  report_date DATE,
  participant_id VARCHAR,
  participant_agreement_id VARCHAR,
  settlement_currency VARCHAR,
  kind VARCHAR,
  batch_id VARCHAR,
  state VARCHAR,
  expected_by TIMESTAMP,
  delivered_at TIMESTAMP,
  received_at TIMESTAMP,
  file_count BIGINT,
  version BIGINT,
  days_left BIGINT,
  note VARCHAR
);
