"""Keys in every container that the tools yield, and what is told about a key that is none."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from recon.errors import ConfigurationError
from resources.alipayplus.keys import own_key, provider_keys, read_private_key, read_public_keys
from resources.settings import Inquiry, Settings, load_settings
from tests.support.inquiry import EXAMPLE, write_inquiry_settings

PKCS1, PKCS8 = PrivateFormat.TraditionalOpenSSL, PrivateFormat.PKCS8
SPKI, PUBLIC_PKCS1 = PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def private(key: Any, form: PrivateFormat, protection: KeySerializationEncryption | None = None) -> str:
    pem: bytes = key.private_bytes(Encoding.PEM, form, protection or NoEncryption())
    return pem.decode()


def bare(pem: str) -> str:
    return "".join(pem.strip().splitlines()[1:-1])


@pytest.mark.parametrize("form", [PKCS1, PKCS8])
def test_private_keys_are_read_from_pem_and_bare_base64(key: rsa.RSAPrivateKey, form: PrivateFormat) -> None:
    pem = private(key, form)
    wrong = {PKCS1: "PRIVATE KEY", PKCS8: "RSA PRIVATE KEY"}[form]
    mislabelled = f"-----BEGIN {wrong}-----\n{bare(pem)}\n-----END {wrong}-----"
    for content in (pem, bare(pem), f"  {bare(pem)}\n", pem.replace("\n", "\r\n"), mislabelled):
        assert read_private_key(content, "here").private_numbers() == key.private_numbers()


@pytest.mark.parametrize("form", [PKCS1, PKCS8])
def test_a_key_may_have_a_passphrase(key: rsa.RSAPrivateKey, form: PrivateFormat) -> None:
    pem = private(key, form, BestAvailableEncryption(b"open sesame"))
    read = read_private_key(pem, "here", "open sesame")
    assert read.private_numbers() == key.private_numbers()
    for passphrase in (None, "shut"):
        with pytest.raises(ConfigurationError, match="Check the passphrase"):
            read_private_key(pem, "here", passphrase)


@pytest.mark.parametrize("form", [SPKI, PUBLIC_PKCS1])
def test_public_keys_are_read_one_or_two(key: rsa.RSAPrivateKey, form: PublicFormat) -> None:
    other = rsa.generate_private_key(65537, 2048).public_key()
    pems = [k.public_bytes(Encoding.PEM, form).decode() for k in (key.public_key(), other)]
    (read,) = read_public_keys(bare(pems[0]), "here")
    assert read.public_numbers() == key.public_key().public_numbers()
    both = read_public_keys("".join(pems), "here")
    assert [k.public_numbers() for k in both] == [
        key.public_key().public_numbers(),
        other.public_numbers(),
    ]


def test_what_is_no_key_is_refused_without_repeating_it() -> None:
    short = rsa.generate_private_key(65537, 1024)
    curve = ec.generate_private_key(ec.SECP256R1())
    broken = private(short, PKCS8)
    for content in ("", "hush-hush", base64.b64encode(b"hush" * 99).decode(), broken[:200], broken,
                    private(curve, PKCS8)):  # fmt: skip
        with pytest.raises(ConfigurationError) as caught:
            read_private_key(content, "HERE")
        assert str(caught.value).startswith("HERE: the ")
        assert "hush" not in repr(caught.value)
        assert content[40:60] not in str(caught.value) or not content[40:60]
    for content in ("", "hush", private(curve, PKCS8)):
        with pytest.raises(ConfigurationError, match=r"^HERE: the public key"):
            read_public_keys(content, "HERE")


# -- where keys come from --------------------------------------------------------------------


@pytest.fixture
def pems(key: rsa.RSAPrivateKey) -> tuple[str, str]:
    other = rsa.generate_private_key(65537, 2048).public_key()
    return private(key, PKCS8), other.public_bytes(Encoding.PEM, SPKI).decode()


def wanted(settings: Settings) -> Inquiry:
    assert settings.inquiry is not None
    return settings.inquiry


def test_keys_come_from_files_or_from_the_environment(tmp_path: Path, pems: tuple[str, str]) -> None:
    environ = {"RECON_INQUIRY_KEY": bare(pems[0]), "RECON_INQUIRY_PUBLIC_KEY": pems[1]}
    by_variable = load_settings(write_inquiry_settings(tmp_path), environ)
    (tmp_path / "own.pem").write_text(pems[0])
    (tmp_path / "theirs.pem").write_text(pems[1])
    config = write_inquiry_settings(tmp_path, 'private_key_file = "own.pem"', 'public_key_files = ["theirs.pem"]')
    by_file = load_settings(config, {})
    left, right = (own_key(wanted(s), s).private_numbers() for s in (by_variable, by_file))
    assert left == right
    ours, theirs = (provider_keys(wanted(s), s)[0] for s in (by_variable, by_file))
    assert ours.public_numbers() == theirs.public_numbers()


def test_missing_doubled_or_too_many_keys_stop_the_start(tmp_path: Path, pems: tuple[str, str]) -> None:
    settings = load_settings(write_inquiry_settings(tmp_path), {})
    with pytest.raises(ConfigurationError, match="RECON_INQUIRY_KEY: the private key is missing"):
        own_key(wanted(settings), settings)
    with pytest.raises(ConfigurationError, match=r"PUBLIC_KEY: the public key .* is missing"):
        provider_keys(wanted(settings), settings)
    config = write_inquiry_settings(tmp_path, 'private_key_file = "own.pem"')
    settings = load_settings(config, {"RECON_INQUIRY_KEY": pems[0]})
    with pytest.raises(ConfigurationError, match="the private key is given twice"):
        own_key(wanted(settings), settings)
    settings = load_settings(config, {})
    with pytest.raises(ConfigurationError, match=r"own\.pem: the key file cannot be read"):
        own_key(wanted(settings), settings)
    settings = load_settings(write_inquiry_settings(tmp_path), {"RECON_INQUIRY_PUBLIC_KEY": pems[1] * 3})
    with pytest.raises(ConfigurationError, match="there are 3 public keys"):
        provider_keys(wanted(settings), settings)


def test_the_section_may_be_left_out(tmp_path: Path) -> None:
    config = tmp_path / "recon.toml"
    config.write_text(EXAMPLE)
    assert load_settings(config, {}).inquiry is None
