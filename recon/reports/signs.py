"""Which way each amount went: explicit minus, direction, type, proved by the control totals.

`sign` is +1 for money that the ACQP receives and -1 for money that it gives; for fees it is +1 for
a fee that the ACQP pays and -1 for one that comes back. The first rule of the ladder that the file
supports is taken if its sum equals the control total; if it does not, but exactly one other does,
that one is taken; if none does, the first is kept and the finding says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import polars as pl

from recon.listing import counted
from recon.reports.kinds import ReportKind
from recon.reports.layouts import Section

ROLE, SIGN, DIRECTION = "row_role", "sign", "direction"
PAYMENT, REFUND, OTHER = "PAYMENT", "REFUND", "OTHER"
EXPLICIT, BY_DIRECTION, BY_TYPE, PLAIN, NOTHING = "explicit", "direction", "type", "plain", "none"


@dataclass(frozen=True)
class Totals:
    """The control totals of a file, summed over the lines of its summary section."""

    count: int | None
    net: int  # as delivered, a minus kept
    direction: int | None  # +1, -1, or not stated


@dataclass(frozen=True)
class Verdict:
    """The rule that gave the signs, and whether the control totals prove it."""

    rule: str
    sign: pl.Expr
    is_exact: bool | None  # None: the file has no control totals
    finding: str | None = None
    net: int = 0


def resolve(rows: pl.DataFrame, kind: ReportKind, section: Section, totals: Totals | None, line_count: int) -> Verdict:
    """Choose the sign rule of a file; `line_count` is the number of detail lines, good or bad."""
    rules = _ladder(rows, kind, section.amount)
    sums = {rule: _net(rows, section.amount, sign) for rule, sign in rules.items()}
    first = next(iter(rules))
    if totals is None:
        return Verdict(first, rules[first], None, net=sums[first])
    fitting = [rule for rule in rules if _fits(sums[rule], totals, rule, kind)]
    chosen = _choose(first, fitting, rows, rules)
    rule = chosen or first
    finding = None if chosen else _net_finding(sums[first], totals, fitting)
    if totals.count is not None and kind.definition.section_counts_rows:
        count_finding = _count_finding(line_count, totals.count)
        finding = "; ".join(filter(None, (count_finding, finding))) or None
    return Verdict(rule, rules[rule], finding is None, finding, sums[rule])


@dataclass(frozen=True)
class Hypothesis:
    """One way to give the signs, the sum that follows, and whether the control totals say the same."""

    rule: str
    net: int
    fits: bool | None  # None: the file has no control totals


def hypotheses(rows: pl.DataFrame, kind: ReportKind, section: Section, totals: Totals | None) -> list[Hypothesis]:
    """All rules that the file supports, in the order in which they count."""
    sums = {rule: _net(rows, section.amount, sign) for rule, sign in _ladder(rows, kind, section.amount).items()}
    return [Hypothesis(r, net, None if totals is None else _fits(net, totals, r, kind)) for r, net in sums.items()]


def _ladder(rows: pl.DataFrame, kind: ReportKind, amount: str) -> dict[str, pl.Expr]:
    """The rules that the file supports, in the order in which they count."""
    if rows.is_empty():
        return {NOTHING: pl.lit(1, pl.Int8)}
    report = kind.definition
    by_type = _by_type(has_types=report.has_types)
    ladder = {}
    if (rows[amount] < 0).any():
        ladder[EXPLICIT] = _explicit(rows, amount, is_charge=report.is_charge)
    if rows[DIRECTION].is_not_null().any():
        by_direction = -pl.col(DIRECTION) if report.is_charge else pl.col(DIRECTION)
        ladder[BY_DIRECTION] = pl.coalesce(by_direction, by_type)
    if report.has_types:
        ladder[BY_TYPE] = by_type
    if not report.has_roles:
        ladder[PLAIN] = pl.lit(1, pl.Int8)
    return {rule: sign.cast(pl.Int8) for rule, sign in ladder.items()}


def _by_type(*, has_types: bool) -> pl.Expr:
    """A refund is money given, and the fee of a refund comes back."""
    if not has_types:
        return pl.lit(1, pl.Int8)
    return pl.when(pl.col(ROLE) == REFUND).then(pl.lit(-1, pl.Int8)).otherwise(pl.lit(1, pl.Int8))


def _explicit(rows: pl.DataFrame, amount: str, *, is_charge: bool) -> pl.Expr:
    negative = -1
    if is_charge:  # is a fee that is paid written with a minus? the fees of payments show, else those that come back
        sums = {role: total or 0 for role, total in _sums_by_role(rows, amount)}
        is_paid = sums[PAYMENT] < 0 if PAYMENT in sums else sums[REFUND] > 0 if REFUND in sums else sums[OTHER] < 0
        negative = 1 if is_paid else -1
    sign = pl.when(pl.col(amount) < 0).then(negative)
    return sign.when(pl.col(amount) > 0).then(-negative).otherwise(1)


def _sums_by_role(rows: pl.DataFrame, amount: str) -> Iterator[tuple[str, int | None]]:
    """Sums of amounts as delivered, exact beyond 64 bits."""
    return rows.group_by(ROLE).agg(pl.col(amount).cast(pl.Int128).sum()).iter_rows()


def _net(rows: pl.DataFrame, amount: str, sign: pl.Expr) -> int:
    """The signed sum, exact beyond 64 bits."""
    if rows.is_empty():
        return 0
    signed = pl.col(amount).abs().cast(pl.Int128) * sign.cast(pl.Int128)
    return int(rows.select(signed.sum()).item() or 0)


def signed_total(totals: Totals, kind: ReportKind) -> int | None:
    """The control total with its sign, or None where it is written without one."""
    if totals.net < 0 and not kind.definition.is_charge:
        return totals.net
    if totals.direction is None:
        return None
    direction = -totals.direction if kind.definition.is_charge else totals.direction
    return abs(totals.net) * direction


def _fits(net: int, totals: Totals, rule: str, kind: ReportKind) -> bool:
    """Equal with the sign if the total has one, else equal in size."""
    expected = signed_total(totals, kind)
    return abs(net) == abs(totals.net) if expected is None else net == expected


def _choose(first: str, fitting: list[str], rows: pl.DataFrame, rules: dict[str, pl.Expr]) -> str | None:
    """The first rule if it fits, else the only other one; rules that agree on every row are one."""
    if first in fitting or not fitting:
        return first if fitting else None
    same = pl.all_horizontal(rules[rule] == rules[fitting[0]] for rule in fitting)
    return fitting[0] if rows.select(same.all()).item() else None


def _net_finding(net: int, totals: Totals, fitting: list[str]) -> str:
    if fitting:
        return f"several sign rules fit the control total: {', '.join(fitting)}"
    if net and abs(net) == abs(totals.net):
        return (
            "the rows equal the control total in size, but the direction is the other way: "
            "see credit_is_positive under [reports]"
        )
    return f"the rows sum up to {net} and the control total says {totals.net} (minor units)"


def _count_finding(lines: int, expected: int) -> str | None:
    if lines == expected:
        return None
    return f"{counted(lines, 'detail row')} and the control total says {expected}"


def contradiction(amount: str) -> pl.Expr:
    """A payment that gives money, or a refund that brings it; `amount`: the column of its size."""
    return (
        pl.when(pl.col(ROLE) == PAYMENT)
        .then(pl.col(SIGN) < 0)
        .when(pl.col(ROLE) == REFUND)
        .then((pl.col(SIGN) > 0) & (pl.col(amount) != 0))
        .otherwise(pl.lit(value=False))
    )


def with_polarity_checked(verdict: Verdict, rows: pl.DataFrame, amount: str) -> Verdict:
    """Under the direction rule no row may fit its type, or under any rule few payments: then one cause turned them."""
    judged = rows.filter(pl.col(ROLE) != OTHER).with_columns(verdict.sign.alias(SIGN))
    turned = judged.filter(contradiction(amount))
    payments, given = (frame.filter(pl.col(ROLE) == PAYMENT).height for frame in (judged, turned))
    if verdict.rule == BY_DIRECTION and judged.height and turned.height == judged.height:
        hint = "every payment gives money away: see credit_is_positive under [reports]"
    elif given > payments / 2:
        hint = (
            f"money goes the wrong way in {given} of {counted(payments, 'payment')}: ask for the file again, "
            "see docs/REPORTS.md"
        )
    else:
        return verdict
    finding = "; ".join(filter(None, (verdict.finding, hint)))
    return replace(verdict, is_exact=False, finding=finding)
