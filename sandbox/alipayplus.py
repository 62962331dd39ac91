"""Alipay+ as a party of its own: pay, inquiry, cancel, refund, and what it books for them.

It knows nothing of Ogloba's database. A payment's future is fixed when it is asked for (the wallet
pays after so long), so a question is answered by looking at the time of the question.
"""

from __future__ import annotations

import polars as pl

from sandbox.faults import Fault, Faults
from sandbox.instants import (
    CANCEL_GRACE,
    DAY,
    SECOND,
    compact,
    day_of,
    day_start,
    whole_second,
    year_later,
)
from sandbox.ledger import ENTRY_SCHEMA, Payment, Refund, payment_entry, refund_entry, state_at
from sandbox.messages import Answer, PayRequest, Wallet
from sandbox.world import World, convert, rate

SYNC_LIMIT = 5 * SECOND  # a wallet that needs longer is answered as U
NOTICE_DELAY = 4 * SECOND
RACE = 2 * SECOND  # refunds closer together do not see each other
REFERENCE_CUT = 20
PAYMENT_ID_MARK, REFUND_ID_MARK = "190741010", "190741020"


class AlipayPlus:
    """The provider."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.world = world
        self.payments: dict[str, Payment] = {}
        self.notices: list[tuple[int, str]] = []  # due at, request id
        self._faults = faults
        self._numbers = 0

    # -- the API -------------------------------------------------------------------------------

    def pay(self, at: int, request: PayRequest) -> Answer:
        """Idempotent on the request id."""
        payment = self.payments.get(request.request_id)
        if payment is None:
            payment = self._open(at, request)
            self.payments[request.request_id] = payment
            final = payment.paid_at or payment.declined_at
            if final is not None:
                self.notices.append((final + NOTICE_DELAY, request.request_id))
        final = payment.paid_at or payment.declined_at
        answered = at + SYNC_LIMIT
        if final is not None and final <= answered:
            answered = max(final, at) + SECOND // 4
        return self._state(payment, answered)

    def inquire(self, at: int, request_id: str) -> Answer:
        """inquiryPayment: about the payment only, never about refunds."""
        payment = self._known(request_id)
        if payment is None:
            return Answer("F", at, "ORDER_NOT_EXIST", result="F")
        return self._state(payment, at)

    def cancel(self, at: int, request_id: str) -> Answer:
        """Whatever the payment's status, until 00:15 UTC+8 of the next day."""
        payment = self._known(request_id)
        if payment is None:
            return Answer("F", at, "ORDER_NOT_EXIST")
        if at > day_start(day_of(payment.created_at)) + DAY + CANCEL_GRACE:
            return Answer("F", at, "CANCEL_WINDOW_EXCEED")
        payment.cancelled_at = at
        if Fault.NETS_CANCELLED in self._faults:
            self._book_opposite(payment, at)
        elif Fault.CLEARS_CANCELLED not in self._faults:
            payment.entries.clear()
        return Answer("S", at, provider_id=payment.payment_id)

    def refund(self, at: int, refund_request_id: str, request_id: str, amount: int) -> Answer:
        """Idempotent on the refund request id; full, partial, many, at most what was captured."""
        payment = self._known(request_id)
        if payment is None:
            return Answer("F", at, "ORDER_NOT_EXIST")
        refund = payment.refunds.get(refund_request_id)
        if refund is None:
            if refusal := self._refusal(payment, at, amount):
                return refusal
            refund = self._book_refund(payment, at, refund_request_id, amount)
        answered = at + SECOND
        if refund.done_at > at + SYNC_LIMIT:
            return Answer("U", answered, "REFUND_IN_PROCESS")
        return Answer(
            "S",
            max(answered, refund.done_at),
            provider_id=refund.refund_id,
            done_at=refund.done_at,
            settlement_amount=refund.settlement_amount,
            settlement_currency=payment.request.settlement_currency,
        )

    # -- the workspace: refunds that the ACQP's software knows nothing of ----------------------

    def refund_in_workspace(self, at: int, request_id: str, amount: int, mark: str = "PW") -> str:
        """A person, or a dispute, returns money; the refundId is what remains to be seen."""
        payment = self.payments[request_id]
        number = self.take_numbers(1)
        return self._book_refund(payment, at, f"{mark}{number:014d}", amount).refund_id

    # -- the ledger ----------------------------------------------------------------------------

    def take_numbers(self, count: int) -> int:
        """The first of `count` fresh numbers for payment and refund ids."""
        first = self._numbers + 1
        self._numbers += count
        return first

    def ledger(self) -> pl.DataFrame:
        """All that moved, in one table."""
        rows = [entry for payment in self.payments.values() for entry in payment.entries]
        return pl.DataFrame(rows, schema=ENTRY_SCHEMA, orient="row")

    # -- inside --------------------------------------------------------------------------------

    def _known(self, request_id: str) -> Payment | None:
        """A payment of this participant."""
        payment = self.payments.get(request_id)
        return None if payment is None or payment.is_elsewhere else payment

    def _open(self, at: int, request: PayRequest) -> Payment:
        wallet = request.wallet
        final = None if wallet.pays_after is None else whole_second(at + wallet.pays_after)
        amount = request.amount
        if Fault.KEEPS_LESS in self._faults:
            amount -= max(amount // 10, 1)
        told_rate = rate(request.currency, request.settlement_currency, day_of(at))
        payment = Payment(
            request=request,
            payment_id=self._payment_id(at),
            created_at=at,
            amount=amount,
            paid_at=None if wallet.declines else final,
            declined_at=final if wallet.declines else None,
            rate=told_rate,
            settlement_amount=convert(amount, told_rate),
            agreement=self._agreement(request, wallet),
            is_elsewhere=Fault.BOOKS_ELSEWHERE in self._faults,
        )
        is_left_out = payment.is_elsewhere or Fault.LEAVES_OUT_PAYMENT in self._faults
        if final is not None and not is_left_out and (not wallet.declines or Fault.CLEARS_DECLINED in self._faults):
            self._book_payment(payment, final)
        return payment

    def _agreement(self, request: PayRequest, wallet: Wallet) -> str:
        right = self.world.agreement(request.settlement_currency, wallet.psp)
        if Fault.CLEARS_ELSEWHERE in self._faults:
            return self._other_agreement(request.settlement_currency, right)
        return right

    def _other_agreement(self, settlement_currency: str, right: str) -> str:
        return next(
            agreement.id
            for agreement in self.world.agreements
            if agreement.settlement_currency == settlement_currency and agreement.id != right
        )

    def _book_payment(self, payment: Payment, at: int) -> None:
        faults = self._faults
        entry = payment_entry(payment, at)
        if Fault.SETTLES_OTHER_QUOTE in faults:
            entry = entry._replace(settlement_amount=payment.settlement_amount * 98 // 100)
        if Fault.NEW_PAYMENT_ID in faults:
            entry = entry._replace(transaction_id=self._payment_id(at))
        if Fault.CUTS_REFERENCE in faults:
            entry = entry._replace(request_id=entry.request_id[:REFERENCE_CUT])
        if Fault.OMITS_REFERENCE in faults:
            entry = entry._replace(request_id="")
        payment.entries.append(entry)
        if Fault.REPEATS_ROW in faults:
            payment.entries.append(entry)
        if Fault.CAPTURES_TWICE in faults:
            again = entry._replace(transaction_id=self._payment_id(at), at=at + 2 * SECOND)
            payment.entries.append(again)
        if Fault.CLEARS_TWICE in faults:
            other = self._other_agreement(entry.settlement_currency, entry.agreement)
            payment.entries.append(entry._replace(agreement=other))

    def _book_opposite(self, payment: Payment, at: int) -> None:
        paid = payment.entries[0]
        payment.entries.append(
            paid._replace(
                kind="REFUND",
                request_id="",
                transaction_id=self._refund_id(at),
                original_request_id=paid.request_id,
                original_transaction_id=paid.transaction_id,
                paid_settlement=paid.settlement_amount,
                at=whole_second(at) + SECOND,
            )
        )

    def _book_refund(self, payment: Payment, at: int, request_id: str, amount: int) -> Refund:
        done_at = whole_second(at + payment.request.wallet.refund_after)
        at_rate = payment.rate
        if Fault.REFUND_OTHER_RATE in self._faults:
            at_rate = at_rate * 97 // 100
        refund = Refund(self._refund_id(at), amount, at, done_at, convert(amount, at_rate))
        payment.refunds[request_id] = refund
        if Fault.REFUND_FORGOTTEN in self._faults:
            return refund
        entry = refund_entry(payment, request_id, refund)
        if Fault.OMITS_REFERENCE in self._faults:
            entry = entry._replace(request_id="")
        payment.entries.append(entry)
        if Fault.DOUBLE_REFUND in self._faults:
            twin = entry._replace(transaction_id=self._refund_id(at), at=done_at + SECOND)
            payment.entries.append(twin)
        return refund

    def _refusal(self, payment: Payment, at: int, amount: int) -> Answer | None:
        wallet = payment.request.wallet
        seen = sum(r.amount for r in payment.refunds.values() if r.accepted_at <= at - RACE)
        if payment.paid_at is None or payment.cancelled_at is not None:
            return Answer("F", at, "ORDER_STATUS_INVALID")
        if at > year_later(payment.created_at):
            return Answer("F", at, "REFUND_WINDOW_EXCEED")
        if seen + amount > payment.amount:
            return Answer("F", at, "REFUND_AMOUNT_EXCEED")
        if wallet.refuses_refunds:
            return Answer("F", at + SECOND, "USER_ACCOUNT_ABNORMAL")
        if at < wallet.refunds_from:
            return Answer("U", at + SYNC_LIMIT, "UNKNOWN_EXCEPTION")
        return None

    def _state(self, payment: Payment, at: int) -> Answer:
        status, code = state_at(at, payment.paid_at, payment.declined_at, payment.cancelled_at)
        if status != "S":
            return Answer(status, at, code, provider_id=payment.payment_id)
        return Answer(
            "S",
            at,
            provider_id=payment.payment_id,
            done_at=payment.paid_at,
            settlement_amount=payment.settlement_amount,
            settlement_currency=payment.request.settlement_currency,
            psp=payment.request.wallet.psp,
        )

    def _payment_id(self, at: int) -> str:
        return f"{compact(day_of(at))}{PAYMENT_ID_MARK}{self.take_numbers(1):011d}"

    def _refund_id(self, at: int) -> str:
        return f"{compact(day_of(at))}{REFUND_ID_MARK}{self.take_numbers(1):011d}"
