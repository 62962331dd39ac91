"""The state on an object store, against a real S3 server: complete or not there, written once, never merged."""

from __future__ import annotations

import io
import os
import random
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from recon.errors import ConfigurationError, StoreError
from resources.files import sha256_of
from resources.settings import load_settings
from resources.settings.storage import Storage
from resources.state_store import objects, store
from resources.state_store.exports import Exports
from resources.state_store.manifests import digest_of, key_of
from resources.state_store.objects import Bucket, open_bucket
from resources.state_store.record import read_record
from resources.state_store.store import PULLED, VERIFIED, StateStore
from tests.support.forked import ends_in, start
from tests.support.machines import DAY, EXAMPLE, NEXT, Machine, Machines, bucket_of, two_machines
from tests.support.s3 import BUCKET, KEYS, S3Server, answering, s3_server, with_keys


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as server, with_keys():
        yield server


@pytest.fixture
def machines(server: S3Server, tmp_path: Path) -> Machines:
    """Two of them, with one store that has nothing yet."""
    return two_machines(server, tmp_path)


def test_a_machine_without_a_state_goes_on_where_another_one_ended(machines: Machines) -> None:
    one, two = machines
    assert one.run(DAY) == 1
    (two.state / "dagster").mkdir(parents=True)
    (two.state / "dagster" / "runs.db").write_text("records of this machine")
    two.store.begin(NEXT)
    assert two.files() == one.files()
    assert two.days() == [DAY]
    kept, original = (machine.state / f"landed/{DAY}/fee.csv.v1" for machine in (two, one))
    assert (kept.stat().st_mode, int(kept.stat().st_mtime)) == (original.stat().st_mode, int(original.stat().st_mtime))
    assert (two.state / "dagster" / "runs.db").exists()
    two.work(NEXT)
    assert two.store.push().number == 2
    exports = two.store.manifest(2).exports
    assert {name.partition("/")[0] for name in exports} == {str(DAY), str(NEXT)}, "one day each, of two machines"


def test_only_what_changed_is_sent(machines: Machines, server: S3Server) -> None:
    one, _ = machines
    one.run(DAY)
    before = server.objects()
    with server.counted() as asked:
        assert one.store.push().number == 1
    assert not [line for line in asked if line.startswith("PUT")]
    with server.counted() as asked:
        assert one.run(NEXT) == 2
    sent = [line.split("/")[3] for line in asked if line.startswith("PUT")]
    assert sorted(sent) == ["exports"] * 2 + ["manifests"] + ["objects"] * 2, (
        "the two databases; the landed rows are known"
    )
    after = server.objects()
    assert {key: after[key] for key in before} == before, "nothing is written over"


def test_exports_have_names_that_people_can_read(machines: Machines, server: S3Server) -> None:
    one, _ = machines
    one.run(DAY)
    one.run(DAY, "other rows")
    keys = sorted(
        key.partition("/exports/")[2] for key in server.objects() if "/exports/" in key and one.storage.url[12:] in key
    )
    assert [key.rpartition("/")[2] for key in keys] == ["breaks.csv", "summary.json"] * 2
    assert [key.split("/")[1][:6] for key in keys] == ["000001"] * 2 + ["000002"] * 2
    newest = one.store.manifest(2).exports[f"{DAY}/breaks.csv"]
    assert server.objects()[f"{one.storage.url[12:]}/{newest.key}"] == b"other rows"


