-- One row per row of such a transaction.
-- The transactions whose fees the decision table looks at, of this day and of earlier ones.
-- Only where an id is on several rows do they have to be numbered.
-- Reads: fee_wanted, fee_wanted_requests, other_rows, rows_before, selected_rows
-- Columns:
--   transaction_id                    the paymentId or refundId that the fee belongs to
--   file_id                           file name and version that the row was read from
--   line_number                       line of that file, from 1
--   clearing_day                      clearing day (UTC+8) of the report
--   participant_agreement_id          the agreement under which Alipay+ pays
--   settlement_currency               currency in which Alipay+ pays
--   row_role                          how the type is understood: PAYMENT, REFUND, OTHER
--   request_id                        the paymentRequestId or refundRequestId of the row
--   provider_transaction_id           the paymentId or refundId of Alipay+
--   original_request_id               of a refund: the paymentRequestId of its payment
--   original_provider_transaction_id  of a refund: the paymentId of its payment
--   transaction_at                    when it happened, as the report says
--   amount_minor                      amount, minor units
--   currency                          currency of the amount
--   settlement_amount_minor           amount in the settlement currency, minor units
--   psp_id                            wallet of the payer; empty: none named
--   merchant_id                       the merchant
--   copy_number                       1 for the first of exact repeats, 2 for the next
WITH rows_named AS (
  SELECT report_row.* FROM selected_rows AS report_row
  UNION ALL
  SELECT report_row.* FROM other_rows AS report_row
),
named AS (
  SELECT report_row.*
  FROM rows_named AS report_row
  WHERE report_row.provider_transaction_id IN (SELECT wanted.id FROM fee_wanted AS wanted)
    OR report_row.request_id IN (SELECT wanted_request.id FROM fee_wanted_requests AS wanted_request
      WHERE wanted_request.id IS NOT NULL)
  UNION ALL
  SELECT report_row.*
  FROM rows_before AS report_row
  WHERE report_row.provider_transaction_id IN (SELECT wanted.id FROM fee_wanted AS wanted WHERE wanted.is_before = 1)
    OR report_row.request_id IN (SELECT wanted_request.id FROM fee_wanted_requests AS wanted_request
      WHERE wanted_request.id IS NOT NULL)
),
several AS (
  SELECT COALESCE(named.provider_transaction_id, named.request_id) AS id
  FROM named
  GROUP BY COALESCE(named.provider_transaction_id, named.request_id)
  HAVING COUNT(*) > 1
),
copies AS (
  SELECT named.file_id, named.line_number,
    ROW_NUMBER() OVER (
      PARTITION BY named.row_role, named.transaction_type, named.batch_id, named.participant_agreement_id,
        named.settlement_currency,
        named.request_id, named.provider_transaction_id, named.transaction_at, named.amount_minor, named.currency,
        named.settlement_amount_minor, named.sign
      ORDER BY named.clearing_day, named.file_id, named.line_number
    ) AS copy_number
  FROM named
  JOIN several ON several.id = COALESCE(named.provider_transaction_id, named.request_id)
)
SELECT
  COALESCE(named.provider_transaction_id, named.request_id) AS transaction_id,
  named.file_id, named.line_number, named.clearing_day, named.participant_agreement_id, named.settlement_currency,
  named.row_role,
  named.request_id, named.provider_transaction_id, named.original_request_id, named.original_provider_transaction_id,
  named.transaction_at, named.amount_minor, named.currency, named.settlement_amount_minor, named.psp_id,
  named.merchant_id,
  COALESCE(copy.copy_number, 1) AS copy_number
FROM named
LEFT JOIN copies AS copy ON copy.file_id = named.file_id AND copy.line_number = named.line_number
