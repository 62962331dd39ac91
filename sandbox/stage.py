"""The stage: both parties, the network between them, tills, and the truth that is kept aside."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import date, timedelta
from random import Random

from sandbox.alipayplus import AlipayPlus
from sandbox.faults import Fault, Faults
from sandbox.instants import FOREVER, MINUTE, SECOND, moment
from sandbox.messages import Wallet
from sandbox.network import Network
from sandbox.ogloba import Ogloba
from sandbox.ogloba_rows import Redemption, Void
from sandbox.ogloba_sales import Sale
from sandbox.truth import ONE_DAY, Truth
from sandbox.world import WALLETS, Store, World

SLOW = 20 * SECOND  # a wallet that answers after the synchronous limit
MAJOR = {"EUR": 100, "USD": 100, "GBP": 100, "JPY": 150, "KRW": 1_500, "KWD": 300}
_WALLET_TABLE = [name for name, share in WALLETS for _ in range(share)]


class Stage:
    """Everything a flow needs. One Random per act keeps acts independent of each other."""

    def __init__(self, world: World, days: list[date]) -> None:
        self.world = world
        self.days = days
        self.faults = Faults()
        self.alipayplus = AlipayPlus(world, self.faults)
        self.ogloba = Ogloba(Network(self.alipayplus, self.faults), self.faults)
        self.truth = Truth(days)
        self.random = Random(0)
        self._tills = 0
        self._stores = [store for store in world.stores for _ in range(store.share)]

    def acting(self, *faults: Fault) -> AbstractContextManager[None]:
        """Faults that strike the flows played inside."""
        return self.faults.acting(*faults)

    def begin(self, act: str, scenario: str) -> None:
        """A new act: its own chance, its own name in the truth."""
        self.random = Random(act)
        self.truth.scenario = scenario

    def end(self) -> None:
        """Notices that are still under way arrive."""
        self.ogloba.hear(FOREVER)

    # -- casting -------------------------------------------------------------------------------

    def daytime(self, day: date, first_hour: int = 2, last_hour: int = 19) -> int:
        """Some moment of a day, far from midnight."""
        seconds = self.random.randrange((last_hour - first_hour) * 3600)
        return moment(day, first_hour) + seconds * SECOND + self.random.randrange(1000) * 1000

    def next_morning(self, day: date) -> int:
        """When people repair what they found: after the run of the day, on the day after."""
        return moment(day + ONE_DAY, 10) + self.random.randrange(7200) * SECOND

    def psp(self) -> str:
        """Some wallet."""
        return _WALLET_TABLE[int(self.random.random() * len(_WALLET_TABLE))]

    def sale(
        self,
        at: int,
        *,
        currency: str | None = None,
        wallet: Wallet | None = None,
        store: Store | None = None,
        least: int = 2,
    ) -> Sale:
        """A sale at a till of its own, of `least` to 200 times the price of a coffee."""
        if store is None:
            stores = self.world.selling_in(currency) if currency else self._stores
            store = stores[int(self.random.random() * len(stores))]
        self._tills += 1
        price = MAJOR[store.currency]
        amount = price * least + int(self.random.random() ** 2 * 200 * price)
        if store.currency == "KWD":
            amount -= amount % 10
        return Sale(
            at,
            store.id,
            f"S{self._tills:07d}",
            f"{self._tills:09d}",
            amount,
            store.currency,
            store.settlement_currency,
            wallet or Wallet(self.psp()),
        )

    def long_reference(self) -> str:
        """Forty characters, with a beginning of its own."""
        number = self.ogloba.take_references(1)
        return f"XR{number:018d}{number:020d}"

    # -- flows of a till -----------------------------------------------------------------------

    def sell(self, sale: Sale, reference: str | None = None) -> Redemption:
        """Redeem, and Redeem confirm if it succeeded."""
        row = self.ogloba.redeem(sale, reference)
        assert row is not None, "a rolled-back order is made with `ogloba.redeem`"
        if row.pay_stat in ("S", "A") and Fault.CONFIRM_LOST not in self.faults:
            self.ogloba.confirm(row.upd_tm + (4 + self.random.randrange(10)) * SECOND, row)
        return row

    def sell_at(self, at: int, **wishes: object) -> Redemption:
        """A sale as in `sale`, sold."""
        return self.sell(self.sale(at, **wishes))  # type: ignore[arg-type]

    def void(self, at: int, row: Redemption, amount: int | None = None) -> Void:
        """Refund and void, in full unless asked otherwise."""
        void = self.ogloba.void(at, row.ref_no, row.amt if amount is None else amount)
        assert void is not None, "a void that leaves no row is played with `ogloba.void`"
        return void


def after(day: date, days: int = 1) -> date:
    """A day later."""
    return day + timedelta(days=days)


def soon(random: Random) -> int:
    """A pause before a customer comes back."""
    return 12 * MINUTE + random.randrange(90 * 60) * SECOND
