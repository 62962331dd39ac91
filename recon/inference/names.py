"""Participant and agreements, from the names of report files and the wallets of their rows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import date

import polars as pl

from recon.inference import LEAST, Proposal
from recon.listing import counted
from recon.reports.names import ReportName


def participant(names: Sequence[ReportName], first_day: date) -> Proposal:
    """Whose reports they are. `first_day`: from which clearing day on our side is compared."""
    by_participant = Counter(name.participant_id for name in names)
    if not by_participant:
        return Proposal("participant", "no report file")
    ((best, found), *others) = by_participant.most_common()
    if others:
        named = ", ".join(f"{who} ({count})" for who, count in by_participant.most_common())
        return Proposal("participant", f"the files are of several participants: {named}; give those of one")
    lines = ("[participant]", f"id = {json.dumps(best)}", f"start_day = {first_day}")
    return Proposal("participant", f"{best} in {found:,} of {counted(len(names), 'file name')}", toml=lines)


def agreements(names: Sequence[ReportName], rows: pl.DataFrame) -> Proposal:
    """One line for each agreement and settlement currency; with a wallet where only that tells two of them apart.

    `rows`: participant_agreement_id, settlement_currency, psp_id of the payments.
    """
    sets = sorted({(name.participant_agreement_id, name.settlement_currency) for name in names})
    if not sets:
        return Proposal("agreements", "no report file")
    wallets = _wallets(rows)
    lines, notes = [], []
    for agreement, currency in sorted(sets, key=lambda one: (_own_wallet(one, sets, wallets) is None, one)):
        own = _own_wallet((agreement, currency), sets, wallets)
        rivals = [one for one in sets if one[1] == currency and one[0] != agreement]
        lines += ["[[agreements]]", f"id = {json.dumps(agreement)}", f"settlement_currency = {json.dumps(currency)}"]
        if own:
            lines.append(f"psp = {json.dumps(own)}")
            count = sum(wallets[agreement, currency].values())
            notes.append(f"{agreement} in {currency} has {own} in {count:,} of {counted(count, 'payment')}")
        elif rivals and not any(_own_wallet(one, sets, wallets) for one in rivals):
            seen = sum(wallets.get((agreement, currency), Counter()).values())
            notes.append(
                f"not enough to tell {agreement} from {rivals[0][0]} in {currency} ({counted(seen, 'payment')})"
            )
        lines.append("")
    more = f"; {'; '.join(notes)}" if notes else ""
    return Proposal("agreements", f"{len(sets)} in {counted(len(names), 'file name')}{more}", toml=tuple(lines[:-1]))


def _wallets(rows: pl.DataFrame) -> dict[tuple[str, str], Counter[str]]:
    found: dict[tuple[str, str], Counter[str]] = {}
    counted = rows.filter(pl.col("psp_id").is_not_null()).group_by(
        "participant_agreement_id", "settlement_currency", "psp_id"
    ).len()  # fmt: skip
    for agreement, currency, psp, count in counted.iter_rows():
        found.setdefault((agreement, currency), Counter())[psp] = count
    return found


def _own_wallet(
    one: tuple[str, str], sets: Sequence[tuple[str, str]], wallets: dict[tuple[str, str], Counter[str]]
) -> str | None:
    """The only wallet of an agreement, in enough payments, that no other agreement of its currency has."""
    own = wallets.get(one, Counter())
    if len(own) != 1 or sum(own.values()) < LEAST:
        return None
    (psp,) = own
    rivals = [other for other in sets if other[1] == one[1] and other != one]
    return psp if rivals and not any(psp in wallets.get(other, ()) for other in rivals) else None
