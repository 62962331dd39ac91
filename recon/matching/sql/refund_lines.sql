-- One row per report row.
-- Every report row that is not a payment, with the refund and the order of ours that it belongs to.
-- Ladder: refundRequestId, then Alipay+'s refundId; for the order: our refund's, then the original ids on the row.
-- A row of an earlier day that belonged to a refund of ours is settled there, although this day does not look at that
-- refund: one that agreed in the first pass of its day had no outcome of its own.
-- Reads: original_orders, parameters, refund_rows, refund_rows_judged_earlier, scope_refunds
-- Columns:
--   file_id                   file name and version that the row was read from
--   line_number               line of that file, from 1
--   clearing_day              clearing day (UTC+8) of the report
--   row_role                  how the type is understood: PAYMENT, REFUND, OTHER
--   transaction_type          PAYMENT, REFUND and others, as delivered
--   request_id                the paymentRequestId or refundRequestId of the row
--   provider_transaction_id   the paymentId or refundId of Alipay+
--   original_request_id       of a refund: the paymentRequestId of its payment
--   transaction_at            when it happened, as the report says
--   amount_minor              amount, minor units
--   currency                  currency of the amount
--   settlement_amount_minor   amount in the settlement currency, minor units
--   settlement_currency       currency in which Alipay+ pays
--   sign                      +1: towards us. -1: away from us. Of a fee: +1 is paid, -1 is returned
--   refund_source_id          source of our refund
--   refund_key                Ogloba's reference number of the void
--   order_source_id           source of the order
--   order_key                 Ogloba's reference number of the order
--   group_id                  key of the refund: of ours, or of the row that only the report knows
--   is_paired_by_provider_id  paired by the id of Alipay+, not by the request id
--   is_settled_earlier        it belonged to a refund of ours that this day does not look at
WITH by_request AS (
  SELECT report_row.file_id, report_row.line_number, own_refund.source_id, own_refund.refund_key, own_refund.order_key
  FROM refund_rows AS report_row
  JOIN scope_refunds AS own_refund ON own_refund.refund_request_id = report_row.request_id
  WHERE report_row.row_role = 'REFUND'
),
by_provider AS (
  SELECT report_row.file_id, report_row.line_number, MIN(own_refund.source_id) AS source_id,
    MIN(own_refund.refund_key) AS refund_key,
    MIN(own_refund.order_key) AS order_key
  FROM refund_rows AS report_row
  JOIN scope_refunds AS own_refund ON own_refund.provider_refund_id = report_row.provider_transaction_id
  WHERE report_row.row_role = 'REFUND'
    AND NOT EXISTS (SELECT 1 FROM by_request WHERE by_request.file_id = report_row.file_id
      AND by_request.line_number = report_row.line_number)
    AND NOT EXISTS (SELECT 1 FROM by_request WHERE by_request.source_id = own_refund.source_id
      AND by_request.refund_key = own_refund.refund_key)
  GROUP BY report_row.file_id, report_row.line_number
  HAVING COUNT(*) = 1
),
settled AS (
  SELECT report_row.file_id, report_row.line_number
  FROM refund_rows AS report_row
  CROSS JOIN parameters AS day
  WHERE report_row.clearing_day < day.as_of_day
    AND (
      {place(report_row)} NOT IN (SELECT judged.place FROM refund_rows_judged_earlier AS judged)
      OR {place(report_row)} IN (
        SELECT judged.place
        FROM refund_rows_judged_earlier AS judged
        LEFT JOIN scope_refunds AS own_refund ON own_refund.source_id = judged.source_id
          AND own_refund.refund_key = judged.refund_key
        WHERE judged.refund_key IS NOT NULL AND own_refund.refund_key IS NULL
      )
    )
)
SELECT
  report_row.file_id, report_row.line_number, report_row.clearing_day, report_row.row_role,
  report_row.transaction_type, report_row.request_id, report_row.provider_transaction_id,
  report_row.original_request_id, report_row.transaction_at, report_row.amount_minor, report_row.currency,
  report_row.settlement_amount_minor,
  report_row.settlement_currency, report_row.sign,
  COALESCE(by_request.source_id, by_provider.source_id) AS refund_source_id,
  COALESCE(by_request.refund_key, by_provider.refund_key) AS refund_key,
  COALESCE(by_request.source_id, by_provider.source_id, original.source_id) AS order_source_id,
  COALESCE(by_request.order_key, by_provider.order_key, original.order_key) AS order_key,
  COALESCE(COALESCE(by_request.source_id, by_provider.source_id) || '/' || COALESCE(by_request.refund_key,
    by_provider.refund_key),
    '/' || report_row.row_role || '/' || COALESCE(report_row.request_id, report_row.provider_transaction_id,
      {place(report_row)}))
    AS group_id,
  by_request.refund_key IS NULL AND by_provider.refund_key IS NOT NULL AS is_paired_by_provider_id,
  by_request.refund_key IS NULL AND by_provider.refund_key IS NULL AND settled.file_id IS NOT NULL AS is_settled_earlier
FROM refund_rows AS report_row
LEFT JOIN by_request ON by_request.file_id = report_row.file_id AND by_request.line_number = report_row.line_number
LEFT JOIN by_provider ON by_provider.file_id = report_row.file_id AND by_provider.line_number = report_row.line_number
LEFT JOIN original_orders AS original ON original.file_id = report_row.file_id
  AND original.line_number = report_row.line_number
LEFT JOIN settled ON settled.file_id = report_row.file_id AND settled.line_number = report_row.line_number
