"""Alipay+ on loopback with a handful of payments, and a client that asks it."""

from __future__ import annotations

import shutil
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from recon.inquiry import Answered, Question
from resources.alipayplus.api import AlipayPlusApi
from resources.alipayplus.keys import read_key_file, read_private_key, read_public_keys
from resources.settings import Inquiry
from sandbox.alipayplus import AlipayPlus
from sandbox.api import ApiServer
from sandbox.api.ledger import write_ledger
from sandbox.faults import Faults
from sandbox.instants import MINUTE, SECOND, moment
from sandbox.keys import make_api_keys
from sandbox.messages import PayRequest, Wallet
from sandbox.world import build_world
from tests.support.tls import make_tls_keys

CONFIG = Path(__file__).parents[2] / "config" / "recon.toml"
EXAMPLE = CONFIG.read_text()
NOON = moment(date(2026, 11, 20), 12)
ACCENTED = "N°7/é+漢 字&=%2B"


def play_payments() -> AlipayPlus:
    """One payment of each kind, all asked for at noon."""
    alipayplus = AlipayPlus(build_world("multi-batch"), Faults())

    def pay(request_id: str, wallet: Wallet, amount: int = 1234, currency: str = "EUR") -> None:
        request = PayRequest(request_id, "FR-PARIS-01", amount, currency, "EUR", wallet)
        alipayplus.pay(NOON, request)

    pay("PAID", Wallet("TNG"))
    pay("PAID-2", Wallet("GCASH"), 999)
    pay(ACCENTED, Wallet("TNG"))
    pay("YEN", Wallet("TNG"), 500, "JPY")
    pay("DINAR", Wallet("TNG"), 12340, "KWD")
    pay("SLOW", Wallet("TNG", 40 * SECOND))
    pay("WAITS", Wallet("TNG", None))
    pay("DECLINED", Wallet("TNG", SECOND, declines=True))
    pay("CLOSED", Wallet("TNG"))
    pay("REFUNDED", Wallet("TNG"))
    alipayplus.cancel(NOON + MINUTE, "CLOSED")
    alipayplus.refund(NOON + MINUTE, "RR-1", "REFUNDED", 234)
    alipayplus.refund(NOON + 2 * MINUTE, "RR-2", "REFUNDED", 1000)
    return alipayplus


@cache
def _written() -> TemporaryDirectory[str]:
    """The ledger of those payments, and keys, which take a fifth of a second: made once."""
    folder = TemporaryDirectory()
    with write_ledger(Path(folder.name)) as books:
        books.add_played(play_payments())
    make_api_keys(Path(folder.name))
    return folder


def write_payments(directory: Path) -> None:
    """The ledger of those payments and the keys of the API, where it finds them."""
    shutil.copytree(_written().name, directory, dirs_exist_ok=True)


def client_of(server: ApiServer, **other: Any) -> AlipayPlusApi:
    """A client with our key, that waits for nothing."""
    given = {
        "private_key": _private_key(read_key_file(server.keys.own_private)),
        "public_keys": read_public_keys(read_key_file(server.keys.provider_public), "theirs"),
    }
    given |= {name: other.pop(name) for name in ("private_key", "public_keys", "pace", "now") if name in other}
    section = {
        "base_url": server.base_url,
        "path": server.path,
        "client_id": server.client_id,
        "environment": "sandbox",
        "ca_bundle": make_tls_keys(server.directory).authority if server.tls else None,
        "connect_timeout_seconds": 5,
        "read_timeout_seconds": 5,
        "attempts": 1,
        "backoff_seconds": 0.01,
        "per_second": 0,
    }
    return AlipayPlusApi(Inquiry(**section | other), **given)


@cache
def _private_key(content: str) -> RSAPrivateKey:
    """Read once: proving that it is a sound one takes a twentieth of a second."""
    return read_private_key(content, "own")


def answered(api: AlipayPlusApi, question: Question) -> Answered:
    """The answer; anything else fails the test."""
    outcome = api.ask(question)
    assert isinstance(outcome, Answered), outcome
    return outcome


def write_inquiry_settings(directory: Path, *lines: str) -> Path:
    """The example configuration with a section [inquiry]."""
    config = directory / "recon.toml"
    section = [
        "[inquiry]",
        'base_url = "https://open-sea.alipayplus.com"',
        'client_id = "5Y00000000000001"',
    ]
    config.write_text("\n".join([EXAMPLE, *section, *lines, ""]))
    return config
