"""What the payments clerk sees at nine in the morning: proved or not, what to do first, and nothing made up."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from assets.exports.step import export_day, export_incomplete
from recon.tie_out import Verdict
from recon.valuation import Rate, RateSource, shown_rates
from resources.warehouse import Warehouse, replace_day, transaction
from tests.support.control_totals import BATCH_AMOUNT, DETAIL_AMOUNT, DETAIL_COUNT, FEE_AMOUNT
from tests.support.listed import DAY, FILE, Item, edge, item, listed_day
from views.day_report.page import TEMPLATES

OVER, SOON, FAR = (datetime(2026, 11, 20), datetime(2026, 11, 28, 0, 30), datetime(2026, 11, 28, 0, 31))  # noqa: DTZ001
SCRIPT = (TEMPLATES / "find.js").read_text("utf-8")
VOID = {"meta", "br", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """A page as a tree is not needed: its text by section, its tags, and whether every tag is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.open: list[str] = []
        self.sections: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: dict[str, list[str]] = {}
        self.scripts: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID and not (self.get_starttag_text() or "").endswith("/>"):
            self.open.append(tag)
            self.sections.append(dict(attrs).get("id") or "" if tag == "section" else "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes another element"
        self.sections.pop()

    def handle_data(self, text: str) -> None:
        if "script" in self.open:
            self.scripts.append(text)
        elif text.strip() and "style" not in self.open:
            section = next((name for name in reversed(self.sections) if name), "head")
            self.words.setdefault(section, []).append(" ".join(text.split()))

    def text(self, section: str | None = None) -> str:
        """All words of a section, or of the page."""
        if section is not None:
            return " ".join(self.words.get(section, []))
        return " ".join(" ".join(words) for words in self.words.values())

    def attributes(self, tag: str) -> Iterator[dict[str, str | None]]:
        """Of every element of a kind."""
        return (attrs for name, attrs in self.tags if name == tag)


def proved(folder: Path, *items: Item, **more: object) -> Page:
    warehouse = listed_day(folder, items, **more)  # type: ignore[arg-type]
    return report(export_day(warehouse, DAY, folder / "exports", ["html"]).directory)


def incomplete(folder: Path, reason: str, *edges: Item) -> Page:
    warehouse = listed_day(folder, [item("A1")], edges=edges)
    return report(export_incomplete(warehouse, DAY, folder / "exports", reason).directory)


def report(folder: Path) -> Page:
    return Page((folder / "report.html").read_text("utf-8"))


def test_the_first_thing_one_reads_is_whether_the_day_is_proved(tmp_path: Path) -> None:
    page = proved(tmp_path, item("A1"), edges=[edge(DETAIL_AMOUNT, 100, 100)])
    head = page.text("head")
    assert "Friday, 20 November 2026" in head
    assert "Proved" in head
    assert "1 control total, none differs" in head
    assert "as of 21 Nov 2026, 08:30 UTC+8" in head


def test_the_head_says_how_much_is_at_risk_and_what_to_do_first(tmp_path: Path) -> None:
    soon = datetime(2026, 11, 20)  # noqa: DTZ001 - UTC without a zone
    page = proved(
        tmp_path,
        item("big", amount_at_risk_minor=250_000, severity="S2", break_code="P01", explanation="The big one."),
        item("late", amount_at_risk_minor=100, deadline_at=soon, explanation="The late one.", who_acts="OPS"),
        item("JPY", currency="JPY", report_currency="JPY", amount_at_risk_minor=1_234, explanation="The third."),
    )
    head = page.text("head")
    assert "2,501.00 EUR 2 breaks, the largest 2,500.00 EUR" in head
    assert "1,234 JPY 1 break, the largest 1,234 JPY" in head
    assert "Do first The late one. S1 Operations · was due 20 Nov 2026, 08:00 UTC+8 · 1.00 EUR at risk" in head
    assert head.index("The late one.") < head.index("The third.") < head.index("The big one.")


def test_a_figure_in_doubt_is_part_of_no_sum_on_the_page(tmp_path: Path) -> None:
    page = proved(
        tmp_path,
        item("sure", amount_at_risk_minor=100),
        item("unit", amount_at_risk_minor=30_000_000, flags="NEAR SCALE"),
        item("currency", break_code="P09", amount_at_risk_minor=185_200),
    )
    head = page.text("head")
    assert "1.00 EUR 1 break, the largest 1.00 EUR" in head
    assert "Figure in doubt: 301,852.00 EUR in 2 breaks" in head
    assert "EUR 1 1.00 EUR customer 1 1.00 EUR Not included, in doubt: 301,852.00 EUR in 2 breaks" in page.text("money")


def test_figures_in_doubt_alone_are_still_money_at_risk(tmp_path: Path) -> None:
    head = proved(tmp_path, item("unit", amount_at_risk_minor=100, flags="SCALE")).text("head")
    assert "At risk now Figure in doubt: 1.00 EUR in 1 break Do first" in head


def test_a_break_says_what_happened_who_acts_until_when_and_where_to_look(tmp_path: Path) -> None:
    text = proved(tmp_path, item("A1")).text("breaks")
    for words in (
        "Our order says 1,234.56 EUR, Alipay+ took 1,237.06 EUR: 2.50 EUR apart.",
        "Finance: Find the wrong figure.",
        "Our side 1,234.56 EUR",
        "Alipay+ report 1,237.06 EUR",
        "Difference +2.50 EUR",
        "until 18 Nov 2027, 02:41 UTC+8",
        "3 days, since 17 Nov 2026",
        f"{FILE}, version 2, line 63",
        "not asked yet",
    ):
        assert words in text


def test_worst_first_then_near_deadlines_then_amount(tmp_path: Path) -> None:
    page = proved(
        tmp_path,
        item("S2", severity="S2", deadline_at=SOON, explanation="sixth"),
        item("small", deadline_at=FAR, amount_at_risk_minor=1, explanation="fifth"),
        item("large", deadline_at=None, amount_at_risk_minor=900, explanation="third"),
        item("yen", currency="JPY", amount_at_risk_minor=2, explanation="fourth"),
        item("soon", deadline_at=SOON, amount_at_risk_minor=1, explanation="second"),
        item("over", deadline_at=OVER, amount_at_risk_minor=1, explanation="first"),
        item("waits", deadline_at=SOON, amount_at_risk_minor=1, state="WAITING", explanation="no break yet"),
    )
    order = ["first", "second", "third", "fourth", "fifth", "sixth"]
    assert re.findall("|".join(order), page.text("breaks").split("resolves it.")[1]) == order


def test_first_comes_what_can_still_be_lost_and_no_kind_of_break_twice(tmp_path: Path) -> None:
    head = proved(
        tmp_path,
        item("A1", deadline_at=None, amount_at_risk_minor=900, explanation="Large without a deadline."),
        item("A2", amount_at_risk_minor=800, explanation="Of the same kind."),
        item("A3", break_code="P01", amount_at_risk_minor=700, explanation="Of another kind."),
        item(
            "A4",
            severity="S2",
            break_code="P11",
            deadline_at=OVER,
            amount_at_risk_minor=1,
            explanation="Late and small.",
        ),
        item("A5", severity="S4", break_code="P02", deadline_at=OVER, explanation="Late, but no loss."),
    ).text("head")
    first = ["Late and small.", "Large without a deadline.", "Of another kind."]
    assert [head.index(words) for words in first] == sorted(head.index(words) for words in first)
    assert "Of the same kind." not in head
    assert "was due 20 Nov 2026, 08:00 UTC+8" in head
    assert "none within 7 days 2 passed" in head


def test_the_next_deadline_is_reported_if_it_is_near(tmp_path: Path) -> None:
    page = proved(tmp_path, item("A1", deadline_at=SOON), item("A2", deadline_at=FAR, who_acts="OPS"))
    assert "Next deadline 28 Nov 2026 08:30 UTC+8, none has passed" in page.text("head")
    assert "Finance next deadline 28 Nov 2026, 08:30 UTC+8" in page.text("actors")
    assert page.text("actors").count("next deadline") == 1


def test_money_has_its_own_decimals_and_is_never_added_across_currencies(tmp_path: Path) -> None:
    page = proved(
        tmp_path,
        item("A1", amount_at_risk_minor=765_432),
        item("A2", amount_at_risk_minor=44, party="merchant"),
        item("A3", currency="JPY", report_currency="JPY", amount_at_risk_minor=1_234_567),
        item("A4", currency="KWD", report_currency="KWD", amount_at_risk_minor=1_234_567),
    )
    money = page.text("money")
    assert "EUR 2 7,654.76 EUR" in money
    assert "customer 1 7,654.32 EUR" in money
    assert "merchant 1 0.44 EUR" in money
    assert "1,234,567 JPY" in money
    assert "1,234.567 KWD" in money
    assert "765432" not in page.html


def test_what_alipay_said_stands_beside_the_break(tmp_path: Path) -> None:
    said = "Asked 2 times, Alipay+ says: it failed. That confirms our order."
    page = proved(tmp_path, item("A1", answer="FAILED", asked_count=2, state="ASKED", explanation=f"Paid. {said}"))
    answers = [attrs for attrs in page.attributes("p") if attrs.get("class") == "answer"]
    assert len(answers) == 1
    assert said in page.text("breaks")
    assert "will be asked again" in page.text("breaks")


def test_the_id_of_our_request_is_not_called_one_of_alipay(tmp_path: Path) -> None:
    ids = {"refund_request_id": "RF1", "provider_transaction_id": "RF1"}
    text = proved(tmp_path, item("A1", **ids)).text()
    assert "refundRequestId RF1" in text
    assert "Alipay+ id" not in text


def test_a_batch_and_a_fee_name_their_own_two_sides(tmp_path: Path) -> None:
    text = proved(
        tmp_path,
        item("B", family="B", break_code="B04", break_id="B/alipayplus/batch/A:EUR:9",
             provider_transaction_id="A:EUR:9", evidence='{"ours":{"source_id":"alipayplus"},"report":[]}'),
        item("C", family="C", break_code="C04", break_id="C/alipayplus/fee/77:TXN", severity="S3"),
    ).text("breaks")  # fmt: skip
    assert "Cleared 1,234.56 EUR Settled 1,237.06 EUR" in text
    assert "clearing batch A:EUR:9" in text
    assert "By contract 1,234.56 EUR Charged 1,237.06 EUR" in text
    assert "in alipayplus" not in text


def test_an_incident_stands_before_the_breaks_and_for_them(tmp_path: Path) -> None:
    page = proved(
        tmp_path,
        item("X", family="I", break_id="I/alipayplus/incident/I01:file:x:EUR", break_code="I01",
             explanation="Alipay+ reports 120 payments that no order of ours has."),
        item("A1", incident_id="I/alipayplus/incident/I01:file:x:EUR", explanation="one of the hundred"),
    )  # fmt: skip
    assert "120 payments" in page.text("incidents")
    assert "one of the hundred" not in page.text()
    assert page.html.index('id="incidents"') < page.html.index('id="breaks"')


def test_what_waits_says_when_it_becomes_a_break(tmp_path: Path) -> None:
    page = proved(
        tmp_path,
        item("A1", break_code="T01", state="WAITING", turns_real_day=DAY + timedelta(days=1),
             explanation="We hold 5.00 EUR as paid. It becomes a break on 2026-11-21."),
    )  # fmt: skip
    assert "22 Nov, 08:30 We hold 5.00 EUR as paid. T01" in page.text("waiting")
    assert "first becomes a break 22 Nov, 08:30" in page.text("head")
    assert "no break is open" in page.text("breaks")


def test_what_was_resolved_says_by_what(tmp_path: Path) -> None:
    ways = (("F", "P00", "FILE"), ("I", "OK_NO_MONEY", "INQUIRY"), ("H", "R11", "PERSON"))
    page = proved(
        tmp_path,
        before=[item(key) for key, _, _ in ways],
        resolved=[(f"P/ogloba/order/{key}", outcome, way) for key, outcome, way in ways],
    )
    text = page.text("resolved")
    assert "3 breaks: 1 by a report line, 1 by an answer of Alipay+, 1 by a change on our side." in text
    assert "our order H" in text
    assert "both sides agree" in text
    assert "now R11, late cycle" in text


def test_what_a_report_line_resolved_names_the_line(tmp_path: Path) -> None:
    warehouse = listed_day(tmp_path, before=[item("A")], resolved=[("P/ogloba/order/A", "P00", "FILE")])
    older = FILE.replace("20261120", "20261119")
    with warehouse.connect() as connection:
        connection.execute(
            "INSERT INTO reconciled.payments (as_of_day, source_id, order_key, code, lines) VALUES "
            f"(?, 'ogloba', 'A', 'P00', '{older}@v1:7 {FILE}@v2:12')",
            [DAY],
        )
    text = report(export_day(warehouse, DAY, tmp_path / "exports", ["html"]).directory).text("resolved")
    assert f"both sides agree, by a report line {FILE}, version 2, line 12" in text
    assert older not in text


@pytest.mark.parametrize("refunded", ["A", "B"])
def test_what_a_refund_line_resolved_names_that_line(tmp_path: Path, refunded: str) -> None:
    """Of the payment, or of the other one of a pair."""
    before = [item("A", family="P", partner_key="B")]
    warehouse = listed_day(tmp_path, before=before, resolved=[("P/ogloba/order/A", "P00", "FILE")])
    with warehouse.connect() as connection:
        connection.execute(
            "INSERT INTO reconciled.refunds (as_of_day, source_id, order_key, refund_key, code, lines) VALUES "
            f"(?, 'ogloba', ?, 'V1', 'R00', '{FILE}@v2:12')",
            [DAY, refunded],
        )
    text = report(export_day(warehouse, DAY, tmp_path / "exports", ["html"]).directory).text("resolved")
    assert f"by a report line {FILE}, version 2, line 12" in text


def test_the_rows_behind_a_total_are_reported(tmp_path: Path) -> None:
    warehouse = listed_day(tmp_path, edges=[edge(DETAIL_AMOUNT, 100, 90, Verdict.DIFFERENT)])
    page = report(
        export_incomplete(
            warehouse, DAY, tmp_path / "exports", f"f@v1: rows 100, section 90 ({DETAIL_AMOUNT})"
        ).directory
    )
    assert "The rows behind what is left over" in page.text("tie-out")
    assert "no single row explains it" in page.text("tie-out")


def test_the_tie_out_is_drawn_with_totals_and_what_is_left_over(tmp_path: Path) -> None:
    listed = edge(
        BATCH_AMOUNT, 300_000, 290_000, Verdict.LISTED,
        left_name="amount of clearing batch 9 in the settlement", right_name="amount in its summary",
    )  # fmt: skip
    page = proved(tmp_path, edges=[edge(DETAIL_COUNT, 1_200, 1_200), edge(DETAIL_AMOUNT, 500_000, 500_000), listed])
    drawn = [
        attrs["aria-label"] or "" for attrs in page.attributes("svg") if "Tie-out" in (attrs.get("aria-label") or "")
    ]
    assert len(drawn) == 1
    assert "Detail rows: 1,200 rows, 5,000.00 EUR" in drawn[0]
    assert "100.00 EUR listed as a break" in drawn[0]
    assert "0 left over" in page.text("tie-out")


def test_many_breaks_stay_a_small_page_and_say_where_the_others_are(tmp_path: Path) -> None:
    items = [item(f"A{number:05d}") for number in range(10_000)]
    warehouse = listed_day(tmp_path, items, before=items)
    receipt = export_day(warehouse, DAY, tmp_path / "exports", ["csv"])
    started = time.process_time()
    export_day(warehouse, DAY, tmp_path / "exports", ["csv"])
    without = time.process_time() - started
    started = time.process_time()
    export_day(warehouse, DAY, tmp_path / "exports", ["csv", "html"])
    assert time.process_time() - started - without < 2
    page = report(receipt.directory)
    assert len(page.html.encode()) < 3_000_000
    assert "Show 2,000 more of S1" in page.text("breaks")
    assert "and 7,992 more of S1: breaks.csv in this folder." in page.text("breaks")
    assert "7,992 more are not on it: breaks.csv in this folder." in page.text("find")


def test_the_same_day_gives_the_same_page(tmp_path: Path) -> None:
    warehouse = listed_day(tmp_path, [item("A1")], edges=[edge(DETAIL_AMOUNT, 1, 1)], before=[item("A1")])
    pages = [export_day(warehouse, DAY, tmp_path / name, ["html"]).sha256["report.html"] for name in ("one", "two")]
    assert pages[0] == pages[1]


HOSTILE = "</style><script>alert(1)</script><img src=x onerror=alert(1)>\"' onload=alert(1) {{ 7 * 7 }}"


def test_text_from_a_file_or_a_database_stays_text(tmp_path: Path) -> None:
    columns = (
        "break_name", "explanation", "what_to_do", "party", "who_acts", "payment_request_id",
        "refund_request_id", "provider_transaction_id", "order_key", "previous_code", "flags", "evidence",
    )  # fmt: skip
    hostile = item("A1") | dict.fromkeys(columns, HOSTILE)
    page = proved(
        tmp_path,
        hostile, hostile | {"break_id": "w", "state": "WAITING"}, hostile | {"break_id": "n", "state": "NOTED"},
        before=[hostile | {"break_id": "gone"}], resolved=[("gone", HOSTILE, HOSTILE)],
        edges=[edge(DETAIL_AMOUNT, 1, 1, participant_agreement_id=HOSTILE, batch_id=HOSTILE)],
    )  # fmt: skip
    assert HOSTILE in page.text("breaks")
    assert_harmless(page)


def test_a_hostile_cause_merchant_and_owner_stay_text(tmp_path: Path) -> None:
    hostile = {"cause": HOSTILE, "merchant_id": HOSTILE, "merchant_name": HOSTILE, "who_acts": HOSTILE}
    warehouse = listed_day(tmp_path, [item(key, **hostile) for key in "ABCDE"])
    with warehouse.connect() as connection:
        connection.execute(
            "INSERT INTO breaks.decisions (as_of_day, break_id, owner) VALUES (?, 'P/ogloba/order/A', ?)",
            [DAY, HOSTILE],
        )
    page = report(export_day(warehouse, DAY, tmp_path / "exports", ["html"]).directory)
    assert f"{HOSTILE}: 5 breaks." in page.text("breaks")
    owned = next(attrs for attrs in page.attributes("article") if "data-owner" in attrs)
    assert [owned[name] for name in ("data-owner", "data-team")] == [HOSTILE, HOSTILE]
    assert_harmless(page)


def test_a_hostile_reason_stays_text(tmp_path: Path) -> None:
    page = incomplete(tmp_path, HOSTILE)
    assert HOSTILE in page.text("why")
    assert_harmless(page)


def assert_harmless(page: Page) -> None:
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"img", "iframe", "object", "embed", "link", "form"}
    assert page.scripts in ([], ["\n" + SCRIPT]), "our own script and no other"
    assert [attrs for attrs in page.attributes("script") if attrs] == []
    assert {attrs.get("type") for attrs in page.attributes("input")} <= {"search"}
    assert not [attrs for _, attrs in page.tags for name in attrs if name.startswith("on")]


