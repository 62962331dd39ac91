"""A question names exactly one payment, in characters that Alipay+ takes."""

from __future__ import annotations

import json

import pytest

from recon.inquiry import Question, QuestionError


def test_exactly_one_id_is_sent() -> None:
    assert json.loads(Question("R1").body()) == {"paymentRequestId": "R1"}
    assert json.loads(Question(payment_id="P1").body()) == {"paymentId": "P1"}


def test_the_body_is_compact_utf_8() -> None:
    assert Question("é漢").body() == b'{"paymentRequestId":"\xc3\xa9\xe6\xbc\xa2"}'


@pytest.mark.parametrize(
    ("request_id", "payment_id", "expected"),
    [
        ("", "", "either a paymentRequestId or a paymentId"),
        ("R1", "P1", "either a paymentRequestId or a paymentId"),
        ("R" * 65, "", "more than 64"),
        ("", "P" * 65, "more than 64"),
        (" R1", "", "blanks"),
        ("R1 ", "", "blanks"),
        ("   ", "", "blanks"),
        ("", "P1\n", "blanks"),
        ("R\x001", "", "do not print"),
        ("R\u20281", "", "do not print"),
        ("R\ud8001", "", "do not print"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(request_id: str, payment_id: str, expected: str) -> None:
    with pytest.raises(QuestionError, match=expected):
        Question(request_id, payment_id)


def test_sixty_four_characters_are_allowed() -> None:
    assert Question("é" * 64).asked_id == "é" * 64
