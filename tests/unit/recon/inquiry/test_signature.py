"""The signature: a known answer, what is signed, and how the header is written and read."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from recon.inquiry import PATH, Question
from recon.inquiry.signature import (
    SignatureError,
    read_signature_header,
    signature_header,
    text_to_sign,
)
from resources.alipayplus.keys import is_signed_by, sign

# A key made for this test alone, and what `openssl dgst -sha256 -sign` made of the text with it.
P = int(
    "fb10c2bb82e7b9d5b2186d4a863cc0d48453a520eeec96baa6a04fb6ebaf76da31699bd4cdfa555f78c94814"
    "ed682882ae754c66e8b86a088e1d7c5025799554d889e0d66ab48035c1f7f148f51922a21affd2660f37c981"
    "8893008c215c332bf2b81411c165c28cdc9f782f874cde08d649453412f1ed3b8727adf3670efd0d",
    16,
)
Q = int(
    "e8376b4ab494e927ddfde506137b029db0b494e5499c46b680af50693c1ab8ad8cb84b117657cf2b16ffa819"
    "cb4ec16cacdd92d5176ac8dfdc9fbdcf5fc75a55cae086f0aea72b562c22e161835be91909acbbb9e0e4a051"
    "4af4a607f2f031c9439235a55e1b2c1b04e6e268d91c8fde911862b1a5b3f12fa7a285dfeb69bc5d",
    16,
)
SIGNED = (
    "SE9yX6XnvsSGTUeuB+Kje4OIYDRKGQ0SFJplzGvC6EsT+0EdhrN/kWpiFb/geicVDfdK1pYtMwQz+xUySZL1tFKN"
    "UipDkUqUiMWR6UzNDJ2fSWJdnsPJWAu9Ww0e5gSas1s/6I/iR0sDLPKdAylhiUqIQZnnFFfPvfHa22Tih1h2hbrz"
    "325riLJLiE2xr7lWfe30JNQSpg2VPDPLr+UXCKWw+IWnrcSoylhiQX4GtQdgCYpgUrFOADFmEw6biSbkM4wX5jX1"
    "DPymRSFAIV3IDV5OMhsusRO8pfEfWMq2v9SBFsGVitJCrHLqIOizLh8lEQqBpQVpWT2e+Y8u9Vac0Q=="
)
CLIENT, TIME = "SANDBOX_5Y00000000000001", "2026-11-20T10:30:00.250Z"
QUESTION = Question("2026-é漢-000123")


def key_of(p: int, q: int, e: int = 65537) -> rsa.RSAPrivateKey:
    d = pow(e, -1, (p - 1) * (q - 1))
    return rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=d % (p - 1),
        dmq1=d % (q - 1),
        iqmp=pow(q, -1, p),
        public_numbers=rsa.RSAPublicNumbers(e, p * q),
    ).private_key()


def test_key_time_and_body_give_the_known_header() -> None:
    text = text_to_sign(PATH, CLIENT, TIME, QUESTION.body())
    header = signature_header(sign(key_of(P, Q), text), "3")
    assert header == f"algorithm=RSA256,keyVersion=3,signature={quote(SIGNED, safe='')}"
    assert "%2B" in header
    assert "%2F" in header
    assert "%3D%3D" in header
    assert "%25" not in header  # once, not twice


def test_the_text_has_one_line_feed_and_no_host() -> None:
    text = text_to_sign(PATH, CLIENT, TIME, QUESTION.body())
    assert text == (
        b"POST /aps/api/v1/payments/inquiryPayment\n"
        b"SANDBOX_5Y00000000000001.2026-11-20T10:30:00.250Z."
        b'{"paymentRequestId":"2026-\xc3\xa9\xe6\xbc\xa2-000123"}'
    )


@pytest.mark.parametrize(
    "header",
    [
        f"algorithm=RSA256,keyVersion=1,signature={quote(SIGNED, safe='')}",
        f"algorithm=RSA256, keyVersion=1, signature={quote(SIGNED, safe='')}",
        f" signature={quote(SIGNED, safe='')} ,keyVersion = 1, algorithm=RSA256",
        f"ALGORITHM=rsa256,KEYVERSION=1,SIGNATURE={quote(SIGNED, safe='')}",
        "algorithm=RSA256,keyVersion=1,signature=" + SIGNED.replace("+", "%2b").replace("/", "%2f").replace("=", "%3d"),
        f"algorithm=RSA256,keyVersion=1,signature={SIGNED}",  # not encoded: a plus sign stays one
        f"signature={SIGNED}",
    ],
)
def test_every_way_to_write_the_header_is_read(header: str) -> None:
    read = read_signature_header(header)
    assert read.signature == base64.b64decode(SIGNED)
    text = text_to_sign(PATH, CLIENT, TIME, QUESTION.body())
    assert is_signed_by([key_of(P, Q).public_key()], read.signature, text)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "algorithm=RSA256,keyVersion=1",
        "algorithm=RSA256,keyVersion=1,signature=",
        "algorithm=RSA256,keyVersion=1,signature=not base64!",
        "algorithm=RSA256,keyVersion=1,signature=%ff%fe",
        "algorithm=RSA256,keyVersion=1,signature=aGk=,signature=aG8=",
        f"algorithm=ECC256,keyVersion=1,signature={SIGNED}",
        f"algorithm=none,keyVersion=1,signature={SIGNED}",
        # the URL-safe alphabet is not what Alipay+ uses
        f"algorithm=RSA256,keyVersion=1,signature={SIGNED.replace('+', '-').replace('/', '_')}",
    ],
)
def test_a_header_that_cannot_be_read_is_refused(header: str) -> None:
    with pytest.raises(SignatureError):
        read_signature_header(header)
