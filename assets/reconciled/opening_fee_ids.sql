-- One row per Alipay+ id that the fee rows of those breaks name: it may be another id than that of the transaction.
-- Bound: day
SELECT UNNEST(STRING_SPLIT(fee.charged_ids, ' ')) AS id
FROM reconciled.fees AS fee
JOIN breaks.items AS item
  ON item.as_of_day = fee.as_of_day AND item.family = 'C' AND item.provider_transaction_id = fee.transaction_id
  AND item.partner_key = fee.fee_kind
WHERE fee.as_of_day = $day - INTERVAL '1' DAY AND fee.charged_ids IS NOT NULL
