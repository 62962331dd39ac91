"""Which digests are due: one for a team and day, again when the list has changed, and never a storm."""

from __future__ import annotations

from datetime import date, timedelta

from recon.alerts import MOST_A_DAY, AlertText, Digest, Links, Message, due_digests
from tests.support.asking import DAY

NEXT = DAY + timedelta(days=1)


def digest(fingerprint: str, team: str = "operations", day: date = DAY) -> Digest:
    return Digest(team, day, fingerprint, AlertText(f"Daily digest of {team} for {day}", "Open: 1 break.", "Work."))


def sent(*digests: Digest) -> list[Message]:
    """What is sent of digests that become due one after the other."""
    messages: list[Message] = []
    for one in digests:
        messages += due_digests([one], messages, Links(exports="/srv/exports"))
    return messages


def test_a_team_has_one_digest_for_a_day_while_its_list_stays_the_same() -> None:
    assert len(sent(*[digest("a")] * 5)) == 1


def test_each_team_and_each_day_has_its_own() -> None:
    made = sent(digest("a"), digest("a", "finance"), digest("a", day=NEXT))
    assert [(one.subject, one.day) for one in made] == [("operations", DAY), ("finance", DAY), ("operations", NEXT)]
    assert len({one.message_id for one in made}) == 3


def test_a_changed_list_is_sent_again_and_says_so() -> None:
    _, second = sent(digest("a"), digest("b"))
    assert second.title == "Daily digest of operations for 2026-11-20 (changed)"
    assert second.body.startswith(
        "The list has changed since the last digest of this day.\nOpen: 1 break.\n\nDo: Work."
    )
    assert "Files: /srv/exports/2026-11-20" in second.body


def test_a_list_that_changes_all_day_long_makes_no_storm() -> None:
    assert len(sent(*[digest(str(number)) for number in range(20)])) == MOST_A_DAY
