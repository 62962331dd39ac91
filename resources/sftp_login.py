"""How we log in to the SFTP server of Alipay+: the private key, the agreed host keys, a password that is asked for.

A key file is known by its content, in OpenSSH, PKCS#1 or PKCS#8 form. What it holds is never repeated in a message.
"""

from __future__ import annotations

import io
import logging
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import paramiko  # type: ignore[import-untyped]
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_ssh_private_key,
)
from cryptography.hazmat.primitives.serialization.ssh import SSHPrivateKeyTypes
from pydantic import SecretStr

from recon.errors import ConfigurationError, HostKeyError, LandingError
from resources.settings import Sftp

SSH_PORT = 22
WRITE_HOST_KEY = "Write the agreed host key of the server into it, in the format that ssh-keyscan prints"
KINDS = {
    RSAPrivateKey: paramiko.RSAKey,
    EllipticCurvePrivateKey: paramiko.ECDSAKey,
    Ed25519PrivateKey: paramiko.Ed25519Key,
}
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
logging.getLogger("paramiko").setLevel(logging.CRITICAL + 1)  # what happened is said once, by the error


def read_private_key(path: Path, passphrase: str | None) -> paramiko.PKey:
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
        key = _loaded(content, None)
    except TypeError:  # how cryptography says that a passphrase is needed
        do = "Set the variable that sftp.passphrase_env names"
        if not passphrase:
            raise _unusable(path, "the private key has a passphrase, and none is given", do) from None
        key = _loaded(content, passphrase.encode())
        if key is None:
            raise _unusable(path, "the private key does not open with this passphrase", do) from None
    kind = next((ours for theirs, ours in KINDS.items() if isinstance(key, theirs)), None)
    if kind is None or key is None:
        raise _unusable(path, "the private key cannot be read (not a form that we know)", _FORMS)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    return kind.from_private_key(io.StringIO(text))


def _loaded(content: bytes, passphrase: bytes | None) -> PrivateKeyTypes | SSHPrivateKeyTypes | None:
    """None if it does not open."""
    for load in (load_ssh_private_key, load_pem_private_key):
        with suppress(ValueError, UnsupportedAlgorithm):
            return load(content, passphrase)
    return None


def _unusable(path: Path, what: str, do: str) -> ConfigurationError:
    return ConfigurationError(what, where=str(path), do=do)


def read_host_keys(known_hosts: Path) -> paramiko.HostKeys:
    """The agreed host keys of the file; ConfigurationError if it cannot be read."""
    try:
        return paramiko.HostKeys(str(known_hosts))
    except (OSError, ValueError, paramiko.SSHException, paramiko.hostkeys.InvalidHostKey) as error:
        reason = error.strerror if isinstance(error, OSError) else "a line is not an entry of OpenSSH"
        raise ConfigurationError(
            f"the file of known host keys cannot be read ({reason})",
            where=str(known_hosts),
            do=WRITE_HOST_KEY,
        ) from None


def agreed_keys(hosts: paramiko.HostKeys, host: str, port: int) -> Sequence[paramiko.PKey]:
    """The keys of the file that this server may show; there are several while one is changed."""
    name = host if port == SSH_PORT else f"[{host}]:{port}"
    return [entry.key for entry in hosts._entries if hosts._hostname_matches(name, entry)]


