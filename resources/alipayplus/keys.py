"""RSA keys of the Alipay+ API: read from PEM or bare Base64, PKCS#1 or PKCS#8; to sign, to verify.

The container is known by its content, not by its label: tools disagree about the label. What a key
file holds is never repeated in a message.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
)

from recon.errors import ConfigurationError
from resources.settings import Inquiry, Settings

LEAST_BITS = 2048
MOST_PUBLIC_KEYS = 2  # the old one and the new one, while Alipay+ changes its key
_BLOCK = re.compile(r"-----BEGIN ([A-Z ]+)-----(.+?)-----END \1-----", re.DOTALL)
_FORMS = "Give an RSA key as PEM or as bare Base64, in PKCS#1 or PKCS#8"


def sign(key: RSAPrivateKey, text: bytes) -> bytes:
    """RSASSA-PKCS1-v1_5 with SHA-256."""
    return key.sign(text, PKCS1v15(), SHA256())


def is_signed_by(keys: Sequence[RSAPublicKey], signature: bytes, text: bytes) -> bool:
    """Whether one of the keys made this signature of exactly this text."""
    for key in keys:
        try:
            key.verify(signature, text, PKCS1v15(), SHA256())
        except InvalidSignature:
            continue
        return True
    return False


def read_private_key(content: str, where: str, passphrase: str | None = None) -> RSAPrivateKey:
    """Our own key. `where`: the file or variable, for messages."""
    secret = passphrase.encode() if passphrase else None
    try:
        if "ENCRYPTED" in content:
            key = load_pem_private_key(content.encode(), secret)
        else:
            (der,) = _der(content)
            key = load_der_private_key(der, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        do = "Check the passphrase" if "ENCRYPTED" in content else _FORMS
        raise ConfigurationError("the private key cannot be read", where=where, do=do) from None
    if not isinstance(key, RSAPrivateKey):
        raise ConfigurationError("the private key is not an RSA key", where=where, do=_FORMS)
    _check_length(key.key_size, where)
    return key


def read_public_keys(content: str, where: str) -> list[RSAPublicKey]:
    """The keys of Alipay+: one, or several one after the other."""
    try:
        keys = [load_der_public_key(der) for der in _der(content)]
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigurationError(
            "the public key cannot be read", where=where, do=_FORMS.replace("PKCS#8", "X.509")
        ) from None
    for key in keys:
        if not isinstance(key, RSAPublicKey):
            raise ConfigurationError("the public key is not an RSA key", where=where, do=_FORMS)
        _check_length(key.key_size, where)
    return [key for key in keys if isinstance(key, RSAPublicKey)]


def read_key_file(path: Path) -> str:
    """The text of a key file."""
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(
            "the key file cannot be read", where=str(path), do="Check the path and its permissions"
        ) from None


def own_key(wanted: Inquiry, settings: Settings) -> RSAPrivateKey:
    """The private key from the file or the variable that [inquiry] names: exactly one of them."""
    content, where = _given(
        "private key",
        [wanted.private_key_file] if wanted.private_key_file else [],
        wanted.private_key_env,
        settings,
    )[0]
    passphrase = settings.optional_secret(wanted.passphrase_env)
    return read_private_key(content, where, passphrase.get_secret_value() if passphrase else None)


def provider_keys(wanted: Inquiry, settings: Settings) -> list[RSAPublicKey]:
    """The public key of Alipay+; two while it changes its key."""
    given = _given("public key of Alipay+", wanted.public_key_files, wanted.public_key_env, settings)
    keys = [key for content, where in given for key in read_public_keys(content, where)]
    if len(keys) > MOST_PUBLIC_KEYS:
        raise ConfigurationError(
            f"there are {len(keys)} public keys of Alipay+",
            where="[inquiry]",
            do="Keep the current and the next one",
        )
    return keys


def _given(what: str, files: Sequence[Path], variable: str, settings: Settings) -> list[tuple[str, str]]:
    """Texts and where they come from."""
    secret = settings.optional_secret(variable)
    if bool(files) == bool(secret):
        raise ConfigurationError(
            f"the {what} is given twice" if files else f"the {what} is missing",
            where=variable,
            do="Name its file in [inquiry], or put the key itself into the variable: one of them",
        )
    if secret:
        return [(secret.get_secret_value(), variable)]
    return [(read_key_file(file), str(file)) for file in files]


def _der(content: str) -> list[bytes]:
    blocks = [match[2] for match in _BLOCK.finditer(content)] or [content]
    try:
        return [base64.b64decode("".join(block.split()), validate=True) for block in blocks]
    except binascii.Error:
        raise ValueError("no Base64") from None


def _check_length(bits: int, where: str) -> None:
    if bits < LEAST_BITS:
        raise ConfigurationError(f"the key has {bits} bits", where=where, do=f"Use at least {LEAST_BITS}")
