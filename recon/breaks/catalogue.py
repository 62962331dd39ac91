"""The catalogue: every break code, who acts, and what a clerk should read.

One row per code. The decision tables name codes from here, and `docs/BREAKS.md`, the exports and the Dagster metadata
are printed from here. Severity: S1 someone has lost money or goods now; S2 money or state wrong, with a deadline;
S3 figure or classification; S4 timing or information.

Sentences may use {order}, {report}, {difference}, {at_risk}: money as a person reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """How bad it is; S1 is worst."""

    S1 = "S1"
    S2 = "S2"
    S3 = "S3"
    S4 = "S4"


class State(StrEnum):
    """The life of a break: what the data decides, and what people decided."""

    OPEN = "OPEN"
    ASKED = "ASKED"  # open; Alipay+ has been asked, and will be asked again
    WAITING = "WAITING"  # a timing difference with the day on which it becomes a break
    NOTED = "NOTED"  # a fact that needs no action: listed on its day, not carried forward
    ACCEPTED = "ACCEPTED"  # two people accepted the difference: off the list while its facts stay the same
    WRITTEN_OFF = "WRITTEN_OFF"  # two people wrote the amount off: off the list while its facts stay the same


DECIDED = (State.ACCEPTED, State.WRITTEN_OFF)


class Deadline(StrEnum):
    """Which clock runs."""

    NONE = ""
    CANCEL_THEN_REFUND = "cancel, then refund"  # cancel window while open, else the refund window
    REFUND = "refund"
    BECOMES_A_BREAK = "becomes a break"
    AS_LAST_SEEN = "as last seen"  # of the break that it was when our side last had it


class AtRisk(StrEnum):
    """How the amount at risk is computed from the values of the item."""

    NONE = "nothing"
    ORDER = "our amount"
    REPORT = "reported amount, less refunds"
    DIFFERENCE = "difference"
    REMAINDER = "our amount, less refunds"
    EXCESS = "the excess"
    AS_LAST_SEEN = "that of the code it last showed"


@dataclass(frozen=True)
class BreakCode:
    """One row of the catalogue."""

    code: str
    name: str
    severity: Severity
    who_acts: str  # OPS, DEV, MER (merchant), FIN (finance), A+ (Alipay+ support), or nobody
    inquiry: str  # Y resolves, C confirms the facts, N useless
    party: str  # who carries the amount at risk
    at_risk: AtRisk
    deadline: Deadline
    sentence: str
    act: str
    state: State = State.OPEN

    @property
    def family(self) -> str:
        """P for payments, R for refunds, C for fees; part of a break's identity."""
        return {"T01": "P", "T02": "R", "R14": "P"}.get(self.code, self.code[0])

    @property
    def words(self) -> str:
        """The name as a person reads it: `amount diff`."""
        return self.name.replace("_", " ").lower()

    @property
    def is_asked(self) -> bool:
        """Whether inquiryPayment is asked: about payments only, where the answer resolves or confirms."""
        return self.family == "P" and self.inquiry in ("Y", "C")


S1, S2, S3, S4 = Severity.S1, Severity.S2, Severity.S3, Severity.S4
_CR, _RF, _BR, _NO = Deadline.CANCEL_THEN_REFUND, Deadline.REFUND, Deadline.BECOMES_A_BREAK, Deadline.NONE