def exported(machine: Machine) -> dict[str, str]:
    folder = machine.folder / "exports"
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def test_a_machine_without_a_state_has_the_exports_too(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that were stored, whoever made them; what people have in a folder that is whole stays as it is."""
    one, two = machines
    one.run(DAY)
    one.run(NEXT, "of the second day")
    mine = two.folder / "exports" / str(DAY)
    mine.mkdir(parents=True)
    (mine / "summary.json").write_text("mine")
    part = two.folder / "exports" / str(NEXT) / "breaks.csv"
    part.parent.mkdir()
    part.write_text("of a run that was killed while it wrote them")
    with monkeypatch.context() as patch:
        patch.setattr(Exports, "_take_day", lambda *_: signal.raise_signal(signal.SIGINT))
        with pytest.raises(KeyboardInterrupt):
            two.store.begin(NEXT)
    assert two.days() == [DAY, NEXT], "the state is there"
    two.store.begin(NEXT)
    expected = {name: text for name, text in exported(one).items() if name.startswith(str(NEXT))}
    assert exported(two) == expected | {f"{DAY}/summary.json": "mine"}
    (mine / "summary.json").unlink()
    two.store.begin(NEXT)
    assert not (mine / "breaks.csv").exists(), "only when the state is taken"


@pytest.mark.parametrize("how", ["changed", "gone"])
def test_an_exported_file_that_is_not_what_it_was_is_named_and_stops_nothing(
    machines: Machines, server: S3Server, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    one, two = machines
    one.run(DAY)
    one.run(NEXT)
    key = f"{one.storage.url[12:]}/{one.store.manifest(1).exports[f'{DAY}/summary.json'].key}"
    if how == "gone":
        server.take_away(key)
    else:
        server.spoil(key, b"other")
    two.store.begin()
    (said,) = [record.getMessage() for record in caplog.records if record.name == "recon.store"]
    assert ("has lost an object" if how == "gone" else f"the content of {DAY}/summary.json has changed") in said
    assert said.endswith(f"Write it again: `recon export --day {DAY}`")
    assert exported(two) == {name: text for name, text in exported(one).items() if name != f"{DAY}/summary.json"}
    assert two.run(DAY, "other rows") == 3


def test_of_two_machines_at_once_one_wins_and_nothing_is_lost(machines: Machines) -> None:
    one, two = machines
    one.run(DAY)
    stores = [machine.store for machine in machines]
    for machine, begun in zip(machines, stores, strict=True):
        begun.begin(NEXT)
        machine.work(NEXT, machine.folder.name)
    assert stores[1].push().number == 2
    with pytest.raises(StoreError, match="another machine has stored state 2, this one has state 1") as refused:
        stores[0].push()
    assert "recon restore --from" in str(refused.value)
    assert (one.state / f"landed/{NEXT}/fee.csv.v1").read_text() == "a", "what it made is still there"
    with pytest.raises(StoreError, match="another machine has stored state 2, this one has state 1"):
        one.store.begin(NEXT)
    assert two.run(NEXT) == 3


def test_of_two_manifests_at_once_one_wins(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = machines
    one.run(DAY)
    for machine in machines:
        machine.store.begin(NEXT)
        machine.work(NEXT, machine.folder.name)
    put, begun = StateStore._put_manifest, [two.store]

    def second(own: StateStore, *manifest: Any) -> None:
        if begun:
            begun.pop().push()
        put(own, *manifest)

    monkeypatch.setattr(StateStore, "_put_manifest", second)
    with pytest.raises(StoreError, match="another machine has stored state 2 first"):
        one.store.push()
    assert two.store.newest() == 2


def test_a_state_that_does_not_come_from_the_store_is_not_mixed_with_it(machines: Machines) -> None:
    one, two = machines
    one.run(DAY)
    two.work(DAY)
    with pytest.raises(StoreError, match="has state 1, and this state directory does not come from it"):
        two.store.begin(NEXT)
    assert two.store.newest() == 1


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("after", [1, 3, 5])
def test_a_push_that_was_killed_is_completed_by_the_next_one(
    machines: Machines, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    one, two = machines
    one.run(DAY)
    one.store.begin(NEXT)
    one.work(NEXT, "new")
    sent = count(1)

    def dying(bucket: Bucket, key: str, *content: object) -> bool:
        if next(sent) >= after:
            raise Killed
        return write_new(bucket, key, *content)  # type: ignore[arg-type]

    write_new = Bucket.write_new
    with monkeypatch.context() as patch:
        patch.setattr(Bucket, "write_new", dying)
        with pytest.raises(Killed):
            one.store.push()
    two.store.begin()
    assert two.days() == [DAY], "the store shows the state before"
    one.store.begin()
    assert one.store.push().number == 2
    assert f"{NEXT}/breaks.csv" in one.store.manifest(2).exports


def pushing(folder: Path, storage: Storage, place: str) -> None:
    """In a process of its own, which kills itself in this place."""
    machine = Machine(folder, storage)
    machine.store.begin(NEXT)
    machine.work(NEXT, "new")
    ends_in(place)
    machine.store.push()


@pytest.mark.parametrize(
    ("place", "is_stored"),
    [
        ("resources.state_files:_copy_duckdb:after", False),
        ("resources.state_store.objects:Bucket.write_new:after", False),
        ("resources.state_store.store:StateStore._put_manifest:before", False),
        ("resources.state_store.store:StateStore._put_manifest:after", True),
    ],
)
def test_kill_9_in_the_middle_of_a_push(machines: Machines, tmp_path: Path, place: str, is_stored: bool) -> None:
    one, two = machines
    one.run(DAY)
    code, _, said = start(pushing, tmp_path / "said", one.folder, one.storage, place).ended()
    assert code == -signal.SIGKILL, said
    two.store.begin()
    assert two.days() == [DAY, NEXT][: 1 + is_stored]
    one.store.begin()
    assert one.store.push().number == 2
    assert one.days() == [DAY, NEXT]
    assert not list(one.state.glob(".to-store-*"))


def test_a_manifest_that_arrived_and_was_not_noted_is_ours(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed right after the last write, or its answer was lost and the library wrote again."""
    one, _ = machines
    one.run(DAY)
    one.store.begin(NEXT)
    one.work(NEXT)
    with monkeypatch.context() as patch:
        patch.setattr(store, "_arrived", lambda _: os.kill(os.getpid(), signal.SIGINT))
        with pytest.raises(KeyboardInterrupt):
            one.store.push()
    assert one.store.newest() == 2
    one.store.begin()
    assert one.store.state_number() == 2
    again, made = one.store, one.store.manifest(2).as_bytes()
    again._put_manifest(2, made)  # as the library does it again
    assert again.newest() == 2


@pytest.mark.parametrize("how", ["changed", "cut", "gone"])
def test_an_object_that_is_not_what_it_was_is_found_and_nothing_is_put_in_place(
    machines: Machines, server: S3Server, how: str
) -> None:
    one, two = machines
    one.run(DAY)
    file = one.store.manifest(1).files[f"landed/{DAY}/fee.csv.v1"]
    key = f"{one.storage.url[12:]}/{file.key}"
    if how == "gone":
        server.take_away(key)
    else:
        server.spoil(key, b"rowz" if how == "changed" else b"ro")
    says = "has lost an object" if how == "gone" else "fee.csv.v1 has changed"
    with pytest.raises(StoreError, match=says):
        two.store.begin(NEXT)
    assert two.files() == {}
    assert not (two.state / PULLED).exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text[:-20], "the manifest cannot be read"),
        (lambda text: text.replace(b"landed/", b"../../x/"), "names a file outside"),
        (lambda text: text.replace(b"journal.sqlite", b".ssh/id_ed25519"), "names a file outside"),
        (lambda text: text.replace(b"2026-11-20/breaks.csv", b"../breaks.csv"), "names a file outside"),
        (lambda text: text.replace(b'"number": 2', b'"number": 7'), "says that it is number 7"),
        (lambda text: text.replace(b'"before": "', b'"before": "0'), "does not follow the one before"),
        (lambda text: text.replace(b'"format": 1', b'"format": 2'), "is a state of version '2'"),
    ],
)
def test_a_manifest_that_somebody_changed_is_refused(machines: Machines, server: S3Server, change, says) -> None:  # type: ignore[no-untyped-def]
    one, two = machines
    one.run(DAY)
    one.run(NEXT)
    key = f"{one.storage.url[12:]}/{key_of(2)}"
    server.spoil(key, change(server.objects(key)[key]))
    with pytest.raises(StoreError, match=says):
        two.store.begin(NEXT)
    assert two.files() == {}
    with pytest.raises(StoreError, match="state 2 is another one than was stored"):
        one.store.begin(NEXT)


