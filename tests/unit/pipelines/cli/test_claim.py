"""`recon claim`: one document a cause, kept as decisions once, the same bytes each time, and clear refusals."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.cli.commands import run_cli
from recon.breaks.items import ITEM_SCHEMA
from recon.inquiry.verdicts import ANSWER_SCHEMA
from recon.tie_out.proof import PROVED
from resources.journals.decisions import DecisionJournal
from resources.register import mark_day
from resources.warehouse import Warehouse, replace_day, transaction
from tests.support.day import ANSWER
from tests.support.listed import DAY, FILE, Item, item, listed_day

ROOT = Path(__file__).parents[4]
KWD = {"currency": "KWD", "report_currency": "KWD"}
OTHER = FILE.replace("2188EU0001", "2188KW0001").replace("_EUR_", "_KWD_")
SHA = "5e" * 32
Recon = Callable[..., tuple[int, str, str]]


def with_file(row: Item, file: str, *lines: int) -> Item:
    places = [{"file": file, "line": line, "sha256": SHA, "version": 1} for line in lines]
    return row | {"evidence": json.dumps({"ours": {}, "report": places})}


ITEMS = (
    with_file(item("A", answer="PAID", asked_count=1, merchant_name="<b>Café</b>", merchant_id="M1"), FILE, 7, 9),
    with_file(item("B", **KWD, amount_at_risk_minor=1_005), OTHER, 12),
    item("C", amount_at_risk_minor=40),
    item("D", family="C", break_code="C04", who_acts="FIN", amount_at_risk_minor=3),
    item("E", break_code="P04", who_acts="MER"),
    item("F", state="WRITTEN_OFF"),
    item("G", break_code="P10", who_acts="A+", flags="SCALE", amount_at_risk_minor=99),
    item("I", break_id="I/alipayplus/incident/I02:x", family="I", break_code="I02", who_acts="A+",
         amount_at_risk_minor=300, evidence="{}"),
    item("J", break_code="P07", incident_id="I/alipayplus/incident/I02:x", amount_at_risk_minor=100),
    item("K", break_code="P07", incident_id="I/alipayplus/incident/I02:x", amount_at_risk_minor=200),
)  # fmt: skip


def ids(*keys: str) -> list[str]:
    return [f"P/ogloba/order/{key}" for key in keys]


def publish(warehouse: Warehouse) -> None:
    answer = ANSWER | {"break_id": "P/ogloba/order/A", "situation": "SUCCESS/1", "answer": "PAID",
                       "amount_minor": 123_706, "currency": "EUR",
                       "reply_sha256": "cd" * 32, "as_of_day": DAY}  # fmt: skip
    of_before = answer | {"situation": "SUCCESS/2", "amount_minor": 777, "reply_sha256": "ef" * 32}
    with warehouse.connect() as connection:
        with transaction(connection):
            rows = pl.DataFrame([answer, of_before], schema={"as_of_day": pl.Date} | ANSWER_SCHEMA, orient="row")
            replace_day(connection, "inquiries.evidence", DAY, rows)
        mark_day(connection, DAY, PROVED)
    warehouse.publish()


@pytest.fixture
def recon(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Recon:
    """A command line on a state directory with one proved day."""
    publish(listed_day(tmp_path, ITEMS, before=[item("Z")], resolved=[("P/ogloba/order/Z", "P00", "FILE")]))
    for file in [*(ROOT / "config").glob("*.toml"), *(ROOT / "config").glob("*.sql")]:
        (tmp_path / file.name).write_bytes(file.read_bytes())
    config = tmp_path / "recon.toml"
    text = config.read_text().replace("1022172000000000001", "1022188000000123")
    config.write_text(text.replace('"var/state"', '"state"').replace('"var/exports"', '"exports"'))

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run_cli([*words, "--config", str(config)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def texts(claim: dict[str, Any]) -> list[str]:
    return [one["text"] for one in claim["sums"]]


def kept(folder: Path) -> list[tuple[str, str, str]]:
    return [(one.break_id, str(one.kind), one.value) for one in DecisionJournal(folder / "state").decisions()]


def written(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "exports/claims").iterdir()}


def test_breaks_of_one_cause_are_one_claim_with_a_sum_for_each_currency(recon: Recon, tmp_path: Path) -> None:
    code, out, err = recon("claim", "--json", *ids("A", "B", "C", "D"))
    assert (code, err) == (0, "")
    amounts, fees = sorted(json.loads(out), key=lambda one: str(one["break_code"]), reverse=True)
    assert amounts["break_ids"] == ids("A", "B", "C")
    assert [(one["currency"], one["amount_at_risk_minor"]) for one in amounts["sums"]] == [("EUR", 290), ("KWD", 1005)]
    assert (fees["break_code"], texts(fees)) == ("C04", ["0.03 EUR"])
    text = Path(amounts["text"]).read_text()
    assert text.startswith(f"Claim {amounts['number']}: amount diff, 3 cases\n")
    titles = [line for line in text.splitlines() if line.startswith("Participant")]
    assert titles == [
        "Participant 1022188000000123, agreement 2188EU0001, EUR: 2.90 EUR, 2 cases",
        "Participant 1022188000000123, agreement 2188KW0001, KWD: 1.005 KWD, 1 case",
    ]
    assert set(kept(tmp_path)) == {
        *((key, "CLAIM", amounts["number"]) for key in ids("A", "B", "C")),
        ("P/ogloba/order/D", "CLAIM", fees["number"]),
    }


def test_a_claim_says_both_sides_the_evidence_the_answer_and_what_we_ask(recon: Recon, tmp_path: Path) -> None:
    assert recon("claim", *ids("A"))[0] == 0
    html, text = (content.decode() for _, content in sorted(written(tmp_path).items()))
    for part in (
        "Our side: 1,234.56 EUR; Alipay+ report: 1,237.06 EUR; Difference: +2.50 EUR",
        f"Report: {FILE}, line 7, version 1 as we received it",
        f"Report: {FILE}, line 9, version 1 as we received it",
        f"sha256 of that file: {SHA}",
        "paymentRequestId: A",
        "You answered inquiryPayment: paid",
        "Amount in the answer: 1,237.06 EUR",
        f"sha256 of the answer as received: {'cd' * 32}",
        "What we ask for: Please say which amount each payer was charged",
    ):
        assert part in text
    for part in ("1,234.56 EUR", "1,237.06 EUR", FILE, "line 9, version 1", SHA, "cd" * 32, "Please say which amount"):
        assert part in html
    assert "&lt;b&gt;Café&lt;/b&gt;" in html
    assert "<b>" not in html
    assert "http" not in html


def test_twice_is_once(recon: Recon, tmp_path: Path) -> None:
    recon("claim", *ids("A", "B"))
    files, decisions = written(tmp_path), kept(tmp_path)
    code, out, _ = recon("claim", *ids("B", "A"))
    assert code == 0
    assert "claimed before" in out
    assert (written(tmp_path), kept(tmp_path)) == (files, decisions)
    assert recon("decide", *ids("A"), "--claim", "CASE-4711")[0] == 0
    warehouse = Warehouse(tmp_path / "state")
    later = DAY + timedelta(days=1)
    with warehouse.connect() as connection:
        with transaction(connection):
            rows = pl.DataFrame([row | {"as_of_day": later, "age_days": 4} for row in ITEMS], schema=ITEM_SCHEMA)
            replace_day(connection, "breaks.items", later, rows)
            copied = "SELECT * REPLACE (as_of_day + 1 AS as_of_day) FROM inquiries.evidence"
            connection.execute(f"INSERT INTO inquiries.evidence {copied}")
        mark_day(connection, later, PROVED)
    warehouse.publish()
    recon("claim", *ids("A", "B"))
    assert written(tmp_path) == files
    assert len(kept(tmp_path)) == len(decisions) + 1


def test_an_incident_is_claimed_with_all_its_breaks(recon: Recon, tmp_path: Path) -> None:
    code, out, _ = recon("claim", "--json", "I/alipayplus/incident/I02:x")
    (made,) = json.loads(out)
    assert (code, made["case_count"], texts(made)) == (0, 2, ["3.00 EUR"])
    assert "2. P/ogloba/order/K" in Path(made["text"]).read_text()
    assert [key for key, *_ in kept(tmp_path)] == ["I/alipayplus/incident/I02:x"]


def test_a_figure_in_doubt_is_not_in_the_sum(recon: Recon) -> None:
    (made,) = json.loads(recon("claim", "--json", *ids("G"))[1])
    assert texts(made) == ["0.99 EUR in 1 break whose figure is in doubt"]


def test_what_a_filter_finds_is_claimed(recon: Recon, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    listed = recon("breaks", "--code", "P08,C04", "--csv")[1]
    monkeypatch.setattr("sys.stdin", io.StringIO(listed))
    code, out, err = recon("claim", "--from", "-", "--out", str(tmp_path / "here"))
    assert (code, err) == (0, "")
    assert len(list((tmp_path / "here").iterdir())) == 4
    assert "3 cases, 2.90 EUR; 1.005 KWD" in out


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (["nothing"], "nothing: is on no list. See `recon breaks` for its id"),
        (ids("Z"), "P/ogloba/order/Z: is closed: the last list that has it is that of 2026-11-19. See `recon trail"),
        (ids("F"), "is closed: two people accepted it or wrote it off"),
        (ids("A", "E"), "is P04, paid not confirmed: Alipay+ cannot act on it. Act as the list says"),
        (ids("E", "Z"), "2 of 2 are refused"),
        ([], "no break is named"),
    ],
)
def test_what_cannot_be_claimed_is_refused_and_nothing_is_kept(
    recon: Recon, tmp_path: Path, keys: list[str], said: str
) -> None:
    code, _, err = recon("claim", *keys)
    assert code == 1
    assert said in err
    assert err.count("\n") == 1
    assert kept(tmp_path) == []
    assert not (tmp_path / "exports/claims").exists()
