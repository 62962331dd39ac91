-- One row per transaction row that is a payment or a refund.
-- The payment whose fee each transaction carries: itself, or for a refund the one that it returns. A refund whose
-- payment is in no report is its own base (is_base_known is false). Rows of other types have none.
-- Reads: fee_transactions, parameters, rows_before, rows_of_day, selected_rows
-- Columns:
--   transaction_id            the paymentId or refundId that the fee belongs to
--   file_id                   file of the row that is charged
--   line_number               line of the row that is charged
--   clearing_day              clearing day of the payment
--   participant_agreement_id  the agreement under which Alipay+ pays
--   settlement_currency       currency in which Alipay+ pays
--   psp_id                    wallet of the payer, as its row names it; empty: none named
--   merchant_id               the merchant, as its row names it; empty: none named
--   paid_file_id              file of the row of the payment; its own, if that is in no report
--   paid_line_number          line of that file
--   paid_request_id           paymentRequestId
--   paid_transaction_id       paymentId of Alipay+
--   is_of_day                 that row is a payment of the day
--   paid_minor                settlement amount of that payment, minor units
--   is_whole                  the whole payment is returned
--   is_base_known             the payment whose fee it is has been found
WITH refunds AS (
  SELECT fee_transaction.original_provider_transaction_id, fee_transaction.original_request_id,
    fee_transaction.clearing_day < day.as_of_day AS is_before
  FROM fee_transactions AS fee_transaction
  CROSS JOIN parameters AS day
  WHERE fee_transaction.row_role = 'REFUND'
),
payments_before AS (
  SELECT report_row.*
  FROM rows_before AS report_row
  WHERE report_row.row_role = 'PAYMENT'
    AND (report_row.provider_transaction_id IN (SELECT refund.original_provider_transaction_id FROM refunds AS refund)
      OR report_row.request_id IN (SELECT refund.original_request_id FROM refunds AS refund))
),
by_id AS (
  SELECT report_row.provider_transaction_id, report_row.file_id, report_row.line_number, report_row.clearing_day,
    report_row.participant_agreement_id,
    report_row.settlement_currency, report_row.psp_id, report_row.merchant_id, report_row.amount_minor,
    report_row.currency, report_row.settlement_amount_minor, report_row.request_id
  FROM selected_rows AS report_row
  WHERE report_row.provider_transaction_id IN (SELECT refund.original_provider_transaction_id FROM refunds AS refund)
  UNION ALL
  SELECT report_row.provider_transaction_id, report_row.file_id, report_row.line_number, report_row.clearing_day,
    report_row.participant_agreement_id,
    report_row.settlement_currency, report_row.psp_id, report_row.merchant_id, report_row.amount_minor,
    report_row.currency, report_row.settlement_amount_minor, report_row.request_id
  FROM payments_before AS report_row
  WHERE report_row.provider_transaction_id IN (SELECT refund.original_provider_transaction_id FROM refunds AS refund)
),
first_by_id AS (
  SELECT by_id.*,
    ROW_NUMBER() OVER (PARTITION BY by_id.provider_transaction_id
      ORDER BY by_id.clearing_day, by_id.file_id, by_id.line_number) AS place
  FROM by_id
),
unfound AS (
  SELECT refund.original_request_id, refund.is_before
  FROM refunds AS refund
  LEFT JOIN first_by_id ON first_by_id.provider_transaction_id = refund.original_provider_transaction_id
  WHERE first_by_id.provider_transaction_id IS NULL
),
by_request AS (
  SELECT report_row.request_id, report_row.file_id, report_row.line_number, report_row.clearing_day,
    report_row.participant_agreement_id,
    report_row.settlement_currency, report_row.psp_id, report_row.merchant_id, report_row.amount_minor,
    report_row.currency, report_row.settlement_amount_minor, report_row.provider_transaction_id
  FROM selected_rows AS report_row
  WHERE report_row.request_id IN (SELECT unfound.original_request_id FROM unfound)
  UNION ALL
  SELECT report_row.request_id, report_row.file_id, report_row.line_number, report_row.clearing_day,
    report_row.participant_agreement_id,
    report_row.settlement_currency, report_row.psp_id, report_row.merchant_id, report_row.amount_minor,
    report_row.currency, report_row.settlement_amount_minor, report_row.provider_transaction_id
  FROM rows_of_day AS report_row
  WHERE report_row.row_role = 'PAYMENT' AND report_row.request_id IN (SELECT unfound.original_request_id
    FROM unfound WHERE unfound.is_before)
  UNION ALL
  SELECT report_row.request_id, report_row.file_id, report_row.line_number, report_row.clearing_day,
    report_row.participant_agreement_id,
    report_row.settlement_currency, report_row.psp_id, report_row.merchant_id, report_row.amount_minor,
    report_row.currency, report_row.settlement_amount_minor, report_row.provider_transaction_id
  FROM payments_before AS report_row
  WHERE report_row.request_id IN (SELECT unfound.original_request_id FROM unfound)
),
first_by_request AS (
  SELECT by_request.*,
    ROW_NUMBER() OVER (PARTITION BY by_request.request_id ORDER BY by_request.clearing_day, by_request.file_id,
      by_request.line_number) AS place
  FROM by_request
)
SELECT
  fee_transaction.transaction_id, fee_transaction.file_id, fee_transaction.line_number,
  CASE WHEN first_by_id.file_id IS NOT NULL THEN first_by_id.clearing_day
    WHEN first_by_request.file_id IS NOT NULL THEN first_by_request.clearing_day
    ELSE fee_transaction.clearing_day END AS clearing_day,
  COALESCE(first_by_id.participant_agreement_id, first_by_request.participant_agreement_id,
    fee_transaction.participant_agreement_id)
    AS participant_agreement_id,
  COALESCE(first_by_id.settlement_currency, first_by_request.settlement_currency,
    fee_transaction.settlement_currency) AS settlement_currency,
  COALESCE(CASE WHEN first_by_id.file_id IS NOT NULL THEN first_by_id.psp_id
    WHEN first_by_request.file_id IS NOT NULL THEN first_by_request.psp_id
    ELSE fee_transaction.psp_id END, '') AS psp_id,
  COALESCE(CASE WHEN first_by_id.file_id IS NOT NULL THEN first_by_id.merchant_id
    WHEN first_by_request.file_id IS NOT NULL THEN first_by_request.merchant_id
    ELSE fee_transaction.merchant_id END, '') AS merchant_id,
  COALESCE(first_by_id.file_id, first_by_request.file_id, fee_transaction.file_id) AS paid_file_id,
  CASE WHEN first_by_id.file_id IS NOT NULL THEN first_by_id.line_number
    WHEN first_by_request.file_id IS NOT NULL THEN first_by_request.line_number
    ELSE fee_transaction.line_number END AS paid_line_number,
  CASE WHEN fee_transaction.row_role = 'PAYMENT' THEN fee_transaction.request_id
    ELSE COALESCE(first_by_id.request_id, fee_transaction.original_request_id) END AS paid_request_id,
  CASE WHEN fee_transaction.row_role = 'PAYMENT' THEN fee_transaction.provider_transaction_id
    ELSE COALESCE(fee_transaction.original_provider_transaction_id, first_by_request.provider_transaction_id) END
    AS paid_transaction_id,
  COALESCE(CASE WHEN fee_transaction.row_role = 'PAYMENT' THEN fee_transaction.clearing_day
    ELSE COALESCE(first_by_id.clearing_day, first_by_request.clearing_day) END = day.as_of_day, FALSE) AS is_of_day,
  COALESCE(first_by_id.settlement_amount_minor, first_by_request.settlement_amount_minor,
    fee_transaction.settlement_amount_minor) AS paid_minor,
  COALESCE(first_by_id.amount_minor = fee_transaction.amount_minor AND first_by_id.currency = fee_transaction.currency,
    first_by_request.amount_minor = fee_transaction.amount_minor
      AND first_by_request.currency = fee_transaction.currency,
    COALESCE(first_by_id.settlement_amount_minor, first_by_request.settlement_amount_minor)
      = fee_transaction.settlement_amount_minor, FALSE) AS is_whole,
  fee_transaction.row_role = 'PAYMENT'
    OR COALESCE(first_by_id.settlement_currency = fee_transaction.settlement_currency,
      first_by_request.settlement_currency = fee_transaction.settlement_currency, FALSE)
    AS is_base_known
FROM fee_transactions AS fee_transaction
CROSS JOIN parameters AS day
LEFT JOIN first_by_id
  ON first_by_id.provider_transaction_id = CASE WHEN fee_transaction.row_role = 'REFUND'
    THEN fee_transaction.original_provider_transaction_id END
  AND first_by_id.place = 1
LEFT JOIN first_by_request
  ON first_by_request.request_id = CASE WHEN fee_transaction.row_role = 'REFUND'
    THEN fee_transaction.original_request_id END AND first_by_request.place = 1
WHERE fee_transaction.row_role IN ('PAYMENT', 'REFUND')
