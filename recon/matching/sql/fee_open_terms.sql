-- One row per party of the payments of the day and kind of fee.
-- What the first pass holds against the fee rows of the day: the contracted lines, or without a contract every kind
-- that the fee reports name, with nothing to compute.
-- Reads: fee_contract, fee_day_terms, fee_lines, rows_of_day
-- Columns:
--   fee_day_terms.*  its columns, unchanged
SELECT term.*
FROM fee_day_terms AS term
UNION ALL
SELECT
  party.clearing_day, party.participant_agreement_id, party.settlement_currency, party.psp_id, party.merchant_id,
  kind.fee_kind,
  CAST(NULL AS INTEGER), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT),
  CAST(NULL AS VARCHAR), CAST(NULL AS BIGINT), CAST(NULL AS VARCHAR)
FROM (
  SELECT
    report_row.clearing_day, report_row.participant_agreement_id, report_row.settlement_currency,
    COALESCE(report_row.psp_id, '') AS psp_id, COALESCE(report_row.merchant_id, '') AS merchant_id
  FROM rows_of_day AS report_row
  WHERE report_row.row_role = 'PAYMENT'
  GROUP BY report_row.clearing_day, report_row.participant_agreement_id, report_row.settlement_currency,
    report_row.psp_id, report_row.merchant_id
) AS party
CROSS JOIN (SELECT fee_line.fee_kind FROM fee_lines AS fee_line GROUP BY fee_line.fee_kind) AS kind
CROSS JOIN fee_contract AS contract
WHERE NOT contract.has_rates