_ROWS = (
    BreakCode("T01", "NOT_YET_REPORTED", S4, "nobody", "N", "", AtRisk.NONE, _BR,
              "Our order shows {order} as paid; Alipay+ has not reported it yet.",
              "Wait: it becomes a break if no later report brings it.", State.WAITING),
    BreakCode("P01", "PAID_STILL_INIT", S1, "OPS", "Y", "customer", AtRisk.REPORT, _CR,
              "A report shows {report} as paid, but our order has no result yet.",
              "Store the result; then the merchant confirms the sale or the money is refunded."),
    BreakCode("P02", "PAID_BUT_FAILED", S1, "OPS", "C", "customer", AtRisk.REPORT, _CR,
              "A report shows {report} as paid, but our order says the payment failed.",
              "Refund it, or reopen the order with the merchant's agreement."),
    BreakCode("P03", "PAID_BUT_CLOSED", S1, "OPS", "C", "customer", AtRisk.REPORT, _CR,
              "A report shows {report} as paid and not refunded, but our order is closed.",
              "Refund it: the time to cancel is over. If a cancel was confirmed, write to Alipay+."),
    BreakCode("P04", "PAID_NOT_CONFIRMED", S2, "MER", "N", "customer", AtRisk.REPORT, _RF,
              "The customer paid {report}, but the merchant never confirmed the sale.",
              "Ask the merchant whether the goods went out; then confirm or refund."),
    BreakCode("P05", "PAID_SALE_CANCELLED", S1, "OPS", "N", "customer", AtRisk.REPORT, _RF,
              "The merchant cancelled the sale, but {at_risk} was not refunded.",
              "Refund the remainder."),
    BreakCode("P06", "PROVIDER_ONLY", S1, "DEV", "C", "customer", AtRisk.REPORT, _RF,
              "A report shows {report} as paid under a reference that none of our orders has.",
              "Look at the suggested order, for a rolled-back order, or for a source that is not configured."),
    BreakCode("P07", "LOCAL_ONLY", S1, "OPS", "Y", "merchant or Ogloba", AtRisk.REMAINDER, _NO,
              "Our order shows {order} as paid, but no report has it and the waiting time is over.",
              "Ask Alipay+ (inquiryPayment). If it is paid, the report lacks it; if not, goods went out unpaid."),
    BreakCode("P08", "AMOUNT_DIFF", S1, "FIN", "C", "customer or merchant", AtRisk.DIFFERENCE, _RF,
              "Our order says {order}, the report says {report}: {difference} apart.",
              "Find out which of the two figures is wrong, and correct it."),
    BreakCode("P09", "CURRENCY_DIFF", S1, "FIN", "C", "customer or merchant", AtRisk.ORDER, _RF,
              "Our order says {order}, the report says {report}: the currencies differ.",
              "Find out which currency was charged; correct the order or refund."),
    BreakCode("P10", "DOUBLE_CAPTURE", S1, "A+", "C", "customer", AtRisk.EXCESS, _RF,
              "Alipay+ reports this payment more than once; {at_risk} is in excess.",
              "Send both report lines to Alipay+ support."),
    BreakCode("P11", "DUPLICATE_CHARGE_SUSPECT", S2, "MER", "N", "customer", AtRisk.REPORT, _RF,
              "The same till charged {report} twice within minutes under two references.",
              "Ask the merchant which sale was real; refund the other."),
    BreakCode("P12", "CYCLE_SHIFT", S4, "DEV", "N", "", AtRisk.NONE, _NO,
              "The payment of {order} is reported on another clearing day than our paid time says.",
              "Nothing for a single payment; if many show it, our paid time is not that of Alipay+.", State.NOTED),
    BreakCode("P13", "SETTLE_AMOUNT_DIFF", S3, "FIN", "C", "Ogloba", AtRisk.DIFFERENCE, _NO,
              "Alipay+ quoted {order} for settlement, but its report settles {report}: {difference} apart.",
              "Compare the quote of the notification with the report; write to Alipay+ if it repeats."),
    BreakCode("P14", "AGREEMENT_DIFF", S2, "FIN", "N", "Ogloba", AtRisk.REPORT, _NO,
              "The payment of {report} is in the reports of another agreement or settlement currency.",
              "Check the settlement currency that was sent with the payment, and [[agreements]] in recon.toml."),
    BreakCode("P15", "ENVIRONMENT_MIX", S2, "DEV", "N", "Ogloba", AtRisk.REPORT, _RF,
              "A test till charged {report} for real.",
              "Refund it, and remove the live keys from the till."),
    BreakCode("P16", "UNMAPPED_STATUS", S2, "DEV", "N", "", AtRisk.ORDER, _NO,
              "The order of {order} has a status that the configuration does not know.",
              "Add the status to the status map of the source."),
    BreakCode("P17", "STALE_INIT", S3, "OPS", "Y", "", AtRisk.NONE, _CR,
              "The order of {order} never got a final answer.",
              "Ask Alipay+ (inquiryPayment), then close the order; if unclear, wait for the next report."),
    BreakCode("P18", "IDENTITY_DIFF", S2, "DEV", "C", "Ogloba", AtRisk.REPORT, _NO,
              "Order and report agree on one id and differ on the other.",
              "If the request ids differ, our reference arrived changed (cut or padded); else an id was used twice."),
    BreakCode("P19", "CONFIRMED_UNPAID", S1, "OPS", "Y", "merchant or Ogloba", AtRisk.ORDER, _NO,
              "The merchant confirmed a sale of {order}, but neither our order nor a report shows it as paid.",
              "Ask Alipay+ (inquiryPayment); if it is unpaid, the merchant handed over goods without payment."),
    BreakCode("P20", "CANCEL_NETTED", S4, "FIN", "N", "", AtRisk.NONE, _NO,
              "A cancelled payment of {report} was reported and taken back in full.",
              "Nothing to repair; check that its fee came back.", State.NOTED),
    BreakCode("P21", "ORDER_GONE", S2, "DEV", "N", "as before", AtRisk.AS_LAST_SEEN, Deadline.AS_LAST_SEEN,
              "Our database no longer has an order of {order} that the list needs.",
              "Find out why it is gone (deleted, archived, or left out by the query of the source) and make the query "
              "return it again; until then work from the state in which it was last seen."),
    BreakCode("R14", "CANCEL_TOO_LATE", S1, "OPS", "C", "customer", AtRisk.REPORT, _RF,
              "The till cancelled {report} after the window had closed, and no report returns the money.",
              "Refund it."),
    BreakCode("T02", "REFUND_NOT_YET_REPORTED", S4, "nobody", "N", "", AtRisk.NONE, _BR,
              "We refunded {order}; Alipay+ has not reported it yet.",
              "Wait: it becomes a break if no later report brings it.", State.WAITING),
    BreakCode("R01", "REFUNDED_NOT_VOIDED", S1, "OPS", "N", "merchant's books", AtRisk.ORDER, _NO,
              "Alipay+ refunded {order}, but our database still counts the sale.",
              "Run the void again, the void only: never a new refund."),
    BreakCode("R02", "VOIDED_NOT_REFUNDED", S1, "OPS", "N", "customer", AtRisk.ORDER, _RF,
              "Our database voided {order}, but the customer got no money back.",
              "Repeat the same refund request with the same refundRequestId."),
    BreakCode("R03", "REFUND_UNCLEAR", S2, "OPS", "N", "customer", AtRisk.ORDER, _RF,
              "The refund of {order} got no clear answer.",
              "Repeat the identical request; the same refundRequestId makes it safe."),
    BreakCode("R03s", "REFUND_FLAG_STALE", S4, "OPS", "N", "", AtRisk.NONE, _NO,
              "The refund of {order} is done on both sides; only our record of Alipay+'s answer is out of date.",
              "Nothing to repair; the record may be updated.", State.NOTED),
    BreakCode("R04", "REFUND_PROVIDER_ONLY", S1, "OPS", "N", "merchant's books", AtRisk.REPORT, _NO,
              "Alipay+ refunded {report}, and we have no record of that refund.",
              "Register the refund and tell the merchant; it may come from the Partner Workspace or a dispute."),
    BreakCode("R05", "REFUND_LOCAL_ONLY", S2, "A+", "N", "customer", AtRisk.ORDER, _RF,
              "Our database shows {order} as refunded, but no report has it and the waiting time is over.",
              "Ask Alipay+ support with the refundRequestId."),
    BreakCode("R06", "REFUND_AMOUNT_DIFF", S1, "FIN", "N", "customer or merchant", AtRisk.DIFFERENCE, _RF,
              "We refunded {order}, Alipay+ reports {report}: {difference} apart.",
              "Find out which of the two figures is wrong, and correct it."),
    BreakCode("R07", "OVER_REFUND", S1, "FIN", "N", "Ogloba", AtRisk.EXCESS, _NO,
              "The refunds of this payment exceed it by {at_risk}.",
              "Recover the excess; find out who sent the extra refund."),
    BreakCode("R08", "ORPHAN_REFUND", S2, "DEV", "C", "Ogloba", AtRisk.ORDER, _NO,
              "A refund of {order} has no paid order that it could belong to.",
              "Load the original by key; if it is missing there too, find out what was refunded."),
    BreakCode("R09", "SPLIT_DIFF", S3, "OPS", "N", "", AtRisk.NONE, _NO,
              "The refunds of this payment agree in sum ({order}), but not one by one.",
              "Write down which refunds belong together."),
    BreakCode("R10", "DOUBLE_REFUND", S1, "FIN", "N", "Ogloba", AtRisk.EXCESS, _NO,
              "The same refund went out twice; {at_risk} was refunded in excess.",
              "Recover the second refund with Alipay+ support."),
    BreakCode("R11", "LATE_CYCLE", S4, "nobody", "N", "", AtRisk.NONE, _NO,
              "The refund of {order} was requested on one clearing day and made on a later one.",
              "Nothing to do.", State.NOTED),
    BreakCode("R12", "OUT_OF_WINDOW", S1, "FIN", "N", "customer", AtRisk.ORDER, _NO,
              "The refund of {order} is still open, and the refund window of one year is over.",
              "Pay the customer by hand: Alipay+ no longer refunds this payment."),
    BreakCode("R13", "REFUND_FX_DIFF", S3, "FIN", "N", "Ogloba", AtRisk.DIFFERENCE, _NO,
              "At the payment's own rate the refund settles at {order}, the report says {report}.",
              "Compare the rates; write to Alipay+ if the rate is not that of the payment."),
    BreakCode("R15", "PARTIAL_SHOWN_FULL", S3, "DEV", "N", "customer", AtRisk.REMAINDER, _RF,
              "Our database shows the order as voided in full, but only a part of {order} was refunded.",
              "Correct the order; check whether the customer is owed the rest."),
    BreakCode("R16", "UNMAPPED_REFUND_STATUS", S2, "DEV", "N", "", AtRisk.ORDER, _NO,
              "The refund of {order} has a status that the configuration does not know.",
              "Add the status to the status map of the source."),
    BreakCode("R17", "REFUND_GONE", S2, "DEV", "N", "as before", AtRisk.AS_LAST_SEEN, Deadline.AS_LAST_SEEN,
              "Our database no longer has a refund of {order} that the list needs.",
              "Find out why it is gone (deleted, archived, or left out by the query of the source) and make the query "
              "return it again; do not send the refund again."),
    BreakCode("B01", "BATCH_NOT_SETTLED", S4, "nobody", "N", "", AtRisk.NONE, _BR,
              "Alipay+ cleared {order} for us; its settlement day has not come yet.",
              "Wait: it becomes a break if the settlement of that day does not name it.", State.WAITING),
    BreakCode("B02", "SETTLEMENT_OVERDUE", S2, "FIN", "N", "Ogloba", AtRisk.REMAINDER, _NO,
              "Alipay+ cleared {order} for us, its settlement day has come, and no settlement names the batch.",
              "Look for the Settlement Report of the day; if it is there, ask Alipay+ support for the batch."),
    BreakCode("B03", "SETTLED_TWICE", S2, "FIN", "N", "Alipay+", AtRisk.EXCESS, _NO,
              "{order} was cleared and {report} settled: the batch is named more than once.",
              "Tell Alipay+ support; keep the excess apart until it is taken back."),
    BreakCode("B04", "SETTLED_AMOUNT_DIFF", S2, "FIN", "N", "Ogloba", AtRisk.DIFFERENCE, _NO,
              "{order} was cleared and {report} settled: {difference} apart.",
              "Compare the Summary Report of the batch with its line in the Settlement Report; write to Alipay+."),
    BreakCode("B05", "SETTLED_WITHOUT_BATCH", S3, "FIN", "N", "Ogloba", AtRisk.DIFFERENCE, _NO,
              "The settlement holds {report} that belongs to no clearing batch of ours.",
              "Ask Alipay+ support what it is: a batch of another set, or an amount without transactions."),
    BreakCode("B06", "VALUE_DATE_DIFF", S3, "FIN", "N", "", AtRisk.NONE, _NO,
              "The settlement of {report} has another value date than agreed, or its money came later.",
              "Compare value date, contract and bank statement; claim interest if it repeats.", State.NOTED),
    BreakCode("B07", "BANK_AMOUNT_DIFF", S1, "FIN", "N", "Ogloba", AtRisk.DIFFERENCE, _NO,
              "The bank received {order}, the settlement says {report}: {difference} apart.",
              "Look for bank charges or a second payment; else write to Alipay+ with the bank statement."),
    BreakCode("B08", "MONEY_NOT_RECEIVED", S1, "FIN", "N", "Ogloba", AtRisk.REPORT, _NO,
              "Alipay+ says that it settled {report}; its value date is past, and the bank file has no line of it.",
              "Look at the bank account. If the money is there, enter it in the bank file; else write to Alipay+."),
    BreakCode("C01", "FEE_MISSING", S3, "FIN", "N", "Ogloba", AtRisk.DIFFERENCE, _NO,
              "By contract a fee of {order} is due, and Alipay+ has not charged it.",
              "Expect it later; ask Alipay+ whether the contract or the report is wrong if it repeats."),
    BreakCode("C02", "FEE_UNEXPECTED", S3, "FIN", "N", "Ogloba", AtRisk.EXCESS, _NO,
              "Alipay+ charged a fee of {report}: its transaction is not in its set, or the contract has no such fee.",
              "Look for the transaction, and for the fee in the contract (section [fees] of recon.toml). "
              "Claim the fee if one of them is not there."),
    BreakCode("C03", "FEE_DUPLICATED", S2, "FIN", "N", "Ogloba", AtRisk.EXCESS, _NO,
              "Alipay+ charged the same fee more than once; {at_risk} is in excess.",
              "Claim the excess with both report lines."),
    BreakCode("C04", "FEE_AMOUNT_DIFF", S3, "FIN", "N", "Ogloba", AtRisk.DIFFERENCE, _NO,
              "By contract the fee is {order}; Alipay+ charged {report}: {difference} apart.",
              "Compare the rate and the rounding with the contract; claim the difference."),
    BreakCode("C05", "FEE_CURRENCY_DIFF", S3, "FIN", "N", "Ogloba", AtRisk.ORDER, _NO,
              "The fee of {report} is not in the currency in which its transaction is settled.",
              "Ask Alipay+ for the fee in the settlement currency."),
    BreakCode("C06", "FEE_NOT_RETURNED", S3, "FIN", "N", "Ogloba", AtRisk.DIFFERENCE, _NO,
              "By contract a fee of {order} comes back with this refund, and it has not.",
              "Claim the fee with the line of the refund."),
)  # fmt: skip

