"""The day report as people open it: a real day in a real Chromium, on a desk, on a tablet, on a phone, on paper.

Pictures of it are left in `var/pictures/`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser, Page

from assets.exports.step import export_day
from tests.support.browser import chromium, opened
from tests.support.listed import DAY, item, listed_day
from tests.support.played import LAST_DAY, play, seed_once

DAYS = (LAST_DAY - timedelta(days=1), LAST_DAY)
SIZES = {"desk": (1440, 900), "tablet": (820, 1180), "phone": (390, 844)}
KINDS = ("proved", "incomplete")
PICTURES = Path(__file__).parents[2] / "var" / "pictures"
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning")]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The second of two days: `incomplete`, as it was before its last file came, and `proved`."""
    folder = tmp_path_factory.mktemp("report")
    with play(seed_once(folder / "seeded", payments=40, settlement=True, fees=True), folder / "box") as box:
        assert box.run(DAYS[0]).status == "proved"
        (late, *_) = box.reports(LAST_DAY, "feeItems")
        aside = late.rename(folder / late.name)
        exported = box.settings.exports.directory / str(LAST_DAY)
        assert box.run(LAST_DAY).status == "incomplete"
        incomplete = folder / "incomplete.html"
        incomplete.write_bytes((exported / "report.html").read_bytes())
        aside.rename(late)
        assert box.run(LAST_DAY).status == "proved"
        return {"proved": exported / "report.html", "incomplete": incomplete}


@pytest.fixture(scope="module")
def browser(reports: dict[str, Path]) -> Iterator[Browser]:
    """After the runs: a browser is a running event loop, and a run starts its own."""
    assert reports
    with chromium() as browser:
        yield browser


def traffic_of(page: Page) -> tuple[list[str], list[str]]:
    """What the page asks for and complains about when it is loaded again."""
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.reload()
    return asked, complaints


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", SIZES)
def test_it_fits_every_screen_and_asks_for_nothing(
    browser: Browser, reports: dict[str, Path], kind: str, size: str
) -> None:
    width, height = SIZES[size]
    with opened(browser, reports[kind].as_uri(), (width, height)) as page:
        asked, complaints = traffic_of(page)
        assert asked == [reports[kind].as_uri()]
        assert complaints == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
        answer = page.locator(".todo li, .reasons").first.bounding_box()
        assert answer is not None
        assert answer["y"] + answer["height"] < height, "what to do first is on the first screen"
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"day-report-{kind}-{size}.png")


def test_every_break_of_the_list_is_on_the_page(browser: Browser, reports: dict[str, Path]) -> None:
    items = pl.read_parquet(reports["proved"].parent / "breaks.parquet")
    with opened(browser, reports["proved"].as_uri()) as page:
        text = " ".join(page.locator("main").text_content().split())  # type: ignore[union-attr]
        cards = page.locator("article.break").count()
    keys = items.select(pl.coalesce("refund_request_id", "payment_request_id", "provider_transaction_id")).to_series()
    assert [key for key in keys if key not in text] == []
    assert cards == items.filter(pl.col("state").is_in(["OPEN", "ASKED"])).height


def test_a_folded_break_opens_when_one_follows_its_link(browser: Browser, tmp_path: Path) -> None:
    warehouse = listed_day(tmp_path, [item(f"A{number:04d}") for number in range(30)])
    page_file = export_day(warehouse, DAY, tmp_path / "exports", ["html"]).directory / "report.html"
    with opened(browser, page_file.as_uri()) as page:
        folded = page.locator("details article.break").last
        anchor = folded.get_attribute("id")
        assert not folded.is_visible()
        page.goto(f"{page_file.as_uri()}#{anchor}")
        folded.wait_for(state="visible")


@pytest.mark.parametrize("kind", KINDS)
def test_those_who_hear_it_or_use_no_mouse_get_the_same(browser: Browser, reports: dict[str, Path], kind: str) -> None:
    with opened(browser, reports[kind].as_uri()) as page:
        levels = page.locator("h1, h2, h3, h4").evaluate_all("all => all.map(one => Number(one.tagName[1]))")
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        assert page.locator("img:not([alt]), svg:not([aria-label]):not([aria-hidden])").count() == 0
        assert page.locator("table").count() == page.locator("table:has(thead th[scope=col])").count()
        page.keyboard.press("Tab")
        assert page.locator(":focus").text_content() == "To the report"


@pytest.mark.parametrize("kind", KINDS)
def test_it_prints(browser: Browser, reports: dict[str, Path], kind: str) -> None:
    with opened(browser, reports[kind].as_uri()) as page:
        paper = page.pdf(prefer_css_page_size=True)
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / f"day-report-{kind}.pdf").write_bytes(paper)
    pages = len(re.findall(rb"/Type\s*/Page\b", paper))
    assert 0 < pages < (30 if kind == "proved" else 4)
