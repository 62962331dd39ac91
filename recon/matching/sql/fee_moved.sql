-- One row per transaction looked at: how many rows it has, whose it is, and whether its payment is known.
-- Reads: fee_base_parties, fee_transactions
-- Columns:
--   transaction_id            the paymentId or refundId that the fee belongs to
--   transaction_count         rows of the transaction
--   row_role                  how the type is understood: PAYMENT, REFUND, OTHER
--   request_id                the paymentRequestId or refundRequestId of the row
--   participant_agreement_id  the agreement under which Alipay+ pays
--   psp_id                    wallet of the payer; empty: none named
--   settlement_currency       currency in which Alipay+ pays
--   settlement_amount_minor   amount in the settlement currency, minor units
--   first_day                 first clearing day with a row of the transaction
--   transaction_at            when it happened, as the report says
--   is_base_known             the payment whose fee it is has been found
--   line                      place of the first row
--   lines                     places (file id and line) of all report rows behind it, oldest first, joined by blanks
WITH several AS (
  SELECT fee_transaction.transaction_id FROM fee_transactions AS fee_transaction
    GROUP BY fee_transaction.transaction_id HAVING COUNT(*) > 1
),
listed AS (
  SELECT
    fee_transaction.transaction_id,
    STRING_AGG({place(fee_transaction)}, ' '
      ORDER BY fee_transaction.clearing_day, fee_transaction.file_id, fee_transaction.line_number)
      AS lines
  FROM fee_transactions AS fee_transaction
  JOIN several ON several.transaction_id = fee_transaction.transaction_id
  GROUP BY fee_transaction.transaction_id
),
counted AS (
  SELECT
    fee_transaction.transaction_id, COUNT(*) AS transaction_count, MIN(fee_transaction.row_role) AS row_role,
    MIN(fee_transaction.request_id) AS request_id,
    MIN(fee_transaction.participant_agreement_id) AS participant_agreement_id,
    COALESCE(MIN(fee_transaction.psp_id), NULLIF(MIN(base.psp_id), '')) AS psp_id,
    MIN(fee_transaction.settlement_currency) AS settlement_currency,
    MIN(fee_transaction.settlement_amount_minor) AS settlement_amount_minor,
    MIN(fee_transaction.clearing_day) AS first_day, MIN(fee_transaction.transaction_at) AS transaction_at,
    COUNT(base.file_id) = COUNT(*) AND MIN(CASE WHEN base.is_base_known THEN 1 ELSE 0 END) = 1 AS is_base_known,
    MIN({place(fee_transaction)}) AS line
  FROM fee_transactions AS fee_transaction
  LEFT JOIN fee_base_parties AS base ON base.file_id = fee_transaction.file_id
    AND base.line_number = fee_transaction.line_number
  GROUP BY fee_transaction.transaction_id
)
SELECT counted.*, COALESCE(listed.lines, counted.line) AS lines
FROM counted
LEFT JOIN listed ON listed.transaction_id = counted.transaction_id