_INCIDENTS = (
    BreakCode("I01", "ORDERS_MISSING", S1, "DEV", "N", "Ogloba", AtRisk.REPORT, _NO,
              "Alipay+ reports {count} payments ({report}) of {where} that no order of ours has.",
              "One cause: an outage, or a source that was not read. Load the orders, then run the day again."),
    BreakCode("I02", "REPORT_ROWS_MISSING", S1, "A+", "N", "Ogloba", AtRisk.REMAINDER, _NO,
              "Our orders show {count} payments ({order}) of {where} as paid that no report has.",
              "One cause: check that every file has landed whole, then ask Alipay+ for the missing rows."),
    BreakCode("I03", "WRONG_UNIT", S1, "DEV", "N", "", AtRisk.NONE, _NO,
              "{count} amounts of {where} differ from ours by a power of ten: {order} here, {report} there.",
              "One cause: the unit of amounts in this file or in our source. Correct the configuration, run again."),
    BreakCode("I05", "DAY_SHIFTED", S3, "DEV", "N", "", AtRisk.NONE, _NO,
              "{count} payments of {where} are reported on another clearing day than our paid time says.",
              "One cause: our paid time is not that of Alipay+. Take paymentTime as the paid time.", State.NOTED),
    BreakCode("I06", "BATCH_REPEATED", S1, "A+", "N", "customer", AtRisk.EXCESS, _NO,
              "{count} payments of {where} were cleared before, in another batch.",
              "One cause: a batch that was cleared twice. Send both files to Alipay+ support."),
    BreakCode("I07", "FEES_DIFFER", S2, "FIN", "N", "Ogloba", AtRisk.EXCESS, _NO,
              "{count} fees of {where} differ from the contract by {at_risk}: {order} due, {report} charged.",
              "One cause: not the rate or rounding of the contract, or a wrong line in [fees]; the breaks say which."),
    BreakCode("I08", "ORDERS_GONE", S1, "DEV", "N", "Ogloba", AtRisk.ORDER, _NO,
              "{count} orders and refunds ({order}) of {where} were on the list and are gone from our database.",
              "One cause: a narrowed query, a purge or an archive. Correct the query, then run the day again."),
)  # fmt: skip