def test_the_page_needs_nothing_else_and_may_fetch_nothing(tmp_path: Path) -> None:
    page = proved(tmp_path, item("A1"), edges=[edge(DETAIL_AMOUNT, 1, 1)], before=[item("A1")])
    assert_harmless(page)
    assert not re.search(r"https?:|//[a-z]|@import|url\(", page.html)
    policies = [attrs for attrs in page.attributes("meta") if attrs.get("http-equiv") == "Content-Security-Policy"]
    (script,) = page.scripts
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policies[0]["content"] == (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'; "
        "form-action 'none'"
    )
    targets = [str(attrs["href"]) for attrs in page.attributes("a")]
    there = {f"#{attrs.get('id')}" for _, attrs in page.tags}
    assert set(targets) <= there | {"breaks.csv", "breaks.xlsx", "summary.json", "tie_out.csv"}


def test_it_can_be_read_by_those_who_do_not_see_it(tmp_path: Path) -> None:
    incident = item("I", family="I", break_code="I01")
    page = proved(tmp_path, incident, item("A1"), edges=[edge(DETAIL_AMOUNT, 1, 1)], before=[item("A1")])
    assert next(page.attributes("html"))["lang"] == "en"
    assert {"header", "main", "nav", "footer"} <= {tag for tag, _ in page.tags}
    assert all(attrs.get("scope") for attrs in page.attributes("th"))
    assert all(attrs.get("aria-label") or attrs.get("aria-hidden") for attrs in page.attributes("svg"))
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_breaks_of_one_cause_are_one_line_with_the_breaks_under_it(tmp_path: Path) -> None:
    cause = {"cause": "interchange fees are charged with another rate", "break_code": "C04", "severity": "S3"}
    yen = {"currency": "JPY", "report_currency": "JPY", "amount_at_risk_minor": 7}
    page = proved(
        tmp_path,
        *(item(key, **cause) for key in "ABCD"), item("E", **cause, **yen),
        item("F", severity="S3", explanation="The one with another reason."),
    )  # fmt: skip
    text = page.text("breaks")
    assert (
        "S3 C04 amount diff · one cause Interchange fees are charged with another rate: 5 breaks. 10.00 EUR 7 JPY "
        "Finance: Find the wrong figure. Show its 5 breaks"
    ) in text
    assert "S3 A figure or a category is wrong 6" in text
    assert text.index("Show its 5 breaks") < text.index("The one with another reason.")
    assert [str(attrs["data-code"]) for attrs in page.attributes("article")].count("C04") == 5


