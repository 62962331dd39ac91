"""docs/RUNBOOK.md has a section for each alert and each reason for which a day can stop, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from recon.alerts import PAGES
from recon.errors import ReconError, UnprovedDayError
from recon.identities import CONSERVATION
from recon.runbook import IDENTITIES, OTHERWISE, SECTIONS, anchor, runbook_line, section_of
from tests.architecture.test_error_messages import error_classes, trees
from tests.support.control_totals import DETAIL_COUNT, SUMMARY_COUNT

PAGE = (Path(__file__).parents[2] / "docs/RUNBOOK.md").read_text("utf-8")
PARTS = ["**What happened:**", "**You see:**", "**Do:**", "**Over when:**"]
BY_HAND = (
    "sandbox/",
    "views/doctor/",
    "resources/backup.py",
    "views/trail/gather.py",
    "pipelines/cli/",
    "pipelines/demo.py",
    "pipelines/back_fill.py",
)
# What only a person meets who types a command or the days of a job; the line itself says what to do.
TYPED = (
    "has not ended yet",
    "there is no such folder",
    "no such report of",
    "the report date is not known",
)
OF_VALUES = {"MoneyError", "QuestionError", "SignatureError", "ReportNameError"}


def sections() -> dict[str, str]:
    """Heading -> text, of every section of the third level, in one line each."""
    pieces = re.split(r"^#{2,3} ", PAGE, flags=re.MULTILINE)[1:]
    parts = (piece.partition("\n") for piece in pieces)
    return {head: " ".join(body.split()) for head, _, body in parts if head.startswith(("Reason: ", "Alert: "))}


def spoken(node: ast.expr) -> str:
    """A message of the code, with a sign for what is filled in."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(spoken(part) for part in node.values)
    if isinstance(node, ast.BinOp):
        return spoken(node.left) + spoken(node.right)
    return "…"


def errors() -> Iterator[tuple[str, str, str]]:
    """Where an error of a run is made, which one, and what it says."""
    ours = error_classes()
    for path, tree in trees().items():
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id not in ours:
                continue
            said = [spoken(part) for part in [*call.args, *(k.value for k in call.keywords if k.arg == "do")]]
            if not path.startswith(BY_HAND) and set(said[0]) != {"…"}:
                yield f"{path}:{call.lineno}", call.func.id, ". ".join(said)


def test_each_section_says_what_happened_what_is_seen_what_to_do_and_when_it_is_over() -> None:
    for heading, text in sections().items():
        assert re.findall(r"\*\*[^*]+:\*\*", text) == PARTS, heading


def test_each_alert_and_reason_has_a_section_and_no_section_is_left_over() -> None:
    assert set(sections()) == {*PAGES.values(), *SECTIONS}


def test_each_section_has_phrases_or_identities_that_lead_to_it() -> None:
    by_phrase = {heading for heading, section in SECTIONS.items() if section.phrases}
    assert by_phrase | {*IDENTITIES.values(), OTHERWISE} == set(SECTIONS)


def test_each_section_quotes_the_words_that_lead_to_it() -> None:
    shown = sections()
    missing = [(head, part) for head, known in SECTIONS.items() for part in known.phrases
               if part.strip() not in shown[head]]  # fmt: skip
    missing += [(head, name) for name, head in IDENTITIES.items() if name not in shown[head]]
    assert not missing


def test_the_words_of_each_section_are_those_of_the_program() -> None:
    constants = "\n".join(
        spoken(node)
        for path, tree in trees().items()
        if path != "recon/runbook.py"
        for node in ast.walk(tree)
        if isinstance(node, (ast.JoinedStr, ast.Constant))
    )
    assert not [part for known in SECTIONS.values() for part in known.phrases if part not in constants]


def test_each_error_of_a_run_leads_to_a_section_of_its_own() -> None:
    found = list(errors())
    assert len(found) > 60
    lost = [(place, said) for place, name, said in found if section_of(said) == OTHERWISE
            and name not in {"ConfigurationError", *OF_VALUES} and not said.startswith(TYPED)
            and not any(part in said for part in TYPED)]  # fmt: skip
    assert not lost


