"""Ogloba's sales: the Redeem, Redeem confirm, cancel and notify flows over the `redemption` table.

It knows of Alipay+ only what the network brings: answers and notices. Both may write a result only
while the payment is INIT, as the integration guide asks.
"""

from __future__ import annotations

from typing import NamedTuple

from recon.money import to_major, to_minor
from sandbox.faults import Fault, Faults
from sandbox.instants import SECOND, whole_second
from sandbox.messages import Answer, NoAnswer, PayRequest, Wallet
from sandbox.network import Network
from sandbox.ogloba_rows import Redemption, write

DEFAULT_CURRENCY = "EUR"
LOOP = tuple(step * SECOND for step in (8, 13, 20, 30, 45, 60, 90, 120, 150, 180))
CLOCK_ERROR = 6 * SECOND
REQUEST_DELAY = SECOND // 5


class Sale(NamedTuple):
    """What a till sends with Redeem."""

    at: int
    store_id: str
    terminal_id: str
    till_txn_no: str
    amount: int
    currency: str
    settlement_currency: str
    wallet: Wallet


class Sales:
    """Orders and their payments."""

    def __init__(self, network: Network, faults: Faults) -> None:
        self.redemptions: dict[str, Redemption] = {}
        self._network = network
        self._faults = faults
        self._references = 0

    # -- Redeem --------------------------------------------------------------------------------

    def redeem(self, sale: Sale, reference: str | None = None) -> Redemption | None:
        """Creates the order, pays, and asks until it knows; None if the order was rolled back."""
        row = self._create(sale, reference or self.new_reference())
        at = sale.at + REQUEST_DELAY
        request = PayRequest(
            row.ref_no,
            sale.store_id,
            self._amount_sent(sale),
            sale.currency,
            sale.settlement_currency,
            sale.wallet,
        )
        try:
            answer = self._network.pay(at, request)
        except NoAnswer:
            if Fault.TIMEOUT_MEANS_FAILED in self._faults:
                write(row, at + 10 * SECOND, pay_stat="F", txn_stat="N", rslt_code="TIMEOUT")
        else:
            self._store(row, answer, "SYNC")
        if Fault.ROLLS_BACK_ORDER in self._faults:
            self.forget(row)
            return None
        self._ask_until_known(row, at)
        return row

    def confirm(self, at: int, row: Redemption) -> None:
        """The stored procedure behind Redeem confirm."""
        if row.pay_stat == "S" or Fault.CONFIRM_UNCHECKED in self._faults:
            status = "E" if Fault.NEW_SALE_STATUS in self._faults else "Y"
            write(row, at, txn_stat=status, cfm_tm=at)

    def drop_sale(self, at: int, row: Redemption) -> None:
        """The till cancels a sale that is not confirmed; nothing is said to Alipay+."""
        write(row, at, txn_stat="N")

    def on_notice(self, reference: str, answer: Answer) -> None:
        """notifyPayment: acknowledged always, written only while INIT."""
        if row := self.redemptions.get(reference):
            self._store(row, answer, "NOTIFY")

    def hear(self, until: int) -> None:
        """Notices that arrive up to an instant."""
        self._network.deliver(until, self.on_notice)

    # -- cancel --------------------------------------------------------------------------------

    def cancel(self, at: int, row: Redemption) -> None:
        """cancelPayment; after S the order is closed."""
        self.hear(at)
        write(row, at, cncl_stat="Q", cncl_req_tm=at)
        try:
            answer = self._network.cancel(at, row.ref_no)
        except NoAnswer:
            if Fault.CLOSES_WITHOUT_ANSWER in self._faults:
                write(row, at, cncl_stat="U", pay_stat="C", txn_stat="N")
            return
        if answer.status == "S":
            write(row, at, cncl_stat="S", cncl_code=answer.code, pay_stat="C", txn_stat="N")
        else:
            write(row, at, cncl_stat="F", cncl_code=answer.code)

    # -- repairs of a sale ---------------------------------------------------------------------

    def store_by_hand(self, at: int, row: Redemption) -> None:
        """Operations ask Alipay+ and store the answer, whatever was stored before."""
        answer = self._network.inquire(at, row.ref_no)
        write(row, at, pay_stat="INIT", txn_stat="R")
        self._store(row, answer, "MANUAL")

    def restore(self, at: int, sale: Sale, reference: str) -> Redemption:
        """An order that was rolled back is written again from the till's journal."""
        row = self._create(sale, reference)
        row.valid_from = row.upd_tm = at
        self._store(row, self._network.inquire(at, reference), "MANUAL")
        return row

    def give_up(self, at: int, row: Redemption) -> None:
        """Operations close an order that was never paid."""
        write(row, at, pay_stat="F", txn_stat="N", rslt_chnl="MANUAL")

    def edit_amount(self, at: int, row: Redemption, amount: int) -> None:
        """Somebody changes an order after it was paid."""
        write(row, at, amt=amount)

    # -- keys ----------------------------------------------------------------------------------

    def new_reference(self) -> str:
        """A fresh reference."""
        return make_reference(self.take_references(1))

    def take_references(self, count: int) -> int:
        """The first of `count` fresh numbers for references."""
        first = self._references + 1
        self._references += count
        return first

    # -- inside --------------------------------------------------------------------------------

    def _create(self, sale: Sale, reference: str) -> Redemption:
        amount, currency = sale.amount, sale.currency
        if Fault.STORES_DEFAULT_CURRENCY in self._faults:
            amount = to_minor(to_major(amount, currency), DEFAULT_CURRENCY)
            currency = DEFAULT_CURRENCY
        row = Redemption(
            reference,
            sale.store_id,
            sale.terminal_id,
            sale.till_txn_no,
            amount,
            currency,
            sale.at,
            sale.at,
            valid_from=sale.at,
        )
        self.redemptions[reference] = row
        return row

    def _amount_sent(self, sale: Sale) -> int:
        if Fault.SENDS_HUNDREDFOLD in self._faults:
            return int(to_major(sale.amount, sale.currency) * 100)
        return sale.amount

    def _ask_until_known(self, row: Redemption, at: int) -> None:
        for step in LOOP:
            self.hear(at + step)
            if row.pay_stat != "INIT":
                return
            try:
                answer = self._network.inquire(at + step, row.ref_no)
            except NoAnswer:
                continue
            if answer.result == "S" and Fault.READS_RESULT_FOR_PAYMENT in self._faults:
                answer = answer._replace(status="S", done_at=whole_second(answer.at))
            if answer.result == "S":
                self._store(row, answer, "INQUIRY")

    def _store(self, row: Redemption, answer: Answer, channel: str) -> None:
        """Compare and set: whoever comes second changes nothing."""
        if row.pay_stat != "INIT" or answer.status == "U":
            return
        if answer.status == "F":
            closed = answer.code == "ORDER_IS_CLOSED"
            write(
                row,
                answer.at,
                pay_stat="C" if closed else "F",
                txn_stat="N",
                rslt_chnl=channel,
                rslt_code=answer.code,
                aps_payment_id=answer.provider_id,
            )
            return
        write(
            row,
            answer.at,
            pay_stat="A" if Fault.NEW_PAY_STATUS in self._faults else "S",
            pay_tm=self._paid_at(answer),
            aps_payment_id=answer.provider_id,
            psp_id=answer.psp,
            settle_amt=answer.settlement_amount,
            settle_cur=answer.settlement_currency,
            rslt_chnl=channel,
            rslt_code=answer.code,
        )

    def _paid_at(self, answer: Answer) -> int | None:
        if Fault.OWN_CLOCK_FAST in self._faults:
            return answer.at + CLOCK_ERROR
        if Fault.OWN_CLOCK_SLOW in self._faults:
            return answer.at - CLOCK_ERROR
        return answer.done_at

    def forget(self, row: Redemption) -> None:
        """The order leaves the database, rolled back or archived; a refund of it can still come."""
        del self.redemptions[row.ref_no]


def make_reference(number: int) -> str:
    """Text, never a number: leading zeros, sometimes a letter at the end, sometimes 40 characters.

    References of 40 characters come in pairs that share their first 20.
    """
    kind = number % 100
    if kind in (40, 41):
        return f"OG{number // 2:018d}{number:020d}"
    if kind % 9 == 0:
        return f"{number:015d}{'ABCDEFGHJK'[number % 10]}"
    return f"{number:016d}"
