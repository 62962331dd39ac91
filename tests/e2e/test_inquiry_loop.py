"""The questions about a day, and the day again with the answers: through Dagster, against the sandbox's own API."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from pipelines.build_resources import journal_of
from pipelines.cli.commands import run_cli
from pipelines.cli.inquire import difference
from pipelines.inquire_day import InquiryResult, inquire_day
from recon.inquiry.verdicts import Verdict
from resources.settings import Settings
from sandbox.answers import asked_at
from sandbox.scoring import read_truth, score
from tests.support.played import LAST_DAY, Played, drive_once, play, seed_once, without_pages

ROOT = Path(__file__).parents[2]
FIRST_DAY = LAST_DAY - timedelta(days=1)
NEW_COLUMNS = ("answer", "verdict", "asked_count", "answered_at")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return without_pages(seed_once(tmp_path_factory.mktemp("seeded"), payments=300))


@pytest.fixture(scope="module")
def first_day_proved(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that tests copy: no inquiry has been sent yet."""
    return drive_once(seeded, tmp_path_factory.mktemp("begun") / "box", FIRST_DAY)


@pytest.fixture
def begun(first_day_proved: Path, tmp_path: Path) -> Iterator[Played]:
    with play(first_day_proved, tmp_path / "box", are_rows_checked=False) as box:
        box.api.at = asked_at(FIRST_DAY)
        yield box


