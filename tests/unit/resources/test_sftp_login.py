"""Private keys in each form that people have, and host keys as OpenSSH writes them down."""

from __future__ import annotations

from pathlib import Path

import paramiko  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from recon.errors import ConfigurationError
from resources.sftp_login import agreed_keys, read_host_keys, read_private_key

OPENSSH, PKCS1, PKCS8 = PrivateFormat.OpenSSH, PrivateFormat.TraditionalOpenSSL, PrivateFormat.PKCS8
RSA, EC, ED25519 = (
    rsa.generate_private_key(65537, 2048),
    ec.generate_private_key(ec.SECP256R1()),
    ed25519.Ed25519PrivateKey.generate(),
)
FORMS = [
    *((RSA, form) for form in (OPENSSH, PKCS1, PKCS8)),
    *((EC, form) for form in (OPENSSH, PKCS1, PKCS8)),
    *((ED25519, form) for form in (OPENSSH, PKCS8)),
]  # fmt: skip


def public(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> str:
    return " ".join(key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode().split()[:2])


@pytest.mark.parametrize("passphrase", [None, "not a s3cret"])
@pytest.mark.parametrize(("key", "form"), FORMS)
def test_each_form_gives_the_same_key(
    key: rsa.RSAPrivateKey, form: PrivateFormat, passphrase: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "key"
    encryption = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    path.write_bytes(b"\xef\xbb\xbf\r\n" + key.private_bytes(Encoding.PEM, form, encryption))
    read = read_private_key(path, passphrase or "one that is not needed")
    assert f"{read.get_name()} {read.get_base64()}" == public(key)
    assert read.can_sign()
    if passphrase:
        with pytest.raises(ConfigurationError, match="has a passphrase, and none is given"):
            read_private_key(path, None)
        with pytest.raises(ConfigurationError, match="does not open with this passphrase") as wrong:
            read_private_key(path, "another one")
        assert "another one" not in str(wrong.value)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"PuTTY-User-Key-File-3: ssh-ed25519\r\n", "in the format of PuTTY.*puttygen KEY -O private-openssh"),
        (b"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n", "in the format of ssh.com.*puttygen"),
        (b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA operations@example\n", "is a public key.*Name the private key"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n", "is a certificate"),
        (b"", "the file is empty"),
        (b"my password is hunter2\n", "not a form that we know"),
    ],
)  # fmt: skip
def test_another_form_is_named_with_the_way_out(content: bytes, what: str, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=what) as error:
        read_private_key(path, None)
    assert "hunter2" not in str(error.value)


def test_a_kind_of_key_that_no_server_takes_is_no_form_that_we_know(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(dsa.generate_private_key(1024).private_bytes(Encoding.PEM, PKCS8, NoEncryption()))
    with pytest.raises(ConfigurationError, match="not a form that we know"):
        read_private_key(path, None)


def test_a_key_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot be read .No such file"):
        read_private_key(tmp_path / "none", None)


def test_a_server_may_have_several_agreed_keys_while_one_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "known_hosts"
    other = ed25519.Ed25519PrivateKey.generate()
    hashed = paramiko.HostKeys.hash_host("[sftp.example]:2222")
    path.write_text(f"sftp.example {public(ED25519)}\nsftp.example {public(other)}\n{hashed} {public(RSA)}\n")
    hosts = read_host_keys(path)
    assert {key.get_base64() for key in agreed_keys(hosts, "sftp.example", 22)} == {
        public(ED25519).split()[1],
        public(other).split()[1],
    }
    assert [key.get_name() for key in agreed_keys(hosts, "sftp.example", 2222)] == ["ssh-rsa"]
    assert agreed_keys(hosts, "other.example", 22) == []


@pytest.mark.parametrize("content", [None, "sftp.example ssh-ed25519 no-base64!\n"])
def test_host_keys_that_cannot_be_read_stop_the_login(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "known_hosts"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigurationError, match="known host keys cannot be read"):
        read_host_keys(path)
