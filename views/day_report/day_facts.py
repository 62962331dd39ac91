"""What the report of a day is made of, read from the warehouse in one go. Frames only; nothing is worded here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import duckdb
import polars as pl

from recon.breaks.at_risk import money_at_risk
from recon.breaks.items import ITEM_SCHEMA, SORT_KEY
from recon.tie_out.proof import PROVED
from recon.tie_out.residuals import RESIDUAL_SCHEMA
from resources.register import identity_of_day
from resources.revisions import corrections_of

TREND_DAYS = 30


@dataclass(frozen=True)
class DayFacts:
    """Everything about a day that its report shows; empty frames where the day did not get so far."""

    day: date
    items: pl.DataFrame  # ITEM_SCHEMA, in the order of the list
    resolved: pl.DataFrame  # items of the day before that are gone, with outcome, resolved_by and lines (of reports)
    edges: pl.DataFrame  # recon.tie_out.EDGE_SCHEMA
    conservation: pl.DataFrame  # side, outcome, row_count
    register: pl.DataFrame  # recon.breaks.register.register_identity
    files: pl.DataFrame  # every file version of the day
    expected: pl.DataFrame  # recon.file_calendar.CALENDAR: where each expected report stands
    days: dict[date, str | None]  # status of each day that was run
    corrections: pl.DataFrame  # recon.breaks.corrections.CORRECTION_SCHEMA
    moved: pl.DataFrame  # as_of_day, opened, closed; what waits is no break yet
    closed: pl.DataFrame  # as_of_day, resolved_by, days: one line per break that was closed
    open_breaks: pl.DataFrame  # as_of_day, breaks, oldest, median
    at_risk: pl.DataFrame  # as_of_day, currency, and the sums of `recon.breaks.at_risk`
    behind: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=RESIDUAL_SCHEMA))  # what is left over

    @property
    def last_proved(self) -> date | None:
        """The last proved day before this one."""
        return max((day for day, status in self.days.items() if status == PROVED and day < self.day), default=None)


def read_facts(connection: duckdb.DuckDBPyConnection, day: date) -> DayFacts:
    """All facts of a day and the trends that end with it; later days play no part."""
    before, first = day - timedelta(days=1), day - timedelta(days=TREND_DAYS - 1)

    def ask(statement: str, *values: object) -> pl.DataFrame:
        return connection.execute(statement, list(values)).pl()

    items = ask("SELECT * FROM breaks.items WHERE as_of_day = ?", day)
    return DayFacts(
        day=day,
        items=_sorted(items.select(pl.col(name).cast(kind) for name, kind in ITEM_SCHEMA.items())),
        resolved=ask(_RESOLVED, before, day, day, day, day, day, day),
        edges=ask("SELECT * FROM tied_out.edges WHERE as_of_day = ? ORDER BY ALL", day),
        conservation=ask(_CONSERVATION, day),
        register=identity_of_day(connection, day),
        files=ask(_FILES, day),
        expected=ask(_EXPECTED, day),
        days=dict(connection.execute(_DAYS, [first, day]).fetchall()),
        corrections=corrections_of(connection, day),
        moved=ask(_MOVED, first, day),
        closed=ask(_CLOSED, first, day),
        open_breaks=ask(_OPEN, first, day),
        at_risk=money_at_risk(ask(_AT_RISK, first, day), "as_of_day"),
    )


def _sorted(items: pl.DataFrame) -> pl.DataFrame:
    return items.sort(SORT_KEY, descending=[False, False, True, False], nulls_last=True)


_RESOLVED = """
WITH gone AS (
  SELECT b.*, m.outcome, m.resolved_by
  FROM breaks.movements AS m
  JOIN breaks.items AS b ON b.as_of_day = ? AND b.break_id = m.break_id
  WHERE m.as_of_day = ? AND m.movement = 'RESOLVED' AND b.incident_id IS NULL
),
places AS (
  SELECT g.break_id, x.lines
  FROM gone AS g
  JOIN reconciled.payments AS x ON g.family = 'P' AND x.as_of_day = ?
    AND ((x.source_id = g.source_id AND x.order_key = g.order_key) OR x.payment_request_id = g.payment_request_id)
  UNION
  SELECT g.break_id, x.lines
  FROM gone AS g
  JOIN reconciled.refunds AS x ON g.family = 'R' AND x.as_of_day = ?
    AND ((x.source_id = g.source_id AND (x.refund_key = g.refund_key
        OR (g.refund_key IS NULL AND x.order_key = g.order_key)))
      OR x.provider_transaction_id = g.provider_transaction_id)
  UNION
  SELECT g.break_id, x.lines
  FROM gone AS g
  JOIN reconciled.fees AS x ON g.family = 'C' AND x.as_of_day = ? AND x.fee_kind = g.partner_key
    AND (x.transaction_id = g.provider_transaction_id
      OR x.request_id = COALESCE(g.payment_request_id, g.refund_request_id))
  UNION
  SELECT g.break_id, x.lines
  FROM gone AS g
  JOIN tied_out.batches AS x ON g.family = 'B' AND x.as_of_day = ? AND x.participant_agreement_id || ':' ||
    x.settlement_currency || ':' || x.clearing_batch_id = g.provider_transaction_id
  UNION
  SELECT g.break_id, x.lines
  FROM gone AS g
  JOIN tied_out.settlements AS x ON g.family = 'B' AND x.as_of_day = ? AND x.participant_agreement_id || ':' ||
    x.settlement_currency || ':' || x.settlement_batch_id = g.provider_transaction_id
)
SELECT g.*, p.lines
FROM gone AS g
LEFT JOIN (SELECT break_id, STRING_AGG(lines, ' ' ORDER BY lines) AS lines FROM places GROUP BY break_id) AS p
  ON p.break_id = g.break_id
