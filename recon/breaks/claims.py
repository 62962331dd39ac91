"""What can be claimed at Alipay+: for each code what is wrong in its reports, and what we ask for. As data.

A break that is not in the table is for the merchant or for us to repair, unless an answer of Alipay+ made it theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recon.breaks.catalogue import CATALOGUE, DECIDED, State, is_returned_fee
from recon.decisions.rules import Refusal

SUPPORT = "A+"  # who acts: Alipay+ support


@dataclass(frozen=True)
class Ask:
    """What a claim says of all its breaks."""

    wrong: str
    wanted: str


_MISSING_FEE = "Please say which line of the contract it follows; if none, return it."
ASKS = {
    "P07": Ask("Our orders show these payments as paid. None of your reports has them.",
               "Please say whether each was paid. If it was, report and settle it; if not, confirm that in writing."),
    "P08": Ask("Your report has another amount for these payments than our orders.",
               "Please say which amount each payer was charged, and correct what you settle if it is not that one."),
    "P09": Ask("Your report has another currency for these payments than our orders.",
               "Please say in which currency each payer was charged, and correct the report if it is not that one."),
    "P10": Ask("Your reports have each of these payments more than once.",
               "Please return the excess to the payer, and take it out of what you settle."),
    "P13": Ask("You settle these payments with another amount than you quoted when they were paid.",
               "Please settle the difference, or name the rate that you applied and since when it is agreed."),
    "R05": Ask("Our records show these refunds as accepted by you. None of your reports has them.",
               "Please say whether each payer got the money; if so, report it, if not, say what is missing."),
    "R06": Ask("Your report has another amount for these refunds than we asked for.",
               "Please say which amount each payer got, and correct the report or pay the difference."),
    "R10": Ask("The same refund went out twice.",
               "Please recover the second one, and credit it to us."),
    "R13": Ask("These refunds settle at another rate than their payments.",
               "Please settle each at the rate of its payment, or name the rate that you applied."),
    "B02": Ask("These clearing batches are due by the contract. No settlement names them.",
               "Please name the settlement that pays each, with its value date."),
    "B03": Ask("These clearing batches are named by more than one settlement.",
               "Please say which settlement holds, and how you take the excess back. We keep it apart until then."),
    "B04": Ask("These clearing batches are settled with another amount than they were cleared with.",
               "Please settle the difference, or say what the settled amount consists of."),
    "B05": Ask("These settlements hold amounts that belong to no clearing batch of ours.",
               "Please say what each amount is: a batch of another agreement, or an amount without transactions."),
    "B07": Ask("Our bank received another amount than these settlements say.",
               "Please send the confirmation of the payment, and pay the difference."),
    "B08": Ask("Our bank has not received these settlements.",
               "Please send the confirmation of each payment, or pay it."),
    "C01": Ask("The contract has a fee for these transactions. You have not charged it.",
               "Please confirm that no fee is due, or charge it."),
    "C02": Ask("You charged fees that have no transaction in their set, or no line in the contract.", _MISSING_FEE),
    "C03": Ask("You charged the same fee more than once.", "Please return the excess."),
    "C04": Ask("You charged other fees than the contract gives for these transactions.",
               "Please return or charge the difference, or name rate and rounding that you applied."),
    "C05": Ask("These fees are not in the currency in which their transactions are settled.",
               "Please charge each in the settlement currency, and take the other one back."),
    "C06": Ask("The contract returns these fees with the refund of the payment. They have not come back.",
               "Please return each fee."),
    "I02": Ask("Our orders show these payments as paid. None of your reports has them, and they have one cause.",
               "Please check whether rows or a file are missing, and report and settle the payments."),
    "I06": Ask("These payments were cleared before, in another batch.",
               "Please say which batch holds, and take the other one out of what you settle."),
    "I07": Ask("You charged other fees than the contract gives for these transactions, in one and the same way.",
               "Please name rate and rounding that you applied; return or charge the difference."),
}  # fmt: skip
OF_A_RETURNED_FEE = {
    "C02": Ask("You returned fees that have no transaction in their set, or that the contract does not return.",
               "Please say which line of the contract each of them follows; if none, take it back."),
    "C03": Ask("You returned the same fee more than once.", "Please take the excess back."),
    "C04": Ask("You returned other fees than the contract gives for these refunds.",
               "Please return what is missing or take the excess back, or name rate and rounding that you applied."),
    "C05": Ask("These returned fees are not in the currency in which their transactions are settled.",
               "Please return each in the settlement currency, and take the other one back."),
}  # fmt: skip
BY_ANSWER = Ask(
    "Your report and your answer to inquiryPayment do not say the same of these payments, or not what we hold.",
    "Please say which of the two is right, and correct the other one.",
)


def ask_of(item: Mapping[str, Any]) -> Ask | None:
    """What to ask Alipay+ about a break; None if it cannot act on it.

    `item`: break_code, who_acts, and of a fee order_amount_minor and report_amount_minor.
    """
    code = str(item["break_code"])
    if code in OF_A_RETURNED_FEE and is_returned_fee(item["order_amount_minor"], item["report_amount_minor"]):
        return OF_A_RETURNED_FEE[code]
    return ASKS.get(code) or (BY_ANSWER if item["who_acts"] == SUPPORT else None)


def refusal(item: Mapping[str, object]) -> Refusal | None:
    """Why a break of the newest list cannot be claimed. `item`: state, and what `ask_of` wants."""
    code, state = str(item["break_code"]), item["state"]
    if state in DECIDED:
        return Refusal("is closed: two people accepted it or wrote it off", "Claim what is open: see `recon breaks`")
    if state == State.NOTED:
        return Refusal("is only noted, there is nothing to undo", "Claim what is open: see `recon breaks`")
    if state == State.WAITING:
        return Refusal("is not a break yet: a later report may bring it", "Wait until the list shows it as open")
    if ask_of(item) is None:
        words = CATALOGUE[code].words if code in CATALOGUE else "unknown"
        return Refusal(
            f"is {code}, {words}: Alipay+ cannot act on it",
            "Act as the list says, or give it to somebody: `recon decide BREAK_ID --assign WHO`",
        )
    return None
