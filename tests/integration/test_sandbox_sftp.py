"""The sandbox's SFTP server, met by a real client."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh
import paramiko
import pytest

from recon.errors import ConfigurationError
from sandbox.seeding import seed
from sandbox.serving import SftpServer

FOLDER = "/v1/settlements/clearing/1022188000000123/20261121"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sandbox")
    seed(path, days=1, payments=300)
    return path


@pytest.fixture
def server(directory: Path) -> Iterator[SftpServer]:
    with SftpServer(directory) as running:
        yield running


@contextmanager
def connected(server: SftpServer, key: Path | None = None) -> Iterator[paramiko.SFTPClient]:
    client = paramiko.SSHClient()
    client.load_host_keys(str(server.known_hosts))  # an unknown host is refused by default
    with client:
        client.connect(
            server.host,
            server.port,
            server.username,
            key_filename=str(key or server.client_key),
            look_for_keys=False,
            allow_agent=False,
            timeout=10,
        )
        with client.open_sftp() as sftp:
            yield sftp


def biggest(sftp: paramiko.SFTPClient) -> str:
    found = max(sftp.listdir_attr(FOLDER), key=lambda entry: entry.st_size or 0)
    return f"{FOLDER}/{found.filename}"


def test_files_arrive_as_they_lie_on_disk(server: SftpServer, tmp_path: Path) -> None:
    with connected(server) as sftp:
        names = sftp.listdir(FOLDER)
        for name in names:
            sftp.get(f"{FOLDER}/{name}", str(tmp_path / name))
    assert len(names) == 11
    for name in names:
        assert (tmp_path / name).read_bytes() == (server.root / FOLDER[1:] / name).read_bytes()


def test_a_wrong_key_is_refused(server: SftpServer, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(stranger)
    with pytest.raises(paramiko.AuthenticationException), connected(server, stranger):
        pass


def test_a_password_is_refused(server: SftpServer) -> None:
    with paramiko.Transport((server.host, server.port)) as transport:
        transport.start_client(timeout=10)
        with pytest.raises(paramiko.BadAuthenticationType):
            transport.auth_password(server.username, "recon")


def test_nothing_can_be_changed(server: SftpServer) -> None:
    with connected(server) as sftp:
        path = biggest(sftp)
        before = (server.root / path[1:]).read_bytes()
        for change in (
            lambda: sftp.remove(path),
            lambda: sftp.open(path, "w"),
            lambda: sftp.open(path, "a"),
            lambda: sftp.rename(path, f"{path}.gone"),
            lambda: sftp.mkdir(f"{FOLDER}/new"),
            lambda: sftp.chmod(path, 0o600),
            lambda: sftp.truncate(path, 0),
            lambda: sftp.symlink(path, f"{FOLDER}/link"),
        ):
            with pytest.raises(PermissionError):
                change()
    assert (server.root / path[1:]).read_bytes() == before


def test_nothing_outside_can_be_seen(server: SftpServer) -> None:
    with connected(server) as sftp:
        assert sftp.listdir("/") == ["v1"]
        assert sftp.listdir("/../..") == ["v1"]
        with pytest.raises(FileNotFoundError):
            sftp.stat("/../recon.toml")


def test_a_busy_port_is_reported_in_one_line(directory: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match="already in use"), SftpServer(directory, port):
            pass


def test_an_unseeded_directory_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nothing is seeded here"):
        SftpServer(tmp_path)
