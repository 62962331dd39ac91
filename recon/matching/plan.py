"""The SQL of a clearing day, in the order in which it runs. One statement a file, named by the table it fills.

A statement reads the relations before it and the input views of the day:

parameters              one row of days, instants and tolerances (`PARAMETERS`)
rows_of_day             report rows of the day, current versions (`TRANSACTION_ROWS` of recon/reports/kinds/)
rows_before             report rows of all earlier days
delivered_orders        `recon.orders.PAYMENT_SCHEMA`, as the sources delivered them for the day
delivered_refunds       `recon.orders.REFUND_SCHEMA`, likewise
orders_before, refunds_before   our side of the day before, with last_seen_day: the clearing day for which each was last
                        delivered
opening_items           what the day before handed over: source_id, order_key, refund_key, request_id,
                        provider_transaction_id
seen_orders, seen_refunds   keys that were in scope on an earlier day
reported_before_own_day payment_request_id of orders that a report named before their own clearing day
paired_by_provider_id_earlier   request ids of rows that orders and refunds of ours got by Alipay+'s own id on an
                        earlier day: source_id, order_key, request_id
refund_rows_already_paired      place (file id and line) of refund rows that belonged to a refund of ours on an earlier
                        day: source_id, refund_key, place
answers                 what Alipay+ said when it was asked (`recon.inquiry.verdicts.ANSWER_SCHEMA`)
expected_agreements     merchant_id, psp_id, settlement_currency -> participant_agreement_id
fee_rows_of_day, fee_rows_before    fee rows (`FEE_ROWS` of recon/reports/kinds/)
fee_rates, fee_kinds    the contract on fees (`recon.fees.RATE_SCHEMA`, `KIND_SCHEMA`)
fee_contract            one row: tolerance_minor, has_rates
opening_fees            fee breaks that the day before handed over: transaction_id, fee_kind, request_id
opening_fee_ids         Alipay+ ids that their fee rows name: id
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from recon.breaks.catalogue import CATALOGUE
from recon.breaks.decision import decide, raise_flags
from recon.breaks.payments import PAYMENT_DECISION, PAYMENT_FLAGS, PAYMENT_SUB_FLAGS
from recon.breaks.refunds import (
    GROUP_CODES,
    OUT_OF_WINDOW_CODES,
    REFUND_DECISION,
    REFUND_FLAGS,
    REFUND_SUB_FLAGS,
)
from recon.fees import MILLION
from recon.fees.rules import FEE_DECISION, TERMS, fee, rounded
from recon.sql_text import sql_text
from recon.tie_out.residuals import LISTED_ROWS


@dataclass(frozen=True)
class Statement:
    """One relation of the day: small ones are kept as tables, the rest stay views that are read once."""

    name: str
    is_table: bool = True
    file: str = ""  # of its text, where that has another name

    @property
    def text(self) -> str:
        """One query."""
        return sql(self.file or self.name)


OUR_SIDE = (
    Statement("gone_orders"),
    Statement("gone_refunds"),
    Statement("gone", is_table=False),
    Statement("frozen_orders", is_table=False),
    Statement("frozen_refunds", is_table=False),
)

_PAYMENTS_AND_REFUNDS = (
    Statement("other_rows"),
    Statement("near_pairs"),
    Statement("ids_on_several_rows"),
    Statement("unmatched_or_differing"),
    Statement("matched_refunds"),
    Statement("exception_candidate_rows"),
    Statement("touched_refunds"),
    Statement("exception_candidate_transactions"),
    Statement("exception_candidate_ids"),
    Statement("orders_wanted"),
    Statement("orders_in_scope"),
    Statement("scope_refunds"),
    Statement("earlier_rows"),
    Statement("rows_in_scope"),
    Statement("repeated_ids"),
    Statement("repeated_rows"),
    Statement("several_payments"),
    Statement("payment_rows"),
    Statement("adopted_rows"),
    Statement("joined_rows", is_table=False),
    Statement("refund_rows"),
    Statement("original_orders"),
    Statement("refund_lines"),
    Statement("refund_groups"),
    Statement("order_refunds"),
    Statement("duplicate_suspects"),
    Statement("payment_facts", is_table=False),
    Statement("payment_outcomes"),
    Statement("refunded_payments"),
    Statement("refund_facts", is_table=False),
    Statement("refund_outcomes"),
    Statement("near_references"),
)

_FEES_OF_DAY = (
    Statement("fee_lines", is_table=False),
    Statement("fee_parties"),
    Statement("fee_day_terms"),
)

_FEES = (
    Statement("fee_lines_before", is_table=False),
    Statement("fee_open_terms"),
    Statement("fee_unmatched_or_differing"),
    Statement("fee_early_refunds"),
    Statement("fee_wanted"),
    Statement("fee_wanted_requests"),
    Statement("fee_transactions"),
    Statement("fee_scope_lines"),
    Statement("fee_pairs"),
    Statement("fee_bases"),
    Statement("fee_scope_terms"),
    Statement("fee_due"),
    Statement("fee_charged"),
    Statement("fee_moved"),
    Statement("fee_facts", is_table=False),
    Statement("fee_outcomes"),
)

_NO_FEES = (
    Statement("fee_pairs", file="no_fee_pairs"),
    Statement("fee_outcomes", file="no_fee_outcomes"),
)

_FOUND = (
    Statement("found_payments", is_table=False),
    Statement("found_refunds", is_table=False),
    Statement("found_groups", is_table=False),
    Statement("found_fees", is_table=False),
    Statement("found"),
)

RECONCILE = (*_PAYMENTS_AND_REFUNDS, *_FEES_OF_DAY, *_FEES, *_FOUND)
# Where no fee was ever charged, contracted or missed.
WITHOUT_FEES = (*_PAYMENTS_AND_REFUNDS, *_FEES_OF_DAY, *_NO_FEES, *_FOUND)

PROVE = (
    Statement("repeated_rows_of_day", is_table=False),
    Statement("side_counts"),
    Statement("matched_fees"),
    Statement("input_payments", is_table=False),
    Statement("input_refunds", is_table=False),
    Statement("matched_payment_pairs", is_table=False),
    Statement("matched_refund_pairs", is_table=False),
    Statement("conservation"),
)


def _quoted(codes: Iterable[str]) -> str:
    return ", ".join(f"'{code}'" for code in codes)


@cache
def sql(name: str) -> str:
    """The text of one statement, with the decision tables folded in."""
    text = sql_text("recon.matching.sql", name)
    for place, expression in {
        "{payment_decision}": decide(PAYMENT_DECISION),
        "{payment_flags}": raise_flags(PAYMENT_FLAGS),
        "{payment_sub_flags}": raise_flags(PAYMENT_SUB_FLAGS),
        "{refund_decision}": decide(REFUND_DECISION),
        "{refund_flags}": raise_flags(REFUND_FLAGS),
        "{refund_sub_flags}": raise_flags(REFUND_SUB_FLAGS),
        "{fee_decision}": decide(FEE_DECISION),
        "{fee_terms}": TERMS,
        "{fee_of_payment}": fee("LEAST(payment.settlement_amount_minor, term.largest_minor)", "term", "BIGINT"),
        "{fee_of_base}": fee("base.paid_minor", "term"),
        "{returned_fee}": rounded(
            "CAST(charged.paid_fee AS HUGEINT) * fee_transaction.settlement_amount_minor",
            "charged.paid_minor",
            "charged.rounding",
            "charged.step_minor",
        ),
        "{own_rate_fee}": rounded(
            "CAST(fee_transaction.settlement_amount_minor AS HUGEINT) * charged.millionths",
            str(MILLION),
            "charged.rounding",
            "charged.step_minor",
        ),
        "{break_codes}": _quoted(CATALOGUE),
        "{listed_rows}": str(LISTED_ROWS),
        "{group_codes}": _quoted(GROUP_CODES),
        "{out_of_window_codes}": _quoted(OUT_OF_WINDOW_CODES),
    }.items():
        text = text.replace(place, expression)
    return text
