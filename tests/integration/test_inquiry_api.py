"""Asking Alipay+ over a real connection: what is sent, what is believed, what each fault becomes."""

# ruff: noqa: E501 - tables are read by the row

from __future__ import annotations

import gzip
import json
import logging
import re
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import ValidationError

from recon.errors import ConfigurationError
from recon.inquiry import (
    Amount,
    Answered,
    Finding,
    Malformed,
    NotSent,
    Outcome,
    OutcomeUnknown,
    Question,
    Reason,
    Rejected,
    Unanswered,
    Unauthenticated,
)
from resources.alipayplus.api import AlipayPlusApi, api_of
from resources.alipayplus.keys import read_public_keys
from resources.alipayplus.pace import Pace
from resources.settings import load_settings
from tests.support.api_tricks import (
    Trick,
    TrickServer,
    altered,
    as_header,
    both,
    chunked,
    cut_before_reply,
    cut_in_reply,
    delayed,
    dripping,
    header,
    http_status,
    new_key,
    refusing,
    reply_about,
    saying,
    sending,
    signed_at,
    signed_for,
    signed_with,
    telling,
    throttled,
    unsigned,
    with_,
    without_header,
)
from tests.support.inquiry import (
    ACCENTED,
    NOON,
    answered,
    client_of,
    play_payments,
    write_inquiry_settings,
    write_payments,
)
from tests.support.tls import make_tls_keys, tls_of

NOON_AT = datetime(2026, 11, 20, 4, tzinfo=UTC)
EVENING = NOON_AT + timedelta(hours=8)  # whatever the clock says
PAID = Question("PAID", expected=Amount(1234, "EUR"))


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("alipayplus")
    write_payments(path)
    return path


@pytest.fixture(scope="module", params=["http", "https"])
def running(directory: Path, request: pytest.FixtureRequest) -> Iterator[TrickServer]:
    with TrickServer(directory, at=EVENING, tls=tls_of(directory) if request.param == "https" else None) as server:
        yield server


@pytest.fixture
def server(running: TrickServer) -> Iterator[TrickServer]:
    running.program.clear()
    running.received.clear()
    running.at = EVENING
    yield running
    running.program.clear()


@pytest.fixture(scope="module")
def shared(running: TrickServer) -> Iterator[AlipayPlusApi]:
    with client_of(running) as client:
        yield client


@pytest.fixture
def api(server: TrickServer, shared: AlipayPlusApi) -> AlipayPlusApi:
    return shared


def unanswered(outcome: Outcome) -> tuple[type, Reason]:
    """Its kind and reason; an answer fails the test."""
    assert isinstance(outcome, Unanswered), outcome
    return type(outcome), outcome.reason


# -- what is sent ----------------------------------------------------------------------------


def test_the_other_side_verifies_exactly_the_bytes_it_received(server: TrickServer, api: AlipayPlusApi) -> None:
    assert answered(api, Question(ACCENTED)).finding is Finding.PAID
    (received,) = server.received
    assert received.code == "SUCCESS"
    assert received.body == Question(ACCENTED).body()
    assert ACCENTED.encode() in received.body
    assert received.header("Client-Id") == server.client_id
    assert received.header("Content-Type") == "application/json; charset=UTF-8"


def test_the_time_is_utc_and_the_key_version_is_ours(server: TrickServer) -> None:
    paris = datetime(2026, 11, 20, 12, 30, 0, 250_000, tzinfo=timezone(timedelta(hours=1)))
    with client_of(server, key_version="7", now=lambda: paris) as api:
        assert answered(api, PAID).exchange.asked_at == paris
    (received,) = server.received
    assert received.header("Request-Time") == "2026-11-20T11:30:00.250Z"
    assert ",keyVersion=7," in received.header("Signature")


