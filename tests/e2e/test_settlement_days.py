"""Settlement in whole clearing days: batches wait, are paid, are wrong, and the list of each day says so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from recon.tie_out import FAILING, Verdict
from sandbox.scoring import read_truth, score
from tests.support.control_totals import BANK, BATCH_AMOUNT, CLEARED, SUMMARY_AMOUNT
from tests.support.played import LAST_DAY, Driven, drive, seed_once

DAYS = [LAST_DAY - timedelta(days=back) for back in reversed(range(5))]  # Monday to Friday
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driven]:
    seeded = seed_once(tmp_path_factory.mktemp("seeded"), payments=40, days=len(DAYS), settlement=True)
    with drive(seeded, tmp_path_factory.mktemp("week") / "box") as box:
        for day in DAYS:
            assert box.run(day).reason == ""
        yield box


def test_every_batch_and_settlement_has_the_code_that_it_deserves(week: Driven) -> None:
    truth = read_truth(week.folder / "truth.csv")
    codes = set()
    for day in DAYS:
        found = score(truth, week.items(day), day)
        assert found.is_perfect, (day, found.false_breaks, found.missed)
        codes |= set(found.by_code["break_code"])
    assert {"B01", "B04", "B05"} <= codes


def test_a_waiting_batch_says_when_it_is_due(week: Driven) -> None:
    waiting = week.items(LAST_DAY).filter((pl.col("break_code") == "B01") & ~pl.col("flags").str.contains("CARRIED"))
    assert waiting.height
    assert set(waiting["state"]) == {"WAITING"}
    due = waiting["turns_real_day"].unique().sort().to_list()
    assert due == [LAST_DAY + timedelta(days=2), LAST_DAY + timedelta(days=3)]  # seen on the eve of Monday and Tuesday
    assert waiting["amount_at_risk_minor"].sum() == 0


def test_a_settled_batch_leaves_the_list_by_its_file(week: Driven) -> None:
    with week.driver.warehouse.connect() as connection:
        rows = connection.execute(
            "SELECT DISTINCT outcome, resolved_by FROM breaks.movements "
            "WHERE movement = 'RESOLVED' AND break_id LIKE 'B/%/batch/%'"
        ).fetchall()
    assert ("SETTLED", "FILE") in rows


def test_the_edges_reach_the_bank(week: Driven) -> None:
    with week.driver.warehouse.connect() as connection:
        verdicts = connection.execute("SELECT DISTINCT edge, verdict FROM tied_out.edges").fetchall()
    assert {(BATCH_AMOUNT, Verdict.EQUAL), (BATCH_AMOUNT, Verdict.LISTED), (BANK, Verdict.NOT_REPORTED),
            (BANK, Verdict.EQUAL), (CLEARED, Verdict.EQUAL)} <= set(verdicts)  # fmt: skip
    assert not [edge for edge, verdict in verdicts if verdict in FAILING]


def test_the_calendar_has_a_row_for_what_comes_next(week: Driven) -> None:
    with week.driver.warehouse.connect() as connection:
        rows = connection.execute(
            "SELECT DISTINCT report_date, participant_agreement_id FROM landed.calendar "
            "WHERE as_of_day = ? AND kind = 'settlement' AND state IN ('EXPECTED', 'MISSING') ORDER BY 1",
            [LAST_DAY],
        ).fetchall()
    days = {day for day, _ in rows}
    assert LAST_DAY + timedelta(days=3) in days  # Monday
    assert not days & {LAST_DAY + timedelta(days=1), LAST_DAY + timedelta(days=2)}  # the weekend


def test_a_settlement_that_comes_late_is_missed_and_then_settles(tmp_path: Path) -> None:
    day = LAST_DAY - timedelta(days=1)
    seeded = seed_once(tmp_path / "seeded", payments=40, settlement=True, faults=False)
    with drive(seeded, tmp_path / "box", are_rows_checked=False) as box:
        (report,) = (box.folder / "sftp").rglob("settlement_*2188EU_CN01_000.csv")
        aside = box.folder / report.name
        report.rename(aside)
        assert box.run(day, timedelta(days=1)).reason == ""  # what was sold is reconciled all the same
        assert calendar_states(box, day) == {"MISSING"}
        (missed,) = box.items(day).filter(pl.col("break_code") == "B02").iter_rows(named=True)
        assert (missed["flags"], missed["severity"]) == ("NO_REPORT", "S2")

        aside.rename(report)
        assert box.run(day).reason == ""
        assert calendar_states(box, day) == {"RECEIVED"}
        assert "B02" not in set(box.items(day)["break_code"])


def calendar_states(box: Driven, day: date) -> set[str]:
    """Of the settlement of AlipayCN in the folder that the run of a day lands."""
    with box.driver.warehouse.connect() as connection:
        rows = connection.execute(
            "SELECT state FROM landed.calendar WHERE as_of_day = ? AND report_date = ? AND kind = 'settlement' "
            "AND participant_agreement_id = '2188EU_CN01'",
            [day, day + timedelta(days=1)],
        ).fetchall()
    return {state for (state,) in rows}


def test_summaries_told_before_fees_settle_after_them(tmp_path: Path) -> None:
    """Settlements pay after fees whichever way a Summary Report is told: no batch is wrong, none waits for longer."""
    seeded = seed_once(tmp_path / "seeded", payments=40, days=3, settlement=True, faults=False)
    for file in (seeded / "sftp").rglob("summary_*.csv"):
        head, *rows = (line.split(",") for line in file.read_text().splitlines())
        fee, net = head.index("feeAmountValue"), head.index("settlementAmountValue")
        for row in rows:
            if len(row) == len(head):
                row[net] = str(int(row[net]) + int(row[fee]))
        file.write_text("\n".join(",".join(row) for row in (head, *rows)) + "\n")
    with drive(seeded, tmp_path / "box", are_rows_checked=False) as box:
        for day in DAYS[-3:]:
            assert box.run(day).reason == ""
            assert set(box.items(day).filter(family="B")["break_code"]) <= {"B01"}
        with box.driver.warehouse.connect() as connection:
            rows = connection.execute("SELECT DISTINCT edge, verdict FROM tied_out.edges").fetchall()
    assert {(SUMMARY_AMOUNT, Verdict.BEFORE_FEES), (BATCH_AMOUNT, Verdict.EQUAL), (CLEARED, Verdict.EQUAL)} <= set(rows)
    assert not [edge for edge, verdict in rows if verdict in FAILING]