def test_too_few_breaks_of_one_cause_stay_single(tmp_path: Path) -> None:
    assert "one cause" not in proved(tmp_path, *(item(key, cause="a rate") for key in "ABCD")).text("breaks")


def test_open_breaks_are_counted_and_valued_by_age(tmp_path: Path) -> None:
    of = {"value_currency": "EUR"}
    page = proved(
        tmp_path,
        item("A", age_days=0, value_minor=250, **of), item("B", age_days=7, value_minor=100_000, **of),
        item("C", age_days=31, amount_at_risk_minor=123_456, flags="SCALE"), item("D", age_days=31, currency="KWD"),
    )  # fmt: skip
    assert (
        "0 to 1 1 2.50 EUR 2 to 7 1 1,000.00 EUR 8 to 30 0 – over 30 2 – in doubt: 1,234.56 EUR 1 without a rate"
    ) in page.text("age")


def test_each_team_has_a_place_of_its_own(tmp_path: Path) -> None:
    page = proved(tmp_path, item("A", who_acts="A+"), item("B", who_acts="FIN"), item("C", who_acts="FIN"))
    links = [attrs["href"] for attrs in page.attributes("a") if str(attrs["href"]).startswith("#team-")]
    assert sorted(map(str, links)) == ["#team-alipay-support", "#team-finance"]
    assert {attrs.get("data-team") for attrs in page.attributes("article")} == {"Alipay+ support", "Finance"}


