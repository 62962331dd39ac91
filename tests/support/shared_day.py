"""Cases played together: one day for many of them, so that its statements are planned once and not once a case.

Each case gets ids of its own (`case7~O1`), and reads its part of the day without them. A shared day can only acquit:
a case that fails on it, or cannot share one (it looks into the warehouse, its day stops, its break belongs to all), is
not among those that passed, and is then played on a day of its own as if there were no others.
"""

from __future__ import annotations

import inspect
import itertools
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from queue import SimpleQueue
from typing import cast

import polars as pl
import pytest

from recon.matching.parameters import DayRules
from resources.warehouse import Warehouse
from tests.support.day import ANSWER, History, MemoryWarehouse, PlayedDay
from tests.support.records import Record

Case = Callable[..., None]  # called with history=
OWN_IDS = {
    "order_key", "payment_request_id", "provider_payment_id", "terminal_id", "merchant_txn_no", "refund_key",
    "refund_request_id", "provider_refund_id", "request_id", "provider_transaction_id", "original_request_id",
    "original_provider_transaction_id", "batch_id", "file_id", "question_id",
}  # fmt: skip
ID_AFTER_SLASHES = {"break_id": 3, "situation": 2}  # P/shop/order/O1, INIT/0/O1
ANY_CASE = r"case\d+~"


SPEC = "tests/spec/test_"
LARGE_FAMILIES = "cip"  # fees, inquiries and incidents, payments: enough cases to fill days of their own


def group_of(nodeid: str) -> str:
    """What runs in one process with a test: its file, or the cases of `tests/spec` with which it shares days."""
    file = nodeid.partition("::")[0]
    if not file.startswith(SPEC):
        return file
    family = file[len(SPEC)]
    return f"{SPEC}{family if family in LARGE_FAMILIES else '*'}"


def can_share(item: pytest.Function) -> bool:
    """Whether a test wants nothing but a history, and may find others in it."""
    asked_for = inspect.signature(item.obj).parameters.keys() - parameters(item).keys()
    return asked_for == {"history"} and item.get_closest_marker("own_day") is None


def parameters(item: pytest.Function) -> dict[str, object]:
    """The arguments of one case of a table."""
    return dict(item.callspec.params) if hasattr(item, "callspec") else {}


class PlayElsewhereError(BaseException):
    """Ends a case that asked for another day than the others."""


@dataclass(frozen=True)
class Wanted:
    """A day that a case asks for. Without `delivered` it is the same day once more."""

    day: date
    rules: DayRules
    answers: list[Record]
    orders: list[Record] = field(default_factory=list)
    refunds: list[Record] = field(default_factory=list)
    delivered: tuple[list[Record], list[Record]] | None = None
    digests: dict[str, str] = field(default_factory=dict)

    @property
    def shared_with(self) -> tuple[object, ...]:
        """Cases of which this is the same can share the day."""
        return self.day, self.rules, self.delivered is None


class SharedHistory(History):
    """The history of one case. It has no warehouse: whoever looks into one needs a day of its own."""

    def __init__(self, play: Callable[[Wanted], PlayedDay]) -> None:
        super().__init__(cast(Warehouse, None))
        self._play = play

    def run(
        self,
        day: date,
        orders: Iterable[Record],
        refunds: Iterable[Record],
        rows: Iterable[Record],
        fees: Iterable[Record] = (),
    ) -> PlayedDay:
        wanted = Wanted(
            day, self.rules, list(self.answers), list(orders), list(refunds), (list(rows), list(fees)), self.digests
        )
        return self._play(wanted)

    def answered(self, offset: int = 0, **answer: object) -> PlayedDay:
        self.answers.append(ANSWER | answer)
        return self._play(Wanted(self.start + timedelta(days=offset), self.rules, list(self.answers)))


class Player(threading.Thread):
    """A case in a thread of its own; it runs only while the batch waits for what it wants next."""

    def __init__(self, case: Case, number: int) -> None:
        super().__init__(daemon=True)
        self.case, self.mark, self.has_passed = case, f"case{number}~", False
        self._wanted: SimpleQueue[Wanted | None] = SimpleQueue()
        self._played: SimpleQueue[PlayedDay | PlayElsewhereError] = SimpleQueue()
        self.start()
        self.wants = self._wanted.get()

    def run(self) -> None:
        try:
            self.case(history=SharedHistory(self._ask))
            self.has_passed = True
        except BaseException:  # whatever it is, the case is played again on a day of its own, and fails there
            self.has_passed = False
        self._wanted.put(None)

    def _ask(self, wanted: Wanted) -> PlayedDay:
        self._wanted.put(wanted)
        played = self._played.get()
        if isinstance(played, PlayElsewhereError):
            raise played
        return played

    def go_on(self, played: PlayedDay | PlayElsewhereError) -> None:
        """Hands over the day that was wanted, and waits for what is wanted next."""
        self._played.put(played)
        self.wants = self._wanted.get()


