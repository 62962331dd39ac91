"""Doubts about lines of the bank file: no settlement is named, the money came too early, or a credit is there twice.

Nothing is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import polars as pl

CREDIT = ["settlement_batch_id", "currency", "amount_minor", "value_date"]


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