def test_a_chain_that_is_broken_is_seen(machines: Machines, server: S3Server) -> None:
    one, two = machines
    for day in (DAY, NEXT, date(2026, 11, 22)):
        one.run(day)
    server.take_away(f"{one.storage.url[12:]}/{key_of(2)}")
    with pytest.raises(StoreError, match="manifest 2 is missing"):
        two.store.begin(NEXT)
    server.take_away(f"{one.storage.url[12:]}/{key_of(3)}")
    with pytest.raises(StoreError, match="ends with state"):
        one.store.begin(NEXT)


def test_a_state_is_put_in_place_to_its_end_after_a_kill(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = machines
    one.run(DAY)

    def dying(scratch: Path, directory: Path) -> None:
        (directory / "landed").mkdir()
        (scratch / "landed" / str(DAY)).rename(directory / "landed" / str(DAY))
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(store, "put_in_place", dying)
        with pytest.raises(Killed):
            two.store.begin(NEXT)
    assert set(two.files()) == {f"landed/{DAY}/fee.csv.v1"}
    two.store.begin(NEXT)
    assert two.files() == one.files()
    assert not (two.state / VERIFIED).exists()
    assert two.run(NEXT) == 2


def test_what_is_committed_next_to_a_database_is_stored_too(machines: Machines) -> None:
    """SQLite with a write-ahead log: its own file stays the same, and is not what counts."""
    one, two = machines
    one.run(DAY)
    with closing(sqlite3.connect(one.state / "journal.sqlite")) as journal:
        journal.execute("PRAGMA journal_mode = WAL")
        for number in (2, 3):
            journal.execute("INSERT INTO questions VALUES ('later')")
            journal.commit()
            one.store.begin()
            assert one.store.push().number == number
    two.store.begin()
    with closing(sqlite3.connect(two.state / "journal.sqlite")) as journal:
        assert journal.execute("SELECT COUNT(*) FROM questions").fetchone() == (3,)


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        (403, "AccessDenied", "the object store refuses us (AccessDenied, HTTP 403)"),
        (404, "NoSuchBucket", "there is no such bucket"),
        (503, "SlowDown", "the object store asks us to slow down (SlowDown, HTTP 503)"),
        (429, "TooManyRequests", "the object store asks us to slow down"),
        (500, "InternalError", "the object store refused the request (InternalError, HTTP 500)"),
        (400, "AuthorizationHeaderMalformed", "the bucket is in another region"),
    ],
)
def test_what_a_store_refuses_is_one_line(
    machines: Machines, server: S3Server, status: int, code: str, says: str
) -> None:
    one, _ = machines
    one.work(DAY)
    with answering(status, code) as address:
        storage = server.storage(attempts=1).model_copy(update={"endpoint_url": address})
        refused = Machine(one.folder, storage)
        with pytest.raises(StoreError) as error:
            (refused.store.push if status == 403 else refused.store.begin)()
        assert says in str(error.value)
        assert "\n" not in str(error.value)
        assert error.value.do
        assert not any(key in str(error.value) for key in KEYS.values())


