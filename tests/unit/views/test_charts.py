"""Charts as people see them in Dagster: made of plain data, drawn offline."""

from __future__ import annotations

import base64
import re
from datetime import date

import dagster as dg
import polars as pl

from views.charts import MOST_CODES, closed_breaks, listed_breaks

DAY = date(2026, 11, 20)


def _texts(shown: dg.MarkdownMetadataValue) -> list[str]:
    """What is written in the picture."""
    assert shown.value is not None
    svg = base64.b64decode(shown.value.partition("base64,")[2].rstrip(")")).decode()
    return re.findall(r"<text[^>]*>([^<]+)</text>", svg)


def test_each_code_has_its_bar_the_most_severe_and_frequent_first() -> None:
    rows = [("S2", "P05", "Sale dropped")] * 3 + [("S1", "P01", "Notice lost")] + [("S1", "R03", "Repeated")] * 2
    texts = _texts(
        listed_breaks(pl.DataFrame(rows, schema=["severity", "break_code", "break_name"], orient="row"), DAY)
    )
    assert "Breaks of 2026-11-20 by code" in texts
    named = [text for text in texts if text[:3] in ("P05", "P01", "R03")]
    assert [text[:3] for text in named] == ["R03", "P01", "P05"]
    assert [text for text in texts if text in ("S1", "S2", "S3", "S4")] == ["S1", "S2", "S3", "S4"]


def test_a_day_with_very_many_codes_says_how_many_are_left_out() -> None:
    rows = [("S2", f"X{number}", "Name") for number in range(MOST_CODES + 2)]
    texts = _texts(
        listed_breaks(pl.DataFrame(rows, schema=["severity", "break_code", "break_name"], orient="row"), DAY)
    )
    assert f"Breaks of 2026-11-20 by code, the first {MOST_CODES} of {len(rows)}" in texts
    assert len([text for text in texts if text.startswith("X")]) == MOST_CODES


def test_what_closed_breaks_is_in_words_and_every_day_has_a_place() -> None:
    rows = [(DAY, "FILE", 4), (date(2026, 11, 3), "PERSON", 2), (DAY, None, 7)]
    closed = pl.DataFrame(rows, schema=["as_of_day", "resolved_by", "breaks"], orient="row")
    texts = _texts(closed_breaks(closed, DAY))
    assert {"a report line", "an answer of Alipay+", "a change on our side", "22 Oct", "20 Nov"} <= set(texts)
    assert "Breaks closed in the 30 days to 2026-11-20" in texts