OF_TWO_PAYMENTS = "Our refund of {order} and its report row name two different payments."  # R08 with OTHER_PAYMENT
PAID_WHEN_ASKED = "Asked, Alipay+ says that {order} is paid; our order has no result, and no report has it yet."

# Of a missing fee whose rate is not known: in place of the sentence of its code.
OF_AN_UNKNOWN_RATE = {
    "C01": "By contract a fee is due, and Alipay+ has not charged it. The amount is not known: neither the report nor "
    "an order of ours names the wallet or merchant that decides the rate.",
    "C06": "By contract a fee comes back with this refund, and it has not. The amount is not known: neither the report "
    "nor an order of ours names the wallet or merchant that decides the rate.",
}

# Of a fee that is missing for a part of the rows of its transaction: in place of the sentence of its code.
OF_A_PART = {
    "C01": "By contract fees of {order} are due for the rows of this transaction, and Alipay+ charged {report} for a "
    "part of them: {difference} apart.",
    "C06": "By contract fees of {order} come back with the rows of this refund, and Alipay+ returned {report} for a "
    "part of them: {difference} apart.",
}


class FeeWords(NamedTuple):
    """What a break of a returned fee says in place of the sentence and the step of its code."""

    sentence: str
    act: str


OF_A_RETURNED_FEE = {
    "C02": FeeWords(
        "Alipay+ returned a fee of {report}: its transaction is not in its set, or the contract does not return it.",
        "Look for the refund, and for the fee in the contract (section [fees] of recon.toml). "
        "If one of them is not there, ask Alipay+ what it returned; it may take it back.",
    ),
    "C03": FeeWords(
        "Alipay+ returned the same fee more than once; {at_risk} is in excess.",
        "Tell Alipay+ with both report lines, and expect the excess to be taken back.",
    ),
    "C04": FeeWords(
        "By contract a fee of {order} comes back; Alipay+ returned {report}: {difference} apart.",
        "Compare the return with the contract; claim what is missing, and expect an excess to be taken back.",
    ),
    "C05": FeeWords(
        "The returned fee of {report} is not in the currency in which its transaction is settled.",
        "Ask Alipay+ to return the fee in the settlement currency.",
    ),
}