@pytest.fixture(scope="module")
def judged(first_day_proved: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """Both days proved, nobody asked yet."""
    both = drive_once(first_day_proved, tmp_path_factory.mktemp("both") / "box", LAST_DAY)
    with play(both, tmp_path_factory.mktemp("judged") / "box", are_rows_checked=False) as box:
        box.api.at = asked_at(LAST_DAY)
        yield box


@pytest.fixture(scope="module")
def answered(judged: Played) -> Played:
    """The same after the loop of the last day and another run of it."""
    before = judged.items(LAST_DAY)
    assert before.select(pl.col(NEW_COLUMNS[:2]).is_not_null().any()).row(0) == (False, False)
    assert ask(judged).has_news
    assert judged.run(LAST_DAY).status == "proved"
    return judged


def ask(played: Played) -> InquiryResult:
    """The job, five minutes after the last day was judged."""
    result = inquire_day(played.settings, LAST_DAY, instance=played.instance, clock=lambda: asked_at(LAST_DAY))
    assert result.status == "proved", result.reason
    return result


def test_every_row_that_can_be_asked_about_has_the_answer_that_the_truth_names(answered: Played) -> None:
    truth, items = read_truth(answered.folder / "truth.csv"), answered.items(LAST_DAY)
    found = score(truth, items, LAST_DAY, after_inquiries=True)
    assert found.is_perfect, (found.false_breaks, found.missed, found.wrong_answers)
    askable = items.filter(pl.col("family") == "P", pl.col("inquiry").is_in(["Y", "C"]))
    assert found.right_answers > 20
    assert askable["answer"].null_count() == askable["verdict"].null_count() == 0
    assert set(askable["verdict"]) == {verdict.value for verdict in Verdict}


def test_the_exports_say_what_alipayplus_said(answered: Played) -> None:
    folder = answered.settings.exports.directory / LAST_DAY.isoformat()
    exported = pl.read_parquet(folder / "breaks.parquet")
    assert exported.filter(pl.col("answer") == "PAID").height > 0
    assert "Alipay+ says" in " ".join(exported.filter(pl.col("answer").is_not_null())["explanation"])
    assert json.loads((folder / "summary.json").read_text())["status"] == "proved"


def test_a_second_loop_asks_nothing_and_a_second_run_changes_no_byte(answered: Played) -> None:
    kept, tables = answered.bytes_kept(), answered.tables()
    history = journal_of(answered.settings).history()
    again = ask(answered)
    assert (again.reported["asked"], again.has_news) == (0, False)
    assert answered.run(LAST_DAY).status == "proved"
    assert (answered.bytes_kept(), answered.tables()) == (kept, tables)
    assert journal_of(answered.settings).history().equals(history)


def test_an_earlier_day_sees_nothing_of_later_answers(answered: Played) -> None:
    before = answered.items(FIRST_DAY)
    assert answered.run(FIRST_DAY).days_to_run_again == ()
    assert answered.items(FIRST_DAY).equals(before)


def test_what_was_asked_is_reported_by_code(answered: Played) -> None:
    after = answered.items(LAST_DAY)
    before = after.with_columns(pl.lit(None).alias(name).cast(after.schema[name]) for name in NEW_COLUMNS)
    lines = difference(before, after).rows_by_key("break_code", named=True, unique=True)
    assert {line["before"] == line["after"] for line in lines.values()} == {True}
    assert sum(line["asked"] for line in lines.values()) == after["answer"].is_not_null().sum()
    assert "PAID" in lines["P02"]["answer"]
    assert "T01" not in lines


HOLDER = """
import sys
from pathlib import Path

from resources.state_lock import StateLock
from resources.warehouse import Warehouse

directory = Path(sys.argv[1])
with StateLock(directory).held("a long run"), Warehouse(directory).connect():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_nothing_is_locked_while_alipayplus_is_asked(begun: Played) -> None:
    """Another process holds the state directory and writes the warehouse the whole time."""
    command = [sys.executable, "-c", HOLDER, str(begun.settings.warehouse.directory)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        moment = asked_at(FIRST_DAY)
        asked = inquire_day(begun.settings, FIRST_DAY, instance=begun.instance, clock=lambda: moment)
        still_held = holder.poll() is None
        holder.communicate("")
    assert asked.status == "proved", asked.reason
    assert asked.reported["answered"] > 0
    assert still_held


def test_the_command_asks_runs_the_day_again_and_shows_both(begun: Played, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["inquire", "--day", FIRST_DAY.isoformat()]
    assert run_cli([*words, "--dry-run"]) == 0
    planned = capsys.readouterr().out
    assert not journal_of(begun.settings).path.exists()
    assert run_cli(words) == 0
    said = capsys.readouterr().out
    due = journal_of(begun.settings).history().height
    assert f"{due} questions are due about {FIRST_DAY}, nothing is asked" in planned
    assert planned.count("paymentRequestId") + planned.count("paymentId") == due > 5
    asked, answered, skipped = (int(number) for number in re.findall(r"(?:Asked|answered|skipped) (\d+)", said))
    assert asked == answered
    assert asked + skipped == due, "what left INIT since then is not asked about"
    assert "Breaks before and after the answers" in said
    assert "CONFIRMS" not in said, "in plain words"


def test_results_are_stored_in_our_orders_only_where_that_is_enabled(begun: Played) -> None:
    before = statuses(begun)
    assert "stored_in_orders" not in stored(begun.settings, begun).reported, "off by default"
    assert statuses(begun) == before

    (source,) = begun.settings.orders
    assert source.write_back is not None
    enabled = source.model_copy(update={"write_back": source.write_back.model_copy(update={"enabled": True})})
    willing = begun.settings.model_copy(update={"orders": (enabled,)})
    assert "stored_in_orders" not in stored(willing, begun, write_back=False).reported
    assert statuses(begun) == before
    count = stored(willing, begun).reported["stored_in_orders"]
    changed = {key for key, status in statuses(begun).items() if status != before[key]}
    assert count == len(changed) > 0
    assert {before[key] for key in changed} == {"INIT"}
    assert stored(willing, begun).reported["stored_in_orders"] == 0, "at most once for each answer"


def stored(settings: Settings, played: Played, *, write_back: bool | None = None) -> InquiryResult:
    """One run of the job, right now."""
    result = inquire_day(
        settings, FIRST_DAY, instance=played.instance, clock=lambda: asked_at(FIRST_DAY), write_back=write_back
    )
    assert result.status == "proved", result.reason
    return result


def statuses(played: Played) -> dict[str, str]:
    """The payment status of each order a second after the loop."""
    moment = (asked_at(FIRST_DAY) + timedelta(seconds=1)).strftime("%Y-%m-%d %H:%M:%S.000000")
    with closing(sqlite3.connect(played.folder / "orders.db")) as database:
        then = "SELECT ref_no, pay_stat FROM redemption WHERE valid_from <= ? AND valid_to > ?"
        return dict(database.execute(then, [moment, moment]).fetchall())