def test_a_break_carries_what_it_is_found_by(tmp_path: Path) -> None:
    page = proved(
        tmp_path,
        item("A", merchant_id="M1", merchant_name='Café "&"', state="ASKED", value_minor=250, value_currency="EUR",
             deadline_at=SOON),
    )  # fmt: skip
    (found,) = page.attributes("article")
    assert found["data-merchant"] == 'Café "&" (M1)'
    assert (found["data-code"], found["data-state"]) == ("P08", "asked")
    assert (found["data-value"], found["data-age"], found["data-due"]) == ("250", "3", "2026-11-28T00:30")


def test_a_day_without_breaks_says_so(tmp_path: Path) -> None:
    page = proved(tmp_path)
    assert "no break is open" in page.text("breaks")
    assert "No money is at risk" in page.text("money")
    assert "Nothing was resolved" in page.text("resolved")


def test_an_incomplete_day_says_why_and_what_to_do_and_shows_no_list(tmp_path: Path) -> None:
    page = incomplete(
        tmp_path,
        "no feeItems file came for agreement A in EUR (F01); payments without an outcome: 2",
        edge(DETAIL_AMOUNT, 100, 100),
    )
    assert "Incomplete" in page.text("head")
    assert "The last proved day is 19 Nov 2026" in page.text("head")
    assert "No feeItems file came for agreement A in EUR (F01)" in page.text("why")
    assert "Payments without an outcome: 2" in page.text("why")
    assert "What to do. Wait: the day runs again by itself" in page.text("why")
    assert "Our order says" not in page.text()
    assert "1.00 EUR" in page.text("tie-out")


