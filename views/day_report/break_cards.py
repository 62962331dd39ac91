"""One break as a card: its sentence, both values, who acts until when, what Alipay+ said, and the evidence.

Rows of the list (`recon.breaks.items.ITEM_SCHEMA`) in, words out; the order of the list is kept.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from recon.breaks.break_id import parse_break_id
from recon.breaks.catalogue import State
from recon.breaks.causes import ONE_LINE
from recon.listing import capitalize_first, counted
from views.day_report.decided import decision_lines
from views.urgency import NEAR, is_trifle
from views.who_and_where import merchant_text, where_lines
from views.wording import NOTHING, SEVERITIES, STATES, actor, day_text, instant_text, money, name_text

SHOWN = {"S1": 8, "S2": 5, "S3": 3, "S4": 3}  # cards per severity that one sees at once; the next are folded
FOLDED = 2_000  # folded cards of a day; beyond them the other files have all
LINES = 4  # of the evidence
LONG = 400  # characters of a text that no one wrote for a card
ASKED = re.compile(r"^(?P<before>.*?) (?P<said>Asked (?:once|\d+ times), Alipay\+ says: .*)$", re.DOTALL)
OURS = {"order_key": "our order", "refund_key": "our refund", "partner_key": "compared with"}
SIDES = {  # of a code or a family, where they are not our order and its report row
    "B": ("Cleared", "Settled"),
    "B07": ("At the bank", "Settled"),
    "B08": ("At the bank", "Settled"),
    "C": ("By contract", "Charged"),
}
KEYS = {"batch": "clearing batch", "settlement": "settlement", "incident": "where"}
Row = Mapping[str, Any]
Card = dict[str, Any]  # what a person reads of one break, see `card`


@dataclass(frozen=True)
class Severity:
    """The breaks of one severity: causes of several, the first single ones, those that are folded, and the trifles."""

    code: str
    meaning: str
    causes: tuple[dict[str, Any], ...]  # see `cause_lines`
    cards: tuple[Card, ...]
    folded: tuple[Card, ...]
    trifles: tuple[Card, ...]
    total: int  # of all its breaks, those under a cause too
    more: int  # how many of its single breaks are not on the page

    @property
    def absent(self) -> int:
        """How many are not on the page."""
        return self.more + sum(int(line["more"]) for line in self.causes)

    @property
    def all_cards(self) -> tuple[Card, ...]:
        """Every break that is on the page."""
        return (*(card for line in self.causes for card in line["cards"]), *self.cards, *self.folded, *self.trifles)


def by_severity(items: pl.DataFrame, causes: pl.DataFrame, moment: datetime) -> list[Severity]:
    """Open breaks (ITEM_SCHEMA, in the order of the list) by severity; those without a break are left out.

    `causes`: `recon.breaks.causes.breaks_by_cause`; a cause is with the gravest of its breaks.
    """
    caused = {key for ids in causes["break_ids"] for key in ids}
    single = items.filter(~pl.col("break_id").is_in(list(caused)))
    found, room = [], FOLDED
    for code, meaning in SEVERITIES.items():
        lines = cause_lines(items, causes.filter(pl.col("severity") == code), room, moment)
        room -= sum(len(line["cards"]) for line in lines)
        rows = single.filter(pl.col("severity") == code)
        if rows.height or lines:
            made = cards(rows.filter(~is_trifle(moment)).head(SHOWN[code] + room), moment)
            shown, folded = made[: SHOWN[code]], made[SHOWN[code] :]
            trifles = cards(rows.filter(is_trifle(moment)).head(room - len(folded)), moment)
            total = rows.height + sum(line["total"] for line in lines)
            more = rows.height - len(made) - len(trifles)
            found.append(Severity(code, meaning, lines, shown, folded, trifles, total, more))
            room -= len(folded) + len(trifles)
    return found


def cause_lines(items: pl.DataFrame, causes: pl.DataFrame, room: int, moment: datetime) -> tuple[dict[str, Any], ...]:
    """Each cause (`recon.breaks.causes.breaks_by_cause`) with its breaks out of `items`, `room` in all.

    `at_risk`, `in_doubt`: a sum in each currency. `more`: how many of its breaks are not on the page.
    """
    lines = []
    for _, rows in causes.group_by(*ONE_LINE, maintain_order=True):
        first = rows.row(0, named=True)
        made = cards(items.filter(pl.col("break_id").is_in(rows["break_ids"].explode().to_list())).head(room), moment)
        room -= len(made)
        sums = {
            name: tuple(money(row[name], row["currency"]) for row in rows.iter_rows(named=True) if row[count])
            for name, count in (("amount_at_risk_minor", "at_risk_count"), ("in_doubt_minor", "in_doubt_count"))
        }
        lines.append(
            {
                "cause": capitalize_first(first["cause"]),
                "code": first["break_code"],
                "name": name_text(first["break_name"]),
                "who": actor(first["who_acts"]),
                "to_do": first["what_to_do"],
                "at_risk": sums["amount_at_risk_minor"],
                "in_doubt": sums["in_doubt_minor"],
                "cards": made,
                "total": first["of_cause"],
                "more": first["of_cause"] - len(made),
            }
        )
    return tuple(lines)


def cards(items: pl.DataFrame, moment: datetime) -> tuple[Card, ...]:
    """Breaks as cards, in the order of the list."""
    return tuple(card(row, moment) for row in items.iter_rows(named=True))


def card(row: Row, moment: datetime) -> Card:
    """One break; `moment` is the instant for which the list is made."""
    sentence, said = _split(str(row["explanation"] or ""))
    deadline = row["deadline_at"]
    left = deadline.replace(tzinfo=UTC) - moment if deadline else None
    return {
        "anchor": anchor(row),  # of its place in the page
        "code": row["break_code"],
        "name": name_text(row["break_name"] or ""),
        "severity": row["severity"],
        "sentence": sentence,
        # empty: nothing is at risk
        "at_risk": money(row["amount_at_risk_minor"], row["currency"]) if row["amount_at_risk_minor"] else "",
        "worth": _worth(row),  # in the reporting currency, where that is another one
        "party": row["party"] or "",
        "who": actor(row["who_acts"]),
        "to_do": row["what_to_do"] or "",
        "until": instant_text(deadline) if deadline else "",
        "is_near": left is not None and timedelta(0) <= left <= NEAR,
        "is_over": left is not None and left < timedelta(0),
        "age": age_text(row),
        "note": _note(row),  # asked again, reopened, other code before
        "figures": figures(row),
        "said": said if row["answer"] else "",  # what Alipay+ said when asked
        "merchant": row["merchant_name"] or row["merchant_id"] or "",
        "shop": merchant_text(row),  # the merchant with its id: several may have one name
        "owner": row.get("owner") or "",
        "state": STATES.get(row["state"], ""),
        # digits, in the reporting currency; empty: no value, or a figure in doubt
        "value_minor": "" if row["value_minor"] is None else str(row["value_minor"]),
        "age_days": row["age_days"] or 0,
        # the deadline in UTC, in an order that text has too; empty: none
        "due": f"{deadline:%Y-%m-%dT%H:%M}" if deadline else "",
        "where": where_lines(row),  # merchant, till, time, status
        "decided": decision_lines(row),  # owner, comment, what waits for a second person
        "ids": id_lines(row),
        "evidence": evidence_lines(row["evidence"] or ""),
    }


def anchor(row: Row) -> str:
    """The place of a break in the page, the same as long as the break lives; safe in an address."""
    return "b-" + hashlib.sha256(row["break_id"].encode()).hexdigest()[:12]


def age_text(row: Row) -> str:
    """`new today`, `3 days, since 17 Nov 2026`."""
    if not row["opened_day"]:
        return NOTHING
    age = row["age_days"] or 0
    return f"{counted(age, 'day')}, since {day_text(row['opened_day'])}" if age else "new on this day"


def evidence_lines(evidence: str) -> tuple[str, ...]:
    """File, version and line of each report row, and our keys."""
    try:
        parsed = json.loads(evidence or "{}")
        report, ours, answer = parsed.get("report", []), parsed.get("ours", {}), parsed.get("answer")
        lines = [f"{place['file']}, version {place['version']}, line {place['line']}" for place in report[:LINES]]
    except (ValueError, TypeError, KeyError, AttributeError):
        return (evidence[:LONG],)
    if len(report) > LINES:
        lines.append(f"and {counted(len(report) - LINES, 'more line')}")
    if any(name in ours for name in OURS):
        keys = [f"{word} {ours[name]}" for name, word in OURS.items() if name in ours]
        lines.append(", ".join(keys) + (f", in {ours['source_id']}" if "source_id" in ours else ""))
    if answer:
        lines.append(f"Alipay+'s answer to question {answer['question']}")
    return tuple(lines)


def _split(explanation: str) -> tuple[str, str]:
    """The sentence of the break, and what was asked and answered."""
    found = ASKED.match(explanation)
    return (found["before"], found["said"]) if found else (explanation, "")


def figures(row: Row) -> tuple[tuple[str, str], ...]:
    """Both amounts and their difference, each with its heading."""
    currency, difference = row["currency"], row["difference_minor"]
    shown = "none" if difference == 0 else money(difference, currency)
    one, other = SIDES.get(row["break_code"]) or SIDES.get(row["family"]) or ("Our side", "Alipay+ report")
    return (
        (one, money(row["order_amount_minor"], currency)),
        (other, money(row["report_amount_minor"], row["report_currency"] or currency)),
        ("Difference", f"+{shown}" if difference and difference > 0 else shown),
    )


def _worth(row: Row) -> str:
    """The value by which it is ranked, where it says more than the amount at risk."""
    if row["value_minor"] is None or row["value_currency"] == row["currency"]:
        return ""
    return money(row["value_minor"], row["value_currency"])


def _note(row: Row) -> str:
    notes = []
    if row["state"] == State.ASKED:
        notes.append("will be asked again")
    elif row["inquiry"] in ("Y", "C") and row["family"] == "P" and not row["asked_count"]:
        notes.append("not asked yet")
    if row["previous_code"]:
        notes.append(f"was {row['previous_code']} before")
    if row["reopened_count"]:
        notes.append(f"reopened, first opened {day_text(row['first_opened_day'])}")
    return "; ".join(notes)


def id_lines(row: Row) -> tuple[tuple[str, str], ...]:
    """The ids that both sides know, each with its name at Alipay+."""
    names = {
        "payment_request_id": "paymentRequestId",
        "refund_request_id": "refundRequestId",
        "provider_transaction_id": KEYS.get(_key_kind(row), "Alipay+ id"),
    }
    if row["provider_transaction_id"] in (row["payment_request_id"], row["refund_request_id"]):
        del names["provider_transaction_id"]  # lists of older days put the request in the place of an id that is none
    return tuple((name, row[column]) for column, name in names.items() if row[column])


def _key_kind(row: Row) -> str:
    found = parse_break_id(str(row["break_id"]))
    return found.kind if found else ""
