"""`recon doctor`: the configuration against the connected systems, as one table or as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import typer

from pipelines.build_resources import now, server_of
from pipelines.cli.exit_codes import DONE, FAILED
from pipelines.kept_state import open_store
from pipelines.packaged import EXAMPLE, PROJECT
from recon.clearing_day import clearing_day
from recon.errors import ConfigurationError
from recon.listing import counted, some_of
from resources.settings import Settings, load_settings
from views.doctor.findings import Finding, Health, is_well, note, ok, wrong
from views.doctor.rounds import ConnectedSystem, examine
from views.terminal import print_line, show, table, waiting

if TYPE_CHECKING:
    import dagster as dg

NEXT_RUN = "Run a day: each run ends what dead ones left, and so does the sensor dead_runs"
ONE_TRY = {"attempts": 1, "backoff_seconds": 0}
MOST_CONNECT_SECONDS = 10.0
COLUMNS = [("system", "left"), ("check", "left"), ("", "left"), ("found, and what to change", "left")]


def see_doctor(*, as_json: bool, at: datetime | None) -> int:
    """Prints what was found. The exit code: DONE if nothing is wrong."""
    try:
        settings = load_settings()
    except ConfigurationError as error:
        findings = [Finding("recon.toml", Health.WRONG, f"{error.where}: {error.what}", "", error.do, "configuration")]
    else:
        with waiting("Checking the connections"):
            findings = [Finding("recon.toml", Health.OK, "no key is missing or unknown", system="configuration")]
            findings += [replace(found, system="configuration") for found in still_the_example(settings)]
            findings += examine(systems_of(settings, at or now()))
    _show(findings, as_json=as_json)
    return DONE if is_well(findings) else FAILED


def still_the_example(settings: Settings) -> Iterator[Finding]:
    """What `recon init` wrote and no one changed: the ids and the host of no one."""
    example = load_settings(EXAMPLE, {})
    ids = {agreement.id for agreement in example.agreements}
    configured = [
        ("participant.id", settings.participant.id, {example.participant.id}),
        ("sftp.host", settings.sftp and settings.sftp.host, {example.wanted_sftp().host}),
        *((f"agreements[{place}].id", line.id, ids) for place, line in enumerate(settings.agreements)),
    ]
    for key, value, examples in configured:
        if value in examples:
            yield wrong("example", f"{value} is still the example", key, "Write yours, from the contract")


def systems_of(settings: Settings, at: datetime) -> list[ConnectedSystem]:
    """Every system that a run needs, in the order of the data."""
    from views.doctor.api import api_findings
    from views.doctor.contracts import contract_findings
    from views.doctor.engine import engine_findings
    from views.doctor.orders import orders_findings, write_back_findings
    from views.doctor.sftp import sftp_findings
    from views.doctor.state import state_findings
    from views.doctor.storage import storage_findings

    found = [ConnectedSystem("sftp", "sftp", lambda: sftp_findings(settings, server_of(impatient(settings)), at))]
    for place, patient in enumerate(settings.orders):
        seconds = min(patient.connect_timeout_seconds, MOST_CONNECT_SECONDS)
        source, key = patient.model_copy(update={"connect_timeout_seconds": seconds}), f"orders[{place}]"
        share, written = settings.tolerance.unmapped_share, f"{key}.write_back"
        orders = partial(orders_findings, source, key, os.environ, at, now, share)
        write_back = partial(write_back_findings, source.write_back, written, os.environ, source.limits)
        found.append(ConnectedSystem(f"orders {source.id}", key, orders))
        found.append(ConnectedSystem(f"orders {source.id}", written, write_back))
    return [
        *found,
        ConnectedSystem("api", "inquiry", lambda: api_findings(settings, now)),
        ConnectedSystem("contracts", "settlement", lambda: contract_findings(settings, clearing_day(at))),
        ConnectedSystem("alerts", "alerts.channels", lambda: alert_findings(settings)),
        ConnectedSystem("engine", "engine", lambda: engine_findings(impatient(settings))),
        ConnectedSystem("state", "warehouse", lambda: state_findings(settings)),
        ConnectedSystem("store", "storage", lambda: storage_findings(lambda: open_store(impatient(settings)))),
        ConnectedSystem("dagster", "DAGSTER_HOME", lambda: dagster_findings(settings)),
    ]


def impatient(settings: Settings) -> Settings:
    """One try, and no long wait for it."""
    changes: dict[str, object] = {"engine": settings.engine.model_copy(update={"wait_seconds": 0})}
    for name, once in (("sftp", ONE_TRY), ("storage", {"attempts": 1})):
        if (section := getattr(settings, name)) is not None:
            seconds = min(section.connect_timeout_seconds, MOST_CONNECT_SECONDS)
            changes[name] = section.model_copy(update={**once, "connect_timeout_seconds": seconds})
    changed = settings.model_copy(update=changes)
    changed._environ = settings._environ
    return changed


def alert_findings(settings: Settings) -> Iterator[Finding]:
    """Only whether each address is there: `recon alerts --test` sends something."""
    if not settings.alerts.channels:
        yield note(
            "channels", "there are none: no one is notified", "alerts.channels", "Write one, see docs/CONFIGURATION.md"
        )
    for place, channel in enumerate(settings.alerts.channels):
        if settings.optional_secret(channel.url_env):
            yield ok(channel.name, f"{channel.url_env} is set; try it with `recon alerts --test`")
        else:
            key = f"alerts.channels[{place}].url_env"
            yield wrong(channel.name, f"{channel.url_env} is not set", key, "Set it before the run")


def dagster_findings(settings: Settings) -> Iterator[Finding]:
    """Where its records are, whether they open, and what dead runs left in them."""
    from pipelines.instance import FILE, instance_folder, open_instance, records_folder
    from views.doctor.state import writable

    folder = instance_folder()
    if not (folder / FILE).is_file():
        do = f"Copy {PROJECT / FILE} or deploy/{FILE} there"
        yield wrong("home", f"{folder} has no {FILE}", "DAGSTER_HOME", do)
        return
    yield ok("home", f"{folder / FILE} is used")
    records = records_folder(settings)
    if folder == PROJECT:
        yield writable("records", records, "RECON_DAGSTER_HOME")
        if not records.is_dir():
            return
    with open_instance(settings) as instance:
        yield ok("storage", f"{type(instance.run_storage).__name__} opens, {counted(instance.get_runs_count(), 'run')}")
        yield from _left_over(instance, settings)


def _left_over(instance: dg.DagsterInstance, settings: Settings) -> Iterator[Finding]:
    """What dead processes left: runs without an end, and claimed slots of pools."""
    from pipelines.dead_runs import dead_runs, dead_slots

    if dead := dead_runs(instance, settings):
        named = some_of(f"{run.job_name} {run.run_id} ({run.status.value})" for run in dead)
        yield note("runs", f"{len(dead)} without an end, their processes are dead: {named}", do=NEXT_RUN)
    else:
        yield ok("runs", "none was left over by a dead process")
    if slots := dead_slots(instance, settings):
        named = some_of(f"{slot.pool}, step {slot.step} of run {slot.run_id}" for slot in slots)
        yield wrong("pools", f"{counted(len(slots), 'claimed slot')} without a live owner: {named}", "", NEXT_RUN)
    else:
        yield ok("pools", "no slot is claimed without a live owner")


def _show(findings: Sequence[Finding], *, as_json: bool) -> None:
    if as_json:
        rows = [finding.as_row() for finding in findings]
        typer.echo(json.dumps({"is_well": is_well(findings), "findings": rows}, indent=2))
        return
    lines, before = [], ""
    for finding in findings:
        name = finding.system if finding.system != before else ""
        before = finding.system
        lines.append((name, finding.check, finding.health.value, finding.found))
        if change := ": ".join(part for part in (finding.key, finding.do) if part):
            lines.append(("", "", "", f"-> {change}"))
    show(table("", COLUMNS, lines))
    print_line(f"\n{_counted(findings)}")


def _counted(findings: Sequence[Finding]) -> str:
    """46 checks, none wrong, 4 to note."""
    wrong_ones, notes = (sum(found.health is health for found in findings) for health in (Health.WRONG, Health.NOTE))
    return f"{counted(len(findings), 'check')}, {wrong_ones or 'none'} wrong, {notes or 'nothing'} to note"


def read_instant(text: str) -> datetime:
    """An instant as it is typed: with its zone."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = datetime.min  # noqa: DTZ901 - refused below
    if instant.tzinfo is None:
        raise typer.BadParameter(f"{text!r} is not an instant like 2026-11-21T09:00:00+08:00")
    return instant