def is_returned_fee(due_minor: int | None, charged_minor: int | None) -> bool:
    """Whether the amounts of a fee break, minor units as charged, are of a fee that came back."""
    amounts = due_minor or 0, charged_minor or 0
    return min(amounts) < 0 and max(amounts) <= 0


CATALOGUE: dict[str, BreakCode] = {row.code: row for row in (*_ROWS, *_INCIDENTS)}

# What is not a break: the name of the outcome, and whether it may still change by itself.
SETTLED: dict[str, str] = {
    "P00": "both sides agree",
    "OK_REFUNDED": "not sold, and all money went back",
    "OK_NO_MONEY": "failed or closed, and nothing was reported",
    "OK_ARCHIVED": "settled on an earlier day; the source no longer delivers its order",
    "OK_BEFORE_START": "from before our first day, and no row of it is known any more",
    "OK_TEST": "a test order without a production row, or its refund",
    "R00": "both sides agree on the refund",
    "OK_REFUSED": "Alipay+ refused the refund or never got it, and nothing was voided",
    "IN_GROUP": "explained by the R09 of its order",
    "NETTED": "the opposite row of a P20",
    "C00": "the fee is as contracted",
    "FEE_NOT_DUE": "no fee is due and none was charged",
    "FEE_RATE_UNKNOWN": "neither the report nor an order of ours names the wallet or merchant that decides the "
    "rate, so no amount is compared",
    "FEE_NOT_COMPUTED": "the fee belongs to its transaction; no rate is known to compute it with",
    "OTHER": "a row of a type that the layout does not know, counted in the totals",
    "SETTLED": "a settlement paid the clearing batch in full",
    "NOTHING_TO_PAY": "an empty clearing batch",
    "BEFORE_FIRST_DAY": "a settled batch that was cleared before our first day",
    "RECEIVED": "the bank received what the settlement says",
    "OPEN_AT_BANK": "a settlement without a line of the bank",
    "DISSOLVED": "an incident with too few breaks left to be one",
    "TAKEN_BACK": "a corrected settlement no longer says it",
}
PENDING: dict[str, str] = {
    "OK_AWAIT_CONFIRM": "paid, and the merchant still has time to confirm",
    "OK_INFLIGHT": "asked a moment ago",
}
OF_ITS_DAY = ("P12", "R11", "SYSTEMATIC")  # flags about the day on which a row came: the next list does not have them
FLAG_ONLY: dict[str, str] = {
    "SCALE": "the two amounts differ by a power of ten: a wrong unit, which Development corrects",
    "SAME_TXN": "the same transaction was cleared in two batches",
    "REQUEST_ID": "paired by Alipay+'s own id; the request ids differ",
    "PAIRED_BY_PROVIDER_ID": "paired by Alipay+'s own id; the report carries no request id",
    "OTHER_PAYMENT": "the report names the payment of another order of ours",
    "NO_ALERT": "no 'void failed' alert was sent",
    "BEFORE_REPORT": "Alipay+ says paid when asked; no report has it yet",
    "MONEY_BACK": "the full amount has been refunded",
    "TEST_REFUNDED": "a test order was charged for real, and the full amount has been refunded",
    "REFUND_SENT": "our own refunds cover the full amount, and no report shows them in full yet",
    "MONEY_AWAY": "a report row names it, but takes money away from us, and is no refund",
    "SYSTEMATIC": "more than the tolerated share of the day shows it",
    "NEAR": "an order with a similar reference has no report row",
    "CARRIED_OVER": "the sum is below the agreed minimum and waits for the next settlement day",
    "NO_REPORT": "no Settlement Report of this agreement has come since",
    "SPLIT": "settled in several parts",
    "OTHER_SET": "the batch is known under another agreement or settlement currency",
    "BANK_LATE": "the bank received the money after the value date",
}


STEP_OF_FLAG = {  # in place of the step of the code: what was right without the flag would be wrong with it
    "MONEY_BACK": "Do not refund it again. Correct the status of the order, unless it is closed, which is right.",
    "OTHER_PAYMENT": "Find out which of the two orders was refunded, and correct our record or refund the right one.",
    "TEST_REFUNDED": "Do not refund it again. Remove the live keys from the till.",
    "REFUND_SENT": "Do not refund it again: our refund has a line of its own until a report shows it in full.",
    "MONEY_AWAY": "Look at the row in the Transaction Detail Report; ask Alipay+ what it is, and if the payment comes.",
}


GONE = ("P21", "R17")  # what the order or refund last showed is the first of its flags


def one_level_down(severity: Severity) -> Severity:
    """One step less bad."""
    return {S1: S2, S2: S3, S3: S4, S4: S4}[severity]
