"""The keys of the sandbox's API: ours and Alipay+'s to sign, an authority of its own for TLS.

Made once per directory, like the keys of the SFTP server; the only other part that is random.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from sandbox.keys import HOST

BITS = 2048
LIFE = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """Where the keys of a sandbox directory are."""

    own_private: Path  # the participant's; public half at Alipay+
    own_public: Path
    provider_private: Path  # Alipay+'s; public half at the participant
    provider_public: Path


@dataclass(frozen=True, slots=True)
class TlsKeys:
    """A certificate for this machine, and the authority that vouches for it."""

    authority: Path
    certificate: Path
    private: Path


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


def make_tls_keys(directory: Path) -> TlsKeys:
    """Makes what is missing: the authority's own key is thrown away."""
    folder = _folder(directory)
    keys = TlsKeys(folder / "tls_ca.pem", folder / "tls_server.pem", folder / "tls_server.key")
    if all(file.exists() for file in (keys.authority, keys.certificate, keys.private)):
        return keys
    ca_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority, server = _name("Sandbox authority"), _name("Sandbox of Alipay+")
    ca = _certificate(authority, authority, ca_key.public_key()).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    own = _certificate(server, authority, server_key.public_key()).add_extension(
        x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(HOST))]),
        critical=False,
    )
    keys.authority.write_bytes(ca.sign(ca_key, SHA256()).public_bytes(Encoding.PEM))
    keys.certificate.write_bytes(own.sign(ca_key, SHA256()).public_bytes(Encoding.PEM))
    _write_private(keys.private, server_key)
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


def _write_private(file: Path, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> None:
    file.touch(mode=0o600)
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    begins = datetime.now(UTC) - timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + LIFE)
    )
