-- One row per transaction and kind of fee that was charged.
-- What was charged for each of these transactions and kinds of fee: count, sum, currencies, and the lines that say so.
-- Fees in a foreign currency are summed alone: amounts of different currencies are not added.
-- Lists are only put in order where there is more than one line: that is slow, and rare.
-- Reads: fee_pairs, parameters
-- Columns:
--   transaction_id       the paymentId or refundId that the fee belongs to
--   fee_kind             kind of fee in the words of the contract, else as delivered
--   fee_count            number of fee rows
--   day_count            rows of this clearing day
--   charged_minor        sum of the fee rows in that currency, with sign, minor units
--   least_minor          smallest fee row in that currency, minor units
--   first_currency       first currency of the fee rows by name
--   last_currency        last currency of the fee rows by name
--   is_elsewhere         a fee row is in a set that has no row of the transaction
--   request_id           the paymentRequestId or refundRequestId of the row
--   settlement_currency  currency in which Alipay+ pays
--   newest_day           last clearing day with a row of it
--   charged_id           first Alipay+ id of the fee rows
--   line                 place of the first fee row
--   charged_ids          Alipay+ ids of the fee rows, joined by blanks
--   lines                places (file id and line) of all report rows behind it, oldest first, joined by blanks
WITH several AS (
  SELECT fee_pair.transaction_id, fee_pair.fee_kind
  FROM fee_pairs AS fee_pair
  GROUP BY fee_pair.transaction_id, fee_pair.fee_kind
  HAVING COUNT(*) > 1
),
listed AS (
  SELECT
    fee_pair.transaction_id, fee_pair.fee_kind,
    STRING_AGG(DISTINCT fee_pair.provider_transaction_id, ' ' ORDER BY fee_pair.provider_transaction_id) AS charged_ids,
    STRING_AGG({place(fee_pair)}, ' '
      ORDER BY fee_pair.clearing_day, fee_pair.file_id, fee_pair.line_number)
      AS lines
  FROM fee_pairs AS fee_pair
  JOIN several ON several.transaction_id = fee_pair.transaction_id AND several.fee_kind = fee_pair.fee_kind
  GROUP BY fee_pair.transaction_id, fee_pair.fee_kind
),
chosen AS (
  SELECT
    fee_pair.transaction_id, fee_pair.fee_kind,
    CASE WHEN MAX(fee_pair.fee_currency) <> MIN(fee_pair.settlement_currency) THEN MAX(fee_pair.fee_currency)
      ELSE MIN(fee_pair.fee_currency) END
      AS currency
  FROM fee_pairs AS fee_pair
  GROUP BY fee_pair.transaction_id, fee_pair.fee_kind
),
counted AS (
  SELECT
    fee_pair.transaction_id, fee_pair.fee_kind, COUNT(*) AS fee_count,
    SUM(CASE WHEN fee_pair.clearing_day = day.as_of_day THEN 1 ELSE 0 END) AS day_count,
    SUM(CASE WHEN fee_pair.fee_currency = chosen.currency THEN fee_pair.sign * fee_pair.fee_amount_minor END)
      AS charged_minor,
    MIN(CASE WHEN fee_pair.fee_currency = chosen.currency THEN fee_pair.sign * fee_pair.fee_amount_minor END)
      AS least_minor,
    MIN(fee_pair.fee_currency) AS first_currency, MAX(fee_pair.fee_currency) AS last_currency,
    MAX(CASE WHEN fee_pair.is_elsewhere THEN 1 ELSE 0 END) = 1 AS is_elsewhere,
    MIN(fee_pair.request_id) AS request_id, MIN(fee_pair.settlement_currency) AS settlement_currency,
    MAX(fee_pair.clearing_day) AS newest_day,
    MIN(fee_pair.provider_transaction_id) AS charged_id,
    MIN({place(fee_pair)}) AS line
  FROM fee_pairs AS fee_pair
  JOIN chosen ON chosen.transaction_id = fee_pair.transaction_id AND chosen.fee_kind = fee_pair.fee_kind
  CROSS JOIN parameters AS day
  GROUP BY fee_pair.transaction_id, fee_pair.fee_kind
)
SELECT counted.*, COALESCE(listed.charged_ids, counted.charged_id) AS charged_ids,
  COALESCE(listed.lines, counted.line) AS lines
FROM counted
LEFT JOIN listed ON listed.transaction_id = counted.transaction_id AND listed.fee_kind = counted.fee_kind
