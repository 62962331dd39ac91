"""SFTP servers as they are in the world: each by name, with what comes of it. Nothing waits or grows without end."""

# ruff: noqa: E501 - tables are read by the row

from __future__ import annotations

import asyncio
import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, ClassVar

import paramiko  # type: ignore[import-untyped]
import pytest
from paramiko.common import (  # type: ignore[import-untyped]
    MSG_SERVICE_REQUEST,
    MSG_UNIMPLEMENTED,
    MSG_USERAUTH_REQUEST,
)

from recon.errors import LandingError, ReconError
from resources import sftp_login
from resources.landing import Landing, LandingReport
from tests.support.odd_sftp import (
    EOF,
    FAILURE,
    FILE_MODE,
    FOLDER_MODE,
    MTIME,
    NAME,
    NO_SUCH_FILE,
    PERMISSION_DENIED,
    VERSION,
    OddSftp,
    Open,
    Running,
    Tree,
    attributes,
    running,
    speaking,
)
from tests.support.report_sftp import report_sftp

P = "102210000001"
REPORT_DATE = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)
DETAIL = f"transactionItems_{P}_USD_B1_A1_000.csv"
FOLDER = f"/v1/settlements/clearing/{P}/20261121".encode()
FILE = FOLDER + b"/" + DETAIL.encode()
CONTENT = bytes(range(256)) * 4000  # some requests of each size
LIMIT_SECONDS = 60.0


def tree(content: bytes = CONTENT, name: bytes = DETAIL.encode()) -> Tree:
    """A server with one report; no settlement yet."""
    parts = FOLDER.split(b"/")
    folders: Tree = {b"/".join(parts[:count]): None for count in range(1, len(parts) + 1)}
    return folders | {FOLDER + b"/" + name: content}


# -- the servers -----------------------------------------------------------------------------


class HugeSize(OddSftp):
    """Lists 2^60 bytes."""

    def attributes_of(self, path: bytes) -> bytes:
        return attributes(size=1 << 60, mode=FILE_MODE, mtime=MTIME) if self.tree[path] else super().attributes_of(path)


class Endless(OddSftp):
    """Whatever is read, there is more."""

    async def read(self, path: bytes, offset: int, length: int) -> bytes | None:
        return self.data(b"x" * length)


class EndlessWithoutSize(Endless):
    """And does not say how much there should be."""

    def attributes_of(self, path: bytes) -> bytes:
        return attributes(mode=FILE_MODE, mtime=MTIME) if self.tree[path] else super().attributes_of(path)


class Dripping(EndlessWithoutSize):
    """A byte now and then, for ever."""

    async def read(self, path: bytes, offset: int, length: int) -> bytes | None:
        await asyncio.sleep(0.2)
        return self.data(b"x")


class Silent(OddSftp):
    """Does not answer a read."""

    async def read(self, path: bytes, offset: int, length: int) -> bytes | None:
        return None


class SilentFolder(OddSftp):
    """Does not answer a listing."""

    async def readdir(self, handle: Open) -> bytes:
        await asyncio.sleep(3600)
        return self.status(EOF)


class Generous(OddSftp):
    """Sends more than was asked for."""

    async def read(self, path: bytes, offset: int, length: int) -> bytes | None:
        return self.data(b"x" * (length + 1))


class EndlessFolder(OddSftp):
    """A folder without end."""

    count = 0

    async def readdir(self, handle: Open) -> bytes:
        names = [b"%d" % (self.count + place) for place in range(10_000)]
        self.count += len(names)
        return self.listing(handle.path, names)

    def attributes_of(self, path: bytes) -> bytes:
        return attributes()


class FolderOfNothing(OddSftp):
    """Goes on listing no entries."""

    async def readdir(self, handle: Open) -> bytes:
        return bytes([NAME]) + b"%ID%" + struct.pack(">I", 0)


class LongPacket(OddSftp):
    """Announces a packet of 4 GiB."""

    def packet(self, content: bytes) -> bytes:
        return b"\xff\xff\xff\xff" + content if content[0] == NAME else super().packet(content)


