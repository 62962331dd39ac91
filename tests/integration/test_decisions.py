"""People decide about breaks with the real command, and the next lists follow: four eyes, one chain, nothing twice."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from openpyxl import load_workbook

from assets.exports.step import export_day
from pipelines.cli.commands import run_cli
from recon.errors import StorageError
from resources.journals.decisions import DecisionJournal
from tests.support.forked import ends_in, start
from tests.support.played import LAST_DAY, Driven, drive, seed_once

pytestmark = pytest.mark.slow
FIRST, SECOND, THIRD = (LAST_DAY - timedelta(days=back) for back in (2, 1, 0))
TOKENS = {"anna": "token of anna, 32 signs or more", "ben": "token of ben, 32 signs or more"}
LIMITS = "".join(
    f'[[decisions.limits]]\nkind = "{kind}"\ncurrency = "{currency}"\nup_to = "5000"\n'
    'may_ask = ["anna", "ben"]\nmay_approve = ["anna", "ben"]\n'
    for kind in ("accept", "write_off")
    for currency in ("EUR", "USD", "JPY", "GBP", "KRW", "KWD", "CNY")
)  # fmt: skip
PEOPLE = "[decisions.people]\n" + "".join(
    f'{name} = "{hashlib.sha256(token.encode()).hexdigest()}"\n' for name, token in TOKENS.items()
)


@pytest.fixture(scope="module")
def first_day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the first of three days is proved."""
    seeded = seed_once(tmp_path_factory.mktemp("seeded") / "box", days=3)
    config = seeded / "recon.toml"
    config.write_text(f"{config.read_text()}\n{PEOPLE}{LIMITS}")
    folder = tmp_path_factory.mktemp("first") / "box"
    with drive(seeded, folder, are_rows_checked=False) as box:
        assert run(box, FIRST) == ""
    return folder


