"""Between the two parties: it can lose a request, an answer or a notice. It never changes one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sandbox.alipayplus import AlipayPlus
from sandbox.faults import Fault, Faults
from sandbox.messages import Answer, NoAnswer, PayRequest


class Network:
    """Ogloba's only way to Alipay+, and back."""

    def __init__(self, alipayplus: AlipayPlus, faults: Faults) -> None:
        self._alipayplus = alipayplus
        self._faults = faults

    def pay(self, at: int, request: PayRequest) -> Answer:
        """Request or answer may get lost: the caller cannot tell which."""
        with self._between(Fault.PAY_REQUEST_LOST, Fault.PAY_ANSWER_LOST):
            answer = self._alipayplus.pay(at, request)
            if Fault.NOTICE_LOST in self._faults:
                self._alipayplus.notices.clear()
            return answer

    def inquire(self, at: int, request_id: str) -> Answer:
        """inquiryPayment."""
        if Fault.INQUIRY_DOWN in self._faults:
            raise NoAnswer
        return self._alipayplus.inquire(at, request_id)

    def cancel(self, at: int, request_id: str) -> Answer:
        """Request or answer may get lost: the caller cannot tell whether it is cancelled."""
        with self._between(Fault.CANCEL_REQUEST_LOST, Fault.CANCEL_ANSWER_LOST):
            return self._alipayplus.cancel(at, request_id)

    def refund(self, at: int, refund_request_id: str, request_id: str, amount: int) -> Answer:
        """Request or answer may get lost: the caller cannot tell which."""
        with self._between(Fault.REFUND_REQUEST_LOST, Fault.REFUND_ANSWER_LOST):
            return self._alipayplus.refund(at, refund_request_id, request_id, amount)

    def deliver(self, until: int, receiver: Callable[[str, Answer], None]) -> None:
        """notifyPayment: hands over what is due, with the state at that time; never a U."""
        notices = self._alipayplus.notices
        notices.sort()
        while notices and notices[0][0] <= until:
            due, request_id = notices.pop(0)
            answer = self._alipayplus.inquire(due, request_id)
            if answer.status != "U":
                receiver(request_id, answer)

    @contextmanager
    def _between(self, request_lost: Fault, answer_lost: Fault) -> Iterator[None]:
        """NoAnswer where one of them is lost, before or after the other side acts."""
        if request_lost in self._faults:
            raise NoAnswer
        yield
        if answer_lost in self._faults:
            raise NoAnswer
