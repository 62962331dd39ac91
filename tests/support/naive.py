"""The catalogue read once more, in plain Python over dictionaries, and slowly.

Written from the description of the breaks, not from the rules: each day it looks at every order,
every refund and every report row there ever was. The statements must find the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from recon.tolerance import Tolerance

Record = Mapping[str, Any]
UTC8 = timedelta(hours=8)
CANCEL_UNTIL = timedelta(days=1, minutes=15)
NOTES = ("P12", "P20", "R11", "R03s")
SEVERE = ("P08", "P09", "R14", "P11", "P14", "P15", "P18", "P13", "P12")
ANSWERED = ("SUCCESS", "UNMAPPED")
LASTING = ("P14", "P15")
SEVERE_REFUNDS = ("R06", "R10", "R07", "R08", "R13", "R03s", "R11")


def payment_code(
    *, has_order: bool, rows: int, pay: str | None, confirm: str | None, is_test: bool, netted: bool,
    refunded: bool, in_confirm_grace: bool, in_init_grace: bool, hard: bool, answer: str = "",
    settled_earlier: bool = False, before_start: bool = False,
) -> str:  # fmt: skip
    """The table of payments, from top to bottom."""
    if settled_earlier:
        return "OK_ARCHIVED"
    if not has_order:
        return "P10" if rows > 1 else "P06"
    if is_test and rows == 0:
        return "OK_TEST"
    if "UNMAPPED" in (pay, confirm):
        return "P16"
    if rows > 1:
        return "P10"
    if rows == 1:
        if pay in ("INIT", "FAILED"):
            return {"INIT": "P01", "FAILED": "P02"}[str(pay)]
        if pay == "CLOSED":
            return "P20" if netted else "P03"
        if confirm == "NOT_CONFIRMED":
            if refunded:
                return "OK_REFUNDED"
            return "OK_AWAIT_CONFIRM" if in_confirm_grace else "P04"
        if confirm == "CANCELLED":
            return "OK_REFUNDED" if refunded else "P05"
        return "P00"
    if before_start:
        return "OK_BEFORE_START"
    if confirm == "CONFIRMED" and pay != "SUCCESS":
        return "P19"
    if pay == "SUCCESS":
        return "P07" if hard else "T01"
    if pay == "INIT":
        if answer == "PAID":
            return "P01"
        return "OK_INFLIGHT" if in_init_grace else "P17"
    return "OK_NO_MONEY"


def refund_code(
    *, has_local: bool, rows: int, provider: str | None, local: str | None, hard: bool, is_test: bool = False,
    settled_earlier: bool = False, before_start: bool = False,
) -> str:  # fmt: skip
    """The table of refunds, from top to bottom."""
    if not has_local:
        return "R10" if rows > 1 else "R04"
    if settled_earlier:
        return "OK_ARCHIVED"
    if is_test and rows == 0:
        return "OK_TEST"
    if "UNMAPPED" in (provider, local):
        return "R16"
    if rows > 1:
        return "R10"
    if rows == 1:
        if local != "VOIDED":
            return "R01"
        return "R00"
    if provider == "SUCCESS" and local != "VOIDED":
        return "R01"
    if before_start:
        return "OK_BEFORE_START"
    if local == "VOIDED" and provider != "SUCCESS":
        return "R02"
    if provider == "SUCCESS":
        return "R05" if hard else "T02"
    return "R03" if provider in ("INIT", "UNKNOWN") else "OK_REFUSED"


@dataclass(frozen=True)
class Verdict:
    """An outcome: code, what else it shows, the day of its newest row."""

    code: str
    flags: frozenset[str]
    newest: date | None


def day_of(instant: object) -> date:
    """The clearing day of an instant without zone."""
    assert isinstance(instant, datetime)
    return (instant + UTC8).date()


def is_scaled(ours: int, theirs: int) -> bool:
    """A power of ten apart, up to a thousand."""
    return ours != theirs and any(ours * 10**n == theirs or theirs * 10**n == ours for n in (1, 2, 3))


@dataclass
class Closed:
    """Rows, and refunds as they were, that need nothing more."""

    rows: dict[tuple[object, object], str] = field(default_factory=dict)  # file and line: order or refund
    refunds: dict[str, Record] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)  # of the breaks of the day before
    adopted: dict[tuple[object, object], str] = field(default_factory=dict)  # pairs by Alipay+ id: first row, order

    def has(self, rows: Iterable[Record]) -> bool:
        """All of them."""
        return all(place(row) in self.rows for row in rows)

    def without_owner(self, rows: Iterable[Record], known: Collection[str]) -> bool:
        """All of them, and of those that they were settled with none is known any more."""
        return self.has(rows) and not any(self.rows[place(row)] in known for row in rows)

    def are_of_another(self, rows: Iterable[Record], order_key: str) -> bool:
        """One of them was settled with another order than this."""
        return any(self.rows.get(place(row), order_key) != order_key for row in rows)

    def add(self, day: NaiveDay, handed_over: Collection[str]) -> None:
        """What a day judged and does not hand over to the next one."""
        self.ids = day.ids
        for name, rows in {**day.unknown_payments, **day.rows_of}.items():
            if not day.payments.keys() & {name, f"?{name}"}:
                continue
            for row in rows:
                self.rows.pop(place(row), None)
            if name in day.rows_of and not {name, f"P/shop/order/{name}"} & set(handed_over):
                self.rows |= {place(row): name for row in rows}
        self.adopted |= {place(day.rows_of[key][0]): key for key in day.adopted & day.payments.keys()}
        for key in day.refund_verdicts.keys() & day.refunds.keys():
            if f"R/shop/refund/{key}" not in handed_over:
                self.rows |= {place(row): key for row in day.refund_rows.get(key, [])}
                self.refunds[key] = day.refunds[key]


class NaiveDay:
    """One day; `open_before` holds the break ids (and pending order keys) of the day before.

    `gone`: orders and refunds that the list of the day before needs and that are not there any more, as last seen.
    `closed`: what was right on an earlier day and is on no list. It is not judged again if its order or refund is
    deleted later.
    """

    def __init__(
        self, orders: Iterable[Record], refunds: Iterable[Record], rows: Iterable[Record], day: date,
        start: date, tolerance: Tolerance, open_before: Iterable[str] = (),
        agreements: Mapping[str, tuple[str, str]] | None = None,
        gone: Iterable[Record] = (), closed: Closed | None = None,
    ) -> None:  # fmt: skip
        self.day, self.start, self.tolerance = day, start, tolerance
        midnight = datetime.combine(day, time())
        self.now = midnight + timedelta(days=1, hours=8, minutes=30) - UTC8
        self.orders = {str(o["order_key"]): o for o in orders}
        self.refunds = {str(r["refund_key"]): r for r in refunds}
        self.gone = {str(record.get("refund_key") or record["order_key"]): record for record in gone}
        for key, record in self.gone.items():
            (self.refunds if "refund_key" in record else self.orders)[key] = record
        self.open_before, self.closed = set(open_before), closed or Closed()
        self.agreements = agreements or {}
        kept = without_repeats(rows)
        self.paid_rows = [r for r in kept if r["row_role"] == "PAYMENT"]
        self.other_rows = [r for r in kept if r["row_role"] != "PAYMENT"]
        self.pair_payments()
        self.pair_refunds()
        self.payments: dict[str, Verdict] = {}
        self.refund_verdicts: dict[str, Verdict] = {}
        self.groups: dict[str, Verdict] = {}
        self.ids: dict[str, str] = {}
        self.judge_payments()
        self.judge_refunds()

    # Pairing: request ids first, then Alipay+'s own ids among those still alone.

    def pair_payments(self) -> None:
        groups: dict[str, list[Record]] = defaultdict(list)
        for row in self.paid_rows:
            groups[str(row["request_id"] or row["provider_transaction_id"])].append(row)
        by_request = {str(o["payment_request_id"]): key for key, o in self.orders.items()}
        self.rows_of: dict[str, list[Record]] = {}
        lonely: list[str] = []
        for name, rows in groups.items():
            owner = by_request.get(name) if rows[0]["request_id"] else None
            if owner is None:
                lonely.append(name)
            else:
                self.rows_of[owner] = rows
        pairs = [
            (name, key)
            for name in lonely
            for key, order in self.orders.items()
            if key not in self.rows_of
            and order["provider_payment_id"] == groups[name][0]["provider_transaction_id"]
            and not self.closed.are_of_another(groups[name], key)
        ]
        lasting = [(name, key) for name, key in pairs if self.closed.adopted.get(place(groups[name][0])) == key]
        taken = {groups[name][0]["provider_transaction_id"] for name, _ in lasting}
        pairs = lasting + [pair for pair in pairs if groups[pair[0]][0]["provider_transaction_id"] not in taken]
        shared = [groups[name][0]["provider_transaction_id"] for name, _ in pairs]
        self.adopted: set[str] = set()
        for name, key in pairs:
            if shared.count(groups[name][0]["provider_transaction_id"]) == 1:
                self.rows_of[key] = groups[name]
                self.adopted.add(key)
                lonely.remove(name)
        self.unknown_payments = {name: groups[name] for name in lonely}

    def pair_refunds(self) -> None:
        by_request = {str(r["refund_request_id"]): key for key, r in self.refunds.items() if r["refund_request_id"]}
        self.refund_rows: dict[str, list[Record]] = defaultdict(list)
        self.refund_adopted: set[str] = set()
        rest = []
        for row in self.other_rows:
            owner = by_request.get(str(row["request_id"]))
            if row["row_role"] == "REFUND" and row["request_id"] and owner:
                self.refund_rows[owner].append(row)
            else:
                rest.append(row)
        taken = set(self.refund_rows)
        self.unknown_refunds: dict[str, list[Record]] = defaultdict(list)
        for row in rest:
            alone = [
                key for key, refund in self.refunds.items()
                if key not in taken and refund["provider_refund_id"]
                and refund["provider_refund_id"] == row["provider_transaction_id"]
            ]  # fmt: skip
            if row["row_role"] == "REFUND" and len(alone) == 1:
                self.refund_rows[alone[0]].append(row)
                self.refund_adopted.add(alone[0])
            else:
                name = row["request_id"] or row["provider_transaction_id"]
                self.unknown_refunds[f"{row['row_role']}/{name}"].append(row)
        self.rows_about: dict[str, list[tuple[Record, str | None]]] = defaultdict(list)
        for key, rows in self.refund_rows.items():
            self.rows_about[str(self.refunds[key]["order_key"])] += [(row, key) for row in rows]
        for rows in self.unknown_refunds.values():
            for row in rows:
                if original := self.original_of(row):
                    self.rows_about[original].append((row, None))

    def original_of(self, row: Record) -> str | None:
        wanted = row["original_request_id"] or row["request_id"]
        named = [key for key, o in self.orders.items() if o["payment_request_id"] == wanted]
        if not named and row["original_provider_transaction_id"]:
            paid = row["original_provider_transaction_id"]
            requests = {r["request_id"] for r in self.paid_rows if r["provider_transaction_id"] == paid}
            named = [key for key, o in self.orders.items() if o["payment_request_id"] in requests] or [
                key for key, o in self.orders.items() if o["provider_payment_id"] == paid
            ]
        return min(named, default=None)

    # Sums of an order's refunds; amounts of several currencies are no sum.

    def reported(self, key: str, currency: object, *, opposite: bool = False) -> int:
        rows = [
            row for row, _ in self.rows_about.get(key, [])
            if (row["sign"] == -1 if opposite else row["row_role"] == "REFUND")
        ]  # fmt: skip
        if any(row["currency"] != currency for row in rows):
            return 0
        return sum(int(row["amount_minor"]) for row in rows)

    def ours(self, key: str) -> list[Record]:
        return [r for r in self.refunds.values() if r["order_key"] == key and self.is_refund_due(r)]

    def local(self, key: str, currency: object) -> int:
        successes = self.successes(key)
        if any(r["currency"] != currency for r in successes):
            return 0
        return sum(int(r["amount_minor"]) for r in successes)

    def successes(self, key: str) -> list[Record]:
        """Refunds of ours that Alipay+ made; one that is deleted since then is known by its row."""
        return [r for r in self.ours(key) if r["provider_state"] == "SUCCESS"] + self.archived(key)

    def archived(self, key: str) -> list[Record]:
        return [
            row for row, owner in self.rows_about.get(key, [])
            if owner is None and row["row_role"] == "REFUND" and self.closed.without_owner([row], self.refunds)
        ]  # fmt: skip

    def is_refund_due(self, refund: Record) -> bool:
        key = str(refund["refund_key"])
        happened = day_of(refund["refunded_at"] or refund["requested_at"])
        is_named = key in self.refund_rows
        return happened <= self.day or is_named or f"R/shop/refund/{key}" in self.open_before

    # Payments.

    def judge_payments(self) -> None:
        for key, order in self.orders.items():
            rows = self.rows_of.get(key, [])
            reference = day_of(order["paid_at"] or order["created_at"])
            is_carried = f"P/shop/order/{key}" in self.open_before or key in self.open_before
            if rows or (reference >= self.start and (reference <= self.day or is_carried)):
                self.payments[key] = self.as_gone("P21", key, self.judge_payment(key, order, rows))
        for name, rows in self.unknown_payments.items():
            if self.closed.without_owner(rows, self.orders):
                continue
            code = payment_code(
                has_order=False, rows=len(rows), pay=None, confirm=None, is_test=False, netted=False,
                refunded=False, in_confirm_grace=False, in_init_grace=False, hard=False,
            )  # fmt: skip
            self.payments[f"?{name}"] = Verdict(code, frozenset(same_transaction(rows)), newest(rows))

    def as_gone(self, code: str, key: str, verdict: Verdict) -> Verdict:
        """What is gone has a code of its own; what it was last is told beside it."""
        if key not in self.gone:
            return verdict
        was = {verdict.code} if verdict.code[0] in "PRT" and verdict.code not in ("P00", "R00") else set()
        return Verdict(code, verdict.flags | was, verdict.newest)

    def judge_payment(self, key: str, order: Record, rows: list[Record]) -> Verdict:
        first = rows[0] if rows else {}
        paid, created = order["paid_at"] or order["created_at"], order["created_at"]
        assert isinstance(paid, datetime)
        assert isinstance(created, datetime)
        full = self.is_refunded(key)
        opposite = self.reported(key, first.get("currency"), opposite=True)
        pay = "UNMAPPED" if order["cancel_state"] == "UNMAPPED" else str(order["pay_state"])
        left = self.rows_left(key, order)
        netted = bool(rows) and opposite == self.captured(rows)
        code = payment_code(
            has_order=True, rows=left, pay=pay, confirm=str(order["confirm_state"]),
            is_test=bool(order["is_test"]), netted=netted, refunded=full,
            in_confirm_grace=self.now - paid <= self.tolerance.confirm_grace,
            in_init_grace=self.now - created <= self.tolerance.init_grace,
            hard=day_of(paid) + timedelta(days=self.tolerance.late_cycles) <= self.day,
        )  # fmt: skip
        raised = self.payment_flags(key, order, rows) if rows else []
        details = same_transaction(rows) if left > 1 else set()
        if key in self.adopted:
            is_other = first["request_id"] is not None and first["request_id"] != order["payment_request_id"]
            details.add("REQUEST_ID" if is_other else "PAIRED_BY_PROVIDER_ID")
        if "P08" in raised and is_scaled(int(order["amount_minor"]), int(first["amount_minor"])):
            details.add("SCALE")
        is_wrong = pay in ("INIT", "FAILED") or (pay == "CLOSED" and not netted)
        if left == 1 and full and is_wrong:
            details.add("MONEY_BACK")
        if left == 1 and not full and self.is_refunded_by_us(key):
            is_unfinished = pay == "SUCCESS" and order["confirm_state"] in ("NOT_CONFIRMED", "CANCELLED")
            asks_for_refund = "R14" in raised or ("P15" in raised and order["is_test"])
            is_sold = pay == "SUCCESS" and order["confirm_state"] == "CONFIRMED"
            if is_wrong or is_unfinished or (is_sold and asks_for_refund):
                details.add("REFUND_SENT")
        is_away = any(row["row_role"] == "OTHER" and row["sign"] == -1 for row, _ in self.rows_about.get(key, []))
        if pay == "SUCCESS" and order["confirm_state"] != "UNMAPPED" and not rows and is_away:
            details.add("MONEY_AWAY")
        is_test_charge = order["is_test"] and pay == "SUCCESS" and order["confirm_state"] != "UNMAPPED"
        if is_test_charge and left == 1 and full:
            details.add("TEST_REFUNDED")
        lasting = [flag for flag in raised if code == "P00" or (code == "OK_REFUNDED" and flag in LASTING)]
        if lasting:
            code = lasting[0]
            raised.remove(code)
        opposite_days = [row["clearing_day"] for row, _ in self.rows_about.get(key, [])]
        last = max([newest(rows), *opposite_days], default=None) if rows else None
        return Verdict(code, frozenset(details | set(raised)), last)

    def is_refunded(self, key: str) -> bool:
        rows = self.rows_of.get(key)
        if not rows:
            return False
        return int(rows[0]["amount_minor"]) > 0 and self.captured(rows) <= self.reported(key, rows[0]["currency"])

    def is_refunded_by_us(self, key: str) -> bool:
        """Alipay+ accepted refunds of ours of all that was captured, whatever the reports say."""
        rows = self.rows_of[key]
        return int(rows[0]["amount_minor"]) > 0 and self.captured(rows) <= self.local(key, rows[0]["currency"])

    def captured(self, rows: list[Record]) -> int:
        """What the rows of one payment took, in the currency of the first."""
        return sum(int(row["amount_minor"]) for row in rows if row["currency"] == rows[0]["currency"])

    def rows_left(self, key: str, order: Record) -> int:
        """One, if all that was taken beyond the first row went back, and we know of each refund; else all rows."""
        rows = self.rows_of.get(key, [])
        if len(rows) < 2 or len({row["currency"] for row in rows}) > 1:
            return len(rows)
        currency = rows[0]["currency"]
        back, refunded = self.reported(key, currency, opposite=True), self.reported(key, currency)
        known = self.local(key, currency)
        is_back = back - max(refunded - known, 0) >= self.captured(rows) - int(rows[0]["amount_minor"])
        is_sold = not order["voided_in_full"] or refunded >= self.captured(rows)
        return (
            1
            if is_back and is_sold and any(row["sign"] == -1 for row, _ in self.rows_about.get(key, []))
            else len(rows)
        )

    def payment_flags(self, key: str, order: Record, rows: list[Record]) -> list[str]:
        row = rows[0]
        same_currency = row["currency"] == order["currency"]
        found = {
            "P08": same_currency and row["amount_minor"] != order["amount_minor"],
            "P09": not same_currency,
            "R14": self.is_cancelled_too_late(key, order),
            "P11": self.has_earlier_twin(key, order),
            "P14": differs(row["settlement_currency"], order["settlement_currency"])
            or (self.is_contract_asked(rows) and self.is_elsewhere(order, row)),
            "P15": bool(order["is_test"]) and self.is_contract_asked(rows),
            "P18": differs(row["provider_transaction_id"], order["provider_payment_id"])
            or (key in self.adopted and differs(row["request_id"], order["payment_request_id"])),
            "P13": row["settlement_currency"] == order["settlement_currency"]
            and differs(row["settlement_amount_minor"], order["settlement_amount_minor"]),
            "P12": len(rows) == 1 and row["clearing_day"] == self.day and order["paid_at"] is not None
            and day_of(order["paid_at"]) != self.day,
        }  # fmt: skip
        return [code for code in SEVERE if found[code]]

    def is_elsewhere(self, order: Record, row: Record) -> bool:
        found = (row["settlement_currency"], row["participant_agreement_id"])
        return differs(found, self.agreements.get(str(order["psp_id"])))

    def is_contract_asked(self, rows: list[Record]) -> bool:
        """On the day of a row, and while it is open."""
        return newest(rows) == self.day or not self.closed.has(rows)

    def is_cancelled_too_late(self, key: str, order: Record) -> bool:
        if order["cancel_state"] == "NONE":
            return False
        if any(row["row_role"] == "REFUND" for row, _ in self.rows_about.get(key, [])):
            return False
        asked, created = order["cancel_requested_at"], order["created_at"]
        midnight = datetime.combine(day_of(created), datetime.min.time()) - UTC8
        is_late = isinstance(asked, datetime) and asked > midnight + CANCEL_UNTIL
        return is_late or order["cancel_code"] == "CANCEL_WINDOW_EXCEED"

    def has_earlier_twin(self, key: str, order: Record) -> bool:
        for other_key, other in self.orders.items():
            same = ("merchant_id", "terminal_id", "amount_minor", "currency")
            if other_key == key or any(order[name] != other[name] for name in same):
                continue
            gap = order["created_at"] - other["created_at"]
            is_later = (other["created_at"], other_key) < (order["created_at"], key)
            is_one_sale = order["merchant_txn_no"] == other["merchant_txn_no"] or "CONFIRMED" not in (
                order["confirm_state"], other["confirm_state"],
            ) or order["confirm_state"] != other["confirm_state"]  # fmt: skip
            if (
                is_later and gap < self.tolerance.duplicate_window and is_one_sale
                and other_key in self.rows_of and not self.is_refunded(key) and not self.is_refunded(other_key)
            ):  # fmt: skip
                return True
        return False

    # Refunds.

    def is_judged(self, refund: Record) -> bool:
        happened = day_of(refund["refunded_at"] or refund["requested_at"])
        is_named = bool(self.refund_rows.get(str(refund["refund_key"])))
        return is_named or (self.is_refund_due(refund) and happened >= self.start)

    def is_closed(self, key: str, refund: Record) -> bool:
        is_same = self.closed.refunds.get(key) == refund and self.closed.has(self.refund_rows.get(key, []))
        return is_same and str(refund["order_key"]) not in self.orders

    def judge_refunds(self) -> None:
        for key, refund in self.refunds.items():
            if self.is_judged(refund) and not self.is_closed(key, refund):
                rows = self.refund_rows.get(key, [])
                self.refund_verdicts[key] = self.as_gone("R17", key, self.judge_refund(key, refund, rows))
        for name, rows in self.unknown_refunds.items():
            if not self.closed.without_owner(rows, self.refunds):
                self.refund_verdicts[f"?{name}"] = self.judge_unknown(rows)
        for key in {*self.rows_about, *(str(r["order_key"]) for r in self.refunds.values())}:
            if key in self.orders:
                self.judge_group(key)

    def judge_unknown(self, rows: list[Record]) -> Verdict:
        key = self.original_of(rows[0])
        if key in self.payments and "P20" in {self.payments[str(key)].code, *self.payments[str(key)].flags}:
            return Verdict("NETTED", frozenset(), newest(rows))
        if rows[0]["row_role"] == "OTHER":
            return Verdict("OTHER", frozenset(), newest(rows))
        code = refund_code(has_local=False, rows=len(rows), provider=None, local=None, hard=False)
        raised = self.sum_flags(key, None, rows)
        details = same_transaction(rows)
        if code == "R04" and key and self.is_split(key):
            return self.in_group(raised, details, rows)
        return Verdict(code, frozenset({*raised, *details}), newest(rows))

    def judge_refund(self, key: str, refund: Record, rows: list[Record]) -> Verdict:
        moment = refund["refunded_at"] or refund["requested_at"]
        order_key = str(refund["order_key"])
        code = refund_code(
            has_local=True, rows=len(rows), provider=str(refund["provider_state"]), local=str(refund["local_state"]),
            hard=day_of(moment) + timedelta(days=self.tolerance.late_cycles) <= self.day,
            is_test=self.is_only_test(order_key),
        )  # fmt: skip
        raised = self.refund_flags(key, refund, rows)
        details = same_transaction(rows)
        if "R06" in raised and is_scaled(int(refund["amount_minor"]), int(rows[0]["amount_minor"])):
            details.add("SCALE")
        if rows and differs(rows[0]["request_id"], refund["refund_request_id"]):
            details.add("REQUEST_ID")
        elif key in self.refund_adopted:
            details.add("PAIRED_BY_PROVIDER_ID")
        if rows and self.named_instead(order_key, rows[0]):
            details.add("OTHER_PAYMENT")
        if code == "R00" and raised:
            code, raised = raised[0], raised[1:]
        if code in ("R04", "R05", "R06", "T02") and order_key in self.orders and self.is_split(order_key):
            return self.in_group(raised, details, rows)
        if code in ("R02", "R03", "R05") and self.is_past_the_window(order_key):
            code = "R12"
        if code == "R01" and refund["alert_sent_at"] is None:
            details.add("NO_ALERT")
        return Verdict(code, frozenset({*raised, *details}), newest(rows))

    def in_group(self, raised: Iterable[str], details: Iterable[str], rows: list[Record]) -> Verdict:
        """The R09 of the order explains it, but for what equal sums say nothing about."""
        code, *others = [flag for flag in raised if flag in ("R10", "R07", "R08", "R13")] or ["IN_GROUP"]
        return Verdict(code, frozenset({*others, *details}), newest(rows))

    def is_only_test(self, order_key: str) -> bool:
        """A test order, and no report has a payment of it."""
        return order_key in self.orders and bool(self.orders[order_key]["is_test"]) and order_key not in self.rows_of

    def is_past_the_window(self, order_key: str) -> bool:
        order = self.orders.get(order_key)
        if order is None:
            return False
        born = day_of(order["created_at"])
        last = born.replace(year=born.year + 1, day=28 if (born.month, born.day) == (2, 29) else born.day)
        return last < self.day

    def refund_flags(self, key: str, refund: Record, rows: list[Record]) -> list[str]:
        order = self.orders.get(str(refund["order_key"]))
        found = set(self.sum_flags(str(refund["order_key"]), key, rows))
        if len(rows) == 1 and (
            rows[0]["amount_minor"] != refund["amount_minor"] or rows[0]["currency"] != refund["currency"]
        ):
            found.add("R06")
        if rows and self.has_earlier_refund(key, refund):
            found.add("R10")
        if len(rows) == 1 and refund["local_state"] == "VOIDED" and refund["provider_state"] not in ANSWERED:
            found.add("R03s")
        if order is None:
            found.add("R08")
        else:
            never_paid = order["pay_state"] in (
                "INIT",
                "FAILED",
                "CLOSED",
            ) and not self.rows_of.get(str(order["order_key"]))
            before, after = refund["refunded_at"], order["paid_at"]
            is_play = rows and self.is_only_test(str(order["order_key"]))
            is_elsewhere = bool(rows) and self.named_instead(str(order["order_key"]), rows[0]) is not None
            if never_paid or is_play or is_elsewhere or (before and after and before < after):
                found.add("R08")
        if rows and newest(rows) == self.day:
            done = refund["refunded_at"] or rows[0]["transaction_at"]
            if day_of(done) > day_of(refund["requested_at"]):
                found.add("R11")
        return [code for code in SEVERE_REFUNDS if code in found]

    def named_instead(self, order_key: str, row: Record) -> str | None:
        """Another order than ours, whose payment the row names."""
        named = [key for key, o in self.orders.items() if o["payment_request_id"] == row["original_request_id"]]
        return next((key for key in named if key != order_key), None)

    def has_earlier_refund(self, key: str, refund: Record) -> bool:
        return any(
            other_key != key and self.refund_rows.get(other_key)
            and other["order_key"] == refund["order_key"] and other["amount_minor"] == refund["amount_minor"]
            and (other["requested_at"], other_key) < (refund["requested_at"], key)
            and refund["requested_at"] - other["requested_at"] < self.tolerance.duplicate_window
            for other_key, other in self.refunds.items()
        )  # fmt: skip

    def sum_flags(self, order_key: str | None, key: str | None, rows: list[Record]) -> list[str]:
        order = self.orders.get(str(order_key))
        if order is None:
            return []
        name = str(order["order_key"])
        is_last = self.last_member(name) == (key or id(rows[0]))
        most = max(self.reported(name, order["currency"]), self.local(name, order["currency"]))
        paid = self.rows_of.get(name, [])
        limit = int(order["amount_minor"])
        if paid and paid[0]["currency"] == order["currency"]:
            limit += self.captured(paid) - int(paid[0]["amount_minor"])
        found = ["R07"] if is_last and most > limit else []
        return found + (["R13"] if self.is_off_rate(name, rows, is_last=is_last) else [])

    def last_member(self, order_key: str) -> object:
        """Of all that counts in the sums the latest; a refused attempt does not count."""
        members = [
            ((r["requested_at"], str(r["refund_key"])), r["refund_key"])
            for r in self.ours(order_key)
            if self.refund_rows.get(str(r["refund_key"])) or (r["provider_state"] == "SUCCESS" and self.is_judged(r))
        ]
        for rows in self.unknown_refunds.values():
            if rows[0]["row_role"] == "REFUND" and self.original_of(rows[0]) == order_key:
                name = rows[0]["request_id"] or rows[0]["provider_transaction_id"]
                members.append(((rows[0]["transaction_at"], f"/REFUND/{name}"), id(rows[0])))
        return max(members, key=lambda member: member[0])[1] if members else None

    def is_off_rate(self, order_key: str, rows: list[Record], *, is_last: bool) -> bool:
        paid = self.rows_of.get(order_key)
        if not paid or len(rows) != 1:
            return False
        row, payment = rows[0], paid[0]
        if (row["currency"], row["settlement_currency"]) != (
            payment["currency"],
            payment["settlement_currency"],
        ):
            return False
        captured, settled = int(payment["amount_minor"]), int(payment["settlement_amount_minor"])
        part, part_settled = int(row["amount_minor"]), int(row["settlement_amount_minor"])
        if part == part_settled and captured == settled:
            return False
        if abs(part_settled * captured - part * settled) > self.tolerance.refund_fx_minor * captured:
            return True
        parts = [r for r, _ in self.rows_about[order_key] if r["row_role"] == "REFUND"]
        residue = abs(sum(int(r["settlement_amount_minor"]) for r in parts) - settled)
        is_full = self.reported(order_key, payment["currency"]) == captured
        return is_last and is_full and residue > (len(parts) + 1) // 2

    # Groups.

    def is_split(self, key: str) -> bool:
        """Equal sums in one currency, and members that do not pair one to one."""
        reported = [(row, owner) for row, owner in self.rows_about.get(key, []) if row["row_role"] == "REFUND"]
        successes = self.successes(key)
        if len({r["currency"] for r in [*successes, *(row for row, _ in reported)]}) != 1:
            return False
        total = sum(int(row["amount_minor"]) for row, _ in reported)
        if not reported or not successes or total != self.local(key, successes[0]["currency"]):
            return False
        unequal = [
            r for r in self.ours(key)
            if len(self.refund_rows.get(str(r["refund_key"]), [])) == 1
            and self.refund_rows[str(r["refund_key"])][0]["amount_minor"] != r["amount_minor"]
        ]  # fmt: skip
        archived = self.archived(key)
        unpaired = [r for r in successes if r not in archived and not self.refund_rows.get(str(r["refund_key"]))]
        unknown = [row for row, owner in reported if owner is None and row not in archived]
        return bool(unequal or unpaired or unknown)

    def judge_group(self, key: str) -> None:
        order = self.orders[key]
        total = max(self.reported(key, order["currency"]), self.local(key, order["currency"]))
        is_play = self.is_only_test(key) and not self.reported(key, order["currency"])
        is_shown_full = bool(order["voided_in_full"]) and (
            day_of(order["updated_at"]) <= self.day or f"R/shop/order/{key}" in self.open_before
        )
        is_partial = is_shown_full and 0 < total < int(order["amount_minor"]) and not is_play
        if is_partial:
            flags = frozenset({"R09"} if self.is_split(key) else ())
            self.groups[key] = Verdict("R15", flags, None)
        elif self.is_split(key):
            self.groups[key] = Verdict("R09", frozenset(), None)

    # What a clerk sees.

    def breaks(self) -> dict[str, tuple[str, frozenset[str]]]:
        """Break id -> code and flags; a note only on its day."""
        sides = (("P", "order", self.payments), ("R", "refund", self.refund_verdicts))
        listed = {
            self.name(family, kind, key): verdict
            for family, kind, verdicts in sides
            for key, verdict in verdicts.items()
            if self.is_listed(verdict)
        }
        listed |= {f"R/shop/order/{key}": verdict for key, verdict in self.groups.items()}
        self.ids = self.named(listed)
        return {self.ids[name]: (verdict.code, verdict.flags - {"P12", "R11"}) for name, verdict in listed.items()}

    def named(self, listed: Iterable[str]) -> dict[str, str]:
        """The break id of each name: without the reference if nothing else has it, or if it had it before."""
        names, before = list(listed), {break_id: name for name, break_id in self.closed.ids.items()}
        plain = {name: name.split("?")[0] for name in names}
        ids = {}
        for name in names:
            whole = name.replace("?", "/") if "?" in name else f"{name}/-"
            is_first = list(plain.values()).count(plain[name]) == 1 or before.get(plain[name], plain[name]) == name
            ids[name] = plain[name] if is_first and whole not in before else whole
        return ids

    def is_listed(self, verdict: Verdict) -> bool:
        """A break, and if it is a note, of this day."""
        is_break = verdict.code[0] in "PRT" and verdict.code not in ("P00", "R00")
        return is_break and (verdict.code not in NOTES or verdict.newest == self.day)

    def name(self, family: str, kind: str, key: str) -> str:
        """The identity; what may be needed to tell two apart stands behind a question mark."""
        if key[0] != "?":
            return f"{family}/shop/{kind}/{key}"
        row = (self.unknown_payments if family == "P" else self.unknown_refunds)[key[1:]][0]
        request = row["request_id"]
        shown = f"{family}/alipayplus/provider/{row['provider_transaction_id'] or request}"
        return f"{shown}?{request}" if request else shown


def without_repeats(rows: Iterable[Record]) -> list[Record]:
    """Exact repeats inside one batch and agreement, dropped."""
    place = ("file_id", "line_number", "clearing_day")
    kept: dict[tuple[object, ...], Record] = {}
    for row in sorted(rows, key=lambda r: (r["clearing_day"], r["file_id"], r["line_number"])):
        figures = tuple(value for name, value in row.items() if name not in place)
        kept.setdefault(figures, row)
    return list(kept.values())


def same_transaction(rows: list[Record]) -> set[str]:
    """SAME_TXN, if several rows carry one Alipay+ id."""
    is_same = len(rows) > 1 and len({row["provider_transaction_id"] for row in rows}) == 1
    return {"SAME_TXN"} if is_same else set()


def place(row: Record) -> tuple[object, object]:
    """File and line."""
    return row["file_id"], row["line_number"]


def newest(rows: list[Record]) -> date | None:
    """The latest clearing day among rows."""
    return max((row["clearing_day"] for row in rows), default=None)


def differs(one: object, other: object) -> bool:
    """Both told, and not equal."""
    return one is not None and other is not None and one != other
