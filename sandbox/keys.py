"""The keys of the sandbox: of its SFTP server, and of its API, ours and Alipay+'s, to sign.

Made once per directory, the only part that is random.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh

HOST = "127.0.0.1"
USERNAME = "recon"


@dataclass(frozen=True, slots=True)
class Keys:
    """Where the keys of the SFTP server of a sandbox directory are."""

    host_key: Path
    client_key: Path
    known_hosts: Path

    @property
    def authorized_keys(self) -> Path:
        """The public half of the client's key, as the server wants it."""
        return self.client_key.with_suffix(".pub")


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """Where the keys of the API of a sandbox directory are."""

    own_private: Path  # the participant's; public half at Alipay+
    own_public: Path
    provider_private: Path  # Alipay+'s; public half at the participant
    provider_public: Path


def make_keys(directory: Path, *ports: int) -> Keys:
    """Makes what is missing and writes `known_hosts` for these ports."""
    folder = _folder(directory)
    keys = Keys(folder / "host_ed25519", folder / "client_ed25519", folder / "known_hosts")
    for file in (keys.host_key, keys.client_key):
        _make(file, file.with_suffix(".pub"), "ssh-ed25519", "openssh", comment=file.name)
    kind, public = keys.host_key.with_suffix(".pub").read_text().split()[:2]
    hosts = [HOST if port == 22 else f"[{HOST}]:{port}" for port in sorted(set(ports))]
    keys.known_hosts.write_text("".join(f"{host} {kind} {public}\n" for host in hosts))
    return keys


def make_api_keys(directory: Path) -> ApiKeys:
    """Makes what is missing: RSA keys as PEM."""
    folder = _folder(directory)
    files = [folder / name for who in ("own", "alipayplus") for name in (f"api_{who}.pem", f"api_{who}.pub.pem")]
    keys = ApiKeys(*files)
    for private, public in ((keys.own_private, keys.own_public), (keys.provider_private, keys.provider_public)):
        _make(private, public, "ssh-rsa", "pkcs8-pem", key_size=2048)
    return keys


def _folder(directory: Path) -> Path:
    folder = directory / "keys"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _make(private: Path, public: Path, kind: str, form: str, **options: Any) -> None:
    if not private.exists() or not public.exists():
        key = asyncssh.generate_private_key(kind, **options)
        private.touch(mode=0o600)
        key.write_private_key(private, form)
        key.write_public_key(public, form)
