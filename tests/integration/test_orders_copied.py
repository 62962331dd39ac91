"""Rows of a real PostgreSQL by COPY: every text as it is, and nothing that has lost a digit."""

from __future__ import annotations

import polars as pl
import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from recon.errors import SourceContractError
from recon.orders.source_values import FLOAT, SEPARATOR
from resources.orders_db.copied import copied, frame_of
from resources.orders_db.engine import engine_of
from tests.support.postgres import Postgres

ODD = [
    *(None, "", " ", '"', '""', ",", "a,b", "a\nb", "a\r\nb", "\r", "\t", "\\", "\\N", "\\.", "NULL"),
    *("'", "%", "%%", "%s", "$1", "支付", "🧾", "\ufeffx", "#x", "x" * 70_000),
]


@pytest.mark.parametrize("at_once", [1, 3, 1000])
def test_odd_texts_are_copied_as_they_are(server: Postgres, at_once: int) -> None:
    rows = [(text, str(place), ODD[-1 - place]) for place, text in enumerate(ODD)]
    names = ("first", "place", "last")
    values = sa.values(*(sa.column(name, sa.Text) for name in names), name="odd").data(rows)
    engine = engine_of("RECON_ORDERS_URL", SecretStr(server.new_database()))
    with engine.connect() as connection, copied(connection, sa.select(values), at_once) as batches:
        frames = [frame_of(lines, names) for lines in batches]
    assert pl.concat(frames).rows() == rows
    assert len(frames) == -(-len(rows) // at_once)


def test_a_percent_sign_of_the_query_is_one(server: Postgres) -> None:
    engine = engine_of("RECON_ORDERS_URL", SecretStr(server.new_database()))
    statement = sa.select(sa.text("5 % 3, 'a%'"))
    with engine.connect() as connection, copied(connection, statement, 10) as batches:
        assert [frame_of(lines, ("rest", "text")).rows() for lines in batches] == [[("2", "a%")]]


def test_control_characters_and_floats_are_refused() -> None:
    for text, words in ((SEPARATOR, "control characters in 1 row"), (FLOAT, "place comes as a floating-point")):
        with pytest.raises(SourceContractError, match=words):
            frame_of([b"1,2\n", f"1,{text}\n".encode()], ("first", "place"))
