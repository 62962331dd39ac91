"""The signature of Alipay+ as text: what is signed, and the header that carries it. No keys."""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple
from urllib.parse import quote, unquote

from recon.errors import ReconError

METHOD = "POST"
ALGORITHM = "RSA256"  # RSASSA-PKCS1-v1_5 with SHA-256


class SignatureError(ReconError):
    """A Signature header that cannot be read."""


class SignatureHeader(NamedTuple):
    """What a Signature header says."""

    algorithm: str
    key_version: str
    signature: bytes


def text_to_sign(path: str, client_id: str, time: str, body: bytes) -> bytes:
    """One blank, one line feed, two dots, no line feed at the end; the path without its host."""
    return f"{METHOD} {path}\n{client_id}.{time}.".encode() + body


def signature_header(signature: bytes, key_version: str) -> str:
    """Standard Base64, percent-encoded once."""
    encoded = quote(base64.b64encode(signature).decode(), safe="")
    return f"algorithm={ALGORITHM},keyVersion={key_version},signature={encoded}"


def read_signature_header(header: str) -> SignatureHeader:
    """In any order, with blanks; the value percent-encoded or not. A plus sign stays one."""
    parts = dict[str, str]()
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        if parts.setdefault(name.strip().lower(), value.strip()) != value.strip():
            raise SignatureError("the Signature header contradicts itself")
    algorithm = parts.get("algorithm", ALGORITHM)
    if algorithm.upper() != ALGORITHM:
        raise SignatureError(f"the signature is not {ALGORITHM}")
    try:
        signature = base64.b64decode(unquote(parts["signature"], errors="strict"), validate=True)
    except (KeyError, binascii.Error, ValueError):
        raise SignatureError("the Signature header holds no Base64") from None
    if not signature:
        raise SignatureError("the Signature header is empty")
    return SignatureHeader(algorithm, parts.get("keyversion", ""), signature)