def test_every_try_is_signed_anew(server: TrickServer) -> None:
    ticks = iter(NOON_AT + timedelta(seconds=n) for n in (0, 1, -3600))  # a clock may jump
    server.program.play("PAID", cut_before_reply, refusing("UNKNOWN_EXCEPTION", "U"))
    with client_of(server, attempts=3, now=lambda: next(ticks)) as api:
        answer = answered(api, PAID)
    assert answer.finding is Finding.PAID
    assert answer.exchange.attempts == 3
    assert answer.exchange.earlier == ("the connection was cut", "Alipay+ could not answer")
    times = [each.header("Request-Time") for each in server.received]
    assert times == [
        "2026-11-20T04:00:00.000Z",
        "2026-11-20T04:00:01.000Z",
        "2026-11-20T03:00:00.000Z",
    ]
    assert len({each.header("Signature") for each in server.received}) == 3


def test_nothing_of_the_environment_changes_the_request(
    server: TrickServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login x password y\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    server.program.play("PAID", header("Set-Cookie", "session=1; Path=/"))
    with client_of(server) as api:
        assert answered(api, PAID).finding is Finding.PAID
        assert answered(api, PAID).finding is Finding.PAID
    for received in server.received:
        assert not {"authorization", "cookie"} & {name.lower() for name, _ in received.headers}


# -- the answers of an honest Alipay+ --------------------------------------------------------


@pytest.mark.parametrize(
    ("request_id", "finding", "code"),
    [
        ("PAID", Finding.PAID, "SUCCESS"),
        ("YEN", Finding.PAID, "SUCCESS"),
        ("DINAR", Finding.PAID, "SUCCESS"),
        ("REFUNDED", Finding.PAID, "SUCCESS"),
        ("WAITS", Finding.IN_PROCESS, "PAYMENT_IN_PROCESS"),
        ("DECLINED", Finding.FAILED, "USER_BALANCE_NOT_ENOUGH"),
        ("CLOSED", Finding.CLOSED, "ORDER_IS_CLOSED"),
        ("NEVER-SEEN", Finding.NOT_EXIST, "ORDER_NOT_EXIST"),
    ],
)
def test_each_kind_of_payment(api: AlipayPlusApi, request_id: str, finding: Finding, code: str) -> None:
    answer = answered(api, Question(request_id))
    assert answer.finding is finding
    assert (answer.payment_result or answer.result).code == code


def test_an_answer_carries_money_and_time(api: AlipayPlusApi) -> None:
    answer = answered(api, Question("YEN", expected=Amount(500, "JPY")))
    assert answer.amount == Amount(500, "JPY")
    assert answer.settlement_amount is not None
    assert answer.settlement_amount.currency == "EUR"
    assert answer.paid_at == NOON_AT + timedelta(seconds=2)
    assert answered(api, Question(payment_id=answer.payment_id)).amount == answer.amount


def test_a_refunded_payment_is_still_paid(api: AlipayPlusApi) -> None:
    answer = answered(api, Question("REFUNDED", expected=Amount(1234, "EUR")))
    assert answer.finding is Finding.PAID


def test_the_answer_is_that_of_the_instant(server: TrickServer, api: AlipayPlusApi) -> None:
    found = []
    for seconds in (-1, 1, 39, 40):
        server.at = NOON_AT + timedelta(seconds=seconds)
        found.append(answered(api, Question("SLOW")).finding)
    assert found == [Finding.NOT_EXIST, Finding.IN_PROCESS, Finding.IN_PROCESS, Finding.PAID]


def test_the_api_says_what_alipayplus_says_in_the_play(server: TrickServer, api: AlipayPlusApi) -> None:
    played = play_payments()
    for seconds in (0, 1, 3, 30, 59, 61, 300):
        server.at = NOON_AT + timedelta(seconds=seconds)
        for request_id in played.payments:
            said = played.inquire(NOON + seconds * 1_000_000, request_id)
            answer = answered(api, Question(request_id))
            assert answer.payment_result is not None
            assert (answer.payment_result.status, answer.payment_result.code) == (
                said.status,
                said.code,
            )


def test_asked_until_it_is_known(server: TrickServer, api: AlipayPlusApi) -> None:
    wait = saying("PAYMENT_IN_PROCESS", "U")
    server.program.play("PAID", wait, wait, refusing("ORDER_NOT_EXIST"), None)
    found = [answered(api, PAID).finding for _ in range(4)]
    assert found == [Finding.IN_PROCESS, Finding.IN_PROCESS, Finding.NOT_EXIST, Finding.PAID]
    assert len(server.received) == 4  # an answer that is not final is not asked again by itself


# -- a reply that is believed ----------------------------------------------------------------


def lower_hex(value: bytes) -> str:
    return re.sub("%..", lambda code: code[0].lower(), as_header(value))


def unencoded(value: bytes) -> str:
    return as_header(value).replace("%2B", "+").replace("%2F", "/").replace("%3D", "=")


def reordered(value: bytes) -> str:
    algorithm, version, signature = as_header(value).split(", ")
    return f"{signature} ,{version},  {algorithm}"


def pretty(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, indent=3, ensure_ascii=True).replace("\n", "\r\n").encode()


def zipped(body: bytes) -> bytes:
    return gzip.compress(body)


@pytest.mark.parametrize(
    "trick",
    [
        with_(signature=lower_hex),
        with_(signature=unencoded),
        with_(signature=reordered),
        with_(name=str.lower),
        with_(name=str.upper),
        with_(write=pretty),
        with_(write=lambda fields: b" " + pretty(fields) + b"\n"),
        chunked,
        both(header("Content-Encoding", "gzip"), with_(encode=zipped)),
        both(header("Content-Encoding", "gzip"), with_(encode=zipped), chunked),
        telling(paymentStatus="X", actualPaymentAmount={"value": "1"}),
    ],
    ids=["lower hex", "unencoded", "reordered", "lower names", "upper names", "pretty", "blanks",
         "chunked", "gzip", "gzip chunked", "more fields"],
)  # fmt: skip
def test_every_honest_form_of_a_reply_is_believed(server: TrickServer, api: AlipayPlusApi, trick: Trick) -> None:
    for _ in range(12):  # signatures differ: with and without a plus sign
        server.program.play("PAID", trick)
        assert answered(api, PAID).finding is Finding.PAID


def test_two_public_keys_while_alipayplus_changes_its_key(server: TrickServer) -> None:
    next_key = new_key()
    pem = next_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    now_pem = server.keys.provider_public.read_text()
    server.program.play("PAID", None, signed_with(next_key), signed_with(new_key()))
    with client_of(server, public_keys=read_public_keys(now_pem + pem, "both")) as api:
        assert answered(api, PAID).finding is Finding.PAID
        assert answered(api, PAID).finding is Finding.PAID
        assert unanswered(api.ask(PAID)) == (Unauthenticated, Reason.WRONG_SIGNATURE)


# -- a reply that is not believed ------------------------------------------------------------


def one_byte(body: bytes) -> bytes:
    return body.replace(b'"1234"', b'"1235"')


@pytest.mark.parametrize(
    ("trick", "reason"),
    [
        (unsigned, Reason.NO_SIGNATURE),
        (header("Signature", ""), Reason.NO_SIGNATURE),
        (header("Signature", "   "), Reason.NO_SIGNATURE),
        (without_header("Response-Time"), Reason.NO_SIGNATURE),
        (header("Response-Time", ""), Reason.NO_SIGNATURE),
        (header("Signature", "algorithm=RSA256,keyVersion=1,signature=!!"), Reason.SIGNATURE_HEADER),
        (with_(signature=lambda value: as_header(value).replace("RSA256", "HMAC")), Reason.SIGNATURE_HEADER),
        (with_(signature=lambda value: as_header(value[:-1])), Reason.WRONG_SIGNATURE),
        (altered(one_byte), Reason.WRONG_SIGNATURE),
        (altered(lambda body: body + b"\n"), Reason.WRONG_SIGNATURE),
        (altered(lambda body: json.dumps(json.loads(body)).encode()), Reason.WRONG_SIGNATURE),
        (header("Response-Time", "2026-11-20T12:00:00+08:00"), Reason.WRONG_SIGNATURE),
        (header("Client-Id", "SANDBOX_SOMEBODY_ELSE"), Reason.FOREIGN_CLIENT),
        (without_header("Client-Id"), Reason.FOREIGN_CLIENT),
        (signed_for("/aps/api/v1/payments/pay"), Reason.WRONG_SIGNATURE),
        (both(unsigned, sending(b"")), Reason.NO_SIGNATURE),
        (both(unsigned, sending(b"<html>please log in</html>")), Reason.NO_SIGNATURE),
    ],
)  # fmt: skip
def test_a_reply_that_alipayplus_did_not_sign_is_not_believed(
    server: TrickServer, api: AlipayPlusApi, trick: Trick, reason: Reason
) -> None:
    server.program.play("PAID", trick)
    outcome = api.ask(PAID)
    assert unanswered(outcome) == (Unauthenticated, reason)
    assert outcome.exchange.reply_body == ""
    assert outcome.exchange.http_status == 200


def test_a_foreign_key_is_not_believed(server: TrickServer, api: AlipayPlusApi) -> None:
    server.program.play("PAID", signed_with(new_key()))
    assert unanswered(api.ask(PAID)) == (Unauthenticated, Reason.WRONG_SIGNATURE)


def test_two_signatures_are_none(server: TrickServer, api: AlipayPlusApi) -> None:
    server.program.play("PAID", header("signature", "algorithm=RSA256,keyVersion=1,signature=aGk="))
    assert unanswered(api.ask(PAID)) == (Unauthenticated, Reason.NO_SIGNATURE)


@pytest.mark.parametrize("finding", ["PAID-2", "CLOSED", "WAITS", "DECLINED"])
def test_the_authentic_reply_about_another_order_needs_review(
    server: TrickServer, api: AlipayPlusApi, finding: str
) -> None:
    server.program.play("PAID", reply_about(finding))
    answer = answered(api, PAID)
    assert answer.finding is Finding.REVIEW
    assert "paymentRequestId differs" in answer.differences


def test_another_amount_needs_review(server: TrickServer, api: AlipayPlusApi) -> None:
    server.program.play("PAID", telling(paymentAmount={"currency": "EUR", "value": "1235"}))
    answer = answered(api, PAID)
    assert (answer.finding, answer.differences) == (
        Finding.REVIEW,
        ("paymentAmount.value differs",),
    )


def test_a_refused_signature_says_nothing_about_the_payment(server: TrickServer) -> None:
    """Alipay+ does not sign what it says to somebody whom it does not know."""
    with client_of(server, private_key=new_key(), attempts=3) as api:
        outcome = api.ask(PAID)
    assert unanswered(outcome) == (Unauthenticated, Reason.NO_SIGNATURE)
    assert isinstance(outcome, Unanswered)
    assert outcome.code == "INVALID_SIGNATURE"
    assert outcome.stops_the_run
    assert len(server.received) == 1  # asking again would not help


# -- refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "reason", "stops"),
    [
        ("ACCESS_DENIED", Reason.SETUP, True),
        ("INVALID_CONTRACT", Reason.SETUP, True),
        ("PARAM_ILLEGAL", Reason.QUESTION, False),
        ("PROCESS_FAIL", Reason.BUSINESS, False),
        ("SOMETHING_NEW", Reason.BUSINESS, False),
    ],
)
def test_a_refused_question_is_asked_once(server: TrickServer, code: str, reason: Reason, stops: bool) -> None:
    server.program.always("PAID", refusing(code))
    with client_of(server, attempts=3) as api:
        outcome = api.ask(PAID)
    assert unanswered(outcome) == (Rejected, reason)
    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.stops_the_run) == (code, stops)
    assert len(server.received) == 1


