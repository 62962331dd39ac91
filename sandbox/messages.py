"""What the two parties say to each other; amounts in smallest units, times as in `instants`."""

from __future__ import annotations

from typing import NamedTuple

from sandbox.instants import SECOND


class Wallet(NamedTuple):
    """The customer behind a payment code: which wallet, and how it behaves."""

    psp: str
    pays_after: int | None = 2 * SECOND  # None: the customer never answers
    declines: bool = False
    refund_after: int = SECOND
    refunds_from: int = 0  # before this instant the wallet does not answer refunds
    refuses_refunds: bool = False


class PayRequest(NamedTuple):
    """pay."""

    request_id: str
    store_id: str
    amount: int
    currency: str
    settlement_currency: str
    wallet: Wallet


class Answer(NamedTuple):
    """What became of a payment or refund; `result`: whether the question itself was answered."""

    status: str  # S, F, U
    at: int  # when the answer arrives
    code: str = "SUCCESS"
    result: str = "S"
    provider_id: str | None = None
    done_at: int | None = None
    settlement_amount: int | None = None
    settlement_currency: str | None = None
    psp: str | None = None


class NoAnswer(Exception):  # noqa: N818 - it is an event of the play, not an error
    """The caller waited in vain: it cannot know whether the request arrived."""