class Login:
    """Who we are, and which server we believe. `where` names the server in messages, without a secret."""

    def __init__(self, sftp: Sftp, secret: Callable[[str], SecretStr | None]) -> None:
        """`secret`: the value of an environment variable. ConfigurationError without a key and a password."""
        self.where = f"sftp://{sftp.username}@{sftp.host}:{sftp.port}"
        self.seconds = sftp.connect_timeout_seconds  # to connect, and as long to log in
        self._sftp = sftp
        key_file, self._passphrase, self._password = (
            found.get_secret_value() if (found := secret(name)) else None
            for name in (sftp.private_key_env, sftp.passphrase_env, sftp.password_env)
        )
        self._key_file = Path(key_file) if key_file else None
        if self._key_file is None and self._password is None:
            raise ConfigurationError(
                "neither a key nor a password is given",
                where=self.where,
                do="Set one of the environment variables that [sftp] names",
            )

    def channel(self) -> tuple[paramiko.Transport, paramiko.Channel]:
        """An SFTP channel, and the connection to close.

        TimeoutError after twice `seconds`. HostKeyError, or LandingError where asking again would bring the same;
        what may pass is what paramiko and the socket raise.
        """
        agreed = agreed_keys(read_host_keys(self._sftp.known_hosts), self._sftp.host, self._sftp.port)
        key = self._key_file and read_private_key(self._key_file, self._passphrase)
        sock = socket.create_connection((self._sftp.host, self._sftp.port), self.seconds)
        is_late = threading.Event()
        timer = threading.Timer(2 * self.seconds, _end, (sock, is_late))
        timer.daemon = True
        timer.start()
        transport: _Transport | None = None
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # paramiko leaves Nagle's algorithm on
            transport = _transport(sock, agreed, self.seconds)
            self._meet(transport, agreed)
            self._log_in(transport, key)
            return transport, self._channel(transport)
        except BaseException as error:
            if transport is not None:
                transport.close()
            sock.close()
            if is_late.is_set() and isinstance(error, Exception):
                raise TimeoutError from error
            raise
        finally:
            timer.cancel()

    def _meet(self, transport: paramiko.Transport, agreed: Sequence[paramiko.PKey]) -> None:
        """Key exchange, and whether the server is the agreed one. No key is ever added."""
        try:
            transport.start_client(timeout=2 * self.seconds)
        except paramiko.ssh_exception.IncompatiblePeer as error:
            raise LandingError(
                f"the server and we share no algorithm ({error})",
                where=self.where,
                do=f"Compare the kinds of keys in {self._sftp.known_hosts} with what the server offers, and ask "
                "Alipay+ for a key or a server that both sides know",
            ) from None
        shown = transport.get_remote_server_key()
        if shown in agreed:
            return
        if agreed:
            raise HostKeyError(
                "the server shows another host key than the agreed one",
                where=self.where,
                do=f"Stop. Ask Alipay+ whether it was changed; only then edit {self._sftp.known_hosts}",
            )
        raise HostKeyError(
            f"the host key {shown.get_name()} {shown.fingerprint} is not known",
            where=self.where,
            do=f"Compare it with the one that Alipay+ gave you, then add it to {self._sftp.known_hosts}",
        )

    def _log_in(self, transport: _Transport, key: paramiko.PKey | None) -> None:
        """Shows each secret once: a wrong one that is shown again may close the account."""
        answers = _Answers(self._password)
        allowed = _allowed(transport, self._sftp.username)
        with suppress(paramiko.AuthenticationException):
            if key is not None and "publickey" in allowed:
                allowed = transport.auth_publickey(self._sftp.username, key)  # what else it asks for
        with suppress(paramiko.AuthenticationException):
            if transport.is_authenticated() or self._password is None or not transport.is_active():
                pass
            elif "password" in allowed:
                transport.auth_password(self._sftp.username, self._password, fallback=False)
            elif "keyboard-interactive" in allowed:
                transport.auth_interactive(self._sftp.username, answers)
        if not transport.is_authenticated():
            more = ": it asks for more than one password" if answers.has_more_questions else ""
            raise LandingError(
                f"the server refused the key or password{more}",
                where=self.where,
                do="Ask Alipay+ for a login by key, or by a password alone"
                if more
                else "Check the user name and the key or password in the environment",
            )

    def _channel(self, transport: paramiko.Transport) -> paramiko.Channel:
        try:
            channel = transport.open_session(timeout=self.seconds)
            channel.invoke_subsystem("sftp")
        except paramiko.SSHException as error:
            if not transport.is_active():
                raise
            raise LandingError(
                f"the server lets us in, and offers no SFTP ({error})",
                where=self.where,
                do="Ask Alipay+ to enable SFTP for this user",
            ) from None
        return channel


class _Answers:
    """Keyboard-interactive is the same password, asked for with words: one hidden answer, whatever its question is."""

    def __init__(self, password: str | None) -> None:
        self._password = password
        self.has_more_questions = False

    def __call__(self, title: str, instructions: str, prompts: Sequence[tuple[str, bool]]) -> list[str]:
        if not prompts:
            return []  # only a message
        password, self._password = self._password, None
        if password is None or len(prompts) > 1 or prompts[0][1]:
            self.has_more_questions = True
            return [""] * len(prompts)
        return [password]


def _transport(sock: socket.socket, agreed: Sequence[paramiko.PKey], seconds: float) -> _Transport:
    """AES-GCM first, by far the fastest that paramiko can do; the kinds of the agreed host keys first."""
    transport = _Transport(sock)
    transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = seconds
    transport.channel_timeout = seconds
    security = transport.get_security_options()
    security.ciphers = sorted(security.ciphers, key=lambda cipher: "gcm" not in cipher)
    names = {key.get_name() for key in agreed}
    kinds = {kind: "ssh-rsa" if kind.startswith("rsa-sha2-") else kind for kind in security.key_types}
    security.key_types = sorted(security.key_types, key=lambda kind: kinds[kind] not in names)
    return transport


class _Transport(paramiko.ServiceRequestingTransport):  # type: ignore[misc]
    """Asks once for the service that logs in, as strict servers want it, and does not wait for a dead connection.

    What takes the answers is there before anything is asked: a server may be faster than we are, and what comes too
    early (a banner: paramiko issue 2505; a verdict on a key) would be lost.
    """

    def ensure_session(self) -> None:
        if self._service_userauth_accepted:
            return
        self.auth_handler = _AuthHandler(self)
        request = paramiko.Message()
        request.add_byte(bytes([paramiko.common.MSG_SERVICE_REQUEST]))
        request.add_string("ssh-userauth")
        self._send_message(request)
        while not self._service_userauth_accepted:
            if not self.is_active():
                raise paramiko.SSHException("the server ended the connection")
            time.sleep(0.01)


class _AuthHandler(paramiko.auth_handler.AuthOnlyHandler):  # type: ignore[misc]
    """Listens for the answer before it asks; paramiko asks first, and then waits for an answer that has been."""

    def send_auth_request(
        self, username: str, method: str, finish_message: Callable[[paramiko.Message], object]
    ) -> list[str]:
        self.auth_method, self.username = method, username
        request = paramiko.Message()
        request.add_byte(bytes([paramiko.common.MSG_USERAUTH_REQUEST]))
        for text in (username, "ssh-connection", method):
            request.add_string(text)
        finish_message(request)
        self.auth_event = threading.Event()
        with self.transport.lock:
            self.transport._send_message(request)
        return self.wait_for_response(self.auth_event)  # type: ignore[no-any-return]


def _allowed(transport: _Transport, username: str) -> Sequence[str]:
    """The ways to log in that the server names; none if it lets us in at once."""
    transport.ensure_session()
    try:
        transport.auth_handler.send_auth_request(username, "none", lambda _: None)
    except paramiko.BadAuthenticationType as error:
        return list(error.allowed_types)
    return []


def _end(sock: socket.socket, is_late: threading.Event) -> None:
    is_late.set()
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
