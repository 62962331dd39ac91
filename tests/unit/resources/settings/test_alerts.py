"""The section [alerts]: who wants which message, and what is refused."""

from __future__ import annotations

import tomllib
from dataclasses import replace

import pytest
from pydantic import ValidationError

from recon.alerts import Cause, Message
from recon.breaks.catalogue import Severity
from resources.settings.alerts import Alerts, ChannelSettings
from tests.support.asking import DAY

CHANNEL = '[[channels]]\nname = "clerks"\nurl_env = "RECON_ALERT_MAIL"\n'
DIGEST = '[[digests]]\nteam = "finance"\nwho_acts = ["FIN"]\nchannels = ["clerks"]\n'


def read(text: str) -> Alerts:
    return Alerts.model_validate(tomllib.loads(text))


def channel(*lines: str) -> ChannelSettings:
    (one,) = read("\n".join([CHANNEL, *lines])).channels
    return one


def test_without_more_a_channel_gets_everything() -> None:
    assert all(channel().wants(cause, severity) for cause in Cause for severity in Severity)


def test_a_channel_can_want_some_causes_and_only_what_is_bad_enough() -> None:
    chosen = channel('causes = ["job_failed", "files_late"]', 'min_severity = "S2"')
    assert chosen.wants(Cause.JOB_FAILED, Severity.S2)
    assert not chosen.wants(Cause.FILES_LATE, Severity.S3)
    assert not chosen.wants(Cause.S1_OPENED, Severity.S1)


def test_a_digest_goes_to_the_channels_of_its_team_whatever_else_they_want() -> None:
    alerts = read(CHANNEL + 'causes = ["daily_digest"]\n' + CHANNEL.replace("clerks", "operators") + DIGEST)
    digest = Message(Cause.DAILY_DIGEST, DAY, "finance", 1, False, Severity.S4, "Daily digest", "")
    assert alerts.channels_for(digest) == ["clerks"]
    assert alerts.channels_for(replace(digest, cause=Cause.S1_OPENED, severity=Severity.S1)) == ["operators"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (CHANNEL + DIGEST + DIGEST, "two [[alerts.digests]] have the same team"),
        (DIGEST, "the digest of finance names clerks, which is not the name of an [[alerts.channels]]"),
        (CHANNEL + DIGEST.replace("FIN", "FINANCE"), "FINANCE acts on no break; choose from A+, DEV, FIN, MER, OPS"),
        (CHANNEL + CHANNEL, "two [[alerts.channels]] have the same name"),
        (CHANNEL + 'causes = ["day_imcomplete"]', "day_incomplete"),
        (CHANNEL + 'min_severity = "S9"', "S4"),
        (CHANNEL.replace("RECON_ALERT_MAIL", "mailto://u:p@host"), "the name of an environment variable"),
        ('ui_url = "https://user:password@host"', "ui_url"),
        ("deadline_hours = 0", "deadline_hours"),
    ],
)
def test_what_is_wrong_is_refused(text: str, says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        read(text)
    assert says in str(refused.value)
