"""`recon run --from A --to B --workers 2`, on the real command line with Dagster's real records: what the days leave is
what they leave when they run one after the other, whatever happens on the way.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

import checks.shape
from pipelines import several_days
from pipelines.assembly import build_definitions
from pipelines.back_fill import JOB
from pipelines.build_resources import warehouse_of
from pipelines.cli.commands import main
from pipelines.instance import open_instance
from resources.published import Published
from resources.settings import load_settings
from tests.support.forked import Child, ForkedPython, start
from tests.support.played import LAST_DAY, WORKER_OF_MET_ROWS, Played, all_met, play, seed_once, without_pages

DAYS = [LAST_DAY - timedelta(days=back) for back in (2, 1, 0)]
FIRST, SECOND, LAST = DAYS
CALENDAR = frozenset({"landed.calendar"})  # of a day that runs again: it knows the files that came for the next ones
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning"),
]
KILLED = """
import json, sys
from pipelines import day_worker
from tests.support.forked import ends_in
own, *_ = json.loads(sys.argv[1])
if {day!r} in own:
    ends_in({place!r})
day_worker.main()
"""
LATE = """
import json, sys, time
from pipelines import day_worker
own, *_ = json.loads(sys.argv[1])
time.sleep(6 if {day!r} in own else 0)
day_worker.main()
"""


@dataclass(frozen=True)
class Left:
    """What a command left."""

    code: int | None
    days: list[dict[str, object]]  # a line of JSON for each
    said: str
    bytes_kept: dict[str, str]
    tables: dict[str, str]
    exports: dict[str, str]


def words(workers: int, first: date = FIRST, last: date = LAST) -> list[str]:
    return ["run", "--from", str(first), "--to", str(last), "--workers", str(workers), "--json"]


def started(played: Played, workers: int, first: date = FIRST, last: date = LAST, *, worker: str = "") -> Child:
    """The command in a process of its own, with the environment of now; `worker`: what its workers run instead."""
    return start(recon, played.folder.with_name("said"), words(workers, first, last), worker)


def recon(line: list[str], worker: str) -> None:
    """In the process of the command. It forks its workers, so that they too share the imports."""
    warnings.simplefilter("ignore")
    checks.shape.validate = all_met
    several_days.subprocess = SimpleNamespace(
        Popen=ForkedPython, PIPE=subprocess.PIPE, TimeoutExpired=subprocess.TimeoutExpired
    )  # type: ignore[assignment]
    several_days.WORKER = worker or several_days.WORKER
    sys.argv = ["recon", *line]
    main()


def launched(first: object, last: object, workers: int = 2) -> None:
    """In a process as a service starts it for a run of the job `back_fill`; what it says of a failure is printed. Its
    workers are no forks: SQLite, which Dagster has open here, does not allow that.
    """
    several_days.WORKER = WORKER_OF_MET_ROWS
    settings = load_settings()
    config = {"ops": {"days": {"config": {"first": str(first), "last": str(last), "workers": workers}}}}
    with open_instance(settings) as instance:
        job = build_definitions(settings).resolve_job_def(JOB)
        result = job.execute_in_process(config, instance, raise_on_error=False)
        for event in result.get_step_failure_events():
            sys.stdout.write(f"{event.step_failure_data.error_display_string}\n")
    sys.exit(not result.success)


def left_by(played: Played, ended: tuple[int | None, str, str]) -> Left:
    code, out, said = ended
    kept = played.bytes_kept()
    exports = {name: digest for name, digest in kept.items() if name.startswith("exports")}
    shown = [{name: value for name, value in json.loads(line).items() if name not in ("run_id", "exports")}
             for line in out.splitlines()]  # fmt: skip
    return Left(code, shown, said, kept, played.tables(), exports)


def as_a_person_starts_it(workers: int, first: date = FIRST) -> subprocess.Popen[str]:
    """No process shares its imports, and each day is proved with all its checks."""
    return subprocess.Popen(
        [sys.executable, "-m", "pipelines.cli", *words(workers, first)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def run(played: Played, workers: int, first: date = FIRST, last: date = LAST, *, worker: str = "") -> Left:
    return left_by(played, started(played, workers, first, last, worker=worker).ended())


def runs(played: Played) -> list[tuple[str, str]]:
    """Day and status of every run, as Dagster has them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RECON_DAGSTER_HOME", str(played.settings.warehouse.directory / "dagster"))
        patch.delenv("DAGSTER_HOME", raising=False)
        with open_instance(played.settings) as instance:
            found = [run for run in instance.get_runs() if run.job_name != JOB]
            return sorted((run.tags["dagster/partition"], run.status.value) for run in found)


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return without_pages(seed_once(tmp_path_factory.mktemp("seeded"), days=len(DAYS), mode="standard"))


