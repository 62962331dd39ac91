"""`recon claim`: a document to Alipay+ support about breaks of the newest list, kept as a decision of each of them.

All breaks can be claimed or nothing is written. The same claim once more writes the same bytes and keeps nothing new.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from pipelines.cli.decide import NewestList, all_refused, checking, deciding, person_of
from recon.breaks.claims import refusal
from recon.decisions import Decision, Kind, Wanted
from recon.errors import DecisionError
from recon.listing import counted
from resources.files import write_atomically
from resources.journals.decisions import Checked
from resources.published import Published
from resources.settings import Settings, load_settings
from views.claim import Claim, claims_of
from views.claim.documents import as_html, as_text
from views.terminal import print_json, print_line

FOLDER = "claims"
Row = Mapping[str, object]


def claim(named: Sequence[str], out: Path | None, *, name: str | None, as_json: bool) -> None:
    """Writes one claim for each cause, and prints where. DecisionError if one of the breaks cannot be claimed."""
    wanted = list(dict.fromkeys(named))
    if not wanted:
        raise DecisionError(
            "no break is named", where="recon claim",
            do="Name some, `recon claim BREAK_ID`, or a list: `recon breaks --code C04 --csv | recon claim --from -`",
        )  # fmt: skip
    settings = load_settings()
    person = person_of(settings, name)
    published = Published.of(settings)
    folder = (out or settings.exports.directory / FOLDER).resolve()
    with deciding(settings, f"claim of {person.name}") as newest:
        found = _claims(newest, wanted, published, settings)
        days = _days_of(found, newest)
        for one, day in days.items():
            write_atomically(folder / f"{one.number}.html", as_html(one, day))
            write_atomically(folder / f"{one.number}.txt", as_text(one, day).encode())
        asked = [Wanted(key, Kind.CLAIM, one.number) for one, keys in found.items() for key in keys]
        check = checking(newest.items, asked, person, settings)
        made = newest.journal.add(person, newest.day, datetime.now(UTC), lambda known: _new(check(known), known))
        new = {(one.break_id, one.value) for one in made}
        _show(found, folder, new, as_json=as_json)


def _claims(
    newest: NewestList, wanted: Sequence[str], published: Published, settings: Settings
) -> dict[Claim, tuple[str, ...]]:
    _require_claimable(newest, wanted, published)
    named = [newest.items[key] for key in wanted]
    incidents = {key for key in wanted if newest.items[key]["family"] == "I"}
    members: dict[str, list[Row]] = {key: [] for key in incidents}
    for row in newest.items.values():
        if row["incident_id"] in incidents:
            members[str(row["incident_id"])].append(row)
    evidence = published.evidence(newest.day).iter_rows(named=True)
    answers = {(str(row["break_id"]), str(row["situation"])): row for row in evidence}
    return claims_of(named, members, answers, settings)


def _require_claimable(newest: NewestList, wanted: Sequence[str], published: Published) -> None:
    """DecisionError with what is refused, and what to do instead."""
    absent = [key for key in wanted if key not in newest.items]
    last = published.last_listed(absent) if absent else {}
    refused = []
    for key in wanted:
        if key in last:
            what = f"is closed: the last list that has it is that of {last[key]}"
            refused.append(DecisionError(what, where=key, do=f"See `recon trail {key}` for how it ended"))
        elif key in absent:
            refused.append(DecisionError("is on no list", where=key, do="See `recon breaks` for its id"))
        elif reason := refusal(newest.items[key]):
            refused.append(DecisionError(reason.what, where=key, do=reason.do))
    if refused:
        raise all_refused(refused, len(wanted), where="recon claim")


def _days_of(found: Mapping[Claim, tuple[str, ...]], newest: NewestList) -> dict[Claim, date]:
    """The list from which each claim was made first, so that its bytes stay the same on later lists."""
    kept: dict[str, date] = {}
    for one in newest.journal.decisions():
        if one.kind is Kind.CLAIM:
            kept.setdefault(one.value, one.as_of_day)
    return {one: kept.get(one.number, newest.day) for one in found}


def _new(checked: Sequence[Checked], known: Sequence[Decision]) -> list[Checked]:
    """Without what was claimed before under the same number, by whomever and on whatever list."""
    kept = {(one.break_id, one.value) for one in known if one.kind is Kind.CLAIM}
    return [one for one in checked if (one.wanted.break_id, one.wanted.value) not in kept]


def _show(found: Mapping[Claim, tuple[str, ...]], folder: Path, new: set[tuple[str, str]], *, as_json: bool) -> None:
    if as_json:
        print_json([_as_row(one, keys, folder, new) for one, keys in found.items()])
        return
    for one, keys in found.items():
        known = "" if any((key, one.number) in new for key in keys) else ", claimed before"
        amount = f", {one.total}" if one.sums else ""
        print_line(f"{one.number} {one.title}: {counted(one.count, 'case')}{amount}{known}")
        print_line(f"  {folder / one.number}.html, .txt for a mail")
    print_line("When Alipay+ gives a reference: recon decide BREAK_ID --claim REFERENCE")


def _as_row(one: Claim, keys: tuple[str, ...], folder: Path, new: set[tuple[str, str]]) -> dict[str, object]:
    return {
        "number": one.number,
        "break_code": one.code,
        "break_ids": keys,
        "case_count": one.count,
        "sums": [vars(total) | {"text": total.text} for total in one.sums],
        "is_new": any((key, one.number) in new for key in keys),
        "html": str(folder / f"{one.number}.html"),
        "text": str(folder / f"{one.number}.txt"),
    }
