-- One line per refund key with every fact that the refund decision asks for.
WITH members AS (
  SELECT
    COALESCE(f.source_id, g.order_source_id) AS source_id,
    f.refund_key,
    COALESCE(f.order_key, g.order_key) AS order_key,
    COALESCE(f.requested_at, g.transaction_at) AS begun_at,
    COALESCE(f.refund_key, g.group_id) AS member_id,
    f.refund_key IS NOT NULL AS has_local,
    f.last_seen_day IS NOT NULL AS is_gone,
    f.refund_request_id, f.provider_refund_id, f.provider_state, f.local_state, f.refund_day, f.is_due, f.requested_at,
    f.refunded_at, f.alert_sent_at, f.initiator,
    f.amount_minor AS order_minor,
    f.currency AS order_currency,
    g.group_id, g.row_role, g.transaction_type, g.request_id, g.provider_transaction_id, g.original_request_id, g.newest_day, g.is_same_transaction, g.is_paired_by_provider_id, g.transaction_at,
    COALESCE(g.report_count, 0) AS report_count,
    COALESCE(g.day_count, 0) AS day_count,
    g.amount_minor AS report_minor,
    g.currency AS report_currency,
    g.excess_minor, g.excess_currency, g.settlement_amount_minor, g.settlement_currency, g.lines
  FROM scope_refunds AS f
  FULL OUTER JOIN refund_groups AS g ON g.refund_source_id = f.source_id AND g.refund_key = f.refund_key
),
placed AS (
  SELECT
    m.*,
    ROW_NUMBER() OVER (
      PARTITION BY m.source_id, m.order_key
      ORDER BY CASE WHEN m.row_role = 'REFUND' OR m.provider_state = 'SUCCESS' THEN 0 ELSE 1 END,
        m.begun_at DESC, m.member_id DESC
    ) = 1 AND m.order_key IS NOT NULL AS is_last,
    LAG(m.requested_at) OVER (
      PARTITION BY m.source_id, m.order_key, m.order_minor, m.has_local, m.report_count > 0
      ORDER BY m.requested_at, m.member_id
    ) AS twin_at
  FROM members AS m
)
SELECT
  m.source_id, m.refund_key, m.order_key, m.has_local, m.is_gone, m.provider_state, m.local_state, m.alert_sent_at, m.initiator,
  COALESCE(m.refund_request_id, m.request_id) AS refund_request_id,
  COALESCE(o.payment_request_id, m.original_request_id) AS payment_request_id,
  m.request_id AS row_request_id,
  COALESCE(m.provider_transaction_id, m.provider_refund_id) AS provider_transaction_id,
  m.lines, m.newest_day AS row_day, m.newest_day AS noted_day, m.report_count, m.day_count, m.transaction_type, m.begun_at,
  COALESCE(m.is_same_transaction, FALSE) AS is_same_transaction,
  m.order_minor, m.order_currency, m.report_minor, m.report_currency, m.excess_minor, m.excess_currency,
  m.settlement_amount_minor AS report_settlement_minor,
  o.payable_minor AS payment_minor,
  o.report_minor AS captured_minor,
  o.created_at,
  o.report_settlement_minor AS payment_settlement_minor,
  o.order_key IS NOT NULL AS has_order,
  m.settlement_currency,
  o.reported_minor AS all_reported_minor,
  o.local_minor AS all_local_minor,
  COALESCE(o.is_split, FALSE) AS is_split,
  COALESCE(m.refund_day, CAST(m.transaction_at + INTERVAL '8' HOUR AS DATE)) AS ref_day,
  COALESCE(m.row_role = 'OTHER', FALSE) AND NOT m.has_local AS is_other_type,
  COALESCE(o.is_only_test, FALSE) AS is_test,
  NOT m.has_local AND COALESCE(o.is_netted, FALSE) AS is_opposite_of_netted,
  COALESCE(COALESCE(m.refunded_at, m.requested_at) < day.hard_before_at, FALSE) AS is_hard,
  COALESCE(m.report_count = 1 AND (m.report_minor <> m.order_minor OR m.report_currency <> m.order_currency), FALSE)
    AS has_amount_diff,
  COALESCE(m.report_minor = m.order_minor * 10 OR m.report_minor = m.order_minor * 100
    OR m.report_minor = m.order_minor * 1000 OR m.report_minor * 10 = m.order_minor
    OR m.report_minor * 100 = m.order_minor OR m.report_minor * 1000 = m.order_minor, FALSE) AS is_scaled,
  COALESCE(m.has_local AND m.report_count > 0 AND m.requested_at < m.twin_at + day.duplicate_window, FALSE)
    AS is_repeated,
  m.is_last AND COALESCE(GREATEST(o.reported_minor, o.local_minor) > o.payable_minor, FALSE) AS is_over_refund,
  m.has_local AND (
    o.order_key IS NULL
    OR COALESCE(o.pay_state NOT IN ('SUCCESS', 'UNMAPPED') AND o.report_count = 0, FALSE)
    OR COALESCE(m.refunded_at < o.paid_at, FALSE)
  ) AS is_orphan,
  CASE
    WHEN m.settlement_amount_minor = m.report_minor AND o.report_settlement_minor = o.report_minor THEN FALSE
    WHEN m.report_count = 1 AND m.row_role = 'REFUND' AND m.report_currency = o.report_currency
      AND m.settlement_currency = o.report_settlement_currency
    THEN ABS(CAST(m.settlement_amount_minor AS DECIMAL(38, 0)) * o.report_minor
        - CAST(m.report_minor AS DECIMAL(38, 0)) * o.report_settlement_minor)
        > CAST(day.refund_fx_minor AS DECIMAL(38, 0)) * o.report_minor
      OR (
        m.is_last AND x.reported_minor = o.report_minor AND x.reported_currency = o.report_currency
        AND ABS(x.reported_settlement_minor - o.report_settlement_minor) > FLOOR((x.reported_count + 1) / 2.0)
      )
    ELSE FALSE END AS has_rate_diff,
  COALESCE(m.has_local AND m.report_count > 0 AND m.newest_day = day.as_of_day
    AND CAST(COALESCE(m.refunded_at, m.transaction_at) + INTERVAL '8' HOUR AS DATE)
      > CAST(m.requested_at + INTERVAL '8' HOUR AS DATE), FALSE) AS is_late_cycle,
  COALESCE(m.request_id <> m.refund_request_id, FALSE) AS has_other_request_id,
  COALESCE(m.is_paired_by_provider_id, FALSE) AS is_paired_by_provider_id
FROM placed AS m
LEFT JOIN refunded_payments AS o ON o.source_id = m.source_id AND o.order_key = m.order_key
LEFT JOIN order_refunds AS x ON x.source_id = m.source_id AND x.order_key = m.order_key
CROSS JOIN parameters AS day
WHERE m.report_count > 0 OR (m.is_due AND m.refund_day >= day.start_day)