# -- what is signed, and when ----------------------------------------------------------------


def shifted(seconds: float, zone: timezone = UTC) -> str:
    """A time that far from now."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).astimezone(zone).isoformat()


@pytest.mark.parametrize(
    "stated",
    [shifted(-86_400), shifted(86_400), "2026-11-20T12:00:00", "yesterday", "0", "9" * 30],
    ids=["yesterday's", "tomorrow's", "without an offset", "no time", "1970", "beyond all time"],
)
def test_a_signed_reply_of_another_time_is_no_answer(server: TrickServer, api: AlipayPlusApi, stated: str) -> None:
    server.program.play("PAID", signed_at(stated))
    assert unanswered(api.ask(PAID)) == (Unauthenticated, Reason.OTHER_TIME)


@pytest.mark.parametrize("seconds", [-120, 0, 120])
def test_clocks_may_differ_by_the_allowance(server: TrickServer, seconds: float) -> None:
    times = [shifted(seconds, timezone(timedelta(hours=8))), f"{(time.time() + seconds) * 1000:.0f}"]
    with client_of(server) as api:
        for each in times:
            server.program.play("PAID", signed_at(each))
            assert answered(api, PAID).finding is Finding.PAID
    with client_of(server, response_time_allowance_seconds=60) as strict:
        server.program.play("PAID", signed_at(times[0]))
        assert isinstance(strict.ask(PAID), Answered) is (seconds == 0)


def test_headers_that_alipayplus_does_not_send_can_be_named(server: TrickServer, api: AlipayPlusApi) -> None:
    nameless, timeless = without_header("Client-Id"), both(without_header("Response-Time"), signed_at(""))
    for trick, reason in ((nameless, Reason.FOREIGN_CLIENT), (timeless, Reason.NO_SIGNATURE)):
        server.program.play("PAID", trick)
        assert unanswered(api.ask(PAID)) == (Unauthenticated, reason)
    with client_of(server, required_reply_headers=()) as lenient:
        for trick in (nameless, timeless):
            server.program.play("PAID", trick)
            assert answered(lenient, PAID).finding is Finding.PAID
        server.program.play("PAID", header("Client-Id", "somebody"))
        assert unanswered(lenient.ask(PAID)) == (Unauthenticated, Reason.FOREIGN_CLIENT)
        server.program.play("PAID", signed_at(shifted(-86_400)))
        assert unanswered(lenient.ask(PAID)) == (Unauthenticated, Reason.OTHER_TIME)
        server.program.play("PAID", unsigned)
        assert unanswered(lenient.ask(PAID)) == (Unauthenticated, Reason.NO_SIGNATURE)


# -- transport -------------------------------------------------------------------------------


def test_no_connection_means_not_sent(server: TrickServer) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        with client_of(server, base_url=f"https://127.0.0.1:{taken.getsockname()[1]}", attempts=2) as api:
            outcome = api.ask(PAID)
    assert unanswered(outcome) == (NotSent, Reason.CONNECTION)
    assert outcome.exchange.attempts == 2


def test_a_silent_host_means_not_sent(server: TrickServer) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        crowd = [socket.socket() for _ in range(4)]
        for each in crowd:
            each.setblocking(False)
            each.connect_ex(address)
        with client_of(server, base_url=f"https://127.0.0.1:{address[1]}", connect_timeout_seconds=0.2) as api:
            outcome = api.ask(PAID)
        for each in crowd:
            each.close()
    assert unanswered(outcome) == (NotSent, Reason.CONNECTION_TIMEOUT)


def test_an_unknown_name_means_not_sent(server: TrickServer) -> None:
    with client_of(server, base_url="https://alipayplus.invalid") as api:
        assert unanswered(api.ask(PAID)) == (NotSent, Reason.NAME)


@pytest.mark.parametrize(
    ("trick", "kind", "reason"),
    [
        (delayed(3), OutcomeUnknown, Reason.TIMEOUT),
        (dripping(0.05), OutcomeUnknown, Reason.TIMEOUT),
        (cut_before_reply, OutcomeUnknown, Reason.CUT),
        (cut_in_reply, OutcomeUnknown, Reason.CUT),
        (both(chunked, cut_in_reply), OutcomeUnknown, Reason.CUT),
        (sending(b"x" * 300_000), OutcomeUnknown, Reason.TOO_LONG),
        (both(header("Content-Encoding", "gzip"), with_(encode=lambda _: gzip.compress(b" " * 5_000_000))), OutcomeUnknown, Reason.TOO_LONG),
        (both(header("Content-Encoding", "gzip"), with_(encode=lambda body: gzip.compress(body)[:-9])), OutcomeUnknown, Reason.CUT),
        (header("Content-Encoding", "gzip"), OutcomeUnknown, Reason.ENCODING),
        (header("Content-Encoding", "br"), OutcomeUnknown, Reason.ENCODING),
        (sending(b""), Malformed, Reason.NOT_JSON),
        (sending(b"<html>maintenance</html>"), Malformed, Reason.NOT_JSON),
        (sending(b'{"result": {"resultStatus": "S"'), Malformed, Reason.NOT_JSON),
        (sending(b"[]"), Malformed, Reason.NOT_JSON),
        (sending(b'{"result": {"resultStatus": "S"}, "result": {}}'), Malformed, Reason.NOT_JSON),
        (sending(b'{"result": "\xff"}'), Malformed, Reason.NOT_JSON),
        (sending(b"{}"), Malformed, Reason.NO_RESULT),
        (refusing("SUCCESS", "s"), Malformed, Reason.STATUS_LETTER),
        (refusing("UNKNOWN_EXCEPTION", "U"), OutcomeUnknown, Reason.PROVIDER_UNKNOWN),
        (throttled, OutcomeUnknown, Reason.THROTTLED),
    ],
)  # fmt: skip
def test_no_usable_reply_leaves_the_payment_unknown(
    server: TrickServer, trick: Trick, kind: type, reason: Reason
) -> None:
    server.program.play("PAID", trick)
    with client_of(server, read_timeout_seconds=0.5) as api:
        assert unanswered(api.ask(PAID)) == (kind, reason)
        assert answered(api, PAID).finding is Finding.PAID  # the next question is not disturbed


@pytest.mark.parametrize("status", [201, 204, 301, 302, 307, 308, 400, 401, 403, 404, 429, 500, 502, 503])
def test_another_status_is_no_answer_and_is_not_followed(server: TrickServer, api: AlipayPlusApi, status: int) -> None:
    body = b"" if status == 204 else b'{"result":{"resultCode":"SUCCESS","resultStatus":"S"}}'
    server.program.play("PAID", http_status(status, body, Location=f"{server.base_url}{server.path}"))
    outcome = api.ask(PAID)
    assert unanswered(outcome) == (OutcomeUnknown, Reason.HTTP_STATUS)
    assert isinstance(outcome, Unanswered)
    assert outcome.exchange.http_status == status
    assert outcome.exchange.reply_body == ""
    assert outcome.may_pass == (status in (429, 500, 502, 503))
    assert len(server.received) == 1


@pytest.mark.parametrize("trick", [cut_before_reply, http_status(502), throttled])
def test_what_may_pass_is_asked_again_and_no_more_than_told(server: TrickServer, trick: Trick) -> None:
    server.program.play("PAID", trick, trick)
    with client_of(server, attempts=3) as api:
        assert answered(api, PAID).exchange.attempts == 3
    server.program.always("PAID", trick)
    with client_of(server, attempts=2) as api:
        outcome = api.ask(PAID)
    assert isinstance(outcome, OutcomeUnknown)
    assert outcome.exchange.attempts == 2
    assert len(server.received) == 5


def test_a_connection_that_was_closed_while_idle_is_opened_again(directory: Path) -> None:
    with TrickServer(directory, at=EVENING) as first, client_of(first, attempts=2) as api:
        assert answered(api, PAID).finding is Finding.PAID
        first._http.hang_up()
        assert answered(api, PAID).finding is Finding.PAID


# -- trust -----------------------------------------------------------------------------------


def test_a_foreign_certificate_ends_it_before_anything_is_sent(directory: Path, tmp_path: Path) -> None:
    with TrickServer(directory, at=EVENING, tls=tls_of(directory)) as server:
        for bundle in (
            make_tls_keys(tmp_path).authority,
            None,
        ):  # another authority; the public ones
            with client_of(server, ca_bundle=bundle, attempts=3) as api:
                outcome = api.ask(PAID)
            assert unanswered(outcome) == (NotSent, Reason.TRUST)
            assert isinstance(outcome, Unanswered)
            assert outcome.stops_the_run
            assert outcome.exchange.attempts == 1
        assert not server.received


def test_a_certificate_for_another_host_is_not_trusted(directory: Path) -> None:
    with (
        TrickServer(directory, at=EVENING, tls=tls_of(directory)) as server,
        _relay("127.0.0.2", server.port),
        client_of(server, base_url=server.base_url.replace("127.0.0.1", "127.0.0.2")) as api,
    ):
        assert unanswered(api.ask(PAID)) == (NotSent, Reason.TRUST)


def test_tls_is_not_given_up_when_the_server_speaks_none(directory: Path) -> None:
    with (
        TrickServer(directory, at=EVENING) as server,
        client_of(server, base_url=server.base_url.replace("http:", "https:")) as api,
    ):
        assert unanswered(api.ask(PAID))[0] is NotSent
        assert not server.received


class _relay:  # noqa: N801 - used like a function
    """One connection from another loopback address to the same port."""

    def __init__(self, host: str, port: int) -> None:
        self._listener = socket.create_server((host, port))
        self._port = port

    def __enter__(self) -> None:
        self._thread = threading.Thread(target=self._pass_on)
        self._thread.start()

    def _pass_on(self) -> None:
        near, _ = self._listener.accept()
        with near, socket.create_connection(("127.0.0.1", self._port)) as far:
            back = threading.Thread(target=_copy, args=(far, near))
            back.start()
            _copy(near, far)
            back.join()

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self._thread.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while content := source.recv(65536):
            target.sendall(content)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


# -- pace ------------------------------------------------------------------------------------


def test_throttling_slows_everybody_and_every_question_is_answered(directory: Path) -> None:
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        time.sleep(min(seconds, 0.01))

    with TrickServer(directory, at=EVENING) as server:
        server.program.play("PAID", throttled, throttled)
        with client_of(server, attempts=4, pace=Pace(0, sleep=sleep)) as api:
            with ThreadPoolExecutor(3) as pool:
                outcomes = list(pool.map(api.ask, [PAID, Question("PAID-2"), Question("YEN")] * 4))
            assert api.pace.interval > 0
    assert all(isinstance(outcome, Answered) for outcome in outcomes)
    assert max(pauses) >= 0.1


def test_a_busy_gateway_tells_how_long_to_wait(directory: Path) -> None:
    pauses: list[float] = []
    with TrickServer(directory, at=EVENING) as server:
        server.program.play("PAID", http_status(429, Retry_After="30"))
        pace = Pace(0, sleep=lambda seconds: (pauses.append(seconds), time.sleep(0))[1])
        with client_of(server, attempts=1, pace=pace) as api:
            api.ask(PAID)
            thread = threading.Thread(target=api.ask, args=(PAID,), kwargs={"within_seconds": 1})
            thread.start()
            thread.join(5)
    assert not thread.is_alive()
    assert pauses == []  # thirty seconds were not there, so nothing was waited for
    assert len(server.received) == 1


def test_no_pause_outlasts_the_time_given(directory: Path) -> None:
    with TrickServer(directory, at=EVENING) as server:
        server.program.always("PAID", cut_before_reply)
        with client_of(server, attempts=50, backoff_seconds=0.2) as api:
            begun = time.monotonic()
            outcome = api.ask(PAID, within_seconds=0.7)
            assert time.monotonic() - begun < 2
    assert unanswered(outcome) == (OutcomeUnknown, Reason.CUT)
    assert 1 <= outcome.exchange.attempts < 50


# -- nothing secret, nothing personal --------------------------------------------------------


def test_evidence_holds_the_reply_but_no_customer_and_no_signature(server: TrickServer, api: AlipayPlusApi) -> None:
    answer = answered(api, PAID)
    exchange = answer.exchange
    assert exchange.request_body == '{"paymentRequestId":"PAID"}'
    assert set(exchange.request_headers) == {"Client-Id", "Request-Time", "Content-Type"}
    assert {"Client-Id", "Response-Time", "Content-Type"} == set(exchange.reply_headers)
    assert '"paymentAmount":{"currency":"EUR","value":"1234"}' in exchange.reply_body
    assert '"customerId":"(removed)"' in exchange.reply_body
    assert exchange.reply_bytes > 300
    assert len(exchange.reply_sha256) == 64
    assert exchange.latency_seconds > 0
    assert "2088" not in repr(answer)
    assert "ignature=" not in repr(answer)


def test_nothing_secret_is_logged_or_raised(
    server: TrickServer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    tricks = (
        None,
        unsigned,
        cut_in_reply,
        http_status(500),
        sending(b"x"),
        telling(customerId=7),
        throttled,
    )
    server.program.play("PAID", *tricks)
    with client_of(server) as api:
        shown = repr(api) + "".join(repr(api.ask(PAID)) for _ in tricks)
    secret = server.keys.own_private.read_text().splitlines()[5]
    text = shown + caplog.text + "".join(capfd.readouterr())
    assert "HTTP Request" in caplog.text  # the log was listening
    for word in (secret, "ignature=", "2088", "BEGIN"):
        assert word not in text


# -- refusing to start -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"base_url": "https://:443"}, "are not an address"),
        ({"base_url": "https://open-sea.alipayplus.com:https"}, "are not an address"),
        ({"base_url": "http://open-sea.alipayplus.com"}, "without TLS"),
        ({"base_url": "http://10.0.0.1"}, "without TLS"),
        ({"base_url": "http://localhost.alipayplus.com"}, "without TLS"),
        (
            {"base_url": "http://127.0.0.1", "environment": "production", "client_id": "5Y1"},
            "without TLS",
        ),
        ({"environment": "production", "base_url": "https://a.example"}, "does not belong"),
        ({"client_id": "5Y00000000000001"}, "does not belong"),
        ({"public_keys": []}, "public key of Alipay\\+ is missing"),
        ({"ca_bundle": Path("/nowhere/ca.pem")}, "certificates cannot be read"),
    ],
)
def test_it_refuses_to_start_when_something_is_missing_or_mixed_up(
    server: TrickServer, options: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        client_of(server, **options)


@pytest.mark.parametrize(
    "options",
    [
        {"base_url": ""},
        {"base_url": "open-sea.alipayplus.com"},
        {"base_url": "ftp://open-sea.alipayplus.com"},
        {"base_url": "https://user:pass@open-sea.alipayplus.com"},
        {"base_url": "https://open-sea.alipayplus.com/aps"},
        {"client_id": ""},
        {"path": "/a b"},
    ],
)
def test_the_section_refuses_what_is_no_address_and_no_name(server: TrickServer, options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        client_of(server, **options)
    assert caught.value.errors()[0]["loc"] == tuple(options)


def test_our_own_public_key_is_not_taken_for_that_of_alipayplus(server: TrickServer) -> None:
    ours = read_public_keys(server.keys.own_public.read_text(), "ours")
    with pytest.raises(ConfigurationError, match="our own public key"):
        client_of(server, public_keys=ours)


def test_the_configuration_is_all_it_needs(directory: Path, tmp_path: Path) -> None:
    with TrickServer(directory, at=EVENING, tls=tls_of(directory)) as server:
        config = write_inquiry_settings(tmp_path)
        lines = {
            "base_url": server.base_url,
            "client_id": server.client_id,
            "environment": "sandbox",
            "private_key_file": str(server.keys.own_private),
            "ca_bundle": str(make_tls_keys(directory).authority),
        }
        text = config.read_text().split("\n[inquiry]")[0] + "\n[inquiry]\n"
        config.write_text(text + "".join(f'{key} = "{value}"\n' for key, value in lines.items()))
        environ = {"RECON_INQUIRY_PUBLIC_KEY": server.keys.provider_public.read_text()}
        with api_of(load_settings(config, environ)) as api:
            assert answered(api, PAID).finding is Finding.PAID
    config.write_text(text.replace("\n[inquiry]", ""))
    with pytest.raises(ConfigurationError, match=r"no section \[inquiry\]"):
        api_of(load_settings(config, {}))


# -- many ------------------------------------------------------------------------------------


def test_many_questions_are_asked_at_once_and_each_gets_its_own_answer(api: AlipayPlusApi) -> None:
    ids = ["PAID", "PAID-2", "YEN", "WAITS", "CLOSED", "NEVER-SEEN"] * 10
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(api.ask, map(Question, ids)))
    assert len(outcomes) == len(ids)
    for outcome in outcomes:
        assert isinstance(outcome, Answered)
        assert outcome.finding is not Finding.REVIEW
