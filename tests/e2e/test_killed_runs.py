"""kill -9 or a signal at any moment, or two runs of one day at once: the state ends as if nothing had happened.

With the real command line and Dagster's real records. At random instants, and more of them: `python -m bench.kills`.
"""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

import checks.shape
from pipelines.cli.commands import main
from pipelines.cli.doctor import dagster_findings
from pipelines.dead_runs import GONE
from pipelines.instance import open_instance
from resources.state_lock import RunLocks, StateLock
from tests.support.forked import Child, ends_in, start
from tests.support.played import LAST_DAY, Played, all_met, play, seed_once, without_pages
from views.doctor.findings import Health

DAY = LAST_DAY - timedelta(days=1)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning"),
]
PLACES = (
    ("land", "resources.landing:fsync_folder:before"),  # a file has its name, and no receipt yet
    ("run", "resources.warehouse:Warehouse.write_parquet:after"),
    ("run", "assets.parsed.step:add_rows:after"),  # inside a transaction
    ("run", "resources.orders_db.db:_publish:after"),  # payments are new, refunds are old
    ("run", "assets.reconciled.step:_keep:after"),
    ("run", "assets.exports.step:write_atomically:after"),  # some of the exported files are there
    ("run", "assets.exports.asset:mark_day:before"),
    ("run", "resources.warehouse:Warehouse.publish:before"),
)
PROVED_PLACES = (
    ("export", "assets.exports.step:write_atomically:after"),
    ("backup", "resources.backup:_add_manifest:before"),
    ("inquire", "resources.journals.inquiries:InquiryJournal.claim:after"),  # leased, and not sent
)


def started(played: Played, command: str, place: str = "") -> Child:
    """A command in a process of its own that kills itself where it is told to, or waits there for a signal."""
    options = ["--to", str(played.folder / "backup.tar")] if command == "backup" else ["--day", str(DAY)]
    return start(recon, played.folder.with_name("said"), [*command.split(), *options], place)


def recon(words: list[str], place: str) -> None:
    """In the process of the command."""
    warnings.simplefilter("ignore")
    checks.shape.validate = all_met
    if place:
        ends_in(place)
    sys.argv = ["recon", *words]
    main()


def killed(played: Played, command: str, place: str) -> None:
    code, _, said = started(played, command, place).ended()
    assert code == -signal.SIGKILL, f"{command} was not killed in {place}: {said}"


