"""Ogloba as a party of its own: the Redeem, Redeem confirm, Void and cancel flows over its database.

It knows of Alipay+ only what the network brings: answers and notices. Both may write a result only while
the payment is INIT, as the integration guide asks.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from recon.money import to_major, to_minor
from sandbox.faults import Fault, Faults
from sandbox.instants import MINUTE, SECOND, whole_second
from sandbox.messages import Answer, NoAnswer, PayRequest, Wallet
from sandbox.network import Network
from sandbox.ogloba_rows import Redemption, Void, table_schema, versions, write

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


class Ogloba:
    """The acquirer."""

    def __init__(self, network: Network, faults: Faults) -> None:
        self.redemptions: dict[str, Redemption] = {}
        self.voids: dict[str, Void] = {}
        self._network = network
        self._faults = faults
        self._voids_of: dict[str, list[Void]] = {}
        self._references = 0
        self._void_numbers = 0

    # -- Redeem --------------------------------------------------------------------------------

    def redeem(self, sale: Sale, reference: str | None = None) -> Redemption | None:
        """Creates the order, pays, and asks until it knows; None if the order was rolled back."""
        row = self._create(sale, reference or make_reference(self.take_references(1)))
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
            return self._forget(row)
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

    # -- Void ----------------------------------------------------------------------------------

    def void(self, at: int, reference: str, amount: int, initiator: str = "MERCHANT") -> Void | None:
        """Alipay+ is asked to refund; then the database voids. None if the process died in between."""
        self.hear(at)
        row = self._open_void(at, reference, amount, initiator)
        self._send_refund(row, at)
        if Fault.DIES_BEFORE_VOID_ROW in self._faults:
            self._forget_void(row)
            return None
        return row

    def repeat_refund(self, at: int, row: Void) -> None:
        """The identical request again: the same id makes it safe."""
        write(row, at, attempts=row.attempts + 1)
        self._send_refund(row, at)

    def finish_void(self, at: int, row: Void) -> None:
        """The void procedure alone, rerun by operations."""
        self._mark_voided(at, row)

    def void_merged(self, at: int, reference: str, amounts: list[int], own_id: bool) -> list[Void]:
        """Several voids sent to Alipay+ as one refund, under a new id or under the first one's."""
        self.hear(at)
        rows = [self._open_void(at, reference, amount, "MERCHANT") for amount in amounts]
        request_id = f"{rows[0].rfd_req_id}M" if own_id else rows[0].rfd_req_id
        answer = self._network.refund(at, str(request_id), reference, sum(amounts))
        for row in rows:
            write(row, answer.at, rfd_stat=answer.status, rfd_tm=answer.done_at)
            self._mark_voided(answer.at, row)
        return rows

    def void_by_hand(self, at: int, reference: str, amount: int, refund_state: str = "N") -> Void:
        """Somebody voids in the database; Alipay+ never hears of it, or refused."""
        row = self._open_void(at, reference, amount, "SUPPORT")
        write(row, at, rfd_stat=refund_state, attempts=0 if refund_state == "N" else 1)
        self._mark_voided(at, row)
        return row

    def refuse_void(self, at: int, row: Void) -> None:
        """A refund that Alipay+ refused is given up; nothing is voided."""
        write(row, at, void_stat="X")

    def register_refund(
        self, at: int, reference: str, request_id: str, amount: int, answer: Answer
    ) -> Void:
        """Operations write down a refund that was made elsewhere."""
        row = self._open_void(at, reference, amount, "REPAIR")
        row.rfd_req_id, row.req_tm = request_id, answer.done_at or at
        self._take_refund_answer(row, answer._replace(at=at))
        self._mark_voided(at, row)
        return row

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

    def archive(self, row: Redemption) -> None:
        """An old sale leaves the database; a refund of it can still come."""
        self._forget(row)

    def edit_amount(self, at: int, row: Redemption, amount: int) -> None:
        """Somebody changes an order after it was paid."""
        write(row, at, amt=amount)

    # -- keys ----------------------------------------------------------------------------------

    def take_references(self, count: int) -> int:
        """The first of `count` fresh numbers for references."""
        first = self._references + 1
        self._references += count
        return first

    # -- the database --------------------------------------------------------------------------

    def redemption_table(self, now: int) -> pl.DataFrame:
        """All versions of all sales."""
        found = [v for row in self.redemptions.values() for v in versions(row, now)]
        return pl.DataFrame(found, schema=table_schema(Redemption), orient="row")

    def void_table(self, now: int) -> pl.DataFrame:
        """All versions of all voids."""
        found = [v for row in self.voids.values() for v in versions(row, now)]
        return pl.DataFrame(found, schema=table_schema(Void), orient="row")

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

    def _forget(self, row: Redemption) -> None:
        del self.redemptions[row.ref_no]

    def _open_void(self, at: int, reference: str, amount: int, initiator: str) -> Void:
        self._void_numbers += 1
        sale = self.redemptions.get(reference)
        currency = sale.cur if sale else DEFAULT_CURRENCY
        row = Void(
            f"V{self._void_numbers:09d}",
            reference,
            f"RF{self._void_numbers:012d}{'ABCDEFGH'[self._void_numbers % 8]}",
            amount,
            currency,
            at,
            at,
            initiator=initiator,
            valid_from=at,
        )
        self.voids[row.void_no] = row
        self._voids_of.setdefault(reference, []).append(row)
        return row

    def _forget_void(self, row: Void) -> None:
        del self.voids[row.void_no]
        self._voids_of[row.orig_ref_no].remove(row)

    def _send_refund(self, row: Void, at: int) -> None:
        try:
            answer = self._network.refund(
                at, str(row.rfd_req_id), row.orig_ref_no, self._refund_sent(row)
            )
        except NoAnswer:
            answer = Answer("U", at + MINUTE, "TIMEOUT")
        self._take_refund_answer(row, answer)
        if answer.status == "S" or Fault.VOIDS_ANYWAY in self._faults:
            self._mark_voided(answer.at + SECOND, row)

    def _refund_sent(self, row: Void) -> int:
        if Fault.REFUND_SENT_HUNDREDFOLD in self._faults:
            return int(to_major(row.amt, row.cur) * 100)
        if Fault.REFUND_SENT_IN_CENTS in self._faults:
            return row.amt // 100
        if Fault.REFUND_SENDS_WHOLE_SALE in self._faults:
            return self.redemptions[row.orig_ref_no].amt
        return row.amt

    def _take_refund_answer(self, row: Void, answer: Answer) -> None:
        new = Fault.NEW_REFUND_STATUS in self._faults
        write(
            row,
            answer.at,
            rfd_stat="W" if new else answer.status,
            rfd_tm=answer.done_at,
            aps_refund_id=answer.provider_id,
            settle_amt=answer.settlement_amount,
            settle_cur=answer.settlement_currency,
        )

    def _mark_voided(self, at: int, row: Void) -> None:
        if Fault.DIES_BEFORE_VOID in self._faults:
            return
        if Fault.VOID_FAILS in self._faults:
            write(row, at, void_stat="X", alert_tm=at + SECOND)
            return
        write(row, at, void_stat="V", void_tm=at)
        if sale := self.redemptions.get(row.orig_ref_no):
            voided = sum(v.amt for v in self._voids_of[sale.ref_no] if v.void_stat == "V")
            full = voided >= sale.amt or Fault.PART_SHOWN_AS_FULL in self._faults
            write(sale, at, void_full=int(full))


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
