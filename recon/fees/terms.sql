-- From `parties` (a clearing day, agreement, settlement currency, wallet and merchant) to one line for each kind of fee
-- that the contract knows for them: the line with the largest weight, the first among equals. Of a party whose wallet or
-- merchant is not known several lines may apply: where one of them comes before those that apply to any, the rate is not
-- known (is_rate_known is false), and the figures are the least of each. The end of a statement.
fitting AS (
  SELECT
    party.clearing_day, party.participant_agreement_id, party.settlement_currency, party.psp_id, party.merchant_id,
    rate.fee_kind, rate.millionths, rate.fixed_minor, rate.minimum_minor, rate.cap_minor, rate.rounding, rate.step_minor,
    rate.returned, rate.weight, rate.rate_number, rate.psp_id = '*' OR party.psp_id <> '' AS is_sure
  FROM parties AS party
  JOIN fee_rates AS rate ON rate.merchant_id = party.merchant_id
    AND rate.participant_agreement_id IN ('*', party.participant_agreement_id)
    AND rate.settlement_currency IN ('*', party.settlement_currency)
    AND (rate.psp_id IN ('*', party.psp_id) OR party.psp_id = '')
    AND party.clearing_day >= rate.first_day AND party.clearing_day <= rate.last_day
  UNION ALL
  SELECT
    party.clearing_day, party.participant_agreement_id, party.settlement_currency, party.psp_id, party.merchant_id,
    rate.fee_kind, rate.millionths, rate.fixed_minor, rate.minimum_minor, rate.cap_minor, rate.rounding, rate.step_minor,
    rate.returned, rate.weight, rate.rate_number,
    rate.merchant_id = '*' AND (rate.psp_id = '*' OR party.psp_id <> '') AS is_sure
  FROM parties AS party
  JOIN fee_rates AS rate ON (rate.merchant_id = '*' OR party.merchant_id = '')
    AND rate.participant_agreement_id IN ('*', party.participant_agreement_id)
    AND rate.settlement_currency IN ('*', party.settlement_currency)
    AND (rate.psp_id IN ('*', party.psp_id) OR party.psp_id = '')
    AND party.clearing_day >= rate.first_day AND party.clearing_day <= rate.last_day
),
ranked AS (
  SELECT
    fitting.*,
    ROW_NUMBER() OVER (
      PARTITION BY fitting.clearing_day, fitting.participant_agreement_id, fitting.settlement_currency, fitting.psp_id,
        fitting.merchant_id, fitting.fee_kind
      ORDER BY fitting.weight DESC, fitting.rate_number
    ) AS position
  FROM fitting
),
bounded AS (
  SELECT
    ranked.*,
    COALESCE(MIN(CASE WHEN ranked.is_sure THEN ranked.position END) OVER (
      PARTITION BY ranked.clearing_day, ranked.participant_agreement_id, ranked.settlement_currency, ranked.psp_id,
        ranked.merchant_id, ranked.fee_kind
    ), 0) AS sure_position
  FROM ranked
)
SELECT
  bounded.clearing_day, bounded.participant_agreement_id, bounded.settlement_currency, bounded.psp_id,
  bounded.merchant_id, bounded.fee_kind, MIN(bounded.rate_number) AS rate_number,
  CASE WHEN MIN(bounded.sure_position) = 0 THEN 0 ELSE MIN(bounded.millionths) END AS millionths,
  CASE WHEN MIN(bounded.sure_position) = 0 THEN 0 ELSE MIN(bounded.fixed_minor) END AS fixed_minor,
  CASE WHEN MIN(bounded.sure_position) = 0 THEN 0 ELSE MIN(bounded.minimum_minor) END AS minimum_minor,
  MIN(bounded.cap_minor) AS cap_minor, MIN(bounded.rounding) AS rounding, MIN(bounded.step_minor) AS step_minor,
  MIN(bounded.returned) AS returned, MIN(bounded.sure_position) = 1 AS is_rate_known
FROM bounded
WHERE bounded.sure_position = 0 OR bounded.position <= bounded.sure_position
GROUP BY bounded.clearing_day, bounded.participant_agreement_id, bounded.settlement_currency, bounded.psp_id,
  bounded.merchant_id, bounded.fee_kind
