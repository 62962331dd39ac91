"""The day report as people open it: a real day in a real Chromium, on a desk, on a tablet, on a phone, on paper.

Pictures of it are left in `var/pictures/`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser, Page, expect

from assets.exports.step import export_day, export_incomplete
from tests.support.browser import chromium, opened
from tests.support.listed import DAY, item, listed_day
from tests.support.played import LAST_DAY, drive, seed_once

DAYS = (LAST_DAY - timedelta(days=1), LAST_DAY)
SIZES = {"desk": (1440, 900), "tablet": (820, 1180), "phone": (390, 844)}
SOON = datetime(2026, 11, 22)  # noqa: DTZ001 - the tables are UTC without a zone
KINDS = ("proved", "incomplete")
PICTURES = Path(__file__).parents[2] / "var" / "pictures"
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning")]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The second of two days: `incomplete`, as it was before its last file came, and `proved`."""
    folder = tmp_path_factory.mktemp("report")
    with drive(seed_once(folder / "seeded", payments=40, settlement=True, fees=True), folder / "box") as box:
        warehouse = box.driver.warehouse
        assert box.run(DAYS[0]).reason == ""
        (late, *_) = box.reports(LAST_DAY, "feeItems")
        aside = late.rename(folder / late.name)
        reason = box.run(LAST_DAY).reason
        assert "feeItems" in reason
        incomplete = export_incomplete(warehouse, LAST_DAY, folder / "incomplete", reason, ["html"]).directory
        aside.rename(late)
        assert box.run(LAST_DAY).reason == ""
        proved = export_day(warehouse, LAST_DAY, folder / "proved", ["html", "parquet"]).directory
        return {"proved": proved / "report.html", "incomplete": incomplete / "report.html"}


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
        folded = page.locator("details.rest article.break").last
        anchor = folded.get_attribute("id")
        assert not folded.is_visible()
        page.goto(f"{page_file.as_uri()}#{anchor}")
        folded.wait_for(state="visible")


