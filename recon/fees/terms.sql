-- From `parties` (a clearing day, agreement, settlement currency, wallet and merchant) to one line for each kind of fee
-- that the contract knows for them: the line with the largest weight, the first among equals. The end of a statement.
fitting AS (
  SELECT
    party.clearing_day, party.participant_agreement_id, party.settlement_currency, party.psp_id, party.merchant_id,
    rate.fee_kind, rate.millionths, rate.fixed_minor, rate.minimum_minor, rate.cap_minor, rate.rounding, rate.step_minor,
    rate.returned, rate.weight, rate.rate_number
  FROM parties AS party
  JOIN fee_rates AS rate ON rate.merchant_id = party.merchant_id
    AND rate.participant_agreement_id IN ('*', party.participant_agreement_id)
    AND rate.settlement_currency IN ('*', party.settlement_currency)
    AND rate.psp_id IN ('*', party.psp_id)
    AND party.clearing_day >= rate.first_day AND party.clearing_day <= rate.last_day
  UNION ALL
  SELECT
    party.clearing_day, party.participant_agreement_id, party.settlement_currency, party.psp_id, party.merchant_id,
    rate.fee_kind, rate.millionths, rate.fixed_minor, rate.minimum_minor, rate.cap_minor, rate.rounding, rate.step_minor,
    rate.returned, rate.weight, rate.rate_number
  FROM parties AS party
  JOIN fee_rates AS rate ON rate.merchant_id = '*'
    AND rate.participant_agreement_id IN ('*', party.participant_agreement_id)
    AND rate.settlement_currency IN ('*', party.settlement_currency)
    AND rate.psp_id IN ('*', party.psp_id)
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
)
SELECT
  ranked.clearing_day, ranked.participant_agreement_id, ranked.settlement_currency, ranked.psp_id, ranked.merchant_id,
  ranked.fee_kind, ranked.rate_number, ranked.millionths, ranked.fixed_minor, ranked.minimum_minor, ranked.cap_minor,
  ranked.rounding, ranked.step_minor, ranked.returned
FROM ranked
WHERE ranked.position = 1
