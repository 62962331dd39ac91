"""Everything known about one id as events in the order of time, and how a person reads them.

What is gathered here comes from `views/trail/gather.py`; nothing is judged anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from recon.clearing_day import CLEARING_ZONE
from recon.export_text import printable
from recon.listing import some_of
from views.terminal import json_text
from views.trail.batch_story import BatchRows, batch_events
from views.trail.event import START, Event, Row, amount, instant, of_day, place
from views.who_and_where import where_lines
from views.wording import ZONE, actor

_MOMENTS = {
    "order": {
        "created_at": "order created",
        "paid_at": "paid, as reported by Alipay+",
        "confirmed_at": "sale confirmed by the merchant",
        "cancel_requested_at": "cancel requested",
    },
    "refund": {
        "requested_at": "refund requested",
        "refunded_at": "refunded, as reported by Alipay+",
        "voided_at": "sale voided in our database",
        "alert_sent_at": "alert 'void failed' sent",
    },
}
MONEY = {  # of any row, the first that it has
    "amount_minor": "currency", "settlement_amount_minor": "settlement_currency", "fee_amount_minor": "fee_currency",
}  # fmt: skip
MOVED = ("RESOLVED", "DECIDED", "ENDED")
IN_TRAIL = ("Merchant", "Store", "Till", "Till number", "Wallet")  # times and states are events of their own
_BY = {"FILE": "by a report", "INQUIRY": "by Alipay+'s answer", "PERSON": "by a change on our side"}


@dataclass
class Findings:
    """What was gathered about an id: rows of tables, `as_of_day` on those of one day."""

    payments: list[Row] = field(default_factory=list)
    refunds: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)  # with `raw`
    quarantined: list[Row] = field(default_factory=list)  # with `raw`
    outcomes: list[Row] = field(default_factory=list)
    items: list[Row] = field(default_factory=list)
    movements: list[Row] = field(default_factory=list)
    decisions: list[Row] = field(default_factory=list)  # of the journal
    corrections: list[Row] = field(default_factory=list)  # what a later run of a day changed in its list
    questions: list[Row] = field(default_factory=list)  # of the journal, with `exchange`: what was said, verbatim
    writes: list[Row] = field(default_factory=list)
    batches: BatchRows = field(default_factory=BatchRows)


def events(found: Findings, grace: timedelta) -> list[Event]:
    """All events, oldest first."""
    every = [
        *_stored("order", found.payments, "order_key", grace),
        *_stored("refund", found.refunds, "refund_key", grace),
        *(_line(row) for row in found.lines),
        *(_quarantined(row, grace) for row in found.quarantined),
        *(_outcome(row, grace) for row in found.outcomes),
        *(_item(row, grace) for row in found.items),
        *(_question(row) for row in found.questions),
        *(_write(row) for row in found.writes),
        *(_resolved(row, grace) for row in found.movements if row["movement"] in MOVED),
        *(_decision(row) for row in found.decisions),
        *(_corrected(row) for row in found.corrections),
        *batch_events(found.batches, grace),
    ]
    return sorted(every, key=lambda event: event.rank)


def as_text(asked: str, ids: Iterable[str], known: list[Event]) -> str:
    """Lines for a terminal; times are UTC+8."""
    others = [value for value in ids if value != asked]
    linked = f", also known as or linked to {some_of(others)}" if others else ""
    head = [f"{asked}{linked} (times in {ZONE})"]
    for event in known:
        for_day = f" [day {event.day}]" if event.day else ""
        at = event.at.astimezone(CLEARING_ZONE)
        head.append(f"{at:%Y-%m-%d %H:%M:%S}  {event.kind:<10} {event.text}{for_day}")
        if event.facts.get("landed") is not None:
            head.append(f"{'':<32}file: {event.facts['landed']}, sha256 {event.facts['sha256']}")
        if event.facts.get("raw") is not None:
            head.append(f"{'':<32}raw: {event.facts['raw']}")
    return "".join(printable(line) + "\n" for line in head)


def as_json(asked: str, ids: Iterable[str], known: list[Event]) -> str:
    """The same for a program."""
    events = [
        {"at": event.at, "kind": event.kind, "day": event.day, "text": event.text, "facts": event.facts}
        for event in known
    ]
    return json_text({"id": asked, "ids": list(ids), "events": events})


def _stored(kind: str, rows: list[Row], key: str, grace: timedelta) -> Iterator[Event]:
    """The moments of an order or refund, then its state day by day where that changed."""
    newest: dict[object, Row] = {}
    shown: dict[object, str] = {}
    for row in sorted(rows, key=lambda row: str(row["as_of_day"])):
        text = f"{kind} {row[key]}: {_state(kind, row)}, {_money(row)}"
        if shown.get(row[key]) != text:
            yield of_day("orders", row, text, grace)
        shown[row[key]], newest[row[key]] = text, row
    for name, row in newest.items():
        for column, words in _MOMENTS[kind].items():
            if (at := instant(row[column])) is not None:
                yield Event(at, kind, f"{words}: {name}, {_money(row)}", facts=row)


def _state(kind: str, row: Row) -> str:
    if kind == "order":
        states = f"payment {row['pay_state']}, sale {row['confirm_state']}"
        if row["cancel_state"] not in (None, "NONE"):
            states += f", cancel {row['cancel_state']}"
    else:
        states = f"Alipay+ {row['provider_state']}, our database {row['local_state']}"
    return f"{states} (status {row['status_raw']})"


def _line(row: Row) -> Event:
    what = row.get("transaction_type") or row.get("fee_type") or "line"
    text = f"{_report(row)} has {what} {_money(row)}: {place(row)}"
    at = instant(row["transaction_at"]) or instant(row["clearing_day"]) or START
    return Event(at, "report", text, row["clearing_day"], row)


def _report(row: Row) -> str:
    return f"{str(row['kind']).replace('_', ' ')} report"


def _quarantined(row: Row, grace: timedelta) -> Event:
    text = (
        f"a line of the {_report(row)} was not understood ({row['reason']}): "
        f"{row['file_name']} version {row['version']}, line {row['line_number']}"
    )
    return of_day("quarantine", row | {"as_of_day": row["clearing_day"]}, text, grace)


def _outcome(row: Row, grace: timedelta) -> Event:
    flags = f" {row['flags']}" if row["flags"] else ""
    key = row.get("refund_key") or row["order_key"] or row.get("provider_transaction_id")
    return of_day("outcome", row, f"{row['code']}{flags} for {key or 'a report line'}", grace)


def _item(row: Row, grace: timedelta) -> Event:
    at_risk = amount(row["amount_at_risk_minor"], row["currency"])
    text = (
        f"{row['break_code']} {row['break_name']} {row['severity']} {row['state']}, "
        f"at risk {at_risk}, {actor(str(row['who_acts']))} acts, open since {row['opened_day']}: "
        f"{row['explanation']}{_where(row)}"
    )
    return of_day("break", row, text, grace)


def _where(row: Row) -> str:
    """Who sold and where, in a sentence; nothing where the list does not say."""
    known = {name: value for name, value in where_lines(row) if name in IN_TRAIL}
    return f" {', '.join(f'{name} {value}' for name, value in known.items())}." if known else ""


def _resolved(row: Row, grace: timedelta) -> Event:
    if row["movement"] == "DECIDED":
        return of_day("movement", row, f"{row['code_before']} left the list by a decision of two people", grace)
    now = f", the data now says {row['outcome']}" if row["outcome"] else ""
    by = f" {_BY[str(row['resolved_by'])]}" if row["resolved_by"] else ""
    return of_day("movement", row, f"{row['code_before']} resolved{by}{now}", grace)


def _decision(row: Row) -> Event:
    """What a person decided, when, and how it is known who that was."""
    value = f" {row['value']}" if row["value"] else ""
    because = f": {row['because']}" if row["because"] else ""
    what = str(row["kind"]).lower().replace("_", " ")
    text = f"{what}{value} by {row['decided_by']} ({row['known_by']}){because}; decision {row['seq']}"
    return Event(row["decided_at"], "decision", text, row["as_of_day"], row)


def _corrected(row: Row) -> Event:
    """What a later run of a day changed, at the instant at which it was recorded."""
    before, after = (row[side] or "not listed" for side in ("before", "after"))
    risks = [amount(row[f"amount_{side}_minor"], row["currency"]) for side in ("before", "after") if row[side]]
    risk = f", at risk {' -> '.join(dict.fromkeys(risks))}"
    text = f"list run again: {before} -> {after}{risk}"
    return Event(instant(row["recorded_at"]) or START, "revision", text, row["as_of_day"], row)


def _question(row: Row) -> Event:
    """One question to Alipay+ and what came of it, at the instant at which that was known."""
    asked = f"asked about {row['asked_by']} {row['asked_id']} for {row['break_code']}, question {row['ordinal']}"
    if row["outcome"] is None:
        return Event(instant(row["claimed_at"]) or START, "inquiry", f"{asked}: no outcome yet", facts=row)
    said = str(row["finding"] or row["reason"] or row["outcome"])
    if row["finding"] == "PAID":
        said += f", {_money(row)}"
    if row["differences"]:
        said += f" ({row['differences']})"
    return Event(instant(row["told_at"]) or START, "inquiry", f"{asked}: {row['outcome']}, {said}", facts=row)


def _write(row: Row) -> Event:
    """A result of Alipay+ that was stored in the orders database, or was not."""
    text = f"result for order {row['order_key']}: {row['result'] or 'was to be stored; what became of it is not known'}"
    return Event(instant(row["told_at"] or row["intended_at"]) or START, "stored", text, facts=row)


def _money(row: Row) -> str:
    for minor, currency in MONEY.items():
        if row.get(minor) is not None:
            return amount(row[minor], row.get(currency))
    return amount(None, None)