@pytest.fixture(scope="module")
def long_list(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of 240 breaks of four teams, some of them of one cause, with an owner, without a deadline."""
    folder = tmp_path_factory.mktemp("long")
    teams, levels = ("FIN", "OPS", "DEV", "A+"), ("S1", "S2", "S3", "S4")
    items = [
        item(f"A{number:04d}", who_acts=teams[number % 4], severity=levels[number // 60],
             break_code=f"P0{number % 3 + 1}", merchant_id=f"M{number % 7}", merchant_name=f"Café {number % 7}",
             age_days=number % 40, value_minor=number * 100, value_currency="EUR",
             deadline_at=SOON + timedelta(days=number) if number % 2 else None)
        for number in range(240)
    ]  # fmt: skip
    cause = {"cause": "interchange fees are charged with another rate", "break_code": "C04", "severity": "S3"}
    warehouse = listed_day(folder, [*items, *(item(f"C{number}", **cause) for number in range(6))])
    owner = {"as_of_day": DAY, "break_id": "P/ogloba/order/A0001", "owner": "mei"}
    with warehouse.connect() as connection:
        connection.execute(f"INSERT INTO breaks.decisions ({', '.join(owner)}) VALUES (?, ?, ?)", list(owner.values()))
    return export_day(warehouse, DAY, folder / "exports", ["csv", "html"]).directory / "report.html"


def found(page: Page) -> list[str]:
    """The keys of the breaks that are shown as found, in order."""
    texts = page.locator("#found article .proof").all_text_contents()
    return [re.search(r"paymentRequestId (\w+)", text)[1] for text in texts]  # type: ignore[index]


def test_one_finds_breaks_by_words_team_merchant_code_owner_and_state(browser: Browser, long_list: Path) -> None:
    with opened(browser, long_list.as_uri()) as page:
        result = page.locator("#found-count")
        page.fill("#find-words", "a0012")
        expect(result).to_have_text("1 of 246 breaks on this page")
        assert found(page) == ["A0012"]
        assert not page.locator("#breaks").is_visible()
        page.fill("#find-words", "cafe m3")
        expect(result).to_have_text("34 of 246 breaks on this page")
        page.select_option("#find-team", "Operations")
        expect(result).to_have_text("8 of 246 breaks on this page")
        page.select_option("#find-code", "P02")
        expect(result).to_have_text("2 of 246 breaks on this page")
        page.click("#find-clear")
        page.select_option("#find-owner", "mei")
        expect(result).to_have_text("1 of 246 breaks on this page")
        page.select_option("#find-state", "open")
        page.select_option("#find-merchant", "Café 1 (M1)")
        assert found(page) == ["A0001"]
        page.click("#find-clear")
        assert page.locator("#found article").count() == 0
        assert page.locator("#breaks article.break").count() == 246


def test_one_sorts_by_value_age_and_deadline(browser: Browser, long_list: Path) -> None:
    with opened(browser, long_list.as_uri()) as page:
        page.select_option("#find-order", "value")
        assert found(page)[:3] == ["A0239", "A0238", "A0237"]
        page.select_option("#find-order", "age")
        assert set(found(page)[:6]) == {f"A{number:04d}" for number in range(39, 240, 40)}
        page.select_option("#find-order", "deadline")
        assert found(page)[:3] == ["A0001", "A0003", "A0005"]
        page.click("#found-more")
        assert len(found(page)) == 40


def test_a_team_has_a_link_and_what_was_asked_for_stays_in_the_address(browser: Browser, long_list: Path) -> None:
    with opened(browser, f"{long_list.as_uri()}#team-development") as page:
        expect(page.locator("#found-count")).to_have_text("60 of 246 breaks on this page")
        expect(page.locator("#find")).to_be_in_viewport()
        page.select_option("#find-code", "P01")
        address = page.url
        page.goto("about:blank")
        page.goto(address)
        expect(page.locator("#found-count")).to_have_text("20 of 246 breaks on this page")
        page.click("#actors a >> text=Finance")
        expect(page.locator("#found-count")).to_have_text("66 of 246 breaks on this page")


def test_without_a_script_everything_is_there_and_can_be_opened(browser: Browser, long_list: Path) -> None:
    with browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        page.goto(f"{long_list.as_uri()}#team-development")
        assert not page.locator("#find").is_visible()
        assert page.locator("article.break").count() == 246
        first = page.locator("article.break[data-team=Development]").first
        expect(first).to_be_in_viewport()
        first.locator("summary").click()
        expect(first.locator(".proof")).to_be_visible()
        folded = page.locator("details.rest:has(article)").first
        folded.locator("summary").first.click()
        expect(folded.locator("article").last).to_be_visible()


def test_on_a_phone_the_long_tail_is_folded(browser: Browser, long_list: Path) -> None:
    with opened(browser, long_list.as_uri(), SIZES["phone"]) as page:
        assert page.evaluate("document.documentElement.scrollHeight") < 12_000
        page.locator(".cause summary").first.click()
        assert page.evaluate("document.documentElement.scrollWidth") == SIZES["phone"][0]


def test_on_paper_are_all_grave_breaks_and_the_others_as_a_count(browser: Browser, long_list: Path) -> None:
    with opened(browser, long_list.as_uri()) as page:
        page.emulate_media(media="print")
        printed = page.locator("main").inner_text()
        assert page.locator(".s1 .proof, .s2 .proof").evaluate_all("all => all.every(one => one.checkVisibility())")
        assert not page.locator(".s3 article.break").first.is_visible()
        assert not page.locator("#find").is_visible()
        page.emulate_media(media="screen")
        page.select_option("#find-team", "Finance")
        page.pdf()
        assert page.locator("#found article").count() == 66, "what was found is printed whole"
    assert "66 breaks of S3, not printed: breaks.csv in this folder." in printed
    assert "60 breaks of S4, not printed" in printed
    css = long_list.read_text("utf-8")
    assert 'content: "Page " counter(page) " of " counter(pages)' in css


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
