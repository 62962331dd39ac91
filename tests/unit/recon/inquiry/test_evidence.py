"""The customer's id never reaches what is kept; everything else does, as it came."""

from __future__ import annotations

import pytest

from recon.inquiry.evidence import without_customer

SECRET = "2088123456789012"


@pytest.mark.parametrize(
    "body",
    [
        '{"a":1,"customerId":"%s","b":2}',
        '{"a":1, "customerId" :\n "%s" , "b":2}',
        '{"a":1,"customerid":"%s","b":2}',
        '{"a":1,"CustomerID":%s,"b":2}',
        '{"a":1,"customer\\u0049d":"%s","b":2}',
        '{"a":{"customerId":"%s"},"b":2}',
        '{"a":1,"customerId":{"id":["%s"]},"b":2}',
        '{"customerId":"%s","a":1,"b":"customer 2088123456789012 paid"}',
        '{"a":": ","customerId":"%s","b":2}',
        '{"a":"\\"","customerId":"%s","b":2}',
        '[{"a":1,"customerId":"%s","b":2}]',
        '{"a":1,"customerId":"%s',
        '{"a":1,"customerId":"' + SECRET[:9] + '\ufffd',
    ],
)  # fmt: skip
def test_the_customer_is_taken_out_of_any_body(body: str) -> None:
    kept = without_customer((body % SECRET if "%s" in body else body).encode())
    assert SECRET[:9] not in kept
    assert '"a":' in kept
    assert "(removed)" in kept


def test_everything_else_stays_as_it_came() -> None:
    body = '{ "result" :\t{"resultCode":"SUCCESS"}, "paymentId":"2026é", "x":[1.50, 1e3] }\r\n'
    assert without_customer(body.encode()) == body


def test_bytes_that_are_no_text_can_still_be_kept() -> None:
    assert without_customer(b"\xff\x00{") == "\ufffd\ufffd{"


def test_a_very_long_body_is_kept_in_part_and_in_no_time() -> None:
    body = b'{"customerId":"' + SECRET.encode() + b'"' + b'\\"' * 200_000
    kept = without_customer(body)
    assert len(kept) < 70_000
    assert SECRET not in kept
    assert without_customer(b'"' * 300_000)
