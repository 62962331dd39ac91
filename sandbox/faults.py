"""Everything that can go wrong, by the place where it strikes: what a party does, never a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum, auto


class Fault(IntEnum):
    """One weakness; it acts while it is switched on."""

    # on the network
    PAY_REQUEST_LOST = auto()
    PAY_ANSWER_LOST = auto()
    NOTICE_LOST = auto()
    INQUIRY_DOWN = auto()
    CANCEL_REQUEST_LOST = auto()
    CANCEL_ANSWER_LOST = auto()
    REFUND_REQUEST_LOST = auto()
    REFUND_ANSWER_LOST = auto()
    CONFIRM_LOST = auto()  # between the till and Ogloba
    # in Ogloba's software
    TIMEOUT_MEANS_FAILED = auto()
    CLOSES_WITHOUT_ANSWER = auto()  # stores CLOSED though the cancel was never answered
    ROLLS_BACK_ORDER = auto()  # the order is gone, the payment is not
    READS_RESULT_FOR_PAYMENT = auto()  # "the question was answered" taken for "it was paid"
    SENDS_HUNDREDFOLD = auto()  # every currency treated as if it had two decimal places
    STORES_DEFAULT_CURRENCY = auto()
    OWN_CLOCK_FAST = auto()  # paid_at by our clock, which is ahead
    OWN_CLOCK_SLOW = auto()
    CONFIRM_UNCHECKED = auto()  # the confirm procedure does not look at the payment
    NEW_PAY_STATUS = auto()
    NEW_SALE_STATUS = auto()
    NEW_REFUND_STATUS = auto()
    VOID_FAILS = auto()
    DIES_BEFORE_VOID = auto()
    DIES_BEFORE_VOID_ROW = auto()
    VOIDS_ANYWAY = auto()  # voids whatever the refund's answer was
    PART_SHOWN_AS_FULL = auto()
    REFUND_SENT_HUNDREDFOLD = auto()
    REFUND_SENT_IN_CENTS = auto()
    REFUND_SENDS_WHOLE_SALE = auto()
    # at Alipay+
    CAPTURES_TWICE = auto()
    CLEARS_TWICE = auto()  # one payment in two agreements
    SETTLES_OTHER_QUOTE = auto()
    CLEARS_ELSEWHERE = auto()  # in another agreement than agreed
    NEW_PAYMENT_ID = auto()  # cleared under another payment id than notified
    OMITS_REFERENCE = auto()  # the reports carry no request id at all
    REPEATS_ROW = auto()  # the same line twice in one file
    CUTS_REFERENCE = auto()  # the reports carry 20 characters of the request id
    CLEARS_CANCELLED = auto()  # the cancel is answered with S, the capture goes on
    CLEARS_DECLINED = auto()  # a payment that the wallet declined is cleared
    LEAVES_OUT_PAYMENT = auto()  # captured, but in no report
    BOOKS_ELSEWHERE = auto()  # under another participant: in its reports, unknown to ours
    NETS_CANCELLED = auto()  # a cancelled payment is cleared with an opposite row
    KEEPS_LESS = auto()  # captures less than asked (a discount by the wallet)
    DOUBLE_REFUND = auto()
    REFUND_OTHER_RATE = auto()
    REFUND_FORGOTTEN = auto()  # answered with S, never booked


class Faults:
    """The faults that act now; both parties and the network look here, each for its own."""

    def __init__(self) -> None:
        self._acting: frozenset[Fault] = frozenset()

    def __contains__(self, fault: Fault) -> bool:
        return bool(self._acting) and fault in self._acting

    @contextmanager
    def acting(self, *faults: Fault) -> Iterator[None]:
        """Switches faults on for the flows played inside."""
        before, self._acting = self._acting, self._acting | set(faults)
        try:
            yield
        finally:
            self._acting = before
