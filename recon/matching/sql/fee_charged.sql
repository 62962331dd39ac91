-- One row per transaction and kind of fee that was charged.
-- What was charged for each of these transactions and kinds of fee: count, sum, currencies, and the lines that say so.
-- A row that another one takes back, with the same amount in the same set, counts no more, and neither does that one.
-- Fees in a foreign currency are summed alone: amounts of different currencies are not added.
-- Lists are only put in order where there is more than one line: that is slow, and rare.
-- Reads: fee_pairs, parameters
-- Columns:
--   transaction_id       the paymentId or refundId that the fee belongs to
--   fee_kind             kind of fee in the words of the contract, else as delivered
--   fee_count            fee rows that stand; rows of nothing count beside no other, and once
--   day_count            rows of this clearing day
--   charged_minor        sum of the fee rows in that currency, with sign, minor units
--   least_minor          smallest of these rows in that currency, minor units
--   first_currency       first currency of these rows by name; null: none stands
--   last_currency        last currency of these rows by name; null: none stands
--   is_elsewhere         one of these rows is in a set that has no row of the transaction
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
same_amounts AS (
  SELECT
    fee_pair.transaction_id, fee_pair.fee_kind, fee_pair.fee_currency, fee_pair.fee_amount_minor,
    MAX(CASE WHEN fee_pair.is_elsewhere THEN 1 ELSE 0 END) AS is_elsewhere,
    SUM(fee_pair.sign) AS standing_count,
    SUM(CASE WHEN fee_pair.clearing_day = day.as_of_day THEN 1 ELSE 0 END) AS day_count,
    MIN(fee_pair.request_id) AS request_id, MIN(fee_pair.settlement_currency) AS settlement_currency,
    MAX(fee_pair.clearing_day) AS newest_day,
    MIN(fee_pair.provider_transaction_id) AS charged_id,
    MIN({place(fee_pair)}) AS line
  FROM fee_pairs AS fee_pair
  CROSS JOIN parameters AS day
  GROUP BY fee_pair.transaction_id, fee_pair.fee_kind, fee_pair.participant_agreement_id,
    fee_pair.settlement_currency, fee_pair.fee_currency, fee_pair.fee_amount_minor
),
standing AS (
  SELECT same_amount.transaction_id, same_amount.fee_kind, same_amount.fee_currency, same_amount.is_elsewhere,
    ABS(same_amount.standing_count) AS row_count, same_amount.fee_amount_minor = 0 AS is_nothing,
    same_amount.standing_count * same_amount.fee_amount_minor AS signed_minor,
    CASE WHEN same_amount.standing_count > 0 THEN 1 ELSE -1 END * same_amount.fee_amount_minor AS row_minor,
    same_amount.settlement_currency
  FROM same_amounts AS same_amount
  WHERE same_amount.standing_count <> 0
),
chosen AS (
  SELECT
    standing.transaction_id, standing.fee_kind,
    CASE WHEN MAX(standing.fee_currency) <> MIN(standing.settlement_currency) THEN MAX(standing.fee_currency)
      ELSE MIN(standing.fee_currency) END
      AS currency
  FROM standing
  GROUP BY standing.transaction_id, standing.fee_kind
),
charged AS (
  SELECT
    standing.transaction_id, standing.fee_kind,
    CAST(CASE WHEN MIN(CASE WHEN standing.is_nothing THEN 1 ELSE 0 END) = 1 THEN 1
      ELSE SUM(CASE WHEN standing.is_nothing THEN 0 ELSE standing.row_count END) END AS BIGINT) AS fee_count,
    SUM(CASE WHEN standing.fee_currency = chosen.currency THEN standing.signed_minor END) AS charged_minor,
    MIN(CASE WHEN standing.fee_currency = chosen.currency THEN standing.row_minor END) AS least_minor,
    MIN(standing.fee_currency) AS first_currency, MAX(standing.fee_currency) AS last_currency,
    MAX(standing.is_elsewhere) = 1 AS is_elsewhere
  FROM standing
  JOIN chosen ON chosen.transaction_id = standing.transaction_id AND chosen.fee_kind = standing.fee_kind
  GROUP BY standing.transaction_id, standing.fee_kind
),
counted AS (
  SELECT
    same_amount.transaction_id, same_amount.fee_kind, SUM(same_amount.day_count) AS day_count,
    MIN(same_amount.request_id) AS request_id, MIN(same_amount.settlement_currency) AS settlement_currency,
    MAX(same_amount.newest_day) AS newest_day, MIN(same_amount.charged_id) AS charged_id,
    MIN(same_amount.line) AS line
  FROM same_amounts AS same_amount
  GROUP BY same_amount.transaction_id, same_amount.fee_kind
)
SELECT
  counted.transaction_id, counted.fee_kind, COALESCE(charged.fee_count, 0) AS fee_count, counted.day_count,
  charged.charged_minor, charged.least_minor, charged.first_currency, charged.last_currency,
  COALESCE(charged.is_elsewhere, FALSE) AS is_elsewhere,
  counted.request_id, counted.settlement_currency, counted.newest_day, counted.charged_id, counted.line,
  COALESCE(listed.charged_ids, counted.charged_id) AS charged_ids,
  COALESCE(listed.lines, counted.line) AS lines
FROM counted
LEFT JOIN charged ON charged.transaction_id = counted.transaction_id AND charged.fee_kind = counted.fee_kind
LEFT JOIN listed ON listed.transaction_id = counted.transaction_id AND listed.fee_kind = counted.fee_kind