class OtherId(OddSftp):
    """Answers a question that was not asked."""

    def packet(self, content: bytes) -> bytes:
        return super().packet(content[:1] + b"\xff\xff\xff\xff" + content[5:] if content[0] == NAME else content)


class OtherVersion(OddSftp):
    """Speaks a version that does not exist."""

    def version(self) -> bytes:
        return bytes([VERSION]) + struct.pack(">I", 99)


class Cut(OddSftp):
    """Packets end in the middle of a field."""

    def packet(self, content: bytes) -> bytes:
        return super().packet(content[:9] if content[0] == NAME else content)


class OneAtATime(OddSftp):
    """Refuses a read while another one is on its way."""

    busy = 0

    async def read(self, path: bytes, offset: int, length: int) -> bytes | None:
        self.busy += 1
        try:
            await asyncio.sleep(0.01)
            return self.status(FAILURE) if self.busy > 1 else await super().read(path, offset, length)
        finally:
            self.busy -= 1


class FewAnswers(OddSftp):
    """Forgets the reads beyond two on their way."""

    busy = 0

    async def read(self, path: bytes, offset: int, length: int) -> bytes | None:
        if self.busy >= 2:
            return None
        self.busy += 1
        try:
            await asyncio.sleep(0.01)
            return await super().read(path, offset, length)
        finally:
            self.busy -= 1


class SmallReads(OddSftp):
    """Refuses a read of more than 16 KiB."""

    async def read(self, path: bytes, offset: int, length: int) -> bytes | None:
        return self.status(FAILURE) if length > 16384 else await super().read(path, offset, length)


class MiddlingReads(OddSftp):
    """Gives at most 64 KiB at once."""

    async def read(self, path: bytes, offset: int, length: int) -> bytes | None:
        return await super().read(path, offset, min(length, 65_536))


class ShortReads(OddSftp):
    """Gives a part of what was asked for."""

    async def read(self, path: bytes, offset: int, length: int) -> bytes | None:
        return await super().read(path, offset, min(length, 9999))


def showing(size: bool = True, mode: bool = True, mtime: int | None = MTIME, zero: bool = False) -> type[OddSftp]:
    """A server that sends only some attributes."""

    class Showing(OddSftp):
        def attributes_of(self, path: bytes) -> bytes:
            content = self.tree[path]
            stated_size = None if content is None or not size else 0 if zero else len(content)
            kind = FOLDER_MODE if content is None else FILE_MODE
            return attributes(size=stated_size, mode=kind if mode else None, mtime=mtime)

    return Showing


class PermissionsWithoutType(OddSftp):
    """Sends 0644, without the bits that say what it is."""

    def attributes_of(self, path: bytes) -> bytes:
        return attributes(size=len(self.tree[path] or b""), mode=0o644, mtime=MTIME)


class NoStat(OddSftp):
    """Cannot say anything about an open file."""

    async def stat(self, path: bytes) -> bytes:
        return self.status(FAILURE)


def missing_as(code: int) -> type[OddSftp]:
    """A server with another word for a folder that is not there."""

    class MissingAs(OddSftp):
        def missing(self, path: bytes) -> int:
            return code

    return MissingAs


class ClosedFolder(OddSftp):
    """The folder is there, and cannot be listed."""

    code = FAILURE

    async def opendir(self, path: bytes) -> bytes:
        return self.status(self.code) if path == FOLDER else await super().opendir(path)


class ForbiddenFolder(ClosedFolder):
    """The same, with a reason."""

    code = PERMISSION_DENIED


class Once(OddSftp):
    """A file that was given is gone at once, also for a question about it, but is still listed."""

    given = False

    async def open(self, path: bytes) -> bytes:
        if self.given:
            return self.status(NO_SUCH_FILE)
        self.given = True
        return await super().open(path)

    async def stat(self, path: bytes) -> bytes:
        return self.status(NO_SUCH_FILE)


class Rude(ClosedFolder):
    """Words that would change a terminal, and are not UTF-8."""

    def message(self) -> bytes:
        return b"\x1b[2J\r\nall is \xff fine"


class NotGiven(OddSftp):
    """Lists a file that it does not give."""

    async def open(self, path: bytes) -> bytes:
        return self.status(PERMISSION_DENIED)