@contextmanager
def records(played: Played) -> Iterator[dg.DagsterInstance]:
    """Dagster's own, as `recon run` keeps them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RECON_DAGSTER_HOME", str(played.settings.warehouse.directory / "dagster"))
        patch.delenv("DAGSTER_HOME", raising=False)
        with open_instance(played.settings) as instance:
            yield instance


def statuses(played: Played) -> list[str]:
    with records(played) as instance:
        return [run.status.value for run in instance.get_runs()]


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return without_pages(seed_once(tmp_path_factory.mktemp("seeded")))


@pytest.fixture(scope="module")
def undisturbed(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    with play(seeded, tmp_path_factory.mktemp("undisturbed") / "box", are_rows_checked=False) as played:
        assert played.run(DAY).status == "proved"
        yield played


def test_commands_killed_at_every_place_end_like_undisturbed_ones(
    undisturbed: Played, seeded: Path, tmp_path: Path
) -> None:
    expected, tables = undisturbed.bytes_kept(), undisturbed.tables()
    with play(seeded, tmp_path / "killed") as played:
        for command, place in PLACES:
            killed(played, command, place)
        older_version_left_a_slot(played)
        with records(played):
            found = {one.check: one for one in dagster_findings(played.settings)}
        assert found["runs"].health is Health.NOTE
        assert found["pools"].health is Health.WRONG
        assert "warehouse, step landed of run " in found["pools"].found
        code, out, said = started(played, "run").ended()
        assert code == 0, (out, said)
        assert (played.bytes_kept(), played.tables()) == (expected, tables)
        assert statuses(played) == ["SUCCESS", *["FAILURE"] * (len(PLACES))]
        with records(played) as instance:
            (first, *_) = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE]))
            assert any(
                log.dagster_event.message == GONE for log in instance.all_logs(first.run_id) if log.dagster_event
            )
            assert instance.event_log_storage.get_concurrency_info("warehouse").claimed_slots == []
            assert {one.health for one in dagster_findings(played.settings)} == {Health.OK}
        (played.settings.exports.directory / str(DAY) / "breaks.csv").unlink()  # so that there is something to export
        for command, place in PROVED_PLACES:
            killed(played, command, place)
        assert "0 questions are due" not in started(played, "inquire --dry-run").ended()[1], "its lease ended with it"
        assert started(played, "run").ended()[0] == 0
        assert (played.bytes_kept(), played.tables()) == (expected, tables)
        assert set(statuses(played)) == {"SUCCESS", "FAILURE"}


def older_version_left_a_slot(played: Played) -> None:
    """A run that has no file, as versions with pools left it: killed inside a step."""
    with records(played) as instance:
        run = instance.add_run(dg.DagsterRun("clearing_day", status=dg.DagsterRunStatus.STARTED))
        instance.event_log_storage.set_concurrency_slots("warehouse", 1)
        assert instance.event_log_storage.claim_concurrency_slot("warehouse", run.run_id, "landed").is_claimed


def test_a_run_that_lives_is_never_taken_for_dead(played: Played) -> None:
    """Another run waits for the state directory, or works; its file says that its process is there."""
    with records(played) as instance:
        run = instance.add_run(dg.DagsterRun("clearing_day", status=dg.DagsterRunStatus.STARTED))
        locks = RunLocks(played.settings.warehouse.directory)
        locks.hold(run.run_id)
        assert {one.health for one in dagster_findings(played.settings)} == {Health.OK}
        # launched by a service, and not yet at its first step: nobody knows
        tags = {".dagster/grpc_info": "{}"}
        instance.add_run(dg.DagsterRun("clearing_day", status=dg.DagsterRunStatus.STARTED, tags=tags))
        assert {one.health for one in dagster_findings(played.settings)} == {Health.OK}


@pytest.fixture
def played(seeded: Path, tmp_path: Path) -> Iterator[Played]:
    with play(seeded, tmp_path / "box") as made:
        yield made


@pytest.mark.parametrize(
    ("number", "code", "place"),
    [
        (signal.SIGINT, 130, "assets.exports.asset:mark_day:waits"),  # all that is left is to say that it is proved
        (signal.SIGTERM, 143, "assets.parsed.step:add_rows:waits"),
    ],
)
def test_a_signal_cancels_the_run_and_publishes_nothing(
    played: Played, number: signal.Signals, code: int, place: str
) -> None:
    process = started(played, "run", place)
    assert process.first_line(process.out) == "there"
    process.send(number)
    assert process.ended() == (code, "there\n", (
        f"recon: stopped by {number.name}. The run of {DAY} is canceled and nothing of it is published: run it again\n"
    ))  # fmt: skip
    assert statuses(played) == ["CANCELED"]
    assert not (played.settings.warehouse.directory / "published").exists()


@pytest.mark.parametrize("command", ["run", "backup"])
def test_a_signal_ends_a_command_that_waits_for_the_state_directory(played: Played, command: str) -> None:
    with StateLock(played.settings.warehouse.directory).held("a long run"):
        process = started(played, command)
        assert f"process {os.getpid()}, a long run, since " in process.first_line(process.err)
        process.send(signal.SIGTERM)
        code, out, said = process.ended()
    assert (code, out, said.count("\n")) == (143, "", 2)  # what it waits for, and its end
    assert said.splitlines()[1].startswith("recon: stopped by SIGTERM. ")
    assert statuses(played) == []
    assert not list(played.folder.glob("*backup.tar*"))


def test_two_runs_of_one_day_at_once_wait_for_each_other(undisturbed: Played, seeded: Path, tmp_path: Path) -> None:
    with play(seeded, tmp_path / "twice") as played:
        ended = [process.ended() for process in [started(played, "run"), started(played, "run")]]
        assert [code for code, _, _ in ended] == [0, 0], ended
        assert played.bytes_kept() == undisturbed.bytes_kept()
        assert played.tables() == undisturbed.tables()
