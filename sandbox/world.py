"""The cast: stores, wallets, agreements and exchange rates. No one acts here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from recon.errors import ConfigurationError
from recon.money import exponent

PARTICIPANT_ID = "1022188000000123"
RATE_UNIT = 100_000_000  # rates: settlement minor units for one minor unit, times this
TEST_STORE = "TESTSTORE1"
MODES = ("standard", "multi-batch")


@dataclass(frozen=True, slots=True)
class Store:
    """A merchant's shop: the currency of its prices, and the currency that it is settled in."""

    id: str
    currency: str
    settlement_currency: str
    share: int  # of one hundred sales
    merchant: str = ""  # its name
    number: str = ""  # of the store, as the merchant counts


@dataclass(frozen=True, slots=True)
class Agreement:
    """A contract with Alipay+: what is cleared under it, most specific first."""

    id: str
    settlement_currency: str
    psp: str = "*"
    stores: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True)
class World:
    """Who plays."""

    participant_id: str
    stores: tuple[Store, ...]
    agreements: tuple[Agreement, ...]

    def agreement(self, settlement_currency: str, psp: str) -> str:
        """Where Alipay+ clears a payment: it looks at the settlement currency and the wallet."""
        for agreement in self.agreements:
            if agreement.settlement_currency == settlement_currency and agreement.psp in ("*", psp):
                return agreement.id
        raise ConfigurationError(
            f"no agreement settles in {settlement_currency}", where="sandbox", do="Choose a currency of its agreements"
        )

    def selling_in(self, *currencies: str) -> list[Store]:
        """Stores that sell in one of these currencies and are settled in EUR."""
        return [store for store in self.stores if store.currency in currencies and store.settlement_currency == "EUR"]


WALLET_NAMES = {
    "ALIPAY_CN": "Alipay", "ALIPAY_HK": "AlipayHK", "KAKAOPAY": "Kakao Pay", "GCASH": "GCash",
    "TNG": "Touch 'n Go eWallet", "TRUEMONEY": "TrueMoney",
}  # fmt: skip
WALLETS = (  # name, share of one hundred sales
    ("ALIPAY_CN", 34),
    ("ALIPAY_HK", 16),
    ("KAKAOPAY", 15),
    ("GCASH", 13),
    ("TNG", 12),
    ("TRUEMONEY", 10),
)
_EURO_STORES = (
    Store("FR-PARIS-01", "EUR", "EUR", 18, "Galerie Lumière", "PAR-HAUSSMANN"),
    Store("FR-PARIS-02", "EUR", "EUR", 12, "Galerie Lumière", "PAR-MARAIS"),
    Store("FR-NICE-01", "EUR", "EUR", 8, "Parfumerie Azur", "NCE-MASSENA"),
    Store("DE-MUNICH-01", "EUR", "EUR", 9, "Kaufhaus Isar", "MUC-MARIENPLATZ"),
    Store("IT-MILAN-01", "EUR", "EUR", 9, "Bottega Brera", "MIL-BRERA"),
    Store("JP-TOKYO-01", "JPY", "EUR", 9, "Ginza Depāto", "TYO-GINZA"),
    Store("JP-OSAKA-01", "JPY", "EUR", 5, "Ginza Depāto", "OSA-NAMBA"),
    Store("KR-SEOUL-01", "KRW", "EUR", 5, "Myeongdong Beauty", "SEL-MYEONGDONG"),
    Store("KW-KUWAIT-01", "KWD", "EUR", 3, "Souq Al Mubarak", "KWI-AVENUES"),
    Store("GB-LONDON-01", "GBP", "EUR", 4, "Harcourt & Sons", "LON-REGENT"),
)
_DOLLAR_STORES = (
    Store("US-MIAMI-01", "USD", "USD", 10, "Ocean Drive Outlet", "MIA-BEACH"),
    Store("US-VEGAS-01", "USD", "USD", 5, "Ocean Drive Outlet", "LAS-STRIP"),
    Store("US-HONOLULU-01", "USD", "USD", 3, "Waikiki Surf Co.", "HNL-WAIKIKI"),
)
_EURO = Agreement("2188EU0001", "EUR")
_EURO_CHINA = Agreement("2188EU_CN01", "EUR", "ALIPAY_CN")
_DOLLAR = Agreement("2188US0001", "USD", "*", tuple(store.id for store in _DOLLAR_STORES))


def build_world(mode: str) -> World:
    """One set of reports a day (`standard`), or three (`multi-batch`)."""
    if mode == "standard":
        return World(PARTICIPANT_ID, _EURO_STORES, (_EURO,))
    if mode == "multi-batch":
        agreements = (_DOLLAR, _EURO_CHINA, _EURO)
        return World(PARTICIPANT_ID, _EURO_STORES + _DOLLAR_STORES, agreements)
    raise ConfigurationError(f"there is no mode {mode!r}", where="--mode", do=f"Choose one of {', '.join(MODES)}")


_EURO_RATES = {  # major units of EUR for one major unit, times RATE_UNIT
    "EUR": 100_000_000,
    "USD": 91_837_400,
    "GBP": 116_204_300,
    "JPY": 612_374,
    "KRW": 62_918,
    "KWD": 299_418_700,
}


@cache
def rate(currency: str, settlement_currency: str, day: date) -> int:
    """Settlement minor units for one minor unit, times RATE_UNIT; it moves a little every day."""
    if currency == settlement_currency:
        return RATE_UNIT
    drift = 9_950 + (day.toordinal() * 37 + ord(currency[0])) % 101  # 0.9950 to 1.0050
    major = _EURO_RATES[currency] * drift * RATE_UNIT // (_EURO_RATES[settlement_currency] * 10_000)
    shift = exponent(settlement_currency) - exponent(currency)
    scaled: int = major * 10**shift if shift >= 0 else major // 10**-shift
    return scaled


def convert(amount: int, at_rate: int) -> int:
    """Rounded half up, to the settlement currency's smallest unit."""
    return (amount * at_rate + RATE_UNIT // 2) // RATE_UNIT