def test_a_total_that_differs_is_reported_in_major_units(tmp_path: Path) -> None:
    wrong = edge(DETAIL_AMOUNT, 1_495_087, 1_495_000, Verdict.DIFFERENT)
    stated = "sum of the rows is 14,950.87 EUR, amount of the section is 14,950.00 EUR, 0.87 EUR left over"
    reason = f"{DETAIL_AMOUNT} (A EUR): {stated}"
    page = incomplete(tmp_path, f"{reason}, 1 row behind it", wrong)
    why = page.text("why")
    assert "sum of the rows 14,950.87 EUR, amount of the section 14,950.00 EUR; 0.87 EUR left over" in why
    assert "behind it" not in why
    assert "1495087" not in page.text()
    assert "Alipay+ contradict each other" in why
    assert 'class="edge does-not-tie-out"' in page.html


def test_a_reason_stands_as_it_was_reported_if_its_total_was_not_kept(tmp_path: Path) -> None:
    reason = f"f@v1: sum of the rows 149.33 EUR, amount of the section 149.32 EUR ({FEE_AMOUNT})"
    assert reason in incomplete(tmp_path, reason).text("why")


@pytest.mark.parametrize("reason", ["nothing arrived", "", "; ;"])
def test_an_incomplete_day_without_anything_still_has_its_page(tmp_path: Path, reason: str) -> None:
    receipt = export_incomplete(Warehouse(tmp_path / "state"), DAY, tmp_path / "exports", reason)
    page = report(receipt.directory)
    assert (reason.strip("; ").capitalize() or "No reason was kept.") in page.text("why")
    assert "No earlier day is proved" in page.text("head")