def passed_together(warehouse: MemoryWarehouse, cases: Mapping[str, Case]) -> set[str]:
    """The names of the cases that passed on shared days."""
    if len(cases) < 2:
        return set()
    players = {name: Player(case, number) for number, (name, case) in enumerate(cases.items())}
    try:
        groups = [_play(warehouse, players)]
    except Exception:  # one of those that have not ended yet stops the day: the halves of them are tried
        names = [name for name, player in players.items() if not player.has_passed]
        groups = [names[: len(names) // 2], names[len(names) // 2 :]]
    finally:
        _dismiss(players.values())
    passed = {name for name, player in players.items() if player.has_passed}
    return passed.union(*(passed_together(warehouse, {name: cases[name] for name in group}) for group in groups))


def play_most(warehouse: MemoryWarehouse, cases: Mapping[str, Case], days: int) -> int:
    """Plays the first days that most cases want; returns how many cases were on them."""
    players = {name: Player(case, number) for number, (name, case) in enumerate(cases.items())}
    try:
        return len(cases) - len(_play(warehouse, players, days))
    finally:
        _dismiss(players.values())


def _play(warehouse: MemoryWarehouse, players: Mapping[str, Player], most_days: int | None = None) -> list[str]:
    """Plays days as long as one is wanted, each time the one that most want; returns who wanted another one."""
    days = SharedDays(warehouse)
    elsewhere: list[str] = []
    left = itertools.count() if most_days is None else range(most_days)
    for _ in left:
        asking = {name: player for name, player in players.items() if player.wants}
        if not asking:
            break
        groups: dict[object, list[str]] = defaultdict(list)
        for name, player in asking.items():
            groups[cast(Wanted, player.wants).shared_with].append(name)
        together = max(groups.values(), key=len)
        day = days.play({asking[name].mark: cast(Wanted, asking[name].wants) for name in together})
        for name, player in asking.items():
            player.go_on(part_of(day, player.mark) if name in together else PlayElsewhereError())
        elsewhere += [name for name in asking if name not in together]
    return elsewhere


class SharedDays:
    """One history that holds those of all cases, each under its mark; a case that has ended keeps its orders in it."""

    def __init__(self, warehouse: MemoryWarehouse) -> None:
        warehouse.empty()
        self.warehouse = warehouse
        self.inputs: dict[str, Wanted] = {}
        self.answers: dict[str, list[Record]] = {}

    def play(self, wanted: Mapping[str, Wanted]) -> PlayedDay:
        """The day that all of these want."""
        some = next(iter(wanted.values()))
        self.answers |= {mark: each.answers for mark, each in wanted.items()}
        rules = some.rules
        history = History(
            self.warehouse, rules.start_day, rules.tolerance, rules.agreements, rules.is_production, rules.fees,
            reporting=rules.reporting, answers=_marked(self.answers),
        )  # fmt: skip
        if some.delivered is None:
            with self.warehouse.connect() as connection:
                day = history.rerun(some.day, connection)
        else:
            self.inputs |= wanted
            history.digests = {f"{mark}{file}": sha256 for mark, each in wanted.items()
                               for file, sha256 in each.digests.items()}  # fmt: skip
            rows, fees = (_marked({mark: each.delivered[side] for mark, each in wanted.items() if each.delivered})
                          for side in (0, 1))  # fmt: skip
            orders, refunds = (_marked({mark: getattr(each, side) for mark, each in self.inputs.items()})
                               for side in ("orders", "refunds"))  # fmt: skip
            day = history.run(some.day, orders, refunds, rows, fees)
        for frame in (day.items, day.movements):
            marks = frame.select(
                pl.concat_str(pl.col(pl.String), separator=" ", ignore_nulls=True).str.extract_all(ANY_CASE)
            ).to_series()
            assert marks.list.n_unique().eq(1).all(), "a line that belongs to none of the cases, or to several"
        return day


def _marked(records: Mapping[str, Iterable[Record]]) -> list[Record]:
    return [_marked_record(mark, record) for mark, each in records.items() for record in each]


def _marked_record(mark: str, record: Record) -> Record:
    ids = {name: f"{mark}{record[name]}" for name in OWN_IDS & record.keys() if record[name]}
    inside = {name: _mark_after(n, mark, record[name]) for name, n in ID_AFTER_SLASHES.items() if name in record}
    return record | ids | inside


def _mark_after(slashes: int, mark: str, text: str | None) -> str | None:
    *before, key = (text or "").split("/", slashes)
    return "/".join([*before, f"{mark}{key}"]) if len(before) == slashes else text


def part_of(day: PlayedDay, mark: str) -> PlayedDay:
    """What one case sees of a shared day: its lines, with its ids as it wrote them."""
    outcomes = [
        {key.replace(mark, ""): code for key, code in each.items() if mark in key}
        for each in (day.payments, day.refunds, day.fees)
    ]
    return PlayedDay(day.day, _own_lines(day.items, mark), _own_lines(day.movements, mark), *outcomes)


def _own_lines(frame: pl.DataFrame, mark: str) -> pl.DataFrame:
    texts = pl.col(pl.String)
    return frame.filter(pl.any_horizontal(texts.str.contains(mark, literal=True).fill_null(value=False))).with_columns(
        texts.str.replace_all(mark, "", literal=True)
    )


def _dismiss(players: Iterable[Player]) -> None:
    for player in players:
        while player.wants is not None:
            player.go_on(PlayElsewhereError())