def test_each_blocking_check_is_named_by_a_section() -> None:
    from pipelines.definitions import defs

    text = " ".join(sections().values())
    endings = tuple(re.findall(r"`(_[a-z_]+)`", text))
    graph = defs.resolve_asset_graph()
    blocking = {key.name for key in graph.asset_check_keys if graph.get_check_spec(key).blocking}
    assert not {name for name in blocking if f"`{name}`" not in text and not name.endswith(endings)}
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+){2,})`", " ".join(re.findall(r"Checks? (.*?)(?:\*\*|\.)", text))))
    assert named <= {key.name for key in graph.asset_check_keys}


@pytest.mark.parametrize(
    ("reason", "heading"),
    [
        ("no summary file came for agreement A in EUR (F01)", "Reason: a report has not come"),
        (
            f"2026-11-20: {SUMMARY_COUNT} (A EUR B1): rows is 1, summary is 2, -1 left over. Run again",
            "Reason: the summary is not the rows",
        ),
        (
            f"x.csv: rows 1, section 2 ({DETAIL_COUNT}); and 3 more",
            "Reason: the rows are not what the report counts",
        ),
        ("x.csv, line 3: the text is not UTF-8", "Reason: a report cannot be read"),
        ("x.csv v1: the file is a gzip archive, not CSV text", "Reason: a report cannot be read"),
        ("x.csv@v1, line 3: a quoted cell is not closed properly", "Reason: lines were put aside"),
        (
            "x.csv@v1, line 3: transactionId is an id in scientific notation: a spreadsheet has rewritten it",
            "Reason: ids are not those that were sent",
        ),
        ("x.csv, line 3: amount is not a whole number; and 2 more", "Reason: lines were put aside"),
        ("decision 1 about P/s/order/1 is not what was kept", "Reason: the journal of decisions is not whole"),
        ("recon.toml: sftp.hots: is not a known key", OTHERWISE),
        # As earlier versions said it; a day that stopped then still has these words.
        ("sftp.alipayplus.com: no answer in time (3 attempts)", "Reason: the SFTP server does not answer"),
        ("orders source main: 3 rows hold control characters in order_no", "Reason: the orders cannot be used"),
        ("x.csv@v1, line 4: 1 rows of transactionItems do not fit: sign", "Reason: a column is not what it must be"),
        ("2 payments have no outcome", "Reason: an input has no single outcome"),
        ("s3://states/a/objects/1: is too large for one object: 6 bytes", "Reason: the object store refuses us"),
        ("P01 in EUR: 1 breaks are not accounted for", "Reason: the list does not add up"),
        ("", OTHERWISE),
    ],
)
def test_a_reason_leads_to_its_section(reason: str, heading: str) -> None:
    assert section_of(reason) == heading


def test_a_line_leads_to_the_page_or_to_a_copy_of_it() -> None:
    heading = section_of(
        str(UnprovedDayError(f"{CONSERVATION['payments']}: input payments was not counted", where="2026-11-20"))
    )
    assert runbook_line(heading) == f'Runbook: docs/RUNBOOK.md, "{heading}"'
    assert runbook_line(heading, "https://wiki/RUNBOOK") == f"Runbook: https://wiki/RUNBOOK#{anchor(heading)}"
    assert issubclass(UnprovedDayError, ReconError)
    links = re.findall(r"\]\(#([^)]+)\)", PAGE)
    assert set(links) <= {anchor(line.lstrip("# ")) for line in PAGE.splitlines() if line.startswith("#")}


def test_each_warning_is_named() -> None:
    from pipelines.definitions import defs

    graph = defs.resolve_asset_graph()
    warnings = {key.name for key in graph.asset_check_keys if not graph.get_check_spec(key).blocking}
    assert not {name for name in warnings if f"`{name}`" not in PAGE}