def test_the_page_is_left_out_where_nobody_wants_it(tmp_path: Path) -> None:
    warehouse = listed_day(tmp_path, [item("A1")])
    export_day(warehouse, DAY, tmp_path / "exports", ["csv", "html"])
    folder = export_day(warehouse, DAY, tmp_path / "exports", ["csv"]).directory
    assert not (folder / "report.html").exists()
    export_incomplete(warehouse, DAY, tmp_path / "exports", "why", ["csv"])
    assert not (folder / "report.html").exists()


def test_every_colour_of_words_can_be_read_on_every_ground() -> None:
    css = (TEMPLATES / "report.css").read_text("utf-8")
    for block in re.findall(r":root \{(.*?)\}", css, re.DOTALL):
        colours = dict(re.findall(r"--([a-z0-9]+): (#[0-9a-f]{3,6});", block))
        for ground in ("page", "soft"):
            for words in ("ink", "muted", "faint", "s1", "s2", "s3", "s4", "ok", "link"):
                assert contrast(colours[words], colours[ground]) >= 4.5, (words, ground)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_report_that_did_not_come_says_how_long_it_can_still_be_fetched(tmp_path: Path) -> None:
    warehouse = listed_day(tmp_path)
    due = DAY + timedelta(days=4)
    rows = (("fee", "MISSING", DAY), ("settlement", "EXPECTED", due), ("fee", "RECEIVED", DAY), ("fee", "MISSING", due))
    with warehouse.connect() as connection:
        for kind, state, day in rows:
            connection.execute(
                "INSERT INTO landed.calendar (as_of_day, report_date, participant_agreement_id, settlement_currency, "
                "kind, state, expected_by) VALUES (?, ?, '2188EU0001', 'EUR', ?, ?, TIMESTAMP '2026-11-21')",
                [DAY, day, kind, state],
            )
    page = report(export_incomplete(warehouse, DAY, tmp_path / "exports", "no file (F01)").directory)
    assert "Fee Report 2188EU0001 in EUR 20 Nov missing" in page.text("files")
    assert "27 Nov" in page.text("files")
    assert page.text("files").count("2188EU0001 in EUR") == 1
    assert "20 Nov – – 1 missing – 19 Nov proved" in page.text("files")
    assert "24 Nov – – due due 23 Nov" in page.text("files"), "what comes later is due, whatever is known of it today"


