-- All refunds of each order, from both sides, in sums. A sum has a currency only if all its members have that one.
WITH reported AS (
  SELECT
    l.order_source_id AS source_id,
    l.order_key,
    CAST(SUM(CASE WHEN l.row_role = 'REFUND' THEN l.amount_minor ELSE 0 END) AS BIGINT) AS reported_minor,
    CAST(SUM(CASE WHEN l.row_role = 'REFUND' THEN l.settlement_amount_minor ELSE 0 END) AS BIGINT)
      AS reported_settlement_minor,
    CASE WHEN MIN(CASE WHEN l.row_role = 'REFUND' THEN l.currency END)
        = MAX(CASE WHEN l.row_role = 'REFUND' THEN l.currency END)
      THEN MIN(CASE WHEN l.row_role = 'REFUND' THEN l.currency END) END AS reported_currency,
    CAST(SUM(CASE WHEN l.sign = -1 THEN l.amount_minor ELSE 0 END) AS BIGINT) AS opposite_minor,
    CASE WHEN MIN(CASE WHEN l.sign = -1 THEN l.currency END) = MAX(CASE WHEN l.sign = -1 THEN l.currency END)
      THEN MIN(CASE WHEN l.sign = -1 THEN l.currency END) END AS opposite_currency,
    CAST(SUM(CASE WHEN l.row_role = 'REFUND' THEN 1 ELSE 0 END) AS BIGINT) AS reported_count,
    CAST(SUM(CASE WHEN l.row_role = 'REFUND' AND l.refund_key IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS unpaired_rows,
    MAX(l.clearing_day) AS newest_day
  FROM refund_lines AS l
  WHERE l.order_key IS NOT NULL
  GROUP BY l.order_source_id, l.order_key
),
ours AS (
  SELECT
    f.source_id,
    f.order_key,
    CAST(SUM(CASE WHEN f.provider_state = 'SUCCESS' THEN f.amount_minor ELSE 0 END) AS BIGINT) AS local_minor,
    CAST(SUM(CASE WHEN f.provider_state = 'SUCCESS' AND g.group_id IS NULL THEN 1 ELSE 0 END) AS BIGINT)
      AS unpaired_refunds,
    CASE WHEN MIN(CASE WHEN f.provider_state = 'SUCCESS' THEN f.currency END)
        = MAX(CASE WHEN f.provider_state = 'SUCCESS' THEN f.currency END)
      THEN MIN(CASE WHEN f.provider_state = 'SUCCESS' THEN f.currency END) END AS local_currency,
    CAST(SUM(CASE WHEN g.report_count = 1 AND (g.amount_minor <> f.amount_minor OR g.currency <> f.currency)
      THEN 1 ELSE 0 END) AS BIGINT) AS unequal_pairs
  FROM scope_refunds AS f
  LEFT JOIN refund_groups AS g ON g.refund_source_id = f.source_id AND g.refund_key = f.refund_key
  WHERE f.is_due OR g.group_id IS NOT NULL
  GROUP BY f.source_id, f.order_key
)
SELECT
  COALESCE(r.source_id, f.source_id) AS source_id,
  COALESCE(r.order_key, f.order_key) AS order_key,
  COALESCE(r.reported_minor, 0) AS reported_minor,
  COALESCE(r.reported_settlement_minor, 0) AS reported_settlement_minor,
  r.reported_currency,
  COALESCE(r.opposite_minor, 0) AS opposite_minor,
  r.opposite_currency,
  COALESCE(r.reported_count, 0) AS reported_count,
  COALESCE(f.local_minor, 0) AS local_minor,
  f.local_currency,
  r.newest_day,
  COALESCE(r.reported_minor, 0) > 0
    AND COALESCE(r.reported_minor, 0) = COALESCE(f.local_minor, 0)
    AND COALESCE(r.reported_currency = f.local_currency, FALSE)
    AND COALESCE(r.unpaired_rows, 0) + COALESCE(f.unpaired_refunds, 0) + COALESCE(f.unequal_pairs, 0) > 0 AS is_split
FROM reported AS r
FULL OUTER JOIN ours AS f ON f.source_id = r.source_id AND f.order_key = r.order_key
