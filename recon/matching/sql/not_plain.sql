-- The first pass over the day: every payment that is not plainly in order on both sides, by its ids.
-- A pair is plain if no rule and no flag could speak of it; the decision tables see all the others. That skipping the
-- plain pairs changes no outcome is proved by a test that runs the day without this pass.
SELECT
  o.payment_request_id,
  r.request_id,
  r.provider_transaction_id
FROM (
  SELECT
    f.payment_request_id, f.merchant_id, f.psp_id, f.amount_minor, f.currency, f.provider_payment_id,
    f.settlement_amount_minor, f.settlement_currency,
    f.pay_state = 'SUCCESS'
      AND f.confirm_state = 'CONFIRMED'
      AND f.cancel_state = 'NONE'
      AND f.is_test <> day.is_production
      AND f.paid_at IS NOT NULL AS is_sold
  FROM frozen_orders AS f
  CROSS JOIN parameters AS day
  WHERE COALESCE(f.paid_at, f.created_at) >= day.day_start_at AND COALESCE(f.paid_at, f.created_at) < day.day_end_at
) AS o
FULL OUTER JOIN (SELECT d.* FROM rows_of_day AS d WHERE d.row_role = 'PAYMENT') AS r
  ON r.request_id = o.payment_request_id
LEFT JOIN expected_agreements AS e
  ON e.merchant_id = o.merchant_id AND e.psp_id = o.psp_id AND e.settlement_currency = r.settlement_currency
WHERE NOT COALESCE(
  o.is_sold
  AND r.amount_minor = o.amount_minor
  AND r.currency = o.currency
  AND r.provider_transaction_id = COALESCE(o.provider_payment_id, r.provider_transaction_id)
  AND r.settlement_amount_minor = COALESCE(o.settlement_amount_minor, r.settlement_amount_minor)
  AND r.settlement_currency = COALESCE(o.settlement_currency, r.settlement_currency)
  AND r.participant_agreement_id = COALESCE(e.participant_agreement_id, r.participant_agreement_id),
  FALSE)
