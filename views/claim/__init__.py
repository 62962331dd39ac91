"""A claim to Alipay+ support: what we hold, what its report says and on which line of which file, and what we ask for.

Breaks of one cause are one claim. In it the breaks of one participant, agreement and currency are a group with its sum;
currencies are never added. The number of a claim is a digest of what it says: the same breaks with the same facts and
the same evidence have the same number and the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

import polars as pl

from recon.breaks.at_risk import money_at_risk
from recon.breaks.catalogue import CATALOGUE
from recon.breaks.claims import Ask, ask_of
from recon.breaks.items import ITEM_SCHEMA
from recon.errors import ReportNameError
from recon.listing import counted
from recon.reports.names import parse_report_name
from resources.settings import Settings
from views.day_report.break_cards import figures, id_lines
from views.who_and_where import MOMENTS, merchant_text
from views.wording import ANSWERS, instant_text, money

NUMBER_LENGTH = 12
Row = Mapping[str, Any]
Answers = Mapping[tuple[str, str], Row]  # break_id and situation -> ANSWER_SCHEMA: an answer is about one situation


@dataclass(frozen=True)
class Place:
    """One line of a report file, and the digest of the bytes of that file as we received them."""

    file: str
    version: int
    line: int
    sha256: str


@dataclass(frozen=True)
class Line:
    """One break of a claim."""

    break_id: str
    figures: tuple[tuple[str, str], ...]
    at_risk: str  # empty: no amount
    known: tuple[tuple[str, str], ...]  # ids, merchant and moments, each with its heading
    places: tuple[Place, ...]
    answer: tuple[str, ...]


@dataclass(frozen=True)
class Sum:
    """The amounts at risk in one currency, minor units; those whose figure is in doubt are apart."""

    currency: str
    amount_at_risk_minor: int
    in_doubt_count: int
    in_doubt_minor: int

    @property
    def text(self) -> str:
        """`12.00 EUR`, and what is in doubt."""
        sure = money(self.amount_at_risk_minor, self.currency) if self.amount_at_risk_minor else ""
        figure = money(self.in_doubt_minor, self.currency)
        doubt = f"{figure} in {counted(self.in_doubt_count, 'break')} whose figure is in doubt"
        return "; ".join(part for part in (sure, doubt if self.in_doubt_count else "") if part)


@dataclass(frozen=True)
class Group:
    """The breaks of one participant, agreement and currency."""

    participant: str
    agreement: str  # empty: no report line says it
    currency: str
    sums: tuple[Sum, ...]
    lines: tuple[Line, ...]

    @property
    def total(self) -> str:
        """In words; empty where nothing is at risk."""
        return _in_words(self.sums)


@dataclass(frozen=True)
class Claim:
    """One document. `sums`: one a currency, over all groups."""

    code: str
    title: str
    wrong: str
    wanted: str
    sums: tuple[Sum, ...]
    groups: tuple[Group, ...]

    @property
    def total(self) -> str:
        """In words, one amount a currency; empty where nothing is at risk."""
        return _in_words(self.sums)

    @property
    def number(self) -> str:
        """What it is known by, here and in the subject of the mail."""
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)
        return f"RC-{hashlib.sha256(text.encode()).hexdigest()[:NUMBER_LENGTH]}"

    @property
    def count(self) -> int:
        """How many breaks it is about."""
        return sum(len(group.lines) for group in self.groups)


def _in_words(sums: Sequence[Sum]) -> str:
    return "; ".join(one.text for one in sums)


def claims_of(
    named: Iterable[Row], members: Mapping[str, Sequence[Row]], answers: Answers, settings: Settings
) -> dict[Claim, tuple[str, ...]]:
    """Each claim with the ids that were named for it, in the order of the codes.

    `named`: rows of the list that may be claimed. `members`: the breaks of each incident among them. `answers`:
    what Alipay+ answered.
    """
    causes: dict[tuple[str, Ask, str], list[Row]] = {}
    for row in named:
        ask = ask_of(row)
        assert ask is not None
        incident = str(row["break_id"]) if str(row["break_id"]) in members else ""
        causes.setdefault((str(row["break_code"]), ask, incident), []).append(row)
    found = {}
    for (code, ask, incident), rows in sorted(causes.items(), key=lambda one: (one[0][0], one[0][2], one[0][1].wrong)):
        about = list(members[incident]) if incident else rows
        found[_claim(code, ask, about, answers, settings)] = tuple(sorted(str(row["break_id"]) for row in rows))
    return found


def _claim(code: str, ask: Ask, rows: Sequence[Row], answers: Answers, settings: Settings) -> Claim:
    keyed = sorted(((_of_whom(row, settings), str(row["break_id"]), row) for row in rows), key=lambda one: one[:2])
    groups = []
    for (who, agreement, currency), some in groupby(keyed, key=lambda one: one[0]):
        members = [row for _, _, row in some]
        groups.append(Group(who, agreement, currency, _sums(members), tuple(_line(row, answers) for row in members)))
    return Claim(code, CATALOGUE[code].words, ask.wrong, ask.wanted, _sums(rows), tuple(groups))


def _of_whom(row: Row, settings: Settings) -> tuple[str, str, str]:
    """Participant, agreement and currency of a break; the agreement is that of its report file."""
    agreement = ""
    for place in _places(row):
        with suppress(ReportNameError):
            name = parse_report_name(place.file, settings.participant.id, [line.id for line in settings.agreements])
            agreement = name.participant_agreement_id
            break
    return settings.participant.id, agreement, str(row["currency"] or "")


def _sums(rows: Sequence[Row]) -> tuple[Sum, ...]:
    """One a currency in which something is at risk."""
    names = ("break_code", "flags", "currency", "amount_at_risk_minor")
    schema = {name: ITEM_SCHEMA[name] for name in names}
    found = money_at_risk(pl.DataFrame([{name: row[name] for name in names} for row in rows], schema=schema))
    return tuple(
        Sum(one["currency"], one["amount_at_risk_minor"], one["in_doubt_count"], one["in_doubt_minor"])
        for one in found.iter_rows(named=True)
    )


def _line(row: Row, answers: Answers) -> Line:
    at_risk = row["amount_at_risk_minor"]
    merchant = merchant_text(row)
    known = (
        *id_lines(row),
        *((("Merchant", merchant),) if merchant else ()),
        *((word, instant_text(row[name])) for name, word in MOMENTS.items() if row[name]),
    )
    return Line(
        str(row["break_id"]),
        figures(row),
        money(at_risk, row["currency"]) if at_risk and row["currency"] else "",
        known,
        _places(row),
        _answer(row, answers.get((str(row["break_id"]), str(row["situation"])))),
    )


def _places(row: Row) -> tuple[Place, ...]:
    report = json.loads(str(row["evidence"] or "{}")).get("report", [])
    return tuple(Place(one["file"], one["version"], one["line"], one["sha256"]) for one in report)


def _answer(row: Row, answer: Row | None) -> tuple[str, ...]:
    """What Alipay+ said to inquiryPayment; nothing if it was never asked."""
    if not row["answer"] or answer is None:
        return ()
    amount, currency = answer["amount_minor"], answer["currency"]
    said = {
        "You answered inquiryPayment": ANSWERS.get(row["answer"], row["answer"]),
        "Answered": answer["answered_at"] and instant_text(answer["answered_at"]),
        "Amount in the answer": money(amount, currency) if amount is not None and currency else "",
        "paymentId in the answer": answer["provider_payment_id"],
        "resultCode": answer["result_code"],
        "sha256 of the answer as received": answer["reply_sha256"],
    }
    return tuple(f"{name}: {value}" for name, value in said.items() if value)