class WithPassword(OddSftp):
    """Asks for the password in its own words."""

    password = "s3cret"


class OldKeyExchange(OddSftp):
    """Knows only what is known to be weak."""

    options: ClassVar = {"kex_algs": ["diffie-hellman-group1-sha1"]}


class NoSftp(OddSftp):
    """Lets us in, to nothing."""

    offers_sftp = False


# -- what comes of it ------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A server, and either what is landed or what is told."""

    name: str
    play: Callable[[], OddSftp]
    error: str = ""
    landed: bytes | None = None
    left_alone: str = ""
    logins: int | None = None  # how often it was tried
    is_curious: bool = False
    seconds: float = 40  # for one folder or file

    @property
    def silence_seconds(self) -> float:
        """How long to wait for a server: who answers at the first login has time, for a busy machine is no silence."""
        if self.logins:
            return 30
        return 0.5 if "no answer" in self.error else 1.5


def lands(name: str, play: type[OddSftp], **other: Any) -> Case:
    return Case(name, lambda: play(tree()), landed=CONTENT, **other)


def tells(name: str, play: type[OddSftp], error: str, content: bytes = CONTENT, **other: Any) -> Case:
    return Case(name, lambda: play(tree(content)), error, **other)


CASES = [
    lands("a server as it should be", OddSftp, logins=1),
    # bounds
    tells("a listed size of 2^60", HugeSize, r"the listing says 1,152,921,504,606,846,976 bytes, and at most 1 MiB are taken"),
    tells("more than the listed size", Endless, r"more came than the listed 1,024,000 bytes \(tried 3 times\).*still be written"),
    tells("no size and no end", EndlessWithoutSize, r"more than 1,048,576 bytes came, and at most 1 MiB are taken", logins=1),
    tells("a byte now and then", Dripping, r"the server sent for more than 1 s", logins=1, seconds=1),
    tells("silence in a file", Silent, r"no answer within 0.5 s \(tried 3 times\)"),
    tells("silence in a folder", SilentFolder, r"no answer within 0.5 s \(tried 3 times\)"),
    tells("more than was asked for", Generous, r"more bytes came than were asked for \(tried 3 times\)"),
    tells("a folder without end", EndlessFolder, r"more than 100,000 entries", logins=1),
    tells("a folder that goes on listing nothing", FolderOfNothing, r"no answer within 0.5 s"),
    tells("a packet of 4 GiB", LongPacket, r"\(tried 3 times\)"),
    tells("an answer to another question", OtherId, r"no answer within 0.5 s \(tried 3 times\)"),
    tells("a packet that is cut", Cut, r"\(tried 3 times\)"),
    tells("another version of the protocol", OtherVersion, r"\(tried 3 times\)"),
    lands("one read at a time", OneAtATime),
    lands("answers to few reads", FewAnswers),
    lands("small reads only", SmallReads),
    lands("reads of 64 KiB", MiddlingReads, logins=1),
    lands("short reads", ShortReads, logins=1),
    # attributes
    lands("no permissions", showing(mode=False), logins=1),
    lands("permissions without a type", PermissionsWithoutType, logins=1),
    lands("no size", showing(size=False), logins=1),
    lands("size 0", showing(zero=True), logins=1),
    lands("no time", showing(mtime=None), logins=1),
    lands("time 0", showing(mtime=0), logins=1),
    lands("no attributes at all", showing(size=False, mode=False, mtime=None), logins=1),
    lands("no answer about an open file", NoStat, logins=1),
    Case(
        "a folder with the name of a report, without a type",
        lambda: showing(mode=False)(tree() | {FOLDER + b"/" + DETAIL.replace("_000", "_001").encode(): None}),
        landed=CONTENT,
        left_alone="the server does not say whether it is a file, and does not give it",
    ),
    # folders and files
    lands("a missing folder is a failure", missing_as(FAILURE), logins=1),
    lands("a missing folder is forbidden", missing_as(PERMISSION_DENIED), logins=1),
    tells("a folder that cannot be listed", ClosedFolder, r"so it is \(tried 3 times\)"),
    tells("a folder that may not be listed", ForbiddenFolder, r"no permission to read ", logins=1),
    lands("a file that is given once", Once, logins=1),
    tells("a file that is listed and not given", NotGiven, r"no permission to read .*_000\.csv", logins=1),
    tells("words for a terminal", Rude, r"\\x1b\[2J\\x0d\\x0aall is \\xff fine"),
    Case(
        "a name that is not UTF-8",
        lambda: OddSftp(tree() | {FOLDER + b"/" + DETAIL.encode().replace(b"B1", b"B\xe9"): b"x"}),
        landed=CONTENT,
        left_alone=f"not the name of a report of participant {P}",
        logins=1,
    ),
    # login
    lands("a password that is asked for", WithPassword, logins=1),
    tells("more questions than a password", WithPassword, r"asks for more than one password", is_curious=True, logins=1),
    tells("no common algorithm", OldKeyExchange, r"share no algorithm \(Incompatible ssh peer \(no acceptable kex algorithm", logins=1),
    tells("no SFTP", NoSftp, r"lets us in, and offers no SFTP", logins=1),
]  # fmt: skip


