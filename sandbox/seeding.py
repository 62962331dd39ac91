"""Seeding: plays some days with all their faults and writes what is left of them.

    <directory>/sftp/v1/settlements/...   the report files
    <directory>/orders.db                 Ogloba's database (or PostgreSQL by URL)
    <directory>/alipayplus_ledger.db      what Alipay+ answers to inquiryPayment
    <directory>/truth.csv                 what each key deserves on each day
    <directory>/bank.csv, withheld/       what the bank received, and reports that never reached the server
    <directory>/deliveries.csv            when each file arrives; truth_before.csv, superseded/: see `deliveries`
    <directory>/recon.toml, sandbox.env, orders_*.sql, keys/

The same arguments give the same bytes, keys apart.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from recon.errors import ConfigurationError
from sandbox.answers import add_answers
from sandbox.api.ledger import ApiLedgerWriter, write_ledger
from sandbox.configuration import write_configuration
from sandbox.crowd import play_crowd
from sandbox.deliveries import Deliveries
from sandbox.honest import ONCE_A_DAY, SHARES, Play
from sandbox.instants import DAY, HOUR, MINUTE, day_start, moment
from sandbox.keys import make_api_keys, make_keys
from sandbox.mass_faults import MassFault
from sandbox.orders_store import Append, open_store
from sandbox.reports import SUPERSEDED, WITHHELD, ReportWriter
from sandbox.scenarios.fees import FeeMistakes
from sandbox.scenarios.played import SCENARIOS, Scenario
from sandbox.scenarios.settlements import Mistakes, deserved
from sandbox.settlement import Settler, contract_of
from sandbox.stage import Stage, after
from sandbox.truth_before import write_truth_before
from sandbox.world import build_world

FAULT_SHARE = 0.015
ENOUGH = 500  # sales a day from which on every scenario is played every day, and each day has refunds
MOST_FAULTS = 0.15  # of the sales of a small day
LAST_SALES = 8 * HOUR + 20 * MINUTE  # sales go on after midnight until the run
LAST_SALES_SHARE = 0.1
CLOCK_SCENARIOS = ("our_clock_is_fast", "our_clock_is_slow")
MOST_SHIFTS = 0.008  # above one percent a shift would be one incident
SMALL_DAY = 20_000
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class SeedReport:
    """What was seeded, and where it is."""

    directory: Path
    days: tuple[date, ...]
    payments: int
    refunds: int
    files: int
    truth_rows: int
    truth: Path
    config: Path
    environment: Path
    orders_url: str


def seed(
    directory: Path,
    *,
    days: int = 3,
    payments: int = 1000,
    seed: int = 1,
    last_day: date = date(2026, 11, 20),
    mode: str = "multi-batch",
    faults: bool | float = True,
    orders_url: str | None = None,
    rows_per_file: int = 500_000,
    port: int = 2222,
    api_port: int = 2280,
    signed: bool = False,
    settlement: bool = False,
    fees: bool = False,
    deliveries: bool = False,
    flood: str | None = None,
    flood_rows: int = 150,
    progress: Progress | None = None,
) -> SeedReport:
    """Plays `days` days of `payments` sales that end on `last_day`.

    With `settlement` there is a contract about due days, with its own truth; without, nothing is ever overdue.
    Fees are always contracted; with `fees` Alipay+ makes mistakes in them, and the truth knows. `flood`: one cause (a
    name of `sandbox.mass_faults.MASS_FAULTS`) strikes at least `flood_rows` plain sales of a day in the middle.
    With `deliveries` a report is late, one is missing, and some come again: see `sandbox.deliveries`.
    """
    if days < 1 or payments < 1 or rows_per_file < 1:
        raise ConfigurationError(
            "days, payments and rows per file must be at least 1", where=str(directory), do="Give larger numbers"
        )
    directory = directory.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    world = build_world(mode)
    played = [last_day - timedelta(days=back) for back in reversed(range(days))]
    stage = Stage(world, played)
    wave = MassFault(flood, played, flood_rows) if flood else None
    share = _fault_share(faults)
    play = _Play(stage, seed, payments, share, progress or (lambda _, __: None), wave)
    plan = Deliveries(world, played) if deliveries else None
    play.act(plan)
    settler = Settler(world, contract_of(world) if settlement else {})
    spoil = Mistakes(settler).make if settlement and share else None
    spared = plan.transactions if plan else []
    mistakes = FeeMistakes(played, seed, spared) if fees and share and not (wave and wave.is_in_fees) else None
    writer = ReportWriter(
        directory=directory / "sftp",
        world=world,
        rows_per_file=rows_per_file,
        signed=signed,
        settler=settler,
        spoil=spoil,
        mistakes=mistakes,
        first_version=plan.first_version if plan else None,
        mass_fault=wave,
    )
    url = orders_url or f"sqlite:///{directory / 'orders.db'}"
    with open_store(url) as append, write_ledger(directory) as books:
        for folder in ("sftp", WITHHELD, SUPERSEDED):
            shutil.rmtree(directory / folder, ignore_errors=True)
        play.write(append, writer, books)
    if settlement:
        stage.truth.add(deserved(settler, played))
    if mistakes:
        stage.truth.add(mistakes.deserved)
    if wave:
        stage.truth.add(wave.deserved())
    if plan:
        plan.deliver(directory)
        write_truth_before(directory, plan, stage.truth.table(), stage.alipayplus, settler)
    truth = add_answers(stage.truth.table(), stage.alipayplus)
    truth.write_csv(directory / "truth.csv")
    config, environment = write_configuration(
        directory,
        world,
        start_day=played[0],
        port=port,
        api_port=api_port,
        url=url,
        keys=make_keys(directory, port),
        api_keys=make_api_keys(directory),
        unmapped=_unmapped_share(payments),
        some_days_have_no_refund=payments < ENOUGH,
        settler=settler if settlement else None,
    )
    return SeedReport(
        directory,
        tuple(played),
        play.sales,
        len(stage.ogloba.voids),
        writer.files,
        truth.height,
        directory / "truth.csv",
        config,
        environment,
        url,
    )


def _fault_share(faults: bool | float) -> float:
    """0 is honest; True is the usual share."""
    if isinstance(faults, bool):
        return FAULT_SHARE if faults else 0.0
    return faults


def _unmapped_share(payments: int) -> float | None:
    """Small days need a wider tolerance, since every fault is played at least once."""
    if payments >= SMALL_DAY:
        return None
    return 0.05 if payments >= ENOUGH else 0.25


@dataclass
class _Play:
    """The order of the acts: faults and odd sales of all days first, then the crowd, day by day."""

    stage: Stage
    seed: int
    payments: int
    share: float
    progress: Progress
    mass_fault: MassFault | None = None
    left: dict[date, int] = field(default_factory=dict)  # sales of a day that the crowd still has to make
    sales: int = 0

    def act(self, deliveries: Deliveries | None = None) -> None:
        """All that is played one by one."""
        for place, day in enumerate(self.stage.days):
            before = len(self.stage.ogloba.redemptions)
            for scenario, times in _cast(self.stage, self.payments, self.share, place):
                self.perform(day, scenario.name, scenario.play, times)
            self._tell()
            self._act_honestly(day)
            if deliveries:
                self.perform(day, "deliveries", deliveries.act)
            made = len(self.stage.ogloba.redemptions) - before
            self.left[day] = max(self.payments - made, 0)

    def _act_honestly(self, day: date) -> None:
        for play in ONCE_A_DAY:
            self.perform(day, play.__name__, play)
        for play, share in SHARES:
            self.perform(day, play.__name__, play, round(share * self.payments))
            self._tell()

    def _tell(self) -> None:
        """Progress; small days hold more sales than asked for, since every fault is played."""
        made = self.sales or len(self.stage.ogloba.redemptions)
        total = len(self.stage.days) * self.payments
        self.progress(min(made, total), total)

    def perform(self, day: date, name: str, play: Play, times: int = 1) -> None:
        """So many acts of a name, each with a chance of its own."""
        for take in range(times):
            self.stage.begin(f"{self.seed}:{day}:{name}:{take}", name)
            play(self.stage, day)
            self.stage.end()

    def write(self, append: Append, writer: ReportWriter, books: ApiLedgerWriter) -> None:
        """Ogloba's rows go to the database, Alipay+'s entries to its books and the reports."""
        stage, days = self.stage, self.stage.days
        now = day_start(after(days[-1])) + LAST_SALES
        redemptions = stage.ogloba.redemption_table(now)
        self.sales = len(stage.ogloba.redemptions)
        append("redemption", redemptions.sort("valid_from", "ref_no"))
        append("void", stage.ogloba.void_table(now).sort("valid_from", "void_no"))
        books.add_played(stage.alipayplus)
        ledger = stage.alipayplus.ledger()
        carried = ledger.clear()
        for day in days:
            rows, entries = self._crowd(day, DAY, self.left[day])
            if self.mass_fault and day == self.mass_fault.day:
                rows, entries = self.mass_fault.rush(stage, f"{self.seed}:{day}", rows, entries)
            append("redemption", self.mass_fault.kept(rows) if self.mass_fault else rows)
            books.add_crowd(entries)
            self._tell()
            known = pl.concat([carried, entries])
            cleared = pl.concat([_on(ledger, day), _on(known, day)])
            writer.clear(day, self.mass_fault.reported(day, cleared) if self.mass_fault else cleared)
            carried = known.filter(pl.col("at") >= day_start(after(day)))
            writer.settle(after(day))
        self._tell()
        tail = max(round(self.payments * LAST_SALES_SHARE), 20)
        rows, entries = self._crowd(after(days[-1]), LAST_SALES, tail)
        append("redemption", rows)
        books.add_crowd(entries)

    def _crowd(self, day: date, length: int, count: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        self.sales += count
        return play_crowd(self.stage, f"{self.seed}:{day}:crowd", day_start(day), length, count)


def _on(entries: pl.DataFrame, day: date) -> pl.DataFrame:
    return entries.filter((pl.col("at") >= day_start(day)) & (pl.col("at") < moment(after(day), 0)))


def _cast(stage: Stage, payments: int, share: float, place: int) -> Iterator[tuple[Scenario, int]]:
    """How often each scenario is played: at least once; on a small day some of them, in turn."""
    if share <= 0:
        return
    several = len(stage.world.agreements) > 1
    scenarios = sorted(each for each in SCENARIOS if several or not each.several_sets)
    times = max(1, round(share * payments / len(scenarios)))
    shifts = int(MOST_SHIFTS * payments / len(CLOCK_SCENARIOS))
    if payments >= ENOUGH:
        chosen = scenarios
    else:
        count = max(1, int(payments * MOST_FAULTS))
        chosen = [scenarios[(place * count + n) % len(scenarios)] for n in range(count)]
    for scenario in chosen[: len(scenarios)]:
        most = shifts if scenario.name in CLOCK_SCENARIOS else times
        yield scenario, min(times, most)
