-- One row per transaction and kind of fee that was charged.
-- What was charged for each of these transactions and kinds of fee: count, sum, currencies, and the lines that say so.
-- A row that another one takes back, with the same amount in the same set, counts no more, and neither does that one.
-- A row that takes back a part counts in the sum and is no fee of its own: counted are rows of the sign of
-- the sum of their set.
-- Fees in a foreign currency are summed alone: amounts of different currencies are not added.
-- Rows are only held against each other, and lists put in order, where there is more than one: that is slow, and rare.
-- Reads: fee_pairs, parameters
-- Columns:
--   transaction_id       the paymentId or refundId that the fee belongs to
--   fee_kind             kind of fee in the words of the contract, else as delivered
--   fee_count            fee rows that are not taken back, with the sign of the sum of their set; rows of zero count as
--                        one, and only if there are no others
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
    MAX(fee_pair.clearing_day) AS newest_day, MAX(fee_pair.fee_amount_minor) AS most_minor,
    MIN(fee_pair.provider_transaction_id) AS charged_id,
    MIN({place(fee_pair)}) AS line
  FROM fee_pairs AS fee_pair
  CROSS JOIN parameters AS day
  GROUP BY fee_pair.transaction_id, fee_pair.fee_kind
),
several AS (
  SELECT fee_pair.*, counted.most_minor
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
    fee_pair.participant_agreement_id, MAX(CASE WHEN fee_pair.is_elsewhere THEN 1 ELSE 0 END) AS is_elsewhere,
    ABS(SUM(fee_pair.sign)) AS row_count, fee_pair.fee_amount_minor = 0 AS is_nothing,
    SUM(fee_pair.sign) * fee_pair.fee_amount_minor AS signed_minor,
    CASE WHEN SUM(fee_pair.sign) > 0 THEN 1 ELSE -1 END * fee_pair.fee_amount_minor AS fee_minor
  FROM several AS fee_pair
  WHERE fee_pair.fee_amount_minor > 0 OR fee_pair.most_minor = 0
  GROUP BY fee_pair.transaction_id, fee_pair.fee_kind, fee_pair.participant_agreement_id,
    fee_pair.settlement_currency, fee_pair.fee_currency, fee_pair.fee_amount_minor
  HAVING SUM(fee_pair.sign) <> 0
),
netted AS (
  SELECT standing.*, SUM(standing.signed_minor) OVER (
    PARTITION BY standing.transaction_id, standing.fee_kind, standing.participant_agreement_id,
      standing.settlement_currency, standing.fee_currency) AS net_minor
  FROM standing
),
remaining AS (
  SELECT netted.*, (netted.net_minor > 0) = (netted.signed_minor > 0) AS is_charge
  FROM netted
  WHERE netted.net_minor <> 0 OR netted.is_nothing
),
chosen AS (
  SELECT
    remaining.transaction_id, remaining.fee_kind,
    CASE WHEN MAX(remaining.fee_currency) <> MIN(remaining.settlement_currency) THEN MAX(remaining.fee_currency)
      ELSE MIN(remaining.fee_currency) END
      AS currency
  FROM remaining
  GROUP BY remaining.transaction_id, remaining.fee_kind
),
charged AS (
  SELECT
    remaining.transaction_id, remaining.fee_kind,
    CASE WHEN MIN(CASE WHEN remaining.is_nothing THEN 1 ELSE 0 END) = 1 THEN 1
      ELSE SUM(CASE WHEN remaining.is_charge THEN remaining.row_count ELSE 0 END) END AS fee_count,
    SUM(CASE WHEN remaining.fee_currency = chosen.currency THEN remaining.signed_minor END) AS charged_minor,
    MIN(CASE WHEN remaining.fee_currency = chosen.currency AND remaining.is_charge THEN remaining.fee_minor END)
      AS least_minor,
    MIN(remaining.fee_currency) AS first_currency, MAX(remaining.fee_currency) AS last_currency,
    MAX(remaining.is_elsewhere) AS is_elsewhere
  FROM remaining
  JOIN chosen ON chosen.transaction_id = remaining.transaction_id AND chosen.fee_kind = remaining.fee_kind
  GROUP BY remaining.transaction_id, remaining.fee_kind
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