@pytest.fixture
def played(seeded: Path, tmp_path: Path) -> Iterator[Played]:
    with play(seeded, tmp_path / "box") as box:
        yield box


@pytest.fixture(scope="module")
def one_by_one(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Left:
    with play(seeded, tmp_path_factory.mktemp("one") / "box") as box:
        left = run(box, 1)
    assert (left.code, [day["status"] for day in left.days]) == (0, ["proved"] * len(DAYS)), left.said
    return left


def same(left: Left, other: Left, *, but: frozenset[str] = frozenset()) -> None:
    assert left.code == other.code, left.said
    assert left.bytes_kept == other.bytes_kept
    assert {name for name, digest in left.tables.items() if digest != other.tables[name]} <= but


def these_are_proved(days: list[date], played: Played, one_by_one: Left) -> None:
    """With the files that they have when all days run one by one."""
    kept = played.bytes_kept()
    assert kept.items() <= one_by_one.bytes_kept.items()
    for day in days:
        assert played.status(day)[0] == "proved"
        assert {name for name in one_by_one.exports if f"/{day}/" in name} <= kept.keys()


def test_two_workers_leave_what_one_leaves(tmp_path: Path) -> None:
    """Several batches, every format, a day for each worker. Two workers as a person starts them."""
    days = [SECOND, LAST]
    seeded = seed_once(tmp_path / "seeded", days=len(days))
    with play(seeded, tmp_path / "one") as box:
        one = run(box, 1, SECOND)
    with play(seeded, tmp_path / "two") as box:
        process = as_a_person_starts_it(2, SECOND)
        out, said = process.communicate(timeout=400)
        two = left_by(box, (process.returncode, out, said))
        assert runs(box) == [(str(day), "SUCCESS") for day in days]
        assert Published(warehouse_of(box.settings)).proved_days() == days
    assert (one.code, {Path(name).suffix for name in one.exports}) == (
        0,
        {".csv", ".parquet", ".xlsx", ".html", ".json"},
    )
    same(two, one)
    assert two.days == one.days


def test_three_workers_leave_what_one_leaves(seeded: Path, tmp_path: Path, one_by_one: Left) -> None:
    """The first day lands last, as it may on a busy machine: the calendar of each day knows the files of all before."""
    with play(seeded, tmp_path / "box") as box:
        left = run(box, 3, worker=LATE.format(day=str(FIRST)))
        same(left, one_by_one)
        assert left.days == one_by_one.days
        assert runs(box) == [(str(day), "SUCCESS") for day in DAYS]
        assert Published(warehouse_of(box.settings)).proved_days() == DAYS


def test_a_job_of_the_ui_does_the_same(seeded: Path, tmp_path: Path, one_by_one: Left) -> None:
    """Its days are runs of their own; one that does not prove itself ends it, and it begins again there."""
    with play(seeded, tmp_path / "box") as box:
        bring_back = without_report(box, SECOND)
        code, out, said = start(launched, tmp_path / "said", FIRST, SECOND).ended()
        assert code == 1, said
        assert f"{SECOND} is incomplete: " in out
        assert Published(warehouse_of(box.settings)).proved_days() == [FIRST]
        bring_back()
        code, out, said = start(launched, tmp_path / "said", SECOND, SECOND, 1).ended()
        assert code == 0, out + said
        these_are_proved(DAYS[:2], box, one_by_one)
        assert runs(box) == [(str(FIRST), "SUCCESS"), (str(SECOND), "FAILURE"), (str(SECOND), "SUCCESS")]


def without_report(played: Played, day: date) -> Callable[[], Path]:
    """Takes a report of a day from the server; what is returned brings it back."""
    (report, *_) = played.reports(day, "summary")
    aside = report.rename(played.folder / report.name)
    return lambda: aside.rename(report)


def test_no_later_day_is_closed_after_one_that_does_not_prove_itself(
    seeded: Path, tmp_path: Path, one_by_one: Left
) -> None:
    left = dict[int, Left]()
    for workers in (1, 2):
        with play(seeded, tmp_path / str(workers)) as box:
            bring_back = without_report(box, SECOND)
            left[workers] = run(box, workers)
            if workers == 2:
                assert runs(box)[:2] == [(str(FIRST), "SUCCESS"), (str(SECOND), "FAILURE")]
                assert {status for _, status in runs(box)[2:]} <= {"CANCELED"}
                assert Published(warehouse_of(box.settings)).proved_days() == [FIRST]
                bring_back()
                later = run(box, workers, SECOND, LAST)
                assert later.code == 0, later.said
                these_are_proved(DAYS, box, one_by_one)
    one, two = left[1], left[2]
    assert (one.code, [day["status"] for day in one.days]) == (2, ["proved", "incomplete"])
    assert two.code == one.code
    assert two.exports == one.exports
    assert two.days == one.days
    assert two.tables == one.tables, "what was collected of later days is in no table"
    assert "Traceback" not in two.said


def test_a_day_whose_files_cannot_be_written_is_not_proved_and_neither_are_later_ones(played: Played) -> None:
    in_the_way = played.settings.exports.directory / str(SECOND)
    in_the_way.parent.mkdir(parents=True, exist_ok=True)
    in_the_way.write_text("no folder")
    left = run(played, 2)
    assert (left.code, [day["status"] for day in left.days]) == (1, ["proved", "failed"]), left.said
    assert [played.status(day)[0] for day in DAYS[:2]] == ["proved", "incomplete"]
    assert {played.status(day)[0] for day in DAYS[2:]} == {None}, "nothing is said of them"
    assert not (played.settings.exports.directory / str(LAST)).exists()


@pytest.mark.parametrize(
    ("day", "place"),
    [
        (SECOND, "pipelines.day_worker:TurnsOfDay.gave_file_free:after"),  # closed, and no file of it is written
        (LAST, "resources.day_in_turn:mark_day:before"),  # the day before is exported, and not marked
    ],
)
def test_a_worker_that_is_killed_ends_the_command_and_another_one_goes_on(
    played: Played, one_by_one: Left, day: date, place: str
) -> None:
    killed = run(played, 2, worker=KILLED.format(day=str(day), place=place))
    assert killed.code == 1
    (again_from,) = re.findall(r"its worker has ended\. Run the days from (\S+) on again", killed.said)
    shown = [date.fromisoformat(str(one["day"])) for one in killed.days]
    assert all(played.status(one)[0] == "proved" for one in shown), "what is shown as proved is proved"
    assert LAST not in shown
    same(run(played, 2, date.fromisoformat(again_from)), one_by_one, but=CALENDAR)


def test_a_signal_ends_the_workers_too(played: Played, one_by_one: Left) -> None:
    process = started(played, 2)
    assert json.loads(process.first_line(process.out))["day"] == str(FIRST)
    process.send(signal.SIGTERM)
    code, _, said = process.ended()
    assert (code, said.count("stopped by SIGTERM")) == (143, 1), said
    until = time.monotonic() + 30
    while any(status in ("STARTED", "STARTING") for _, status in runs(played)) and time.monotonic() < until:
        time.sleep(0.5)
    assert {status for _, status in runs(played)} <= {"SUCCESS", "CANCELED"}
    assert run(played, 2, SECOND, LAST).code == 0
    these_are_proved(DAYS, played, one_by_one)


def test_two_commands_over_the_same_days_at_once_end_like_one(played: Played, one_by_one: Left) -> None:
    commands = [started(played, 2, FIRST, SECOND) for _ in range(2)]
    ended = [child.ended() for child in commands]
    assert [code for code, _, _ in ended] == [0, 0], ended
    these_are_proved(DAYS[:2], played, one_by_one)


def test_participants_run_at_once_each_with_a_configuration_and_a_state_of_its_own(
    seeded: Path, tmp_path: Path, one_by_one: Left
) -> None:
    with ExitStack() as stack:
        boxes, commands = list[Played](), list[Child]()
        for name in ("one", "other"):
            boxes.append(stack.enter_context(play(seeded, tmp_path / name)))
            commands.append(started(boxes[-1], 1, FIRST, FIRST))  # with its environment of now
        ended = [child.ended() for child in commands]
        assert [code for code, _, _ in ended] == [0, 0], ended
        for box in boxes:
            these_are_proved([FIRST], box, one_by_one)
