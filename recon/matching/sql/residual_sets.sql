-- One row per kind of row and set of reports that a control total was made of which does not tie out.
-- Reads: residual_totals
-- Columns:
--   kind                      of the report, or batch, bank, standing
--   participant_agreement_id  agreement
--   settlement_currency       settlement currency
--   batch_id                  clearing or settlement batch
SELECT total.kind, total.participant_agreement_id, total.settlement_currency, total.batch_id
FROM residual_totals AS total
GROUP BY total.kind, total.participant_agreement_id, total.settlement_currency, total.batch_id
