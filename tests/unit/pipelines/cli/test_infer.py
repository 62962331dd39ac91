"""`recon doctor --infer`: its blocks are pasted into a wrong configuration, which loads and is right."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines.cli.commands import run_cli
from resources.settings import load_settings
from sandbox.seeding import seed

DAY = date(2026, 11, 20)
WRONG = {
    '"1022188000000123"': '"1"',
    'naive_timezone = "UTC"': 'naive_timezone = "Asia/Taipei"',
    'amount_unit = "major"': 'amount_unit = "minor"',
    'id = "2188EU_CN01"': 'id = "OTHER"',
    '"S|Y" = { pay = "SUCCESS", confirm = "CONFIRMED" }': '"S|Y" = { pay = "SUCCESS", confirm = "CANCELLED" }',
}
Infer = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeded") / "box"
    seed(folder, days=1, payments=300, last_day=DAY, faults=False)
    return folder


@pytest.fixture
def box(seeded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "box"
    shutil.copytree(seeded, folder)
    monkeypatch.setenv("RECON_CONFIG", str(folder / "recon.toml"))
    monkeypatch.setenv("RECON_ORDERS_URL", f"sqlite:///{folder / 'orders.db'}")
    return folder


@pytest.fixture
def infer(box: Path, capsys: pytest.CaptureFixture[str]) -> Infer:
    """The proposals by what they are about."""

    def run(*words: str) -> dict[str, Any]:
        capsys.readouterr()
        assert run_cli(["doctor", "--infer", "--json", *words]) == 0
        return {one["about"]: one for one in json.loads(capsys.readouterr().out)["proposals"]}

    return run


def change(box: Path, changes: dict[str, str]) -> None:
    config = box / "recon.toml"
    text = config.read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    config.write_text(text)


def paste(box: Path, proposals: dict[str, Any]) -> None:
    """Blocks with a head of their own take the place of the sections that they name, lines that of the same key."""
    config = box / "recon.toml"
    sections = re.split(r"(?m)^(?=\[)", config.read_text())
    for one in proposals.values():
        if one["toml"] and one["place"]:
            (key,) = [line.partition(" = ")[0] for line in one["toml"]]
            head = one["place"].partition(" with ")[0].strip()
            place = next(n for n, text in enumerate(sections) if text.startswith(f"{head}\n"))
            sections[place] = re.sub(rf"(?m)^{key} = .*$", one["toml"][0], sections[place])
    blocks = [one["toml"] for one in proposals.values() if one["toml"] and not one["place"]]
    heads = {line for block in blocks for line in block if line.startswith("[")}
    kept = [text for text in sections if text.partition("\n")[0] not in heads]
    config.write_text("".join(kept) + "\n" + "\n\n".join("\n".join(block) for block in blocks) + "\n")


def test_what_is_proposed_repairs_a_wrong_configuration(box: Path, infer: Infer) -> None:
    right = load_settings(box / "recon.toml")
    change(box, WRONG)
    config = box / "recon.toml"
    parts = re.split(r"(?m)^(?=\[)", config.read_text())  # write-back would not load with a wrong map
    config.write_text("".join(part for part in parts if "write_back" not in part.partition("\n")[0]))
    found = infer("--from", str(box / "sftp"))
    paste(box, found)
    pasted = load_settings(box / "recon.toml")
    assert pasted.participant.id == right.participant.id
    assert {line.id: line.psp for line in pasted.agreements} == {line.id: line.psp for line in right.agreements}
    source, wanted = pasted.orders[0], right.orders[0]
    assert source.naive_timezone == "UTC"
    assert (source.payments.amount_unit, source.payments.settlement_amount_unit) == ("major", "minor")
    assert source.payments.status.facets() == wanted.payments.status.facets()
    assert source.refunds.status.facets() == wanted.refunds.status.facets()
    assert {kind.codes for kind in pasted.fees.kinds} == {("INTERCHANGE_FEE",), ("SERVICE_FEE",)}
    assert "of " in found["zone"]["found"]


def test_a_landed_day_says_the_same(box: Path, infer: Infer, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["land", "--from", str(box / "sftp")]) == 0
    assert infer() == infer("--from", str(box / "sftp"))
    assert infer("--day", "2026-11-20")
    capsys.readouterr()
    assert run_cli(["doctor", "--infer"]) == 0
    out = capsys.readouterr().out
    assert '# payments amount: under [orders.payments]\namount_unit = "major"\n' in out


def test_one_row_of_each_is_not_enough(box: Path, infer: Infer) -> None:
    """The orders of one payment only: nothing that needs pairs is proposed."""
    with closing(sqlite3.connect(box / "orders.db")) as orders, orders:
        one = "pay_stat = 'S' AND txn_stat = 'Y' AND crt_tm BETWEEN '2026-11-20 03' AND '2026-11-20 12'"
        orders.execute(f"DELETE FROM redemption WHERE ref_no <> (SELECT MIN(ref_no) FROM redemption WHERE {one})")
    found = infer("--from", str(box / "sftp"))
    for about in ("zone", "payments amount", "payments settlement amount"):
        assert found[about]["found"].startswith("not enough")
        assert found[about]["toml"] == []
    assert "S|Y: not enough: reported in 1 of 1, 20 are needed" in found["orders.payments.status"]["found"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["doctor", "--infer"], "no transaction report has landed. Land a day with `recon land`, or give a folder"),
        (["doctor", "--infer", "--day", "2026-11-20"], "no transaction report of 2026-11-20 has landed"),
        (["doctor", "--infer", "--from", "."], "holds no transaction report"),
        (["doctor", "--from", "."], "--day and --from go with --infer"),
    ],
)
def test_without_reports_it_says_what_to_do(
    box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str],
    said: str,
) -> None:  # fmt: skip
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    assert run_cli(words) == 1
    assert said in capsys.readouterr().err


def test_an_orders_database_that_cannot_be_read_leaves_what_the_reports_say(box: Path, infer: Infer) -> None:
    (box / "orders.db").unlink()
    found = infer("--from", str(box / "sftp"))
    assert found["participant"]["toml"]
    assert "names a SQLite file that is not there" in found["orders ogloba"]["found"]
