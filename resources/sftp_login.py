"""How we log in to the SFTP server of Alipay+: the private key, the agreed host keys, a password that is asked for.

A key file is told by its content, in OpenSSH, PKCS#1 or PKCS#8 form. What it holds is never repeated in a message.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import asyncssh
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key

from recon.errors import ConfigurationError, HostKeyError

SSH_PORT = 22
_BOM = b"\xef\xbb\xbf"
_CONVERT = "Convert it: `puttygen KEY -O private-openssh -o NEW_KEY`, and name the new file"
_TAKE_PRIVATE = "Name the private key, the file of the pair without .pub"
_FORMS = "Use a private key in OpenSSH, PKCS#1 or PKCS#8 form"
_OTHER_FORMS: tuple[tuple[bytes, str, str], ...] = (  # how a file begins, what it is, what to do
    (b"PuTTY-User-Key-File-", "the private key is in the format of PuTTY", _CONVERT),
    (b"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY", "the private key is in the format of ssh.com", _CONVERT),
    (b"---- BEGIN SSH2 PUBLIC KEY", "the private key is a public key", _TAKE_PRIVATE),
    (b"-----BEGIN PUBLIC KEY", "the private key is a public key", _TAKE_PRIVATE),
    (b"-----BEGIN RSA PUBLIC KEY", "the private key is a public key", _TAKE_PRIVATE),
    (b"ssh-", "the private key is a public key", _TAKE_PRIVATE),
    (b"ecdsa-", "the private key is a public key", _TAKE_PRIVATE),
    (b"sk-", "the private key is a public key", _TAKE_PRIVATE),
    (b"-----BEGIN CERTIFICATE", "the private key is a certificate", _TAKE_PRIVATE),
    (b"-----BEGIN PGP", "the private key is a PGP key", _FORMS),
)


def read_private_key(path: Path, passphrase: str | None) -> asyncssh.SSHKey:
    """The key that we show; ConfigurationError with the way out if it cannot be used."""
    try:
        content = path.read_bytes().removeprefix(_BOM).lstrip()
    except OSError as error:
        raise _unusable(
            path, f"the private key cannot be read ({error.strerror})", "Check the path and its permissions"
        ) from None
    if not content:
        raise _unusable(path, "the private key cannot be read (the file is empty)", _FORMS)
    for start, what, do in _OTHER_FORMS:
        if content.startswith(start):
            raise _unusable(path, what, do)
    try:
        return asyncssh.import_private_key(content, passphrase)
    except (asyncssh.KeyImportError, ValueError):  # a wrong passphrase is a KeyEncryptionError, and that a ValueError
        if _is_encrypted(content):
            what = "the private key does not open with this passphrase"
            if not passphrase:
                what = "the private key has a passphrase, and none is given"
            raise _unusable(path, what, "Set the variable that sftp.passphrase_env names") from None
        raise _unusable(path, "the private key cannot be read (not a form that we know)", _FORMS) from None


def _is_encrypted(content: bytes) -> bool:
    for load in (load_ssh_private_key, load_pem_private_key):
        try:
            load(content, None)
        except TypeError:  # how cryptography says that a passphrase is needed
            return True
        except (ValueError, UnsupportedAlgorithm):
            continue
    return False


def _unusable(path: Path, what: str, do: str) -> ConfigurationError:
    return ConfigurationError(what, where=str(path), do=do)


def read_host_keys(known_hosts: Path) -> asyncssh.SSHKnownHosts:
    """The agreed host keys of the file; ConfigurationError if it cannot be read."""
    try:
        return asyncssh.read_known_hosts(str(known_hosts))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "a line is not an entry of OpenSSH"
        raise ConfigurationError(
            f"the file of known host keys cannot be read ({reason})",
            where=str(known_hosts),
            do="Write the agreed host key of the server into it, as ssh-keyscan prints it",
        ) from None


def agreed_keys(hosts: asyncssh.SSHKnownHosts, host: str, port: int) -> Sequence[asyncssh.SSHKey]:
    """The keys of the file that this server may show, and the authorities that may sign another one."""
    keys, authorities, *_ = hosts.match(host, "", None if port == SSH_PORT else port)
    return [*keys, *authorities]


class Login(asyncssh.SSHClient):
    """What we say while logging in, each secret once. A host key that was not agreed is refused, none is ever added."""

    def __init__(self, key: asyncssh.SSHKey | None, password: str | None) -> None:
        self._key, self._password, self._answer = key, password, password
        self.shown_key: asyncssh.SSHKey | None = None  # a host key that was not agreed
        self.is_trying = False  # a secret was shown, and we are not in yet
        self.has_more_questions = False  # the server wants more than one secret

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Called for a key that is not in the file."""
        self.shown_key = key
        return False

    def public_key_auth_requested(self) -> asyncssh.SSHKey | None:
        """The key, if there is one."""
        key, self._key = self._key, None
        self.is_trying |= key is not None
        return key

    def password_auth_requested(self) -> str | None:
        """The password, if there is one."""
        password, self._password = self._password, None
        self.is_trying |= password is not None
        return password

    def kbdint_auth_requested(self) -> str | None:
        """Keyboard-interactive is the same password, asked for with words."""
        self.is_trying |= self._answer is not None
        return None if self._answer is None else ""

    def kbdint_challenge_received(
        self, name: str, instructions: str, lang: str, prompts: Sequence[tuple[str, bool]]
    ) -> list[str] | None:
        """One hidden answer is the password, whatever its question is called."""
        if not prompts:
            return []  # only a message
        answer, self._answer = self._answer, None
        if answer is None or len(prompts) > 1 or prompts[0][1]:
            self.has_more_questions = True
            return None
        return [answer]

    def auth_completed(self) -> None:
        """We are in."""
        self.is_trying = False

    def refusal(self, where: str, known_hosts: Path, *, is_known: bool) -> HostKeyError:
        """The host key that was shown, so that it can be compared with the agreed one."""
        if is_known or self.shown_key is None:
            return HostKeyError(
                "the server shows another host key than the agreed one",
                where=where,
                do=f"Stop. Ask Alipay+ whether it was changed; only then edit {known_hosts}",
            )
        shown = f"{self.shown_key.get_algorithm()} {self.shown_key.get_fingerprint()}"
        return HostKeyError(
            f"the host key {shown} is not known",
            where=where,
            do=f"Compare it with the one that Alipay+ gave you, then add it to {known_hosts}",
        )
