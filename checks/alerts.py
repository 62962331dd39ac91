"""Whether the messages about earlier days and runs have reached people. A warning: no day fails because of a chat."""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from checks.verdict import verdict, warns
from recon.clearing_day import Clock
from recon.errors import ReconError
from recon.listing import counted
from resources.journals.alerts import AlertJournal
from resources.settings import Settings

DELIVERED = "alerts_are_delivered"
KEY = dg.AssetKey(["exports", "day"])
RECENT = timedelta(days=2)  # since the last attempt
SPECS = [warns(DELIVERED, KEY, "Each channel took the messages of the last days that were for it.")]


@dg.multi_asset_check(name="delivered_alerts", specs=SPECS)
def delivered_alerts(
    settings: dg.ResourceParam[Settings],
    alert_journal: dg.ResourceParam[AlertJournal],
    clock: dg.ResourceParam[Clock],
) -> Iterator[dg.AssetCheckResult]:
    """Look at what was tried and did not succeed."""
    try:
        waiting = alert_journal.undelivered()
    except ReconError as error:
        yield verdict(KEY.path, DELIVERED, [str(error)], is_warning=True)
        return
    since = clock() - RECENT
    names = {channel.name for channel in settings.alerts.channels}
    problems = [
        f"channel {one.channel}: {one.problem}; not delivered after {counted(one.attempts, 'attempt')}: "
        f"{one.message.title}"
        for one in waiting
        if one.attempts and one.channel in names and one.next_at >= since
    ]
    yield verdict(KEY.path, DELIVERED, problems, is_warning=True, waiting=len(waiting))
