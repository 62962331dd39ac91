-- One row per transaction and kind of fee with every fact that the fee decision asks for.
-- Where a detail row was delivered twice, its fee may have come once or as often as the row.
-- Reads: fee_charged, fee_contract, fee_due, fee_moved, fee_rates, opening_fees, parameters
-- Columns:
--   transaction_id            the paymentId or refundId that the fee belongs to
--   fee_kind                  kind of fee in the words of the contract, else as delivered
--   request_id                the paymentRequestId or refundRequestId of the row
--   is_refund                 whether the fee belongs to a refund
--   has_transaction           a transaction of the detail reports is behind it
--   transaction_count         rows of the transaction
--   fee_count                 fee rows that no other one takes back
--   is_elsewhere              one of these rows is in a set that has no row of the transaction
--   day_count                 rows of this clearing day
--   term_count                contracted fees of payments of this day
--   due_count                 rows of the transaction for which a fee above the tolerance is due
--   has_rates                 the contract has rates at all
--   is_known_kind             a kind of fee that the contract names
--   is_computed               the contract gives an amount for it
--   is_rate_known             which rate applies is known, or the contract has none for it
--   has_currency_diff         currencies of both sides differ
--   has_amount_diff           amounts of both sides differ
--   is_in_excess              more was charged, or came back, than the contract gives; where it gives no amount: other
--                             than the smallest of the fee rows for each row of the transaction
--   rate_number               which rate of the contract applies
--   participant_agreement_id  the agreement under which Alipay+ pays
--   psp_id                    wallet of the payer; empty: none named
--   settlement_amount_minor   amount in the settlement currency, minor units
--   settlement_currency       currency in which Alipay+ pays
--   charged_currency          currency that was charged; a foreign one first
--   due_minor                 fee that the contract gives, with sign, minor units; null: not computed
--   charged_minor             sum of the fee rows in that currency, with sign, minor units
--   charged_ids               Alipay+ ids of the fee rows, joined by blanks
--   surplus_minor             charged beyond the number of transactions, minor units
--   first_day                 first clearing day of the transaction; null: none
--   transaction_at            when it happened, as the report says
--   newest_day                last clearing day with a row of it
--   lines                     places (file id and line) of all report rows behind it, oldest first, joined by blanks
WITH due AS (
  SELECT
    due_line.transaction_id, due_line.fee_kind, MIN(due_line.rate_number) AS rate_number,
    SUM(CASE WHEN due_line.copy_number = 1 THEN due_line.due_minor ELSE 0 END) AS due_minor,
    SUM(due_line.due_minor) AS delivered_minor,
    MIN(CASE WHEN due_line.is_exact THEN 1 ELSE 0 END) = 1 AS is_exact,
    COUNT(due_line.due_minor) = COUNT(*) AS is_rate_known,
    SUM(CASE WHEN due_line.copy_number = 1 AND ABS(due_line.least_minor) > contract.tolerance_minor THEN 1
      ELSE 0 END) AS due_count,
    SUM(CASE WHEN due_line.row_role = 'PAYMENT' AND due_line.clearing_day = day.as_of_day THEN 1
      ELSE 0 END) AS term_count
  FROM fee_due AS due_line
  CROSS JOIN fee_contract AS contract
  CROSS JOIN parameters AS day
  GROUP BY due_line.transaction_id, due_line.fee_kind
),
keys AS (
  SELECT due.transaction_id, due.fee_kind FROM due
  UNION
  SELECT charged.transaction_id, charged.fee_kind FROM fee_charged AS charged
  UNION
  SELECT opening.transaction_id, opening.fee_kind FROM opening_fees AS opening
),
known_kinds AS (
  SELECT rate.fee_kind FROM fee_rates AS rate GROUP BY rate.fee_kind
)
SELECT
  key.transaction_id, key.fee_kind,
  COALESCE(moved.request_id, charged.request_id) AS request_id,
  COALESCE(moved.row_role, '') = 'REFUND' AS is_refund,
  moved.transaction_id IS NOT NULL AS has_transaction,
  COALESCE(moved.transaction_count, 0) AS transaction_count,
  COALESCE(charged.fee_count, 0) AS fee_count,
  COALESCE(charged.is_elsewhere, FALSE) AS is_elsewhere,
  COALESCE(charged.day_count, 0) AS day_count,
  COALESCE(due.term_count, 0) AS term_count,
  COALESCE(due.due_count, 0) AS due_count,
  contract.has_rates, known_kind.fee_kind IS NOT NULL AS is_known_kind,
  contract.has_rates AND COALESCE(due.is_exact, moved.is_base_known, FALSE) AS is_computed,
  COALESCE(due.is_rate_known, TRUE) AS is_rate_known,
  COALESCE(charged.first_currency <> COALESCE(moved.settlement_currency, charged.settlement_currency)
    OR charged.last_currency <> COALESCE(moved.settlement_currency, charged.settlement_currency),
    FALSE) AS has_currency_diff,
  ABS(COALESCE(charged.charged_minor, 0) - COALESCE(due.due_minor, 0)) > contract.tolerance_minor
    AND ABS(COALESCE(charged.charged_minor, 0) - COALESCE(due.delivered_minor,
      0)) > contract.tolerance_minor AS has_amount_diff,
  CASE WHEN NOT (contract.has_rates AND COALESCE(due.is_exact, moved.is_base_known, FALSE))
      THEN COALESCE(charged.charged_minor <> COALESCE(moved.transaction_count, 0) * charged.least_minor, FALSE)
    WHEN COALESCE(due.due_minor, 0) = 0 THEN COALESCE(charged.charged_minor, 0) <> 0
    WHEN due.due_minor > 0 THEN COALESCE(charged.charged_minor, 0) > due.due_minor
    ELSE COALESCE(charged.charged_minor, 0) < due.due_minor END AS is_in_excess,
  due.rate_number, moved.participant_agreement_id, moved.psp_id, moved.settlement_amount_minor,
  COALESCE(moved.settlement_currency, charged.settlement_currency) AS settlement_currency,
  CASE WHEN charged.last_currency <> COALESCE(moved.settlement_currency,
    charged.settlement_currency) THEN charged.last_currency
    ELSE charged.first_currency END AS charged_currency,
  CASE WHEN contract.has_rates AND COALESCE(due.is_exact, moved.is_base_known) THEN COALESCE(due.due_minor, 0)
    WHEN due.due_count > 0 THEN due.due_minor END
    AS due_minor,
  charged.charged_minor, charged.charged_ids,
  charged.charged_minor - COALESCE(moved.transaction_count, 0) * charged.least_minor AS surplus_minor,
  moved.first_day, moved.transaction_at,
  CASE WHEN charged.newest_day > moved.first_day OR moved.first_day IS NULL THEN charged.newest_day
    ELSE moved.first_day END AS newest_day,
  CASE WHEN charged.lines IS NULL THEN moved.lines WHEN moved.lines IS NULL THEN charged.lines
    ELSE moved.lines || ' ' || charged.lines END AS lines
FROM keys AS key
CROSS JOIN fee_contract AS contract
LEFT JOIN fee_moved AS moved ON moved.transaction_id = key.transaction_id
LEFT JOIN due ON due.transaction_id = key.transaction_id AND due.fee_kind = key.fee_kind
LEFT JOIN fee_charged AS charged ON charged.transaction_id = key.transaction_id AND charged.fee_kind = key.fee_kind
LEFT JOIN known_kinds AS known_kind ON known_kind.fee_kind = key.fee_kind
