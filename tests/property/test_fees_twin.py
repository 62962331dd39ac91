"""Random fee rows, judged a second time by a plain reading of the rules.

The reading knows no first pass, no scope and no SQL: it looks at all rows up to the day.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recon.fees import FeeContract, FeeKind, FeeRate, Returned, Rounding
from tests.support.day import DAY, History, MemoryWarehouse, memory_warehouse
from tests.support.examples import examples
from tests.support.fees import fee_of, fits, returned_fee
from tests.support.records import Record, fee_rows, order_of, report_rows

FEWER = examples(2, shrunk=False)
HOUSES = (1, 44, 44, 44)  # whose rows come on the same days, which are played once for all; none touches another
SOLD = re.compile(r"H\d*[02468]Q")
KINDS = (FeeKind("interchange", ("INTERCHANGE_FEE",)), FeeKind("service", ("SERVICE_FEE",), returned=Returned.NONE))
RATES = (
    FeeRate("interchange", 8000),
    FeeRate("interchange", 5000, agreement="A2"),
    FeeRate("service", 2000, minimum_minor=3, currency="EUR"),
)
BY_WALLET = (*RATES, FeeRate("interchange", 4000, psp="CN"))  # no row names its wallet, our orders do
# Two payments, a refund of the first, a refund of one that nobody knows, a type that the layout does not know.
SLOTS = (("PAYMENT", ""), ("PAYMENT", ""), ("REFUND", "T0"), ("REFUND", "LONG-AGO"), ("ADJUSTMENT", ""))
Row = tuple[str, ...]
Days = tuple[tuple[list[Row], list[Row]], ...]


@st.composite
def days(draw: st.DrawFn) -> Days:
    """Two days of transactions (role, id, request, original, agreement, amount) and of fee rows."""
    drawn: Days = (([], []), ([], []))
    for house in range(draw(st.sampled_from(HOUSES))):
        add_house(draw, drawn, f"H{house}")
    return drawn


def add_house(draw: st.DrawFn, drawn: Days, house: str) -> None:
    """The rows of one house, whose ids are its own."""
    pick = st.sampled_from
    for number, (role, refunded) in enumerate(SLOTS):
        original = f"{house}{refunded}" if refunded else "-"
        name = draw(pick((f"{house}T{number}", f"{house}T{number}", "-")))
        amount = draw(pick(("10.00 EUR", "12.50 EUR")))
        agreements = draw(pick((("A1",), ("A2",), ("A1", "A1"), ("A1", "A2"))))
        rows = [(role, name, f"{house}Q{number}", original, agreement, amount) for agreement in agreements]
        drawn[draw(pick((0, 0, 1)))][0].extend(rows if draw(st.booleans()) or number == 0 else [])
    for _ in range(draw(st.integers(0, 9))):
        number = draw(pick((0, 0, 1, 2, 3, 4, 9)))
        name = draw(pick((f"{house}T{number}", f"{house}T{number}", "-", f"{house}X{number}")))
        kind = draw(pick(("INTERCHANGE_FEE", "INTERCHANGE_FEE", "SERVICE_FEE", "FX_FEE")))
        fee = draw(pick(("0.03 EUR", "0.05 EUR", "0.08 EUR", "0.08 EUR", "0.10 EUR", "0.08 USD")))
        sign = draw(pick(("-1", "-1", "-1", "1") if number in (2, 3) else ("1", "1", "1", "-1")))
        currency_of_set = draw(pick(("EUR", "EUR", "EUR", "EUR", "USD")))
        drawn[draw(pick((0, 0, 1)))][1].append((name, f"{house}Q{number}", kind, fee, sign, currency_of_set))


def delivered(day: tuple[list[Row], list[Row]], offset: int) -> tuple[list[Record], list[Record]]:
    """As the reader would give them."""
    at = DAY + timedelta(days=offset)
    moved = "\n".join(
        ["type|transaction|request|original_transaction|agreement|amount", *("|".join(r) for r in day[0])]
    )
    charged = "\n".join(["transaction|request|kind|fee|sign|set", *("|".join(row) for row in day[1])])
    return report_rows(moved, at), fee_rows(charged, at)


def orders_of(rows: list[Record], at: date) -> list[Record]:
    """Our orders for the payments of every other house: these are settled by the first pass, the others are not."""
    sold = {row["request_id"]: row for row in rows if row["row_role"] == "PAYMENT" and SOLD.match(row["request_id"])}
    orders = [
        order_of({"order": sent, "transaction": row["provider_transaction_id"] or "", "psp": wallet_of(sent)}, at)
        for sent, row in sold.items()
    ]
    return [order | {"amount_minor": row["amount_minor"]} for order, row in zip(orders, sold.values(), strict=True)]


def wallet_of(sent: str) -> str:
    """Of our order."""
    return "CN" if sent.endswith("Q0") else "WALLET"


def played(warehouse: MemoryWarehouse, drawn: Days, contract: FeeContract) -> list[dict[str, str]]:
    """The fee breaks of each day: key -> code."""
    warehouse.empty()
    history = History(warehouse, fees=contract)
    found = []
    for offset, day in enumerate(drawn):
        at = DAY + timedelta(days=offset)
        rows, fees = delivered(day, offset)
        items = history.run(at, orders_of(rows, at), [], rows, fees).items
        rows = items.filter(family="C").select("break_id", "break_code").iter_rows()
        found.append({str(key).split("/", 3)[3]: code for key, code in rows})
    return found


def standing(fees: list[Record]) -> list[Record]:
    """The fee rows that no other one takes back: with the same amount, in the same set."""
    same = ("participant_agreement_id", "settlement_currency", "fee_currency", "fee_amount_minor")
    left: list[Record] = []
    for fee in fees:
        content = [fee[name] for name in same]
        back = (one for one in left if [one[name] for name in same] == content and one["sign"] == -fee["sign"])
        if (taken := next(back, None)) is None:
            left.append(fee)
        else:
            left.remove(taken)
    return left


def charged_in(fees: list[Record], like: Record) -> int:
    """What the rows of one set and currency come to."""
    same = ("participant_agreement_id", "settlement_currency", "fee_currency")
    own = (fee for fee in fees if all(fee[name] == like[name] for name in same))
    return sum(fee["sign"] * fee["fee_amount_minor"] for fee in own)


class Reading:
    """All rows that have come so far."""

    def __init__(self, moved: list[Record], charged: list[Record], contract: FeeContract) -> None:
        self.contract = contract
        self.moved: dict[str, list[Record]] = defaultdict(list)
        for row in moved:
            self.moved[row["provider_transaction_id"] or row["request_id"]].append(row)
        self.charged: dict[tuple[str, str], list[Record]] = defaultdict(list)
        for row in charged:
            self.charged[self.transaction_of(row), self.kind_of(row)].append(row)

    def transaction_of(self, fee: Record) -> str:
        rows = [row for same in self.moved.values() for row in same]
        own, request = fee["provider_transaction_id"], fee["request_id"]
        if own is not None and own in {row["provider_transaction_id"] for row in rows}:
            return str(own)
        keys = [row["provider_transaction_id"] or row["request_id"] for row in rows if row["request_id"] == request]
        return str(min(keys, default=own or request))

    def kind_of(self, fee: Record) -> str:
        return next((kind.name for kind in self.contract.kinds if fee["fee_type"] in kind.codes), fee["fee_type"])

    def payment_of(self, row: Record) -> Record | None:
        if row["row_role"] == "PAYMENT":
            return row
        original = row["original_provider_transaction_id"]
        payments = [
            one for same in self.moved.values() for one in same
            if one["row_role"] == "PAYMENT" and one["provider_transaction_id"] == original is not None
        ]  # fmt: skip
        return min(payments, key=lambda one: (one["clearing_day"], one["file_id"], one["line_number"]), default=None)

    def due(self, row: Record, kind: FeeKind) -> tuple[int, bool] | None:
        """What is due for one row, and whether that is exact; None where no rate speaks of it."""
        if row["row_role"] == "OTHER":
            return None
        payment = self.payment_of(row)
        base = payment or row
        sent = base["request_id"] if payment else ""
        wallet = wallet_of(sent) if SOLD.match(sent) else None
        party = (base["clearing_day"], base["participant_agreement_id"], base["settlement_currency"])
        of_kind = [rate for rate in self.contract.rates if rate.kind == kind.name]
        lines = [rate for rate in of_kind if fits(rate, *party, wallet or rate.psp, None)]
        if not lines:
            return None
        paid = base["settlement_amount_minor"]
        line = max(lines, key=lambda rate: rate.weight)
        is_rate_known = wallet is not None or line.psp == "*"
        lines = [line] if is_rate_known else lines
        fee = min(fee_of(paid, rate, kind.rounding, kind.step_minor) for rate in lines)
        if row["row_role"] == "PAYMENT":
            return fee, is_rate_known
        part = row["settlement_amount_minor"]
        back = returned_fee(
            fee, part, paid, kind, is_whole=part == paid, millionths=min(rate.millionths for rate in lines)
        )
        return -back, (payment is not None and is_rate_known) or kind.returned is Returned.NONE

    def code(self, transaction: str, kind_name: str) -> str | None:
        rows, fees = self.moved.get(transaction, []), standing(self.charged.get((transaction, kind_name), []))
        fees = [fee for fee in fees if charged_in(fees, fee)]  # else all of it was taken back, in parts
        fee_count = sum(1 for fee in fees if fee["sign"] * charged_in(fees, fee) > 0)
        if not rows:
            return "C02" if fees else None
        kind = next((kind for kind in self.contract.kinds if kind.name == kind_name), None)
        has_rates = bool(self.contract.rates)
        if fees and has_rates and kind_name not in {rate.kind for rate in self.contract.rates}:
            return "C02"
        places = [place for place, row in enumerate(rows) if self._content(row) not in map(self._content, rows[:place])]
        due = [self.due(row, kind) if kind and has_rates else None for row in rows]
        once = [due[place][0] for place in places if due[place]]  # type: ignore[index]
        owed = sum(1 for amount in once if amount)
        known = all(row["row_role"] != "OTHER" and self.payment_of(row) for row in rows)
        exact = has_rates and (all(one[1] for one in due if one) if any(due) else known)
        charged = sum(fee["sign"] * fee["fee_amount_minor"] for fee in fees)
        differs = charged not in (sum(once), sum(one[0] for one in due if one))
        is_foreign = any(fee["fee_currency"] != "EUR" for fee in fees)
        is_more = charged > sum(once) if sum(once) > 0 else charged < sum(once) if sum(once) else charged != 0
        if not exact:  # as many of the smallest fee as there are rows would do
            signed = [fee["sign"] * fee["fee_amount_minor"] for fee in fees]
            least = min(
                (one for fee, one in zip(fees, signed, strict=True) if one * charged_in(fees, fee) > 0), default=0
            )
            is_more = charged != len(rows) * least
        if fee_count > len(rows) and (is_foreign or is_more):
            return "C03"
        if is_foreign:
            return "C05"
        sets = {(row["participant_agreement_id"], row["settlement_currency"]) for row in rows}
        if any((fee["participant_agreement_id"], fee["settlement_currency"]) not in sets for fee in fees):
            return "C02"
        if fees and exact and not owed and differs:
            return "C02"
        is_refund = min(row["row_role"] for row in rows) == "REFUND"
        if is_refund and has_rates and not exact and charged > 0:
            return "C02"
        if fee_count < owed:
            return "C06" if is_refund else "C01"
        return "C04" if fees and exact and differs else None

    @staticmethod
    def _content(row: Record) -> tuple[object, ...]:
        left_out = ("file_id", "line_number", "clearing_day", "original_request_id", "original_provider_transaction_id")
        return tuple(value for name, value in row.items() if name not in left_out)

    def breaks(self) -> dict[str, str]:
        names = {kind.name for kind in self.contract.kinds}
        keys = {(one, name) for one in self.moved for name in names} | set(self.charged)
        codes = {f"{one}:{name}": self.code(one, name) for one, name in keys}
        return {key: code for key, code in codes.items() if code}


@pytest.fixture(scope="module")
def warehouse() -> Iterator[MemoryWarehouse]:
    with memory_warehouse() as opened:
        yield opened


BY_STEPS = (
    FeeKind("interchange", ("INTERCHANGE_FEE",), Rounding.HALF_EVEN, Returned.OWN_RATE, step_minor=5),
    FeeKind("service", ("SERVICE_FEE",), Rounding.UP, Returned.OWN_RATE, step_minor=2),
)


@pytest.mark.parametrize(
    "contract",
    [FeeContract(KINDS, RATES), FeeContract(KINDS), FeeContract(BY_STEPS, RATES), FeeContract(KINDS, BY_WALLET)],
    ids=["rates", "no rates", "steps and own rate", "rates of a wallet"],
)
@given(drawn=days())
@FEWER
def test_a_plain_reading_finds_the_same(warehouse: MemoryWarehouse, contract: FeeContract, drawn: Days) -> None:
    moved: list[Record] = []
    charged: list[Record] = []
    for found, (offset, day) in zip(played(warehouse, drawn, contract), enumerate(drawn), strict=True):
        rows, fees = delivered(day, offset)
        moved, charged = [*moved, *rows], [*charged, *fees]
        assert found == Reading(moved, charged, contract).breaks()


AFTER_THE_DAY = {
    # no payment of the day has the id of this fee row: yesterday its request id led to the payment, and does today
    "a fee row under an id of its own": (
        ([("PAYMENT", "-", "Q0", "-", "A1", "12.50 EUR")], [("X0", "Q0", "INTERCHANGE_FEE", "0.10 EUR", "1", "EUR")]),
        ([], []),
    ),
    # judged without its payment yesterday, so that any amount would do; today there is one to hold it against
    "a payment after its refund": (
        (
            [("REFUND", "T2", "Q2", "T0", "A1", "10.00 EUR")],
            [("T2", "Q2", "INTERCHANGE_FEE", "0.05 EUR", "-1", "EUR")],
        ),
        ([("PAYMENT", "T0", "Q0", "-", "A1", "10.00 EUR")], []),
    ),
    "a payment after its refund without an id": (
        (
            [("REFUND", "-", "Q2", "T0", "A1", "10.00 EUR")],
            [("-", "Q2", "INTERCHANGE_FEE", "0.05 EUR", "-1", "EUR")],
        ),
        ([("PAYMENT", "T0", "Q0", "-", "A1", "10.00 EUR")], []),
    ),
}


@pytest.mark.parametrize("name", AFTER_THE_DAY)
def test_a_later_day_knows_what_earlier_ones_brought(warehouse: MemoryWarehouse, name: str) -> None:
    test_a_plain_reading_finds_the_same.hypothesis.inner_test(  # type: ignore[attr-defined]
        warehouse, FeeContract(KINDS, RATES), AFTER_THE_DAY[name]
    )