def test_trends_show_each_day_that_was_run_and_no_other(tmp_path: Path) -> None:
    page = proved(tmp_path, item("A1"), item("A2"), before=[item("A1"), item("old")],
                  resolved=[("P/ogloba/order/old", "P00", "FILE")])  # fmt: skip
    assert "Trends begin with the second day" in page.text("trends")
    warehouse = Warehouse(tmp_path / "state")
    with warehouse.connect() as connection:
        connection.execute(
            "INSERT INTO breaks.movements (as_of_day, break_id, movement) "
            "SELECT as_of_day, break_id, 'NEW' FROM breaks.items WHERE as_of_day = ?",
            [DAY - timedelta(days=1)],
        )
    page = report(export_day(warehouse, DAY, tmp_path / "exports", ["html"]).directory)
    assert "3 breaks opened and 1 closed in 2 days." in page.text("trends")
    assert "Now 5.00 EUR, at most 5.00 EUR." in page.text("trends")
    assert "The oldest open break is 3 days old" in page.text("trends")
    assert "By a report line: 1 break, half within 3 days" in page.text("trends")


def test_no_figure_in_doubt_is_in_a_trend(tmp_path: Path) -> None:
    doubt = item("unit", amount_at_risk_minor=30_000_000, flags="SCALE")
    warehouse = listed_day(tmp_path, [item("A"), doubt], before=[item("A"), doubt])
    with warehouse.connect() as connection:
        connection.execute(
            "INSERT INTO breaks.movements (as_of_day, break_id, movement) "
            "SELECT as_of_day, break_id, 'NEW' FROM breaks.items WHERE as_of_day = ?",
            [DAY - timedelta(days=1)],
        )
    trends = report(export_day(warehouse, DAY, tmp_path / "exports", ["html"]).directory).text("trends")
    assert "Now 2.50 EUR, at most 2.50 EUR." in trends
    assert "300,0" not in trends