def land(server: Running, landing: Landing, **other: Any) -> LandingReport:
    with report_sftp(**server.settings(**other)) as sftp:
        return landing.land(REPORT_DATE, sftp)


def a_landing(directory: Path) -> Landing:
    return Landing(directory, participant_id=P, agreement_ids=["A1"], now=lambda: NOW)


def in_time(ask: Callable[[], LandingReport]) -> LandingReport | Exception:
    """What comes of it, or the test fails: nothing may wait for ever."""
    outcomes = list[LandingReport | Exception]()

    def run() -> None:
        try:
            outcomes.append(ask())
        except Exception as error:
            outcomes.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(LIMIT_SECONDS)
    assert outcomes, "it still waits"
    return outcomes[0]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_server_has_its_documented_outcome(case: Case, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    landing = a_landing(tmp_path / "landed")
    with running(case.play(), tmp_path, is_curious=case.is_curious) as server:
        limits = {"transfer_timeout_seconds": case.seconds, "read_timeout_seconds": case.silence_seconds}
        outcome = in_time(lambda: land(server, landing, **limits))
        logins = server.play.logins
    if case.error:
        assert isinstance(outcome, ReconError), outcome
        assert re.search(case.error, str(outcome)), outcome
        assert str(outcome).isprintable()
        assert "s3cret" not in str(outcome)
        assert landing.versions(REPORT_DATE) == []
    else:
        assert isinstance(outcome, LandingReport), outcome
        assert [file.path.read_bytes() for file in outcome.landed] == [case.landed]
        assert [left.reason for left in outcome.left_alone] == [case.left_alone] * bool(case.left_alone)
    assert case.logins in (None, logins)
    assert capfd.readouterr() == ("", "")  # no traceback, no line of a library


class Outrun(sftp_login._Transport):
    """We, on a busy machine: the answer of the server is there before we go on after asking."""

    def _send_message(self, message: paramiko.Message) -> None:
        super()._send_message(message)
        if message.asbytes()[0] in (MSG_SERVICE_REQUEST, MSG_USERAUTH_REQUEST):
            time.sleep(0.1)


def test_a_login_does_not_miss_an_answer_that_is_faster_than_we_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sftp_login, "_Transport", Outrun)
    with running(WithPassword(tree()), tmp_path) as server:
        assert [file.version for file in land(server, a_landing(tmp_path / "landed")).landed] == [1]
        assert server.play.logins == 1


class Greeting(paramiko.ServerInterface):
    """A server that sends its banner as soon as a login begins, and refuses every login."""

    def get_banner(self) -> tuple[str, str]:
        return "Only for participants.", "en"


def test_a_banner_that_comes_at_once_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sftp_login, "_Transport", Outrun)
    host_key, not_understood = paramiko.RSAKey.generate(2048), list[object]()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        (tmp_path / "known_hosts").write_text(f"[127.0.0.1]:{port} ssh-rsa {host_key.get_base64()}\n")

        def serve() -> None:
            transport = paramiko.Transport(listening.accept()[0])
            transport._handler_table[MSG_UNIMPLEMENTED] = not_understood.append
            transport.add_server_key(host_key)
            transport.start_server(server=Greeting())
            transport.join(LIMIT_SECONDS)

        threading.Thread(target=serve, daemon=True).start()
        running_there = Running(port, tmp_path, OddSftp(tree()))
        with pytest.raises(LandingError, match="the server refused the key or password"):
            land(running_there, a_landing(tmp_path / "landed"))
    assert not not_understood


