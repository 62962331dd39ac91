"""Lines of the bank file: whose money they are, and doubts about them.

Doubtful is a line that names no settlement, money that came too early, or a credit that is there twice. Nothing is left
out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

Row = dict[str, Any]
CREDIT = ["settlement_batch_id", "currency", "amount_minor", "value_date"]


def shares(settlements: Sequence[Row], lines: Sequence[Row]) -> Iterator[Row]:
    """What the bank received of the settlements of one id and currency, and when; nothing of one without money.

    The bank names no agreement. A line of the amount of a settlement belongs to it; what is left fills up the others in
    their order, and the last one has the rest: together they received what the lines say.
    """
    own: dict[int, int] = {}  # place of a settlement -> place of the line of its amount
    for place, settlement in enumerate(settlements):
        same = (at for at, line in enumerate(lines) if line["amount_minor"] == settlement["total_minor"])
        if (found := next((at for at in same if at not in own.values()), None)) is not None:
            own[place] = found
    left = sum(line["amount_minor"] for line in lines)
    ordered = sorted(range(len(settlements)), key=lambda place: place not in own)
    for place in ordered:
        total = settlements[place]["total_minor"]
        minor = total if place != ordered[-1] and left >= total else left
        if place != ordered[0] and total and not minor:
            continue
        others = {at for whose, at in own.items() if whose != place}
        days = [line["value_date"] for at, line in enumerate(lines) if at not in others]
        yield settlements[place] | {"bank_minor": minor, "bank_value_date": max(days, default=lines[-1]["value_date"])}
        left -= minor


def bank_findings(bank: pl.DataFrame, known: Mapping[tuple[str, str], date], until: date) -> Iterator[str]:
    """One sentence for each line that is in doubt. `bank`: BANK of `recon.settlement.rows`; `known`: id and currency of
    every settlement that a report brought, and the day of the first one; lines with a value date after `until` are not
    looked at yet.
    """
    currencies = dict(known.keys())
    for line in bank.filter(pl.col("value_date") <= until).iter_rows(named=True):
        batch, currency = line["settlement_batch_id"], line["currency"]
        if batch not in currencies:
            yield f"line {line['line_number']} of the bank file names settlement {batch}, which no report has brought"
        elif (batch, currency) not in known:
            yield (
                f"line {line['line_number']} of the bank file is in {currency}, settlement {batch} is in "
                f"{currencies[batch]}"
            )
        elif line["value_date"] < (reported := known[batch, currency]):
            yield (
                f"line {line['line_number']} of the bank file has the value date {line['value_date']}, and settlement "
                f"{batch} was reported on {reported}"
            )
    yield from repeated_lines(bank)


def repeated_lines(bank: pl.DataFrame) -> Iterator[str]:
    """Lines that say the same as an earlier one."""
    lines = pl.col("line_number")
    for row in bank.group_by(CREDIT).agg(lines.sort()).filter(lines.list.len() > 1).sort("line_number").iter_rows():
        first, *others = row[-1]
        is_one = len(others) == 1
        numbers = f"{'line' if is_one else 'lines'} {' and '.join(map(str, others))}"
        yield f"{numbers} of the bank file {'says' if is_one else 'say'} the same as line {first}: all are added up"
