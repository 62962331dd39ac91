-- One row per transaction and kind of fee that was charged.
-- What was charged for each of these transactions and kinds of fee: count, sum, currencies, and the lines that say so.
-- A row that another one takes back, with the same amount in the same set, counts no more, and neither does that one.
-- Fees in a foreign currency are summed alone: amounts of different currencies are not added.
-- Rows are only held against each other, and lists put in order, where there is more than one: that is slow, and rare.
-- Reads: fee_pairs, parameters
-- Columns:
--   transaction_id       the paymentId or refundId that the fee belongs to
--   fee_kind             kind of fee in the words of the contract, else as delivered
--   fee_count            fee rows that are not taken back; rows of zero count as one, and only if there are no others
--   day_count            rows of this clearing day
--   charged_minor        sum of the fee rows in that currency, with sign, minor units
--   least_minor          smallest of these rows in that currency, minor units
--   first_currency       first currency of these rows by name; null: all are taken back
--   last_currency        last currency of these rows by name; null: all are taken back
--   is_elsewhere         one of these rows is in a set that has no row of the transaction
--   request_id           the paymentRequestId or refundRequestId of the row
--   settlement_currency  currency in which Alipay+ pays
--   newest_day           last clearing day with a row of it
--   charged_id           first Alipay+ id of the fee rows
--   line                 place of the first fee row
--   charged_ids          Alipay+ ids of the fee rows, joined by blanks
--   lines                places (file id and line) of all report rows behind it, oldest first, joined by blanks
WITH counted AS (
  SELECT
    fee_pair.transaction_id, fee_pair.fee_kind, COUNT(*) AS row_count,
    SUM(CASE WHEN fee_pair.clearing_day = day.as_of_day THEN 1 ELSE 0 END) AS day_count,
    MIN(fee_pair.sign * fee_pair.fee_amount_minor) AS fee_minor, MIN(fee_pair.fee_currency) AS fee_currency,
    MAX(CASE WHEN fee_pair.is_elsewhere THEN 1 ELSE 0 END) AS is_elsewhere,
    MIN(fee_pair.request_id) AS request_id, MIN(fee_pair.settlement_currency) AS settlement_currency,
    MAX(fee_pair.clearing_day) AS newest_day,
    MIN(fee_pair.provider_transaction_id) AS charged_id,
    MIN({place(fee_pair)}) AS line
  FROM fee_pairs AS fee_pair
  CROSS JOIN parameters AS day
  GROUP BY fee_pair.transaction_id, fee_pair.fee_kind
),
several AS (
  SELECT fee_pair.*
  FROM fee_pairs AS fee_pair
  JOIN counted ON counted.transaction_id = fee_pair.transaction_id AND counted.fee_kind = fee_pair.fee_kind
  WHERE counted.row_count > 1
),
listed AS (
  SELECT
    fee_pair.transaction_id, fee_pair.fee_kind,
    STRING_AGG(DISTINCT fee_pair.provider_transaction_id, ' ' ORDER BY fee_pair.provider_transaction_id) AS charged_ids,
    STRING_AGG({place(fee_pair)}, ' '
      ORDER BY fee_pair.clearing_day, fee_pair.file_id, fee_pair.line_number)
      AS lines
  FROM several AS fee_pair
  GROUP BY fee_pair.transaction_id, fee_pair.fee_kind
),
standing AS (
  SELECT
    fee_pair.transaction_id, fee_pair.fee_kind, fee_pair.fee_currency, fee_pair.settlement_currency,
    MAX(CASE WHEN fee_pair.is_elsewhere THEN 1 ELSE 0 END) AS is_elsewhere,
    ABS(SUM(fee_pair.sign)) AS row_count, fee_pair.fee_amount_minor = 0 AS is_nothing,
    SUM(fee_pair.sign) * fee_pair.fee_amount_minor AS signed_minor,
    CASE WHEN SUM(fee_pair.sign) > 0 THEN 1 ELSE -1 END * fee_pair.fee_amount_minor AS fee_minor
  FROM several AS fee_pair
  GROUP BY fee_pair.transaction_id, fee_pair.fee_kind, fee_pair.participant_agreement_id,
    fee_pair.settlement_currency, fee_pair.fee_currency, fee_pair.fee_amount_minor
  HAVING SUM(fee_pair.sign) <> 0
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
    CASE WHEN MIN(CASE WHEN standing.is_nothing THEN 1 ELSE 0 END) = 1 THEN 1
      ELSE SUM(CASE WHEN standing.is_nothing THEN 0 ELSE standing.row_count END) END AS fee_count,
    SUM(CASE WHEN standing.fee_currency = chosen.currency THEN standing.signed_minor END) AS charged_minor,
    MIN(CASE WHEN standing.fee_currency = chosen.currency THEN standing.fee_minor END) AS least_minor,
    MIN(standing.fee_currency) AS first_currency, MAX(standing.fee_currency) AS last_currency,
    MAX(standing.is_elsewhere) AS is_elsewhere
  FROM standing
  JOIN chosen ON chosen.transaction_id = standing.transaction_id AND chosen.fee_kind = standing.fee_kind
  GROUP BY standing.transaction_id, standing.fee_kind
)
SELECT
  counted.transaction_id, counted.fee_kind,
  CAST(CASE WHEN counted.row_count = 1 THEN 1 ELSE COALESCE(charged.fee_count, 0) END AS BIGINT) AS fee_count,
  counted.day_count,
  CASE WHEN counted.row_count = 1 THEN counted.fee_minor ELSE charged.charged_minor END AS charged_minor,
  CASE WHEN counted.row_count = 1 THEN counted.fee_minor ELSE charged.least_minor END AS least_minor,
  CASE WHEN counted.row_count = 1 THEN counted.fee_currency ELSE charged.first_currency END AS first_currency,
  CASE WHEN counted.row_count = 1 THEN counted.fee_currency ELSE charged.last_currency END AS last_currency,
  CASE WHEN counted.row_count = 1 THEN counted.is_elsewhere ELSE COALESCE(charged.is_elsewhere, 0) END = 1
    AS is_elsewhere,
  counted.request_id, counted.settlement_currency, counted.newest_day, counted.charged_id, counted.line,
  COALESCE(listed.charged_ids, counted.charged_id) AS charged_ids,
  COALESCE(listed.lines, counted.line) AS lines
FROM counted
LEFT JOIN charged ON charged.transaction_id = counted.transaction_id AND charged.fee_kind = counted.fee_kind
LEFT JOIN listed ON listed.transaction_id = counted.transaction_id AND listed.fee_kind = counted.fee_kind
