"""The keys of the sandbox's API: ours and Alipay+'s, to sign.

Made once per directory, like the keys of the SFTP server; the only other part that is random.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

BITS = 2048


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """Where the keys of a sandbox directory are."""

    own_private: Path  # the participant's; public half at Alipay+
    own_public: Path
    provider_private: Path  # Alipay+'s; public half at the participant
    provider_public: Path


def make_api_keys(directory: Path) -> ApiKeys:
    """Makes what is missing."""
    folder = _folder(directory)
    keys = ApiKeys(
        folder / "api_own.pem",
        folder / "api_own.pub.pem",
        folder / "api_alipayplus.pem",
        folder / "api_alipayplus.pub.pem",
    )
    pairs = (
        (keys.own_private, keys.own_public),
        (keys.provider_private, keys.provider_public),
    )
    for private, public in pairs:
        if not private.exists() or not public.exists():
            key = new_key()
            _write_private(private, key)
            public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return keys


def new_key() -> rsa.RSAPrivateKey:
    """A fresh RSA key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=BITS)


def read_rsa(file: Path) -> rsa.RSAPrivateKey:
    """One of the keys made here: whether it is a sound one need not be computed each time."""
    key = load_pem_private_key(file.read_bytes(), None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def _folder(directory: Path) -> Path:
    folder = directory / "keys"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _write_private(file: Path, key: rsa.RSAPrivateKey) -> None:
    file.touch(mode=0o600)
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
