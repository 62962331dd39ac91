"""`recon alerts`: what is due now, sending it, and a test of each channel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pipelines.cli.exit_codes import DONE, FAILED
from pipelines.kept_state import NOT_STORED, store_again
from recon.errors import ConfigurationError, ReconError
from recon.listing import are, counted
from resources.settings import Settings, load_settings
from views.terminal import print_error, print_json, print_line

if TYPE_CHECKING:
    import dagster as dg

    from pipelines.sensors.alerts import AlertService

TRIAL = ("A test of this channel", "recon sends its alerts here. Nothing is wrong, and nothing is to be done.")


def alert(day: date | None, *, dry_run: bool, test: bool, as_json: bool = False) -> int:
    """The exit code: 0, or 1 if something could not be looked at or sent."""
    from pipelines.instance import open_instance

    settings = load_settings()
    if test:
        return try_channels(settings, as_json=as_json)
    with open_instance(settings) as instance:
        service = alert_service(settings, instance)
        return show_due(service, day, as_json=as_json) if dry_run else notify(service, day)


def alert_service(
    settings: Settings, instance: dg.DagsterInstance, overrides: Mapping[str, Any] = MappingProxyType({})
) -> AlertService:
    """The alert service, with the resources of the settings or others."""
    from pipelines.build_resources import build_resources
    from pipelines.sensors.alerts import AlertService

    known: dict[str, Any] = {**build_resources(settings), **overrides}
    return AlertService(
        settings, known["landing"], known["inquiry_journal"], known["alert_journal"], known["alert_channels"],
        known["clock"], instance,
    )  # fmt: skip


def notify_after(settings: Settings, instance: dg.DagsterInstance) -> None:
    """Tells people at the end of a command; what goes wrong with that is said, and changes nothing."""
    if not settings.alerts.channels:
        return
    try:
        notify(alert_service(settings, instance), None)
    except ReconError as error:
        print_error(f"recon: alerts: {error}")


def notify(service: AlertService, day: date | None) -> int:
    """Sends what is due, also what a channel did not take before."""
    if not service.settings.alerts.channels:
        raise ConfigurationError(
            "there is no [[alerts.channels]]: no one is notified",
            where="recon.toml",
            do="Write it as docs/CONFIGURATION.md explains",
        )
    receipt = service.notify(day)
    if receipt.due or receipt.sent:
        print_line(f"Alerts: {len(receipt.due)} new, {receipt.sent} sent")
        if problem := store_again(service.settings, "alerts").problem:
            receipt.problems.append(f"{NOT_STORED}: {problem}")
    for problem in receipt.problems:
        print_error(f"recon: {problem}")
    return FAILED if receipt.problems else DONE


def show_due(service: AlertService, day: date | None, *, as_json: bool = False) -> int:
    """What would be sent, word for word, and what still waits for its channel."""
    from pipelines.sensors.alerts import Receipt, latest_problem

    receipt = Receipt()
    due = service.due(receipt, day)
    if as_json:
        print_json(
            [{"to": service.channels_of(message), "title": message.title, "body": message.body} for message in due]
        )
    else:
        print_line(f"{counted(len(due), 'message')} {are(len(due))} due, nothing is sent")
        for message in due:
            print_line(f"\nTo {', '.join(service.channels_of(message)) or 'no one'}: {message.title}\n{message.body}")
    for delivery in service.journal.undelivered():
        print_error(f"recon: {latest_problem(delivery, service.clock())}")
    for problem in receipt.problems:
        print_error(f"recon: {problem}")
    return FAILED if receipt.problems else DONE


def try_channels(settings: Settings, *, as_json: bool = False) -> int:
    """One message to every channel, and what became of it; the exit code."""
    from resources.channels import AlertChannels

    channels = AlertChannels(settings.alerts, settings.secret)
    problems: dict[str, str | None] = {}
    for name in channels.names:
        problems[name] = problem = channels.send(name, *TRIAL, is_over=True)
        if problem is not None:
            print_error(f"recon: {name}: {problem}")
        elif not as_json:
            print_line(f"{name}: sent")
    if as_json:
        print_json([{"channel": name, "problem": problem} for name, problem in problems.items()])
    elif not problems:
        print_line("There is no [[alerts.channels]]: no one is notified")
    return FAILED if any(problems.values()) else DONE
