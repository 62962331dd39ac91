-- One row per order with a refund.
-- All refunds of each order, from both sides, in sums. A sum has a currency only if all its members have that one.
-- A refund of ours that is archived counts on both sides, as its row says.
-- Reads: refund_groups, refund_lines, scope_refunds
-- Columns:
--   source_id                  source of our order, as configured
--   order_key                  Ogloba's reference number of the order
--   reported_minor             reported refunds, minor units
--   reported_settlement_minor  settlement amounts of the reported refunds, minor units
--   reported_settlement_currency  currency of those; null: several
--   reported_currency          currency of the reported refunds; null: several
--   opposite_minor             all rows away from us, minor units
--   opposite_currency          currency of all rows away from us; null: several
--   reported_count             reported refund rows
--   away_count                 rows away from us that are no refunds
--   local_minor                our refunds that succeeded, archived ones too, minor units
--   local_currency             currency of our refunds; null: several
--   newest_day                 last clearing day with a row of it
--   is_split                   refunds of the order agree in sum, not one by one
WITH reported AS (
  SELECT
    refund_line.order_source_id AS source_id,
    refund_line.order_key,
    CAST(SUM(CASE WHEN refund_line.row_role = 'REFUND' THEN refund_line.amount_minor
      ELSE 0 END) AS BIGINT) AS reported_minor,
    CAST(SUM(CASE WHEN refund_line.row_role = 'REFUND' THEN refund_line.settlement_amount_minor ELSE 0 END) AS BIGINT)
      AS reported_settlement_minor,
    CASE WHEN MIN(CASE WHEN refund_line.row_role = 'REFUND' THEN refund_line.settlement_currency END)
        = MAX(CASE WHEN refund_line.row_role = 'REFUND' THEN refund_line.settlement_currency END)
      THEN MIN(CASE WHEN refund_line.row_role = 'REFUND' THEN refund_line.settlement_currency END) END
      AS reported_settlement_currency,
    CASE WHEN MIN(CASE WHEN refund_line.row_role = 'REFUND' THEN refund_line.currency END)
        = MAX(CASE WHEN refund_line.row_role = 'REFUND' THEN refund_line.currency END)
      THEN MIN(CASE WHEN refund_line.row_role = 'REFUND' THEN refund_line.currency END) END AS reported_currency,
    CAST(SUM(CASE WHEN refund_line.sign = -1 THEN refund_line.amount_minor ELSE 0 END) AS BIGINT) AS opposite_minor,
    CASE WHEN MIN(CASE WHEN refund_line.sign = -1 THEN refund_line.currency END) = MAX(CASE
      WHEN refund_line.sign = -1 THEN refund_line.currency END)
      THEN MIN(CASE WHEN refund_line.sign = -1 THEN refund_line.currency END) END AS opposite_currency,
    CAST(SUM(CASE WHEN refund_line.row_role = 'REFUND' THEN 1 ELSE 0 END) AS BIGINT) AS reported_count,
    CAST(SUM(CASE WHEN refund_line.row_role = 'OTHER' AND refund_line.sign = -1 THEN 1 ELSE 0 END) AS BIGINT)
      AS away_count,
    CAST(SUM(CASE WHEN refund_line.row_role = 'REFUND' AND refund_line.refund_key IS NULL
      AND NOT refund_line.is_settled_earlier THEN 1
      ELSE 0 END) AS BIGINT) AS unpaired_rows,
    MAX(refund_line.clearing_day) AS newest_day
  FROM refund_lines AS refund_line
  WHERE refund_line.order_key IS NOT NULL
  GROUP BY refund_line.order_source_id, refund_line.order_key
),
members AS (
  SELECT
    own_refund.source_id,
    own_refund.order_key,
    own_refund.amount_minor,
    own_refund.currency,
    own_refund.provider_state = 'SUCCESS' AS is_success,
    refund_group.group_id IS NULL AS is_unpaired,
    refund_group.report_count = 1 AND (refund_group.amount_minor <> own_refund.amount_minor
      OR refund_group.currency <> own_refund.currency) AS is_unequal
  FROM scope_refunds AS own_refund
  LEFT JOIN refund_groups AS refund_group ON refund_group.refund_source_id = own_refund.source_id
    AND refund_group.refund_key = own_refund.refund_key
  WHERE own_refund.is_due OR refund_group.group_id IS NOT NULL
  UNION ALL
  SELECT refund_line.order_source_id, refund_line.order_key, refund_line.amount_minor, refund_line.currency,
    refund_line.is_settled_earlier, refund_line.refund_key IS NOT NULL, refund_line.refund_key IS NOT NULL
  FROM refund_lines AS refund_line
  WHERE refund_line.is_settled_earlier AND refund_line.row_role = 'REFUND' AND refund_line.order_key IS NOT NULL
),
ours AS (
  SELECT
    member.source_id,
    member.order_key,
    CAST(SUM(CASE WHEN member.is_success THEN member.amount_minor ELSE 0 END) AS BIGINT) AS local_minor,
    CAST(SUM(CASE WHEN member.is_success AND member.is_unpaired THEN 1 ELSE 0 END) AS BIGINT) AS unpaired_refunds,
    CASE WHEN MIN(CASE WHEN member.is_success THEN member.currency END)
        = MAX(CASE WHEN member.is_success THEN member.currency END)
      THEN MIN(CASE WHEN member.is_success THEN member.currency END) END AS local_currency,
    CAST(SUM(CASE WHEN member.is_unequal THEN 1 ELSE 0 END) AS BIGINT) AS unequal_pairs
  FROM members AS member
  GROUP BY member.source_id, member.order_key
)
SELECT
  COALESCE(reported.source_id, our.source_id) AS source_id,
  COALESCE(reported.order_key, our.order_key) AS order_key,
  COALESCE(reported.reported_minor, 0) AS reported_minor,
  COALESCE(reported.reported_settlement_minor, 0) AS reported_settlement_minor,
  reported.reported_settlement_currency,
  reported.reported_currency,
  COALESCE(reported.opposite_minor, 0) AS opposite_minor,
  reported.opposite_currency,
  COALESCE(reported.reported_count, 0) AS reported_count,
  COALESCE(reported.away_count, 0) AS away_count,
  COALESCE(our.local_minor, 0) AS local_minor,
  our.local_currency,
  reported.newest_day,
  COALESCE(reported.reported_minor, 0) > 0
    AND COALESCE(reported.reported_minor, 0) = COALESCE(our.local_minor, 0)
    AND COALESCE(reported.reported_currency = our.local_currency, FALSE)
    AND COALESCE(reported.unpaired_rows, 0) + COALESCE(our.unpaired_refunds, 0) + COALESCE(our.unequal_pairs,
      0) > 0 AS is_split
FROM reported
FULL OUTER JOIN ours AS our ON our.source_id = reported.source_id AND our.order_key = reported.order_key
