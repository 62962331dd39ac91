"""The workbook as each reader opens it: a sheet of their own, words, numbers that add up, nothing that runs."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest

from assets.exports.step import export_day
from resources.warehouse import Warehouse
from tests.support.listed import DAY, FILE, Item, item, listed_day

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
EPOCH = datetime(1899, 12, 30, tzinfo=UTC)
SHEETS = (
    "Summary", "Breaks", "Operations", "Development", "Merchant", "Finance", "Alipay+ support", "Incidents", "Waiting",
)  # fmt: skip


class Book:
    """A workbook read with nothing but the standard library: sheet name -> rows of heading -> text or number."""

    def __init__(self, content: bytes) -> None:
        self._zip = zipfile.ZipFile(BytesIO(content))
        self.parts = {name: self._zip.read(name) for name in self._zip.namelist()}
        self.xml = {
            name: ElementTree.fromstring(part) for name, part in self.parts.items()
        }  # every part is well formed
        self._shared = ["".join(one.itertext()) for one in self.xml["xl/sharedStrings.xml"].iter(f"{MAIN}si")]
        self.names = [str(one.get("name")) for one in self.xml["xl/workbook.xml"].iter(f"{MAIN}sheet")]

    def root(self, sheet: str) -> ElementTree.Element:
        """The sheet as XML."""
        return self.xml[f"xl/worksheets/sheet{self.names.index(sheet) + 1}.xml"]

    def cells(self, sheet: str) -> list[dict[str, str | float]]:
        """Every row as column letters -> value."""
        return [
            {str(cell.get("r")).rstrip("0123456789"): self._value(cell) for cell in row if len(cell)}
            for row in self.root(sheet).iter(f"{MAIN}row")
        ]

    def rows(self, sheet: str) -> list[dict[str, str | float]]:
        """The rows of a list, by heading."""
        head, *rows = self.cells(sheet)
        return [{str(head[letter]): value for letter, value in row.items()} for row in rows]

    def _value(self, cell: ElementTree.Element) -> str | float:
        text = "".join(cell.itertext())
        kind = cell.get("t")
        return self._shared[int(text)] if kind == "s" else text if kind == "inlineStr" else float(text)


def book(folder: Path, *items: Item, rows: int = 1000) -> Book:
    warehouse = listed_day(folder, items)
    written = export_day(warehouse, DAY, folder / "exports", ["xlsx"], rows).directory
    return Book((written / "breaks.xlsx").read_bytes())


def test_everyone_has_a_sheet_even_on_a_quiet_day(tmp_path: Path) -> None:
    quiet = book(tmp_path)
    assert tuple(quiet.names) == (*SHEETS, "Merchants", "Causes")
    assert all(len(quiet.cells(name)) == 1 for name in SHEETS[1:])


def test_a_break_is_on_the_sheet_of_the_one_who_acts_and_on_that_of_all(tmp_path: Path) -> None:
    made = book(
        tmp_path,
        item("O", who_acts="OPS"), item("D", who_acts="DEV"), item("M", who_acts="MER"), item("A", who_acts="A+"),
        item("W", who_acts="nobody", state="WAITING"), item("N", who_acts="OPS", state="NOTED"),
        item("I", who_acts="OPS", family="I"),
    )  # fmt: skip
    keys = {name: {row["Our order"] for row in made.rows(name)} for name in SHEETS[1:]}
    assert keys == {
        "Breaks": {"O", "D", "M", "A", "W", "N", "I"},
        "Operations": {"O", "I"},
        "Development": {"D"},
        "Merchant": {"M"},
        "Finance": set(),
        "Alipay+ support": {"A"},
        "Incidents": {"I"},
        "Waiting": {"W"},
    }


def test_rows_stand_in_the_order_of_work(tmp_path: Path) -> None:
    near = datetime(2026, 11, 22, tzinfo=UTC).replace(tzinfo=None)
    made = book(
        tmp_path,
        item("small", amount_at_risk_minor=1),
        item("large", amount_at_risk_minor=900, deadline_at=None),
        item("near", amount_at_risk_minor=1, deadline_at=near),
        item("S2", severity="S2", deadline_at=near),
    )
    for sheet in ("Breaks", "Finance"):
        assert [row["Our order"] for row in made.rows(sheet)] == ["near", "large", "small", "S2"]


def test_amounts_are_numbers_in_major_units(tmp_path: Path) -> None:
    made = book(
        tmp_path,
        item("EUR"),
        item("JPY", currency="JPY", amount_at_risk_minor=4000),
        item("KWD", currency="KWD", amount_at_risk_minor=1_234_567),
    )
    at_risk = {row["Our order"]: row["At risk"] for row in made.rows("Finance")}
    assert at_risk == {"EUR": 2.5, "JPY": 4000, "KWD": 1234.567}
    assert 'formatCode="#,##0.000_)"' in made.parts["xl/styles.xml"].decode()
    assert not [heading for row in made.rows("Breaks") for heading in row if "minor" in heading.lower()]


def test_words_stand_where_the_list_has_codes(tmp_path: Path) -> None:
    (row,) = book(tmp_path, item("A", state="ASKED", answer="CLOSED", flags="SCALE NEAR")).rows("Breaks")
    assert (row["Break"], row["State"], row["Alipay+ said"]) == ("amount diff", "asked", "closed or cancelled")
    assert row["Flags"] == "scale, near"
    assert row["Evidence"] == f"{FILE}, version 2, line 63; our order A, in ogloba"


def test_the_sheet_of_one_who_acts_has_what_one_works_by(tmp_path: Path) -> None:
    made = book(tmp_path, item("A", merchant_name="Café du Port", flags="SCALE"))
    (own,), (whole,) = made.rows("Finance"), made.rows("Breaks")
    assert own.items() < whole.items()
    assert {"What happened", "What to do", "Merchant name", "Our amount", "Break id"} <= own.keys()
    assert len(own) <= 21


def test_paper_shows_what_one_acts_by(tmp_path: Path) -> None:
    made = book(tmp_path, item("A"))
    areas = {
        str(one.text)
        for one in made.xml["xl/workbook.xml"].iter(f"{MAIN}definedName")
        if "Print_Area" in str(one.get("name"))
    }
    assert "Finance!$A$1:$K$2" in areas


def test_times_are_those_of_the_clearing_day(tmp_path: Path) -> None:
    deadline = datetime(2026, 12, 1, 16, 15, tzinfo=UTC).replace(tzinfo=None)
    (row,) = book(tmp_path, item("A", deadline_at=deadline)).rows("Finance")
    days = float(row["Deadline (UTC+8)"])
    assert round((days - (datetime(2026, 12, 2, 0, 15, tzinfo=UTC) - EPOCH).total_seconds() / 86400) * 1440) == 0


def test_what_waits_becomes_a_break_on_the_morning_that_shows_it(tmp_path: Path) -> None:
    explanation = "Paid. It becomes a break on 2026-11-21."
    made = book(tmp_path, item("A", state="WAITING", turns_real_day=DAY + timedelta(days=1), explanation=explanation))
    (row,) = made.rows("Waiting")
    morning = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
    assert float(row["Becomes a break (UTC+8)"]) == pytest.approx((morning - EPOCH).total_seconds() / 86400)
    assert row["What happened"] == "Paid."


def test_the_summary_names_those_who_act_on_the_breaks_themselves(tmp_path: Path) -> None:
    made = book(tmp_path, item("A", who_acts="DEV"), item("B", who_acts="DEV"), item("C", who_acts="FIN"))
    lines = [row for row in made.cells("Summary") if row.get("A") == "P08"]
    assert [(row["D"], row["F"], row["G"]) for row in lines] == [("Development", 2, 5), ("Finance", 1, 2.5)]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "http://x/?a", "<b>&</b>", "a" * 40_000])
def test_text_stays_text_and_every_part_can_be_read(tmp_path: Path, text: str) -> None:
    made = book(tmp_path, item("A", explanation=text, payment_request_id="0012", break_name=text, evidence=text))
    (row,) = made.rows("Finance")
    assert row["paymentRequestId"] == "0012"
    assert str(row["What happened"])[:100] == text[:100]
    assert not [one for root in made.xml.values() for one in root.iter(f"{MAIN}f")]
    assert not [name for name in made.parts if "externalLink" in name]


def test_one_can_filter_and_the_heading_stays(tmp_path: Path) -> None:
    made = book(tmp_path, item("A"))
    for name in SHEETS[1:]:
        root = made.root(name)
        pane = next(root.iter(f"{MAIN}pane"))
        assert (pane.get("state"), pane.get("ySplit")) == ("frozen", "1")
        assert next(root.iter(f"{MAIN}autoFilter")).get("ref", "").startswith("A1:")
        assert len(list(root.iter(f"{MAIN}col"))) > 10
        assert next(root.iter(f"{MAIN}ignoredError")).get("numberStoredAsText") == "1"


def test_the_summary_leads_to_the_sheets_and_says_what_is_left_out(tmp_path: Path) -> None:
    made = book(tmp_path, item("A"), item("B"), item("C"), rows=2)
    words = [value for row in made.cells("Summary") for value in row.values()]
    assert {"proved", "21 Nov 2026, 08:30 UTC+8", "Finance", 3.0, "EUR", 7.5} <= set(words)
    assert any("the first 2 of 3" in str(word) for word in words)
    assert words.count("the first 2 are shown") == 2  # of Breaks and of Finance
    links = {link.get("location") for link in made.root("Summary").iter(f"{MAIN}hyperlink")}
    assert links == {f"'{name}'!A1" for name in (*SHEETS[1:], "Merchants", "Causes")}
    assert len(made.rows("Finance")) == 2


def test_the_same_list_gives_the_same_workbook(tmp_path: Path) -> None:
    listed_day(tmp_path, [item("A")])
    warehouse = Warehouse(tmp_path / "state")
    digests = {export_day(warehouse, DAY, tmp_path / name, ["xlsx"]).sha256["breaks.xlsx"] for name in ("one", "two")}
    assert len(digests) == 1


def test_a_break_says_who_sold_and_where(tmp_path: Path) -> None:
    shop = {
        "merchant_id": "M1",
        "merchant_name": "Café du Port",
        "store_id": "S-7",
        "terminal_id": "T9",
        "merchant_txn_no": "0042",
        "psp_id": "W",
        "psp_name": None,
        "order_status": "INIT|R",
        "paid_at": datetime(2026, 11, 20, 5, 30),  # noqa: DTZ001
    }
    (row,) = book(tmp_path, item("O", **shop)).rows("Breaks")
    names = ("Merchant", "Merchant name", "Store", "Till", "Till number", "Wallet", "Order status")
    assert [row[name] for name in names] == ["M1", "Café du Port", "S-7", "T9", "0042", "W", "INIT|R"]
    assert EPOCH + timedelta(days=float(row["Paid (UTC+8)"])) == datetime(2026, 11, 20, 13, 30, tzinfo=UTC)


def test_the_merchants_are_listed_with_their_money_and_their_oldest_break(tmp_path: Path) -> None:
    of_one = {"merchant_id": "M1", "merchant_name": "Café du Port"}
    made = book(
        tmp_path,
        item("A", **of_one), item("B", **of_one, severity="S2", currency="JPY", amount_at_risk_minor=700),
        item("C", merchant_id="M2", severity="S2"), item("D", **of_one, state="WAITING"), item("E"),
    )  # fmt: skip
    rows = made.rows("Merchants")
    shown = [tuple(row.get(name) for name in ("Merchant", "S1", "Breaks", "Currency", "At risk")) for row in rows]
    assert shown == [("M1", 1, 2, "EUR", 2.5), ("M1", 1, 2, "JPY", 700), ("M2", 0, 1, "EUR", 2.5)]
    assert EPOCH + timedelta(days=float(rows[0]["Oldest since"])) == datetime(2026, 11, 17, tzinfo=UTC)


def test_the_key_of_an_incident_is_no_id_of_alipayplus(tmp_path: Path) -> None:
    made = book(tmp_path, item("I", family="I", provider_transaction_id="I02:merchant:M1:EUR"))
    assert "Alipay+ id" not in made.rows("Breaks")[0]


def test_one_cause_of_several_breaks_has_a_line_for_each_currency(tmp_path: Path) -> None:
    cause = {"cause": "interchange fees are charged with another rate", "break_code": "C04", "severity": "S3"}
    of_yen = {"currency": "JPY", "report_currency": "JPY", "amount_at_risk_minor": 7}
    made = book(tmp_path, *(item(key, **cause) for key in "ABC"), *(item(key, **cause, **of_yen) for key in "DE"))
    assert [(row["Breaks"], row["Currency"], row["At risk"]) for row in made.rows("Causes")] == [
        (3.0, "EUR", 7.5),
        (2.0, "JPY", 14.0),
    ]
    first = made.rows("Causes")[0]
    assert (first["Cause"], first["Who acts"]) == ("interchange fees are charged with another rate", "Finance")
    assert first["Break ids"] == ", ".join(f"P/ogloba/order/{key}" for key in "ABC")
    assert {row["Cause"] for row in made.rows("Breaks")} == {cause["cause"]}
