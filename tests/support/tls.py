"""TLS for the sandbox's API: a certificate for this machine, and an authority of its own, made once per directory."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from sandbox.keys import HOST

LIFE = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class TlsKeys:
    """A certificate for this machine, and the authority that vouches for it."""

    authority: Path
    certificate: Path
    private: Path


def tls_of(directory: Path) -> ssl.SSLContext:
    """What `ApiServer` serves TLS with."""
    keys = make_tls_keys(directory)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(keys.certificate, keys.private)
    return context


def make_tls_keys(directory: Path) -> TlsKeys:
    """Makes what is missing: the authority's own key is thrown away."""
    folder = directory / "keys"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
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
    keys.private.touch(mode=0o600)
    keys.private.write_bytes(server_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return keys


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
