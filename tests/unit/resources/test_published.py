"""The published copy: one connection for a look, and what an older one lacks."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from recon.errors import DayOrderError, StorageError, UnprovedDayError
from recon.tie_out.proof import INCOMPLETE, PROVED
from resources.published import Published
from resources.register import mark_day
from resources.warehouse import Warehouse


@pytest.fixture
def published(tmp_path: Path) -> Published:
    warehouse = Warehouse(tmp_path)
    with warehouse.connect():
        pass
    warehouse.publish()
    return Published(warehouse)


def test_what_is_kept_open_is_one_connection_and_closed_at_the_end(published: Published) -> None:
    with published.kept_open():
        with published.opened() as first:
            pass
        with published.opened() as second:
            pass
        assert first is second is not None
    with pytest.raises(duckdb.ConnectionException):
        first.execute("SELECT 1")
    with published.opened() as later:
        assert later is not first


def test_a_run_that_ends_meanwhile_is_seen_by_the_next_look(tmp_path: Path) -> None:
    """A list that says of another one whether it is proved must not mix two runs."""
    warehouse, day = Warehouse(tmp_path), date(2026, 11, 20)
    published = Published(warehouse)

    def ends(status: str) -> None:
        with warehouse.connect() as connection:
            mark_day(connection, day, status, None)
        warehouse.publish()

    ends(PROVED)
    with published.kept_open():
        assert published.proved_days() == [day]
        ends(INCOMPLETE)
        published.require_proved(day)
        assert published.days()["status"].to_list() == [PROVED]
    with pytest.raises(UnprovedDayError, match="is not proved"):
        published.require_proved(day)
    with pytest.raises(DayOrderError, match="has no list of breaks yet"):
        published.require_proved(day + timedelta(days=1))


def test_a_copy_that_cannot_be_opened_is_tried_again_by_the_next_question(tmp_path: Path) -> None:
    published = Published(Warehouse(tmp_path))
    with published.kept_open():
        assert published.proved_days() == []
        published_file = Warehouse(tmp_path).published_file
        published_file.parent.mkdir(parents=True)
        published_file.write_bytes(b"no database" * 1000)
        for _ in range(2):
            with pytest.raises(StorageError):
                published.proved_days()


@pytest.mark.parametrize("question", ["SELECT * FROM breaks.later", "SELECT later FROM breaks.days"])
def test_an_older_copy_is_named(published: Published, question: str) -> None:
    def ask() -> None:
        with published.opened() as connection:
            assert connection is not None
            connection.execute(question)

    with pytest.raises(DayOrderError, match="were written by an older version"):
        ask()
