-- One row per transaction currency and settlement currency of the payments of a day: both sums. A refund may be settled
-- at the rate of its payment.
SELECT report_row.currency, report_row.settlement_currency,
  CAST(SUM(report_row.amount_minor) AS BIGINT) AS amount_minor,
  CAST(SUM(report_row.settlement_amount_minor) AS BIGINT) AS settlement_amount_minor
FROM {report_rows} AS report_row
WHERE report_row.row_role = 'PAYMENT' AND report_row.amount_minor > 0 AND report_row.settlement_amount_minor > 0
  AND report_row.currency <> report_row.settlement_currency
GROUP BY report_row.currency, report_row.settlement_currency
