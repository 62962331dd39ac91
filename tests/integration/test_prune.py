"""`recon prune` against a real S3 server: what a kept state needs stays, whoever is killed or writes meanwhile."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from recon.errors import StoreError
from resources.settings.storage import LEAST_DAYS, Storage
from resources.state_store import objects
from resources.state_store.contents import LONGEST_PUSH, TAKEN_OVER
from resources.state_store.manifests import key_of, pruned_key
from resources.state_store.objects import Bucket
from resources.state_store.prune import Plan, Pruning
from resources.state_store.store import StateStore
from tests.support.forked import ends_in, start
from tests.support.machines import DAY, NEXT, NOW, Machine, Machines, bucket_of, two_machines
from tests.support.s3 import BUCKET, S3Server, s3_server, with_keys

DAYS = [date(2026, 11, 17) + timedelta(days=place) for place in range(4)]
MONTHS = 60  # days: older than anything that is kept for its age


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as server, with_keys():
        yield server


@pytest.fixture
def machines(server: S3Server, tmp_path: Path) -> Machines:
    """Two of them, with one store that has nothing yet."""
    return two_machines(server, tmp_path)


def pruning(storage: Storage, states: int = 2) -> Pruning:
    return Pruning(bucket_of(storage), storage.model_copy(update={"keep_states": states}))


def prefix_of(machine: Machine) -> str:
    return f"{machine.storage.url.removeprefix(f's3://{BUCKET}/')}/"


def keys(server: S3Server, machine: Machine) -> set[str]:
    prefix = prefix_of(machine)
    return {key.removeprefix(prefix) for key in server.objects(prefix)}


def leave(machine: Machine, day: date, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a run leaves that is killed before its manifest."""
    machine.store.begin(day)
    machine.work(day, f"left of {day}")
    with monkeypatch.context() as patch:
        patch.setattr(StateStore, "_put_manifest", lambda *_: signal.raise_signal(signal.SIGINT))
        with pytest.raises(KeyboardInterrupt):
            machine.store.push()


def is_whole(machine: Machine, *numbers: int) -> None:
    """Each of these states can be taken, with all exports that it names."""
    there = set(machine.store._bucket.keys("exports/"))
    for number in numbers:
        machine.store.pull(machine.folder.with_name(f"pulled-{number}-{random.random()}"), number)
        assert {file.key for file in machine.store.manifest(number).exports.values()} <= there


