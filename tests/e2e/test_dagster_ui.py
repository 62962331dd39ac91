"""What a person sees and clicks in the Dagster UI: the services of `make ui` on a small sandbox, in a real Chromium.

Pictures of each page are left in `var/pictures/ui-*.png`; `ui-top-breaks.png` is `docs/pictures/dagster-ui.png`.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import polars as pl
import pytest
from playwright.sync_api import Browser, Page, expect

from assets.breaks.asset import TOP
from assets.states import STATES, group_of
from checks.freshness import FRESH
from pipelines.ui import HOST, services
from recon.clearing_day import as_of
from recon.money import format_money
from tests.support.browser import NARROW, chromium, opened
from tests.support.played import LAST_DAY, Played, play, seed_once
from tests.support.sshd import free_port
from views.metadata import SHOWN_ROWS
from views.urgency import by_urgency
from views.wording import ACTORS

DAY = LAST_DAY - timedelta(days=1)
PICTURES = Path(__file__).parents[2] / "var" / "pictures"
STARTED_MS, RUN_MS = 120_000, 300_000  # what a loaded machine needs; a free one a tenth
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("ui")
    with play(seed_once(folder / "seeded"), folder / "box") as box:
        yield box


@pytest.fixture(scope="module")
def address(played: Played) -> Iterator[str]:
    """Webserver and daemon, as `make ui` starts them."""
    port = free_port()
    with services(played.folder, port) as running:
        wait_for(f"http://{HOST}:{port}/server_info", running)
        yield f"http://{HOST}:{port}"


@pytest.fixture(scope="module")
def launched(address: str, browser: Browser) -> str:
    """The first day, launched by clicks and seen to succeed; the address of the UI."""
    with opened(browser, f"{address}/server_info") as page:
        page.goto(f"{address}/jobs")
        page.get_by_role("link", name="clearing_day").first.click(timeout=STARTED_MS)
        page.get_by_role("button", name="Materialize all").click()
        page.get_by_placeholder("No matching partitions").fill(str(DAY))
        page.keyboard.press("Enter")
        take(page, "launch")
        page.get_by_role("button", name="Launch 1 run").click()
        page.get_by_role("dialog").wait_for(state="hidden", timeout=STARTED_MS)
        page.goto(f"{address}/runs")
        expect(page.get_by_text(f"partition: {DAY}")).to_be_visible()
        ended = page.get_by_text("Success", exact=True).or_(page.get_by_text("Failure", exact=True))
        expect(ended).to_have_text("Success", timeout=RUN_MS)
        take(page, "runs")
        page.get_by_role("link", name="View", exact=True).click()
        expect(page.get_by_text("Success", exact=True).filter(visible=True).first).to_be_visible()
        expect(page.get_by_text("Loading run logs")).to_be_hidden()
        take(page, "run")
    return address


def wait_for(url: str, running: list[subprocess.Popen[bytes]]) -> None:
    """Until the webserver answers; no longer than it lives."""
    give_up_at = time.monotonic() + STARTED_MS / 1000
    while time.monotonic() < give_up_at:
        assert all(service.poll() is None for service in running), "a service ended"
        try:
            httpx.get(url, timeout=5).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the webserver did not answer")


def take(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"ui-{name}.png")


def rows_of(page: Page, entry: str) -> list[list[str]]:
    """The table of a metadata entry, its header first."""
    line = page.get_by_role("row").filter(has=page.get_by_text(entry, exact=True)).last
    return [row.locator("th, td").all_inner_texts() for row in line.get_by_role("table").get_by_role("row").all()]


def exported(played: Played) -> pl.DataFrame:
    return pl.read_parquet(played.settings.exports.directory / str(DAY) / "breaks.parquet")


def test_the_groups_stand_in_the_order_of_the_way(address: str, browser: Browser) -> None:
    groups = [group_of(state) for state in STATES]
    with opened(browser, f"{address}/asset-groups") as page:
        nodes = [page.locator(f'[data-tooltip="{name}"]') for name in groups]
        expect(nodes[-1]).to_be_visible(timeout=STARTED_MS)
        take(page, "lineage")
        boxes = [node.bounding_box() for node in nodes]
        listed = page.get_by_role("button").locator("span").all_inner_texts()
    places = [box["x"] for box in boxes if box is not None]
    assert len(places) == len(groups)
    assert places == sorted(places), "the graph reads from left to right"
    assert [name for name in listed if name in groups] == groups


def test_the_top_breaks_are_those_of_the_export(launched: str, played: Played, browser: Browser) -> None:
    with opened(browser, f"{launched}/assets/breaks/items?view=partitions&partition={DAY}") as page:
        page.get_by_text("top_breaks", exact=True).wait_for()
        header, *rows = rows_of(page, "top_breaks")
        at_risk = rows_of(page, "at_risk")
        page.get_by_text("at_risk", exact=True).evaluate("label => label.scrollIntoView()")
        take(page, "top-breaks")
    items = by_urgency(exported(played), as_of(DAY, played.settings.calendar.arrival_grace))
    top = items.head(SHOWN_ROWS).with_columns(
        pl.col("who_acts").replace(ACTORS),
        merchant=pl.coalesce("merchant_name", "merchant_id"),
        amount_at_risk_minor=pl.struct("amount_at_risk_minor", "currency").map_elements(_money, pl.String),
    )
    assert header == [name.removesuffix("_minor") for name in TOP]
    assert rows == [["" if cell is None else str(cell) for cell in row] for row in top.select(TOP).iter_rows()]
    assert len(rows) > 5
    assert at_risk[0] == ["currency", "breaks", "amount_at_risk", "in_doubt_count", "in_doubt"]
    assert sorted(row[0] for row in at_risk[1:]) == sorted(set(items["currency"].drop_nulls()))


def _money(cell: dict[str, object]) -> str:
    minor, currency = cell["amount_at_risk_minor"], cell["currency"]
    return format_money(int(str(minor)), str(currency)) if minor is not None and currency else ""


def test_the_chart_is_drawn(launched: str, browser: Browser) -> None:
    with opened(browser, f"{launched}/assets/breaks/items?view=partitions&partition={DAY}") as page:
        page.get_by_text("Show Markdown").first.click()
        chart = page.get_by_role("img", name="Breaks of the day by code")
        expect(chart).to_be_visible()
        page.wait_for_function("chart => chart.complete && chart.naturalWidth > 400", arg=chart.element_handle())
        take(page, "chart")


def test_an_asset_says_what_it_is_and_what_its_columns_mean(launched: str, browser: Browser) -> None:
    with opened(browser, f"{launched}/assets/breaks/items?view=overview") as page:
        for text in ("Every break of the day", "Identity of the break for its whole life", "6_breaks", "payments"):
            expect(page.get_by_text(text).filter(visible=True).first).to_be_visible()
        take(page, "asset")


def test_checks_read_as_sentences(launched: str, browser: Browser) -> None:
    with opened(browser, f"{launched}/assets/orders/payments?view=checks") as page:
        page.get_by_text("rows_are_consistent").first.click()
        expect(page.get_by_text("Order: confirmed implies paid.").filter(visible=True).first).to_be_visible()
        take(page, "check")


def test_the_freshness_of_yesterday_is_shown(launched: str, browser: Browser) -> None:
    """The sensor is on by itself; the days of the sandbox are long over, so that yesterday is missing."""
    with opened(browser, f"{launched}/assets/exports/day?view=checks&checkDetail={FRESH}") as page:
        expect(page.get_by_text("Failed", exact=True).first).to_be_visible(timeout=STARTED_MS)
        expect(page.get_by_text("newest_due_day").first).to_be_visible()
        take(page, "freshness")


def test_a_narrow_window_keeps_the_list(launched: str, browser: Browser) -> None:
    with opened(browser, f"{launched}/assets/breaks/items?view=partitions&partition={DAY}", NARROW) as page:
        expect(page.get_by_text("2026-11-19").first).to_be_visible()
        take(page, "narrow")


@pytest.mark.parametrize(
    "page",
    ['<img src="http://example.org/x.png">', '<script>throw new Error("died")</script>'],
    ids=["outside", "script"],
)
def test_a_page_that_asks_outside_or_dies_is_a_failure(browser: Browser, tmp_path: Path, page: str) -> None:
    """The browser of all these tests would tell."""
    file = tmp_path / "page.html"
    file.write_text(page)
    with pytest.raises(AssertionError), opened(browser, file.as_uri()):
        pass
