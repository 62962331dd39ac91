"""What is kept is what was kept: changed, cut, replaced or lost bytes are noticed before they are used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from recon.errors import StorageError
from recon.reports.names import ReportKind
from resources.landed_files import receipt_path
from resources.landing import Landing
from resources.warehouse import Warehouse
from tests.support.report_text import DETAIL, name_of

DAY, REPORT_DATE = date(2026, 11, 20), date(2026, 11, 21)
NAME = name_of(ReportKind.TRANSACTION_DETAIL).file_name


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    rewritten(path, bytes(content))


def rewritten(path: Path, content: bytes) -> None:
    path.unlink()
    path.write_bytes(content)


def linked(path: Path) -> None:
    other = path.with_name(".other")
    path.rename(other)
    path.symlink_to(other)


CHANGES: dict[str, Callable[[Path], object]] = {
    "one bit": flipped,
    "cut": lambda path: rewritten(path, path.read_bytes()[:-20]),
    "longer": lambda path: rewritten(path, path.read_bytes() + b"\n"),
    "empty": lambda path: rewritten(path, b""),
    "gone": Path.unlink,
    "a link to the same bytes": linked,
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    landing = Landing(
        tmp_path / "landed", participant_id="P1", agreement_ids=["A1"],
        now=lambda: datetime(2026, 11, 21, 1, tzinfo=UTC),
    )  # fmt: skip
    deliver(tmp_path, DETAIL)
    landing.land_from(tmp_path / "20261121")
    landing.require_as_landed(REPORT_DATE, with_receipts=True)
    return landing


def deliver(tmp_path: Path, content: str) -> Path:
    folder = tmp_path / "20261121"
    folder.mkdir(exist_ok=True)
    (folder / NAME).write_text(content)
    return folder


@pytest.mark.parametrize("change", CHANGES)
def test_a_landed_file_that_changed_is_named_and_comes_again(landing: Landing, tmp_path: Path, change: str) -> None:
    path = landing.versions(REPORT_DATE)[0].path
    CHANGES[change](path)
    with pytest.raises(StorageError, match=f"{NAME}.v1: .*recon land --day {DAY}.*restore it from a backup"):
        landing.require_as_landed(REPORT_DATE)
    if change == "a folder":
        path.rmdir()
    report = landing.land_from(deliver(tmp_path, DETAIL))
    assert [file.path for file in report.restored] == [path]
    assert (report.landed, report.already_there) == ([], [])
    assert path.read_text() == DETAIL
    assert not path.is_symlink()
    landing.require_as_landed(REPORT_DATE, with_receipts=True)


@pytest.mark.parametrize("change", ["one bit", "gone"])
def test_other_bytes_that_come_instead_are_the_next_version(landing: Landing, tmp_path: Path, change: str) -> None:
    """They never take the number, or the receipt, of what was lost."""
    CHANGES[change](landing.versions(REPORT_DATE)[0].path)
    report = landing.land_from(deliver(tmp_path, DETAIL.replace("PAY1", "PAY7")))
    assert [file.version for file in report.landed] == [2]
    with pytest.raises(StorageError, match=f"{NAME}.v1: "):
        landing.require_as_landed(REPORT_DATE)


def test_a_file_without_receipt_proves_nothing(landing: Landing) -> None:
    receipt_path(landing.versions(REPORT_DATE)[0].path).unlink()
    with pytest.raises(StorageError, match=f"{NAME}.v1: has no receipt"):
        landing.require_as_landed(REPORT_DATE, with_receipts=True)


def test_what_was_set_aside_does_not_count(landing: Landing) -> None:
    landing.set_aside(DAY, NAME, "of another day")
    flipped(landing.everything(REPORT_DATE)[0].path)
    landing.require_as_landed(REPORT_DATE, with_receipts=True)


def test_parsed_rows_that_are_gone_are_not_taken_for_none(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    path = warehouse.parsed_path("fee", DAY, "x.csv@v1")
    with pytest.raises(StorageError, match=f"is gone, and its rows are needed.*recon run --day {DAY}"):
        warehouse.kept_rows("fee", DAY, "x.csv@v1")
    warehouse.write_parquet(pl.DataFrame({"a": [1]}), path)
    assert warehouse.kept_rows("fee", DAY, "x.csv@v1") == path


@pytest.mark.parametrize("change", [name for name in CHANGES if name != "a link to the same bytes"])
def test_frozen_orders_that_changed_are_named(tmp_path: Path, change: str) -> None:
    warehouse = Warehouse(tmp_path)
    path = warehouse.orders_path("payments", DAY)
    warehouse.require_sealed(path, DAY)  # nothing is kept yet
    warehouse.write_parquet(pl.DataFrame({"a": range(1000)}), path)
    warehouse.seal(path)
    warehouse.require_sealed(path, DAY)
    CHANGES[change](path)
    with pytest.raises(StorageError, match=f"payments/{DAY}.parquet: .*recon run --day {DAY}"):
        warehouse.require_sealed(path, DAY)