def test_a_name_that_is_not_utf_8_is_shown_by_its_bytes(tmp_path: Path) -> None:
    play = OddSftp(tree() | {FOLDER + b"/" + b"caf\xe9\n.csv": b"x"})
    with running(play, tmp_path) as server:
        report = land(server, a_landing(tmp_path / "landed"))
    assert [left.name for left in report.left_alone] == [r"caf\xe9\x0a.csv"]


def test_a_server_that_refuses_large_reads_is_not_asked_for_them_again(tmp_path: Path) -> None:
    other = FOLDER + b"/" + DETAIL.replace("_000", "_001").encode()
    with running(SmallReads(tree() | {other: CONTENT}), tmp_path) as server:
        assert len(land(server, a_landing(tmp_path / "landed")).landed) == 2
        assert server.play.logins == 3, "one for each size of reads, none more for the second file"


@pytest.mark.parametrize("mtime", [MTIME, None])
def test_a_report_issued_again_with_the_same_size_and_time_becomes_the_next_version(
    tmp_path: Path, mtime: int | None
) -> None:
    landing = a_landing(tmp_path / "landed")
    with running(showing(mtime=mtime)(tree(b"first\n")), tmp_path) as server:
        land(server, landing)
        assert [file.version for file in land(server, landing).already_there] == [1]
        server.play.tree[FILE] = b"other\n"
        assert [file.version for file in land(server, landing).landed] == [2]
        assert [file.version for file in land(server, landing).already_there] == [2]


def test_a_file_that_is_given_once_is_there_afterwards(tmp_path: Path) -> None:
    landing = a_landing(tmp_path / "landed")
    with running(Once(tree()), tmp_path) as server:
        land(server, landing)
        assert [file.version for file in land(server, landing).already_there] == [1]


def test_a_file_that_is_not_given_does_not_keep_the_others(tmp_path: Path) -> None:
    class NotTheFirst(OddSftp):
        async def open(self, path: bytes) -> bytes:
            return self.status(NO_SUCH_FILE) if path == FILE else await super().open(path)

    other = DETAIL.replace("_000", "_001")
    landing = a_landing(tmp_path / "landed")
    with (
        running(NotTheFirst(tree() | {FOLDER + b"/" + other.encode(): b"other\n"}), tmp_path) as server,
        pytest.raises(LandingError, match=r"_000\.csv: the server lists it and does not have it"),
    ):
        land(server, landing)
    assert [file.name.file_name for file in landing.versions(REPORT_DATE)] == [other]


@pytest.mark.parametrize(
    ("words", "again_seconds", "shown"),
    [
        (b"", 0, r"\(tried 3 times\)"),
        (b"welcome\r\n", 0.05, r"\(tried 3 times\)"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", 0, r"\(tried 3 times\)"),
        (b"x", 0.02, r"\(tried 3 times\)"),
        (b"SSH-2.0-x\r\n" + b"\x00" * 4096, 0, r"\(tried 3 times\)"),
    ],
    ids=["silence", "a greeting without end", "another protocol", "byte by byte", "nonsense after the greeting"],
)
def test_what_is_no_ssh_server_is_reported_in_time(
    tmp_path: Path, words: bytes, again_seconds: float, shown: str
) -> None:
    landing = a_landing(tmp_path / "landed")
    with running(OddSftp(tree()), tmp_path) as server, speaking(words, again_seconds=again_seconds) as port:
        settings = server.settings(port=port, connect_timeout_seconds=0.2)

        def ask() -> LandingReport:
            with report_sftp(**settings) as sftp:
                return landing.land(REPORT_DATE, sftp)

        outcome = in_time(ask)
    assert isinstance(outcome, LandingError), outcome
    assert re.search(shown, str(outcome))