@pytest.fixture(scope="module")
def second_day(first_day: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The next day is proved too, after comments on three breaks of the first."""
    folder = tmp_path_factory.mktemp("second") / "box"
    with drive(first_day, folder, are_rows_checked=False) as box, pytest.MonkeyPatch.context() as patch:
        names = box.items(FIRST).sort("break_id")["break_id"].to_list()[:3]
        assert decide(patch, "anna", *names, "--comment", "seen") == 0
        assert run(box, SECOND) == ""
    return folder


@pytest.fixture
def box(first_day: Path, tmp_path: Path) -> Iterator[Driven]:
    """The first day is proved."""
    with drive(first_day, tmp_path / "box", are_rows_checked=False) as driven:
        yield driven


def run(box: Driven, day: date) -> str:
    """A day, published as a run does it; why it is not proved, or nothing."""
    reason = box.run(day).reason
    box.driver.warehouse.publish()
    return reason


def decide(monkeypatch: pytest.MonkeyPatch, name: str, *arguments: str) -> int:
    """`recon decide` as a person with a token."""
    monkeypatch.setenv("RECON_DECISION_TOKEN", TOKENS[name])
    return run_cli(["decide", *arguments, "--as", name])


def lasting(box: Driven, second_day: Path, folder: Path) -> list[str]:
    """Breaks of the first list with money at risk that the second one shows with the same facts."""
    before = box.items(FIRST)
    with drive(second_day, folder) as other:
        after = other.items(SECOND)
    same = ["break_id", "break_code", "amount_at_risk_minor", "flags", "answer"]
    both = before.join(after.select(same), on=same, how="semi", nulls_equal=True)
    wanted = both.filter(
        (pl.col("amount_at_risk_minor") > 0) & pl.col("incident_id").is_null() & (pl.col("break_code") != "P09")
        & ~pl.col("flags").str.contains("SCALE") & (pl.col("state") == "OPEN")
    )  # fmt: skip
    assert wanted.height >= 3
    return wanted.sort("break_id")["break_id"].to_list()


def kept(box: Driven) -> list[tuple[str, str]]:
    journal = DecisionJournal(box.settings.warehouse.directory)
    return [(one.break_id, one.kind.value) for one in journal.decisions()]


def exported(box: Driven, day: date, name: str) -> list[dict[str, str]]:
    path = box.settings.exports.directory / str(day) / name
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines())) if path.exists() else []


def test_what_two_persons_accept_leaves_the_list_and_the_register_ties_out(
    box: Driven, second_day: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two, other = lasting(box, second_day, tmp_path / "other")[:3]
    proof = tmp_path / "mail.txt"
    proof.write_text("The shop confirms.")
    assert decide(monkeypatch, "anna", one, "--accept", "--because", "below our cost of asking") == 0
    assert decide(monkeypatch, "anna", two, "--write-off", "--attach", str(proof), "--because", "shop is closed") == 0
    assert decide(monkeypatch, "anna", other, "--accept", "--because", "small") == 0
    assert decide(monkeypatch, "ben", other, "--assign", "shop-support", "--comment", "asked them") == 0
    assert decide(monkeypatch, "ben", other, "--claim", "CASE-4711", "--snooze", str(THIRD)) == 0
    assert run_cli(["decide"]) == 0
    assert capsys.readouterr().out.count("anna asks to") == 3
    assert decide(monkeypatch, "anna", one, "--approve") == 1
    assert "anna asked for it. Let a second person approve it" in capsys.readouterr().err
    assert decide(monkeypatch, "ben", one, two, "--approve") == 0

    amounts = {row["break_id"]: row for row in box.items(FIRST).iter_rows(named=True)}
    assert run(box, SECOND) == "", "the identity of the register is one of the proofs"
    listed = {row["break_id"] for row in exported(box, SECOND, "breaks.csv")}
    assert not {one, two} & listed
    assert other in listed
    decided = {row["break_id"]: row for row in exported(box, SECOND, "decisions.csv")}
    assert [decided[name]["state"] for name in (one, two, other)] == ["ACCEPTED", "WRITTEN_OFF", ""]
    assert (decided[one]["decided_by"], decided[one]["approved_by"]) == ("anna", "ben")
    assert decided[two]["file_count"] == "1"
    assert (decided[other]["owner"], decided[other]["comment"]) == ("shop-support", "asked them")
    assert decided[other]["waits_for_approval"] == "ACCEPT"
    assert (decided[other]["reference"], decided[other]["snoozed_until"]) == ("CASE-4711", str(THIRD))
    summary = json.loads((box.settings.exports.directory / str(SECOND) / "summary.json").read_text())["decisions"]
    assert (summary["off_the_list"], summary["waiting_for_a_second_person"]) == (2, 1)
    closed = {(row["state"], row["currency"], row["amount_minor"]) for row in summary["taken_off_the_list"]}
    assert closed == {
        (state, amounts[name]["currency"], amounts[name]["amount_at_risk_minor"])
        for name, state in ((one, "ACCEPTED"), (two, "WRITTEN_OFF"))
    }

    export_day(box.driver.warehouse, SECOND, tmp_path / "pages", ("html",))
    page = (tmp_path / "pages" / str(SECOND) / "report.html").read_text("utf-8")
    assert "2 breaks left the list by a decision of two people" in page
    assert page.count("<dt>Owner</dt><dd>shop-support</dd>") >= 1
    assert "accepting it waits for a second person" in page
    assert "shop is closed" in page

    capsys.readouterr()
    assert run_cli(["trail", two]) == 0
    story = capsys.readouterr().out
    assert "write off by anna (token): shop is closed" in story
    assert "approve" in story
    assert "left the list by a decision of two people" in story
    digest = hashlib.sha256(proof.read_bytes()).hexdigest()
    assert f"attach {digest} mail.txt" in story
    assert (box.settings.warehouse.directory / "decisions" / "files" / digest).read_text() == "The shop confirms."

    again = box.bytes_kept()
    assert run(box, SECOND) == ""
    assert box.bytes_kept() == again, "a day that runs again gives the same list"
    assert run(box, THIRD) == ""
    assert not {one, two} & {row["break_id"] for row in exported(box, THIRD, "breaks.csv")}


def test_all_or_nothing_and_a_second_time_changes_nothing(
    box: Driven, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = box.items(FIRST).sort("break_id")["break_id"].to_list()[:3]
    assert decide(monkeypatch, "anna", *names, "P/ogloba/order/none", "--comment", "seen") == 1
    assert "P/ogloba/order/none: is not on the newest list" in capsys.readouterr().err
    assert kept(box) == []
    assert decide(monkeypatch, "anna", *names, "--comment", "seen") == 0
    assert kept(box) == [(name, "COMMENT") for name in names]
    assert decide(monkeypatch, "anna", *names, "--comment", "seen") == 0
    assert kept(box) == [(name, "COMMENT") for name in names]
    assert "Nothing new" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((), "nothing is decided"),
        (("--accept", "--write-off", "--because", "x"), "accept and write off exclude each other"),
        (("--accept",), "there is no reason"),
        (("--snooze", str(FIRST)), f"{FIRST} is not after {FIRST}"),
        (("--attach", "none.pdf"), "none.pdf: cannot be read"),
    ],
    ids=str,
)
def test_wrong_use_answers_with_the_right_one(
    box: Driven, arguments: tuple[str, ...], error: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    assert decide(monkeypatch, "anna", str(box.items(FIRST)["break_id"][0]), *arguments) == 1
    assert error in capsys.readouterr().err
    assert kept(box) == []


def test_who_decides_is_proved(
    box: Driven, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = str(box.items(FIRST)["break_id"][0])
    monkeypatch.setenv("RECON_DECISION_TOKEN", TOKENS["ben"])
    assert run_cli(["decide", name, "--comment", "x", "--as", "anna"]) == 1
    assert "the token is not that of anna" in (said := capsys.readouterr().err)
    assert TOKENS["ben"] not in said
    assert run_cli(["decide", name, "--comment", "x", "--as", "eve"]) == 1
    monkeypatch.delenv("RECON_DECISION_TOKEN")
    assert run_cli(["decide", name, "--comment", "x", "--as", "anna"]) == 1
    assert kept(box) == []
    monkeypatch.setenv("LOGNAME", "anna")
    monkeypatch.setenv("USER", "anna")
    assert run_cli(["decide", name, "--comment", "x"]) == 0
    (decision,) = DecisionJournal(box.settings.warehouse.directory).decisions()
    assert (decision.known_by, decision.decided_by != "anna") == ("account", True)


def test_a_forged_journal_stops_the_next_day(
    box: Driven, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = box.items(FIRST).sort("break_id")["break_id"].to_list()[:3]
    assert decide(monkeypatch, "anna", *names, "--comment", "seen") == 0
    path = box.settings.warehouse.directory / "decisions" / "journal.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        with pytest.raises(sqlite3.IntegrityError, match="append only"):
            connection.execute("UPDATE decisions SET because = 'never' WHERE seq = 2")
        connection.execute("DROP TRIGGER decisions_no_update")
        connection.execute("UPDATE decisions SET because = 'never' WHERE seq = 2")
        connection.commit()
    with pytest.raises(StorageError, match=r"decision 2 about .* is not what was kept"):
        box.run(SECOND)
    assert decide(monkeypatch, "anna", names[0], "--comment", "more") == 1
    assert "is not what was kept" in capsys.readouterr().err


def test_decisions_that_were_cut_off_stop_the_next_day(second_day: Path, tmp_path: Path) -> None:
    with drive(second_day, tmp_path / "box") as box:
        shutil.rmtree(box.settings.warehouse.directory / "decisions")
        with pytest.raises(StorageError, match="decisions 1 to 3 are missing"):
            box.run(THIRD)


@pytest.mark.parametrize(
    ("place", "times"),
    [
        ("resources.journals.group_commit:fsync_folder:before", 1),  # the file is new
        ("resources.journals.decisions:_insert:before", 1),
        ("resources.journals.decisions:_insert:after", 2),  # inside the transaction
        ("resources.journals.group_commit:_try:after", 1),  # before the commit
        ("resources.journals.decisions:DecisionJournal.add:after", 1),  # on disk, not told
    ],
)
def test_a_killed_command_decided_all_or_nothing_and_once(
    box: Driven, place: str, times: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    names = box.items(FIRST).sort("break_id")["break_id"].to_list()[:3]
    monkeypatch.setenv("RECON_DECISION_TOKEN", TOKENS["anna"])
    code, *_ = start(_decide_and_die, tmp_path / "said", place, times, names).ended()
    assert code == -signal.SIGKILL
    assert kept(box) in ([], [(name, "COMMENT") for name in names])
    assert decide(monkeypatch, "anna", *names, "--comment", "seen") == 0
    assert kept(box) == [(name, "COMMENT") for name in names]


def _decide_and_die(place: str, times: int, names: list[str]) -> None:
    ends_in(place, times)
    run_cli(["decide", *names, "--comment", "seen", "--as", "anna"])


def workbook_of(box: Driven, day: date) -> Path:
    """The workbook of a day, as its run exports it."""
    export_day(box.driver.warehouse, day, box.settings.exports.directory, ("xlsx",))
    return box.settings.exports.directory / str(day) / "breaks.xlsx"


def filled_in(path: Path, to: Path, **cells: dict[str, object]) -> Path:
    """A copy of a workbook in which a person wrote into rows, each named by its break id (`/` written `__`)."""
    book = load_workbook(path)
    sheet = book["Breaks"]
    place = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        key = str(sheet.cell(row, place["Break id"]).value).replace("/", "__")
        for heading, value in cells.get(key, {}).items():
            sheet.cell(row, place[heading]).value = value
    book.save(to)
    return to


def test_the_workbook_comes_back_with_decisions(
    box: Driven, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two, three = box.items(FIRST).filter(
        (pl.col("amount_at_risk_minor") > 0) & (pl.col("state") == "OPEN") & pl.col("incident_id").is_null()
        & (pl.col("break_code") != "P09") & ~pl.col("flags").str.contains("SCALE")
    ).sort("break_id")["break_id"].to_list()[:3]  # fmt: skip
    exported_book = workbook_of(box, FIRST)
    with_words = filled_in(
        exported_book, tmp_path / "breaks.xlsx",
        **{
            one.replace("/", "__"): {"Owner": "finance", "Decision": "accept", "Comment": "rounding"},
            two.replace("/", "__"): {"Decision": "claim", "Reference": 4711},
            three.replace("/", "__"): {"Comment": "asked the shop"},
        },
    )  # fmt: skip
    assert decide(monkeypatch, "anna", "--from", str(with_words)) == 0
    assert sorted(kept(box)) == sorted(
        [(one, "ASSIGN"), (one, "COMMENT"), (one, "ACCEPT"), (two, "CLAIM"), (three, "COMMENT")]
    )
    count = len(kept(box))
    assert decide(monkeypatch, "anna", "--from", str(with_words)) == 0
    assert len(kept(box)) == count, "a second import changes nothing"
    assert "Nothing new" in capsys.readouterr().out

    approved = filled_in(exported_book, tmp_path / "ben.xlsx", **{one.replace("/", "__"): {"Decision": "approve"}})
    assert decide(monkeypatch, "anna", "--from", str(approved)) == 1
    assert "anna asked for it" in capsys.readouterr().err
    assert decide(monkeypatch, "ben", "--from", str(approved)) == 0
    assert decide(monkeypatch, "ben", "--from", str(approved)) == 0
    assert len(kept(box)) == count + 1


@pytest.mark.parametrize(
    ("heading", "value", "error"),
    [
        ("Decision", "aprove", "'aprove' is not a decision"),
        ("Comment", '=HYPERLINK("http://example.com")', "Comment is a formula"),
        ("Break id", None, "the break id is gone"),
        ("Break id", "P/ogloba/order/none", "P/ogloba/order/none is not on the newest list"),
        ("Facts", "0123456789abcdef", "has changed since the export"),
        ("Decision", "accept", "there is no reason"),
        ("Reference", 12345678901234567890, "Reference is a number that a spreadsheet has rounded"),
    ],
)
def test_a_sheet_that_cannot_be_taken_names_its_row_and_decides_nothing(
    box: Driven, heading: str, value: object, error: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    path = workbook_of(box, FIRST)
    first, second = (str(load_workbook(path)["Breaks"].cell(row, 28).value) for row in (2, 3))
    wrong = filled_in(
        path, tmp_path / "wrong.xlsx",
        **{first.replace("/", "__"): {"Owner": "finance"}, second.replace("/", "__"): {"Owner": "x", heading: value}},
    )  # fmt: skip
    assert decide(monkeypatch, "anna", "--from", str(wrong)) == 1
    said = capsys.readouterr().err
    assert error in said
    assert "row 3" in said or heading == "Decision", said
    assert kept(box) == []


def test_a_break_that_two_rows_decide_is_refused(
    box: Driven, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody copied a row and changed the decision in one of the two."""
    path = workbook_of(box, FIRST)
    first = str(load_workbook(path)["Breaks"].cell(2, 28).value)
    book = load_workbook(
        filled_in(path, tmp_path / "copied.xlsx", **{first.replace("/", "__"): {"Decision": "accept", "Comment": "ok"}})
    )
    sheet = book["Breaks"]
    sheet.append([cell.value for cell in sheet[2]])
    place = [cell.value for cell in sheet[1]].index("Decision") + 1
    sheet.cell(sheet.max_row, place).value = "write off"
    book.save(tmp_path / "copied.xlsx")
    assert decide(monkeypatch, "anna", "--from", str(tmp_path / "copied.xlsx")) == 1
    assert f"{first} is decided in an earlier row, too" in capsys.readouterr().err
    assert kept(box) == []


def test_moved_columns_are_refused(
    box: Driven, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = load_workbook(workbook_of(box, FIRST))
    book["Breaks"].delete_cols(4)
    book.save(tmp_path / "moved.xlsx")
    assert decide(monkeypatch, "anna", "--from", str(tmp_path / "moved.xlsx")) == 1
    assert "sheet Breaks, row 1: the columns are not those of the export" in capsys.readouterr().err
    (tmp_path / "no.xlsx").write_text("no workbook")
    assert decide(monkeypatch, "anna", "--from", str(tmp_path / "no.xlsx")) == 1
    assert "cannot be read as a workbook" in capsys.readouterr().err


def test_what_a_filter_finds_is_decided_through_a_pipe(
    box: Driven, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = str(box.items(FIRST).filter(pl.col("state") == "OPEN", pl.col("incident_id").is_null())["break_code"][0])
    capsys.readouterr()
    assert run_cli(["breaks", "--code", code]) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO(capsys.readouterr().out))
    assert decide(monkeypatch, "anna", "--from", "-", "--assign", "finance") == 0
    wanted = box.items(FIRST).filter(pl.col("break_code") == code, pl.col("state").is_in(["OPEN", "ASKED"]))
    assert sorted(name for name, _ in kept(box)) == sorted(wanted["break_id"].to_list())
