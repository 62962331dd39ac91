"""`recon score` decides by itself: once Alipay+ was asked about anything on the list, its answers are scored too."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from pipelines.cli.sandbox import LAST_DAY, show_score
from sandbox.scoring import read_truth
from sandbox.seeding import seed
from sandbox.truth import TRUTH_SCHEMA


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scored")
    seed(path, days=1, payments=500)
    return path


def export(directory: Path, code: str, answer: pl.Expr) -> None:
    """A list with every key of the truth."""
    folder = directory / "exports" / str(LAST_DAY)
    folder.mkdir(parents=True, exist_ok=True)
    identity = pl.concat_str("family", pl.lit("ogloba"), "key_kind", "key", separator="/")
    items = read_truth(directory / "truth.csv").select(
        "family", pl.col(code).alias("break_code"), identity.alias("break_id"), answer.alias("answer")
    )
    items.write_parquet(folder / "breaks.parquet")


def test_before_the_loop_the_codes_alone_count(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export(directory, "break_code", pl.lit(None, dtype=pl.String))
    assert show_score(directory, LAST_DAY, briefly=True)
    assert "with answers" not in capsys.readouterr().out


def test_after_the_loop_answers_count(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export(directory, "code_after", pl.col("answer"))
    assert show_score(directory, LAST_DAY, briefly=True)
    printed = capsys.readouterr().out
    assert "with answers: precision 1.0000, recall 1.0000" in printed
    assert "answers right, 0 wrong" in printed


def test_a_wrong_answer_is_named_with_the_right_one(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = pl.when(pl.col("scenario") == "cancel_answer_lost").then(pl.lit("FAILED")).otherwise("answer")
    export(directory, "code_after", wrong)
    key = read_truth(directory / "truth.csv").filter(pl.col("scenario") == "cancel_answer_lost")["key"][0]
    assert not show_score(directory, LAST_DAY, briefly=True)
    assert f"wrong answer: P17 order {key}, deserved CLOSED, found answer FAILED" in capsys.readouterr().out


def test_a_day_that_rightly_has_no_list_is_a_document_for_programs(
    directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(directory, tmp_path / "box")
    lack = {"as_of_day": LAST_DAY, "family": "F", "key_kind": "day", "key": "2026-11-19"}
    pl.DataFrame([lack], schema=TRUTH_SCHEMA).write_csv(tmp_path / "box" / "truth.csv")
    summary = tmp_path / "box" / "exports" / str(LAST_DAY) / "summary.json"
    summary.parent.mkdir(parents=True, exist_ok=True)
    summary.write_text(json.dumps({"reason": "2026-11-19 is not proved"}))
    assert show_score(tmp_path / "box", LAST_DAY, as_json=True)
    assert json.loads(capsys.readouterr().out) == {
        "day": "2026-11-20", "lacks": "2026-11-19", "reason": "2026-11-19 is not proved", "is_right": True,
    }  # fmt: skip


def test_the_rows_behind_an_incident_count_with_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They are exported beside the list; without them, or under another incident, they are missed."""
    seed(tmp_path, days=1, payments=60, flood="hour_not_reported")
    export(tmp_path, "break_code", pl.lit(None, dtype=pl.String))
    folder = tmp_path / "exports" / str(LAST_DAY)
    truth = read_truth(tmp_path / "truth.csv")
    listed = pl.read_parquet(folder / "breaks.parquet").with_columns(incident=truth["incident"], state=pl.lit("OPEN"))
    listed.filter(pl.col("incident").is_null()).drop("incident").write_parquet(folder / "breaks.parquet")
    assert not show_score(tmp_path, LAST_DAY, briefly=True)
    rows = listed.drop_nulls("incident").with_columns(incident_id="I/alipayplus/incident/" + pl.col("incident"))
    rows.write_csv(folder / "incident_rows.csv")
    assert show_score(tmp_path, LAST_DAY, briefly=True)
    rows.with_columns(pl.col("incident_id").str.replace("T22", "T21")).write_csv(folder / "incident_rows.csv")
    assert not show_score(tmp_path, LAST_DAY, briefly=True)
    assert "missed: T01 order" in capsys.readouterr().out
