"""Charts for people, as PNG inside of the metadata: made offline, without a browser."""

from __future__ import annotations

import base64
from datetime import date, timedelta
from typing import Any

import dagster as dg
import polars as pl

DAYS = 30
WAYS = {  # resolved_by -> what a person reads, and its colour
    "FILE": ("a report", "#4c78a8"),
    "INQUIRY": ("an answer of Alipay+", "#54a24b"),
    "PERSON": ("a person", "#f58518"),
}
CLOSED = """
SELECT as_of_day, resolved_by, COUNT(*) AS breaks
FROM breaks.movements
WHERE movement = 'RESOLVED' AND as_of_day <= ? AND as_of_day > ? - 30
GROUP BY as_of_day, resolved_by
ORDER BY as_of_day, resolved_by
"""


def closed_breaks(closed: pl.DataFrame, day: date) -> dg.MarkdownMetadataValue:
    """Breaks closed by a report, an answer, a person: one bar for each of the last 30 days.

    `closed`: as_of_day, resolved_by, breaks (the relation of CLOSED).
    """
    picture = base64.b64encode(as_png(_bars(closed, day))).decode()
    return dg.MetadataValue.md(f"![Breaks closed by a report, an answer, a person](data:image/png;base64,{picture})")


def as_png(drawing: dict[str, Any]) -> bytes:
    """A Vega-Lite drawing as a picture; nothing is fetched for it."""
    import vl_convert

    return bytes(vl_convert.vegalite_to_png(drawing, allowed_base_urls=[]))


def _bars(closed: pl.DataFrame, day: date) -> dict[str, Any]:
    import altair

    names, colours = zip(*WAYS.values(), strict=True)
    days = [(day - timedelta(days=back)).strftime("%d %b") for back in reversed(range(DAYS))]
    told = closed.filter(pl.col("resolved_by").is_in(list(WAYS))).select(
        pl.col("as_of_day").dt.strftime("%d %b").alias("clearing day"),
        pl.col("resolved_by").replace_strict({key: name for key, (name, _) in WAYS.items()}).alias("closed by"),
        pl.col("breaks").cast(pl.Int64),
    )
    chart = (
        altair.Chart(told)
        .mark_bar()
        .encode(
            x=altair.X("clearing day:O", scale=altair.Scale(domain=days)),
            y=altair.Y("breaks:Q", title="breaks closed"),
            color=altair.Color("closed by:N", scale=altair.Scale(domain=list(names), range=list(colours))),
        )
        .properties(width=640, height=220)
    )
    drawing: dict[str, Any] = chart.to_dict()
    return drawing
