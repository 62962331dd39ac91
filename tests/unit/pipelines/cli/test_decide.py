"""`recon decide`: what was decided and what waits for a second person, as `--json`; what is refused is named once."""

from __future__ import annotations

import hashlib
import json
import os
import pwd
from pathlib import Path
from typing import Any

import pytest

from pipelines.cli.commands import run_cli
from pipelines.cli.decide import all_refused
from recon.errors import DecisionError
from tests.support.listed import item, listed_folder

NAME = "P/ogloba/order/A"
PEOPLE = "\n[decisions.people]\n" + "".join(
    f'{name} = "{hashlib.sha256(name.encode()).hexdigest()}"\n' for name in ("anna", "ben")
)
LIMIT = (
    '[[decisions.limits]]\nkind = "accept"\ncurrency = "EUR"\nup_to = "5000"\n'
    'may_ask = ["anna"]\nmay_approve = ["ben"]\n'
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return listed_folder(tmp_path, [item("A"), item("B")], PEOPLE + LIMIT)


def test_what_is_decided_and_what_waits_is_a_list_of_decisions(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def decide(*words: str) -> list[dict[str, Any]]:
        capsys.readouterr()
        assert run_cli(["decide", *words, "--json", "--config", str(config)]) == 0
        found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
        return found

    assert decide() == []
    monkeypatch.setenv("RECON_DECISION_TOKEN", "anna")
    (asked,) = decide(NAME, "--accept", "--because", "below the cost of asking", "--as", "anna")
    assert (asked["break_id"], asked["kind"], asked["decided_by"], asked["as_of_day"]) == (
        NAME, "ACCEPT", "anna", "2026-11-20",
    )  # fmt: skip
    assert (asked["facts"]["amount_at_risk_minor"], asked["facts"]["currency"]) == (250, "EUR")
    assert asked["decided_at"].endswith("Z")
    assert decide() == [asked]
    monkeypatch.setenv("RECON_DECISION_TOKEN", "ben")
    decide(NAME, "--approve", "--as", "ben")
    assert decide() == []
    run_cli(["breaks", "--config", str(config)])
    assert "two people agreed: off the list of the next day" in capsys.readouterr().out


def test_what_was_decided_otherwise_in_between_can_be_decided_again(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The owner goes back to the first one; a refused request is made once more. A repetition is still no decision."""

    def decide(person: str, *words: str) -> tuple[int, str]:
        monkeypatch.setenv("RECON_DECISION_TOKEN", person)
        code = run_cli(["decide", NAME, *words, "--as", person, "--config", str(config)])
        return code, "".join(capsys.readouterr())

    for owner, made in (("x", "1 decision"), ("x", "Nothing new"), ("y", "1 decision"), ("x", "1 decision")):
        assert made in decide("anna", "--assign", owner)[1]
    accept = ("--accept", "--because", "small")
    assert "1 decision" in decide("anna", *accept)[1]
    assert "Nothing new" in decide("anna", *accept)[1]
    assert "1 decision" in decide("ben", "--refuse", "--because", "look again")[1]
    assert "1 decision" in decide("anna", *accept)[1]
    assert "1 decision" in decide("ben", "--approve")[1]
    assert "Nothing new" in decide("anna", *accept)[1]
    code, said = decide("anna", "--accept", "--because", "for another reason")
    assert code != 0
    assert "two people agreed to accept it already" in said


def test_an_account_without_a_name_decides_nothing(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = max(entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid < 60_000) + 1  # as in a container
    monkeypatch.setattr(os, "getuid", lambda: unknown)
    assert run_cli(["decide", NAME, "--comment", "x", "--config", str(config)]) == 1
    said = capsys.readouterr().err
    assert f"user id {unknown}: the account that this process runs as has no name. Say who decides: --as NAME" in said
    assert run_cli(["decide", "--json", "--config", str(config)]) == 0
    assert json.loads(capsys.readouterr().out.strip()) == []


def test_a_break_that_is_refused_for_each_of_its_decisions_is_named_once() -> None:
    unknown = [DecisionError("is not on the newest list", where=name, do="See") for name in ("P/1", "P/1", "P/2")]
    assert all_refused(unknown, 3, where="recon decide").what == (
        "nothing was decided, since 3 of 3 are refused: P/1 is not on the newest list, P/2 is not on the newest list"
    )
    assert str(all_refused(unknown[:2], 2, where="recon decide")) == str(unknown[0])