def test_a_store_that_is_not_there_is_one_line(machines: Machines, server: S3Server) -> None:
    one, _ = machines
    nobody = server.storage(attempts=1).model_copy(update={"endpoint_url": "http://127.0.0.1:9"})
    with pytest.raises(StoreError, match=r"the object store does not answer \(EndpointConnectionError\)"):
        Machine(one.folder, nobody).store.begin()


def test_the_library_asks_again_before_it_gives_up(machines: Machines, server: S3Server) -> None:
    with answering(503, "SlowDown") as address:
        storage = server.storage(attempts=2).model_copy(update={"endpoint_url": address})
        bucket = open_bucket(storage, load_settings(EXAMPLE).optional_secret)
        tries = list[object]()
        bucket._client.meta.events.register("before-send.s3", lambda **_: tries.append(1))
        with pytest.raises(StoreError, match="slow down"):
            bucket.read("x")
    assert len(tries) == 2


def test_a_missing_package_or_key_is_said(
    machines: Machines, monkeypatch: pytest.MonkeyPatch, server: S3Server
) -> None:
    secret, storage = load_settings(EXAMPLE).optional_secret, machines[0].storage
    with monkeypatch.context() as patch:
        patch.delenv("RECON_STORAGE_SECRET_KEY")
        with pytest.raises(ConfigurationError, match="RECON_STORAGE_SECRET_KEY: the environment variable is not set"):
            open_bucket(storage, secret)
    with monkeypatch.context() as patch:
        patch.setitem(__import__("sys").modules, "boto3", None)
        with pytest.raises(
            ConfigurationError, match=r'boto3 is not installed. Install it with `pip install ".\[s3\]"`'
        ):
            open_bucket(storage, secret)


def test_what_is_large_is_sent_in_parts_and_comes_back_whole(
    server: S3Server, machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "PART_BYTES", 5 * 1024**2)  # the least that S3 takes
    one, other = machines
    one.store.begin()
    one.work(DAY)
    large = one.state / "landed" / "2026-11-20" / "large.csv.v1"
    large.parent.mkdir(parents=True, exist_ok=True)
    large.write_bytes(random.Random(1).randbytes(12 * 1024**2))
    with server.counted() as asked:
        one.store.push()
    parts = [line for line in asked if "partNumber=" in line]
    assert len(parts) == 3
    other.store.begin()
    assert sha256_of(other.state / large.relative_to(one.state)) == sha256_of(large)
    bucket = bucket_of(one.storage)
    with large.open("rb") as content:
        assert not bucket.write_new(f"objects/{sha256_of(large)}", content, large.stat().st_size, sha256_of(large))
    unfinished = server.client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
    assert unfinished == []


def test_a_large_file_that_changed_while_it_was_sent_is_no_object(
    server: S3Server, machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "PART_BYTES", 5 * 1024**2)
    bucket = bucket_of(machines[0].storage)
    content = b"x" * (6 * 1024**2)
    with pytest.raises(StoreError, match="received other bytes than were sent"):
        bucket.write_new("objects/large", io.BytesIO(content), len(content), digest_of(b"y"))
    assert not any(key.endswith("objects/large") for key in server.objects())
    assert server.client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []) == []


def test_a_problem_is_kept_until_a_push_succeeds(machines: Machines) -> None:
    one, _ = machines
    one.store.begin(DAY)
    one.work(DAY)
    one.store.note_problem("the object store does not answer")
    record = read_record(one.state, one.storage.url)
    assert record is not None
    assert record.problem
    assert one.run(DAY) == 1
    record = read_record(one.state, one.storage.url)
    assert record is not None
    assert (record.problem, record.days, record.number) == ("", (), 1)