def test_old_states_and_what_nobody_names_go_and_all_else_stays(
    machines: Machines, server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = machines
    for day in DAYS:
        one.run(day, f"rows of {day}")
    leave(one, DAYS[-1], monkeypatch)
    for key in ("objects/of somebody else", "checks/written-once", "notes.txt"):
        server.spoil(prefix_of(one) + key, b"")
    server.spoil(prefix_of(one)[:-1] + "0/objects/" + "0" * 64, b"another participant")
    server.grow_older(prefix_of(one)[:-1], MONTHS)
    before = keys(server, one)
    plan = pruning(one.storage).plan()
    assert keys(server, one) == before, "a plan changes nothing"
    pruning(one.storage).carry_out(plan)

    assert plan.kept == (3, 4)
    assert [one.key for one in plan.manifests] == [key_of(1), key_of(2)]
    after = keys(server, one)
    assert before - after == {gone.key for gone in (*plan.manifests, *plan.contents)}
    named = {file.key for number in (3, 4) for file in one.store.manifest(number).files.values()}
    named |= {file.key for number in (3, 4) for file in one.store.manifest(number).exports.values()}
    assert {key for key in after if key.startswith(("objects/", "exports/"))} - named == {"objects/of somebody else"}
    assert {"checks/written-once", "notes.txt", pruned_key(2)} <= after
    assert any(key.startswith(prefix_of(one)[:-1] + "0/") for key in server.objects())
    is_whole(one, 3, 4)
    with pytest.raises(StoreError, match=r"there is no stored state 2\. Choose one from 3 to 4"):
        one.store.pull(one.folder / "no", 2)
    two.store.begin(NEXT)
    assert two.days() == DAYS
    assert two.run(NEXT) == 5
    again = pruning(one.storage).plan()
    assert (again.kept, [gone.key for gone in again.manifests]) == ((4, 5), [key_of(3)])
    assert [gone.key for gone in again.marks] == [pruned_key(2)]


def test_what_is_young_stays(machines: Machines, server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    one, _ = machines
    for day in DAYS[:3]:
        one.run(day)
    leave(one, DAYS[3], monkeypatch)
    plan = pruning(one.storage, states=1).plan()
    assert plan == Plan((1, 2, 3), (), (), (), (), "")
    server.grow_older(prefix_of(one), LEAST_DAYS)
    assert pruning(one.storage, states=1).plan().contents == ()
    server.grow_older(prefix_of(one), LEAST_DAYS)
    contents = pruning(one.storage, states=1).plan().contents
    assert {content.key.split("/")[0] for content in contents} == {"objects", "exports"}, "not of states, which stay"
    empty = one.storage.model_copy(update={"url": one.storage.url + "-empty"})
    assert pruning(empty).plan() == Plan((), (), (), (), (), "")
    pruning(empty).carry_out(pruning(empty).plan())


def test_what_is_taken_over_is_never_what_goes() -> None:
    assert timedelta(days=LEAST_DAYS) > TAKEN_OVER + LONGEST_PUSH
    for name in ("keep_days", "unnamed_days"):
        with pytest.raises(ValueError, match=f"greater than or equal to {LEAST_DAYS}"):
            Storage.model_validate({"url": "s3://bucket/prefix", name: LEAST_DAYS - 1})


def prune_and_die(storage: Storage, place: str, times: int) -> None:
    """In a process of its own, which kills itself in this place."""
    ends_in(place, times)
    store = pruning(storage)
    store.carry_out(store.plan())


@pytest.mark.parametrize(
    ("place", "times"),
    [
        ("resources.state_store.objects:Bucket.write_new:before", 1),
        ("resources.state_store.objects:Bucket.write_new:after", 1),
        ("resources.state_store.objects:Bucket.delete:after", 1),
        ("resources.state_store.objects:Bucket.delete:before", 3),
        ("resources.state_store.objects:Bucket.delete:after", 5),
    ],
)
def test_kill_9_in_the_middle(
    machines: Machines, server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, times: int
) -> None:
    one, two = machines
    for day in DAYS:
        one.run(day, f"rows of {day}")
    leave(one, DAYS[-1], monkeypatch)
    server.grow_older(prefix_of(one), MONTHS)
    wanted = pruning(one.storage).plan()
    left = keys(server, one) - {gone.key for gone in (*wanted.manifests, *wanted.contents)} | {pruned_key(2)}
    code, _, said = start(prune_and_die, tmp_path / "said", one.storage, place, times).ended()
    assert code == -signal.SIGKILL, said
    is_whole(one, 3, 4)
    two.store.begin(NEXT)
    assert two.days() == DAYS
    store = pruning(one.storage)
    store.carry_out(store.plan())
    assert keys(server, one) == left
    assert one.store.newest() == 4
    one.store.begin()


def test_a_machine_that_stores_meanwhile_loses_nothing(
    machines: Machines, server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its objects are all there and no manifest names them yet: they are young. What it found there is old."""
    one, two = machines
    for day in DAYS:
        one.run(day, f"rows of {day}")
    leave(one, NEXT, monkeypatch)
    server.grow_older(prefix_of(one), MONTHS)
    left_behind = keys(server, one)
    store, put = pruning(one.storage), StateStore._put_manifest
    plan = store.plan()
    assert plan.contents

    def pruned_first(own: StateStore, *manifest: object) -> None:
        store.carry_out(plan)
        later = store.plan()
        assert not later.contents
        put(own, *manifest)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(StateStore, "_put_manifest", pruned_first)
        one.store.begin(NEXT)
        assert one.store.push().number == 5
    made = one.store.manifest(5)
    copies = [file for file in made.files.values() if file.copy]
    assert copies, "the landed rows of the day were there, and too old to be taken over"
    assert not {file.key for file in copies} & left_behind
    folders = {file.key.split("/")[2] for name, file in made.exports.items() if name.startswith(str(NEXT))}
    assert [len(folder) for folder in folders] == [6 + 1 + 12 + 1 + 16]
    is_whole(two, 4, 5)
    with server.counted() as asked:
        assert one.run(date(2026, 11, 22)) == 6
    assert not [line for line in asked if any(file.copy and file.copy in line for file in copies)], "sent once"
    is_whole(two, 6)


def test_what_an_earlier_push_had_sent_is_not_believed(
    machines: Machines, server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was noted as sent, its manifest never came, and it was pruned."""
    one, two = machines
    one.run(DAY)
    leave(one, NEXT, monkeypatch)
    server.grow_older(prefix_of(one), MONTHS)
    store = pruning(one.storage)
    store.carry_out(store.plan())
    one.store.begin(NEXT)
    assert one.store.push().number == 2
    is_whole(two, 1, 2)


def test_what_a_killed_push_sent_lately_is_not_sent_again(
    machines: Machines, server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = machines
    one.run(DAY)
    leave(one, NEXT, monkeypatch)
    before = keys(server, one)
    one.store.begin(NEXT)
    assert one.store.push().number == 2
    assert not [file for file in one.store.manifest(2).files.values() if file.copy]
    assert {key for key in keys(server, one) - before if key.startswith("exports")} == set()


def test_a_machine_that_was_away_for_long_makes_no_state_count(
    machines: Machines, server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The place of its manifest is free again, since the one that was there is no longer kept."""
    one, two = machines
    one.run(DAY)
    two.store.begin(NEXT)
    two.work(NEXT)
    for day in DAYS:
        one.run(day)
    server.grow_older(prefix_of(one), MONTHS)
    store = pruning(one.storage)
    store.carry_out(store.plan())
    with pytest.raises(StoreError, match="another machine has stored state 5, this one has state 1"):
        two.store.push()
    clock = iter([NOW, NOW, NOW + LONGEST_PUSH + timedelta(seconds=1)])
    slow = StateStore(bucket_of(one.storage), one.state, one.folder / "exports", lambda: next(clock))
    one.work(NEXT)
    with pytest.raises(StoreError, match="it took too long to store the state"):
        slow.push()
    assert one.store.newest() == 5
    server.spoil(prefix_of(one) + key_of(2), b"of a machine that was away for weeks while it wrote this")
    assert two.store.newest() == 5
    is_whole(two, 4, 5)
    assert one.run(NEXT) == 6
    store.carry_out(store.plan())
    assert key_of(2) not in keys(server, one)


def test_a_store_that_lets_nothing_be_deleted(machines: Machines, server: S3Server) -> None:
    one, two = machines
    for day in DAYS:
        one.run(day)
    server.grow_older(prefix_of(one), MONTHS)
    store, before = pruning(one.storage), keys(server, one)
    with server.refusing("DELETE"), pytest.raises(StoreError) as refused:
        store.carry_out(store.plan())
    assert "the object store refuses us (AccessDenied, HTTP 403)" in str(refused.value)
    assert "keys that may also delete objects" in str(refused.value)
    assert keys(server, one) == before | {pruned_key(2)}
    is_whole(two, 1, 2, 3, 4)
    store.carry_out(store.plan())
    assert store.plan().manifests == ()
    is_whole(two, 3, 4)


@pytest.mark.parametrize("how", ["changed", "gone", "another"])
def test_nothing_goes_if_a_state_that_is_kept_cannot_be_read(machines: Machines, server: S3Server, how: str) -> None:
    one, _ = machines
    for day in DAYS:
        one.run(day)
    key = prefix_of(one) + key_of(3)
    if how == "gone":
        server.take_away(key)
    else:
        content = server.objects(key)[key]
        server.spoil(key, content[:-9] if how == "changed" else content.replace(b"fee.csv", b"foo.csv"))
    server.grow_older(prefix_of(one), MONTHS)
    says = {"changed": "cannot be read", "gone": "manifest 3 is missing", "another": "does not follow the one before"}
    with pytest.raises(StoreError, match=says[how]):
        pruning(one.storage).plan()


def test_states_that_somebody_else_deleted_are_not_taken_for_pruned(machines: Machines, server: S3Server) -> None:
    one, two = machines
    for day in DAYS:
        one.run(day)
    server.grow_older(prefix_of(one), MONTHS)
    store = pruning(one.storage)
    store.carry_out(store.plan())
    server.take_away(prefix_of(one) + key_of(3))
    with pytest.raises(StoreError, match="manifest 3 is missing"):
        two.store.begin()
    server.take_away(prefix_of(one) + key_of(4))
    with pytest.raises(StoreError, match="manifest 3 is missing"):
        two.store.begin()
    assert two.files() == {}


def test_parts_of_an_upload_that_never_ended(
    machines: Machines, server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = machines
    monkeypatch.setattr(objects, "PART_BYTES", 5 * 1024**2)  # the least that S3 takes
    one.run(DAY)
    large = one.state / "landed" / str(NEXT) / "large.csv.v1"
    large.parent.mkdir(parents=True)
    large.write_bytes(random.Random(1).randbytes(6 * 1024**2))

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    one.store.begin()
    client = bucket_of(one.storage)._client
    with monkeypatch.context() as patch:
        patch.setattr(client, "complete_multipart_upload", killed)
        patch.setattr(client, "abort_multipart_upload", killed)
        with pytest.raises(KeyboardInterrupt):
            one.store.push()
    store = pruning(one.storage)
    with server.uploads_began(datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")):
        assert store.plan().uploads == ()
    (left,) = store.plan().uploads
    assert left.key.startswith("objects/")
    other = one.storage.model_copy(update={"url": one.storage.url + "0"})
    assert pruning(other).plan().uploads == ()
    store.carry_out(store.plan())
    assert server.client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []) == []
    bucket_of(one.storage).delete(left)  # of two that prune at once, one comes second
    assert one.store.push().number == 2


def test_any_order_of_runs_kills_and_prunes(
    machines: Machines, server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each step every kept state is whole, and its machine goes on."""
    one, two = machines
    drawn, carried = random.Random(26), Bucket.delete
    number = one.run(DAY)
    for step in range(14):
        day = DAYS[drawn.randrange(4)]
        text = f"rows {drawn.randrange(3)}"  # the same content comes again
        match drawn.randrange(4):
            case 0:
                leave(one, day, monkeypatch)
            case 1:
                server.grow_older(prefix_of(one), drawn.choice([2, 5, 40]))
            case 2:
                store, most = pruning(one.storage, states=drawn.randrange(1, 3)), iter(range(drawn.randrange(9)))

                def some(bucket: Bucket, gone: objects.Listed, most: Iterator[int] = most) -> None:
                    if next(most, None) is not None:
                        carried(bucket, gone)

                with monkeypatch.context() as patch:
                    patch.setattr(Bucket, "delete", some)
                    store.carry_out(store.plan())
            case _:
                number = one.run(day, text)
        assert one.store.newest() == number, step
        is_whole(two, *one.store.numbers())
