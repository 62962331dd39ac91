"""Small random histories for Hypothesis: sales, what the reports say of them, and changes day by day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl
from hypothesis import strategies as st

from recon.orders import PAYMENT_SCHEMA
from tests.support.records import Record, order_of, refund_of, report_rows

START = date(2026, 11, 20)
DAYS = 4
SALES = (1, 20, 20, 20)
UTC8 = timedelta(hours=8)
ROW_IDS = ("request_id", "original_request_id", "provider_transaction_id", "original_provider_transaction_id")
ITEM_IDS = (
    "payment_request_id",
    "refund_request_id",
    "provider_transaction_id",
    "order_key",
    "partner_key",
    "refund_key",
)
ORDER_IDS = ("payment_request_id", "provider_payment_id", "order_key")
REFUND_IDS = ("refund_request_id", "provider_refund_id", "refund_key")
COLUMNS = (
    "type", "request", "transaction", "original", "original_transaction", "amount", "settles", "at", "batch", "seq",
)  # fmt: skip


@dataclass
class Story:
    """One sale and its refunds: what is known of it on each day, and the rows of each day."""

    orders: dict[int, Record] = field(default_factory=dict)  # the state from this day on
    refunds: dict[int, dict[str, Record]] = field(default_factory=dict)
    rows: dict[int, list[str]] = field(default_factory=dict)  # lines of a report table
    order_away: range = range(0)  # days on which the source does not have it
    refunds_away: dict[str, range] = field(default_factory=dict)  # refund key -> likewise

    def state(self, day: int) -> Record | None:
        """The order as it is on a day."""
        known = [offset for offset in self.orders if offset <= day]
        return self.orders[max(known)] if known and day not in self.order_away else None

    def refunds_on(self, day: int) -> list[Record]:
        """The refunds as they are on a day."""
        states: dict[str, Record] = {}
        for offset in sorted(self.refunds):
            if offset <= day:
                states |= self.refunds[offset]
        return [refund for key, refund in states.items() if day not in self.refunds_away[key]]


def rarely(common: Any, *rare: Any) -> st.SearchStrategy[Any]:
    """Mostly the normal case."""
    return st.sampled_from([common] * (3 * len(rare)) + list(rare))


PAY = rarely("SUCCESS", "INIT", "FAILED", "CLOSED", "UNMAPPED")
CONFIRM = rarely("CONFIRMED", "NOT_CONFIRMED", "CANCELLED", "UNMAPPED")
CLOCK = rarely("12:00", "23:58", "00:00", "23:59:59")
PROVIDER = rarely("SUCCESS", "UNKNOWN", "FAILED", "INIT", "NEVER_SENT", "UNMAPPED")
AWAY = rarely(range(0), range(1, DAYS), range(1, 2), range(2, DAYS))
LOCAL = rarely("VOIDED", "PENDING", "VOID_FAILED", "UNMAPPED")


@st.composite
def stories(draw: st.DrawFn, number: int) -> Story:
    """A sale with a few of the things that go wrong."""
    story, key = Story(), f"O{number}"
    born = draw(rarely(0, -1, 1, 2))
    late = draw(rarely(0, 1, 2))
    cells = {
        "order": key,
        "created": f"{born:+d} {draw(CLOCK)}",
        "pay": draw(PAY),
        "confirm": draw(CONFIRM),
        "transaction": draw(rarely(f"PAY-{key}", "-", f"PAY-O{number + 1}")),
        "terminal": f"T{number // 2}",
        "till": draw(rarely(f"N{number}", f"N{number // 2}")),
        "settles": draw(rarely("-", "10.00 EUR", "9.99 EUR", "10.00 USD")),
        "psp": draw(rarely("WALLET", "CN")),
        "voided_in_full": draw(rarely("-", "yes", "no")),
        "test": draw(rarely("no", "yes")),
    }
    cancel = draw(rarely("NONE", "FAILED", "SUCCESS", "UNMAPPED"))
    if cancel != "NONE":
        cells |= {
            "cancel": cancel,
            "cancel_at": f"{born + 1:+d} {draw(st.sampled_from(['00:15:00', '00:15:01']))}",
        }
    seen_from = max(born, 0) + late
    order = order_of({name: str(cell) for name, cell in cells.items()}, START)
    if draw(rarely(True, False)):
        story.orders[seen_from] = order
        if draw(rarely(False, True)):
            story.orders[seen_from + 1] = later_state(draw, order, seen_from + 1)
    add_payment_rows(draw, story, key, max(born, 0))
    story.order_away = draw(AWAY)
    for place in range(draw(st.sampled_from([0, 0, 1, 1, 2, 3]))):
        refund = f"V{number}-{place}"
        story.refunds_away[refund] = draw(AWAY)
        add_refund(draw, story, key, refund, max(born, 0))
    return story


def later_state(draw: st.DrawFn, order: Record, day: int) -> Record:
    """The same order, changed on a later day."""
    changed = order | {
        "pay_state": draw(PAY),
        "confirm_state": draw(CONFIRM),
        "voided_in_full": draw(rarely(None, True)),
    }
    after_the_day = draw(rarely(False, True))
    updated = f"{day + 1:+d} 01:00" if after_the_day else f"{day:+d} 07:00"
    fresh = order_of({"order": str(order["order_key"]), "updated": updated}, START)
    if changed["pay_state"] == "SUCCESS" and order["paid_at"] is None:
        changed |= {
            "paid_at": order["created_at"],
            "provider_payment_id": fresh["provider_payment_id"],
        }
    assert changed.keys() == PAYMENT_SCHEMA.keys()
    return changed | {"updated_at": fresh["updated_at"]}


def add_payment_rows(draw: st.DrawFn, story: Story, key: str, day: int) -> None:
    """None, one or several rows, on its day or another."""
    for copy in range(draw(st.sampled_from([1, 1, 1, 1, 0, 2]))):
        on = min(day + int(str(draw(rarely(0, 1, 2)))), DAYS - 1)
        amount = draw(rarely("10.00 EUR", "10.01 EUR", "1000.00 EUR", "10.00 USD"))
        story.rows.setdefault(on, []).append(
            line(
                type="PAYMENT",
                request=draw(rarely(key, "-", f"{key}-CUT")),
                transaction=draw(rarely(f"PAY-{key}", f"PAY-{key}-{copy}")),
                amount=amount,
                settles=draw(rarely("10.00 EUR", "10.01 EUR", "9.00 USD")),
                batch=draw(rarely("", "B2")),
            )
        )


def add_refund(draw: st.DrawFn, story: Story, order: str, key: str, day: int) -> None:
    """A refund of ours, its row, or both."""
    amount = draw(st.sampled_from(["4.00 EUR", "3.00 EUR", "7.00 EUR", "10.00 EUR"]))
    on = min(day + int(str(draw(rarely(0, 1, 2, 3)))), DAYS - 1)
    if draw(rarely(True, False)):
        provider = draw(PROVIDER)
        is_elsewhere = provider == "SUCCESS" and draw(rarely(False, True))
        cells = {
            "refund": key,
            "order": draw(st.sampled_from(["GONE", f"O{int(order[1:]) - 1}"])) if is_elsewhere else order,
            "amount": amount,
            "provider": provider,
            "local": draw(LOCAL),
            "requested": f"{on:+d} {draw(rarely('13:00', '13:05', '20:00', '23:59:58'))}",
            "alert": draw(rarely("-", "13:30")),
        }
        if provider == "NEVER_SENT":
            cells["sent"] = "-"
        state = refund_of({name: str(cell) for name, cell in cells.items()}, START)
        story.refunds[on] = story.refunds.get(on, {}) | {key: state}
        if draw(rarely(False, True)) and provider != "NEVER_SENT" and not is_elsewhere:
            changed = refund_of(
                {name: str(cell) for name, cell in cells.items()}
                | {
                    "provider": "SUCCESS",
                    "local": str(draw(LOCAL)),
                    "updated": f"{on + 1:+d} 15:00",
                },
                START,
            )
            if draw(rarely(False, True)):  # answered after the next cut
                changed |= refund_of({"refund": key, "order": order, "requested": f"{on + 2:+d} 00:05"}, START) | {
                    name: changed[name] for name in ("requested_at", "order_key", "amount_minor", "local_state")
                }
            story.refunds[on + 1] = story.refunds.get(on + 1, {}) | {key: changed}
    for copy in range(draw(st.sampled_from([1, 1, 1, 0, 2]))):
        when = min(on + int(str(draw(rarely(0, 1)))), DAYS - 1)
        is_named = draw(rarely(True, False))
        story.rows.setdefault(when, []).append(
            line(
                type=draw(rarely("REFUND", "REVERSAL")),
                request=draw(rarely(key, "-", f"{key}-CUT")),
                transaction=draw(rarely(f"RFD-{key}", f"RFD-{key}-{copy}")),
                original=order if is_named else "-",
                original_transaction=f"PAY-{order}",
                amount=draw(rarely(amount, "5.00 EUR", "4.00 USD")),
                settles=draw(rarely("", "3.98 EUR")),
                batch=draw(rarely("", "B2")),
            )
        )


def line(**cells: object) -> str:
    """One line of a report table."""
    return " | ".join(str(cells.get(name, "")) for name in COLUMNS)


def table(lines: list[str], day: date) -> list[Record]:
    """The rows of a day; the number of a file tells the days of one batch apart."""
    placed = [f"{text}{day.day:03d}" for text in lines]
    return report_rows("\n".join([" | ".join(COLUMNS), *placed]), day) if lines else []


@st.composite
def histories(draw: st.DrawFn) -> list[Story]:
    """One sale, or many on the same days, which are played once for all."""
    count = draw(st.sampled_from(SALES))
    return [draw(stories(number)) for number in range(count)]


def inputs(stories: list[Story], day: int) -> tuple[list[Record], list[Record], list[Record]]:
    """Orders, refunds and rows of a day."""
    orders = [state for story in stories if (state := story.state(day)) is not None]
    refunds = [refund for story in stories for refund in story.refunds_on(day)]
    rows = table([text for story in stories for text in story.rows.get(day, [])], START + timedelta(days=day))
    return orders, refunds, rows


def as_loaded(
    orders: list[Record],
    refunds: list[Record],
    rows: list[Record],
    day: date,
    before: pl.DataFrame,
    needed: set[str],
) -> tuple[list[Record], list[Record]]:
    """What a source hands over: the window of the day, and by key what rows and open breaks name.

    `needed`: keys of refunds that were known of orders on the list.
    """
    begin = datetime.combine(day - timedelta(days=2), time(0)) - UTC8
    end = datetime.combine(day + timedelta(days=1), time(0)) - UTC8
    opened = before.filter(pl.col("state") != "NOTED").to_dicts()
    ids = {row[name] for row in rows for name in ROW_IDS}
    ids |= {item[name] for item in opened for name in ITEM_IDS}

    def is_wanted(record: Record, born: str, others: tuple[str, ...], names: tuple[str, ...]) -> bool:
        moments = [record[born], *(record[name] for name in others)]
        is_touched = any(isinstance(at, datetime) and at >= begin for at in moments)
        at = record[born]
        assert isinstance(at, datetime)
        return (at < end and is_touched) or any(record[name] and record[name] in ids for name in names)

    in_refunds = [
        refund
        for refund in refunds
        if refund["refund_key"] in needed
        or is_wanted(refund, "requested_at", ("updated_at", "refunded_at"), REFUND_IDS)
    ]
    named = {refund["order_key"] for refund in in_refunds}
    in_orders = [
        order
        for order in orders
        if order["order_key"] in named or is_wanted(order, "created_at", ("updated_at", "paid_at"), ORDER_IDS)
    ]
    older = {order["order_key"] for order in in_orders if order["created_at"] < begin}
    return in_orders, [r for r in refunds if r in in_refunds or r["order_key"] in older]