ORDER BY g.severity, g.amount_at_risk_minor DESC, g.break_id
"""
_CONSERVATION = """
SELECT side, outcome, CAST(SUM(row_count) AS BIGINT) AS row_count
FROM reconciled.conservation
WHERE as_of_day = ?
GROUP BY side, outcome
ORDER BY side, outcome
"""
_FILES = """
SELECT kind, file_name, version, sha256, size_bytes, is_current, is_valid, finding, row_count, quarantined_count
FROM parsed.files
WHERE clearing_day = ?
ORDER BY kind, file_name, version
"""
_EXPECTED = """
SELECT *
FROM landed.calendar
WHERE as_of_day = ?
ORDER BY report_date, participant_agreement_id, settlement_currency, kind, batch_id, version
"""
_DAYS = "SELECT as_of_day, status FROM breaks.days WHERE as_of_day BETWEEN ? AND ? ORDER BY as_of_day"
_MOVED = """
SELECT
  m.as_of_day,
  COUNT(*) FILTER (WHERE i.state IN ('OPEN', 'ASKED') AND i.incident_id IS NULL
    AND (m.movement IN ('NEW', 'REOPENED') OR b.state = 'WAITING')) AS opened,
  COUNT(*) FILTER (WHERE b.state IN ('OPEN', 'ASKED') AND b.incident_id IS NULL AND m.movement = 'RESOLVED') AS closed
FROM breaks.movements AS m
LEFT JOIN breaks.items AS i ON i.as_of_day = m.as_of_day AND i.break_id = m.break_id
LEFT JOIN breaks.items AS b ON b.as_of_day = m.as_of_day - 1 AND b.break_id = m.break_id
WHERE m.as_of_day BETWEEN ? AND ?
GROUP BY m.as_of_day
ORDER BY m.as_of_day
"""
_CLOSED = """
SELECT m.as_of_day, m.resolved_by, CAST(m.as_of_day - b.opened_day AS BIGINT) AS days
FROM breaks.movements AS m
JOIN breaks.items AS b ON b.as_of_day = m.as_of_day - 1 AND b.break_id = m.break_id
WHERE m.movement = 'RESOLVED' AND b.state <> 'WAITING' AND b.incident_id IS NULL AND m.as_of_day BETWEEN ? AND ?
ORDER BY ALL
"""
_OPEN = """
SELECT
  as_of_day,
  COUNT(*) AS breaks,
  CAST(MAX(age_days) AS BIGINT) AS oldest,
  CAST(QUANTILE_DISC(age_days, 0.5) AS BIGINT) AS median
FROM breaks.items
WHERE as_of_day BETWEEN ? AND ? AND incident_id IS NULL AND state IN ('OPEN', 'ASKED')
GROUP BY as_of_day
ORDER BY as_of_day
"""
_AT_RISK = """
SELECT as_of_day, currency, break_code, flags, amount_at_risk_minor
FROM breaks.items
WHERE as_of_day BETWEEN ? AND ? AND incident_id IS NULL AND amount_at_risk_minor > 0
"""