def test_a_card_says_who_sold_and_where_and_the_merchants_are_listed(tmp_path: Path) -> None:
    shop = {
        "merchant_id": "M1",
        "merchant_name": "<b>Café & Co",
        "terminal_id": "T9",
        "merchant_txn_no": "0042",
        "psp_id": "W",
        "psp_name": "Wow Pay",
        "order_status": "INIT|R",
        "order_created_at": datetime(2026, 11, 20, 5, 30),  # noqa: DTZ001
    }
    page = proved(tmp_path, item("1", **shop), item("2", **shop, severity="S2"), item("3"))
    card = page.text("breaks")
    assert "Merchant <b>Café & Co (M1) Till T9 Till number 0042 Wallet Wow Pay Ordered 20 Nov 2026, 13:30 UTC+8" in card
    assert "Order status INIT|R" in card
    assert "<b>Café" not in page.html
    assert "<b>Café & Co M1 1 2 5.00 EUR 17 Nov 2026" in page.text("merchants")


def test_trifles_are_one_line_and_a_value_stands_beside_a_foreign_amount(tmp_path: Path) -> None:
    of_yen = {"currency": "JPY", "amount_at_risk_minor": 700, "value_minor": 429, "value_currency": "EUR"}
    small = {"amount_at_risk_minor": 5, "value_minor": 5, "value_currency": "EUR", "is_small": True}
    warehouse = listed_day(tmp_path, [item("1", **of_yen), item("2", **small), item("3", **small)])
    rates = [
        Rate("JPY", Fraction(612_374, 1_000_000), RateSource.SETTLED, DAY),
        Rate("KWD", Fraction(3, 10), RateSource.CONFIGURED),
    ]
    shown = shown_rates("EUR", 100, rates, is_configured=False).with_columns(as_of_day=pl.lit(DAY))
    with warehouse.connect() as connection, transaction(connection):
        replace_day(connection, "breaks.rates", DAY, shown)
    page = report(export_day(warehouse, DAY, tmp_path / "exports", ["html"]).directory)
    text = page.text("breaks")
    assert "700 JPY worth 4.29 EUR" in text
    assert "2 trifles of S1, each worth less than 1.00 EUR" in text
    assert "Values are in EUR, the settlement currency of the agreement with the most rows" in text
    assert "Settled on 20 Nov 2026: 1 JPY = 0.00612374 EUR . Configured: 1 KWD = 3 EUR ." in text
