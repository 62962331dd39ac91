"""The SQL of a clearing day, in the order in which it runs. One statement a file, named by the table it fills.

A statement reads the relations before it and the input views of the day:

parameters              one row of days, instants and tolerances (`PARAMETERS`)
rows_of_day             report rows of the day, current versions (`TRANSACTION_ROWS` of recon/reports/kinds/)
rows_before             report rows of all earlier days
delivered_orders        `recon.orders.PAYMENT_SCHEMA`, as the sources delivered them for the day
delivered_refunds       `recon.orders.REFUND_SCHEMA`, likewise
orders_before, refunds_before   our side of the day before, with last_seen_day: the clearing day for which each was last
                        delivered
earlier_orders          `recon.orders.PAYMENT_SCHEMA`, as delivered for each day before; none without a rate of a wallet
                        or merchant
opening_items           what the day before handed over: family (P, R), key_kind, source_id, order_key, refund_key,
                        request_id, provider_transaction_id
open_rows               report rows of payments and refunds that the day before left open: place (file id and line)
seen_orders, seen_refunds   keys that were in scope on one of the last days, with seen_day: the newest of these
reported_before_own_day payment_request_id of orders that a report named before their own clearing day
paired_by_provider_id_earlier   rows that orders and refunds of ours had by Alipay+'s own id when last judged, once
                        each: source_id, order_key, own_request_id, request_id, place (file id and line);
                        file_id, line_number: of a pair with several rows
refund_rows_judged_earlier      rows that are no payments and had an outcome on an earlier day: source_id, refund_key
                        (null: no refund of ours), place (file id and line; empty: refund without a row).
                        Any other row agreed on its day
answers                 what Alipay+ said when it was asked (`recon.inquiry.verdicts.ANSWER_SCHEMA`)
expected_agreements     merchant_id, psp_id (empty: not known), settlement_currency -> participant_agreement_id
fee_rows_of_day, fee_rows_before    fee rows (`FEE_ROWS` of recon/reports/kinds/)
fee_rates, fee_kinds    the contract on fees (`recon.fees.RATE_SCHEMA`, `KIND_SCHEMA`)
fee_contract            one row: tolerance_minor, has_rates
opening_fees            fee breaks that the day before handed over: transaction_id, fee_kind, request_id
opening_fee_ids         Alipay+ ids that their fee rows name: id
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from recon.breaks.catalogue import CATALOGUE
from recon.breaks.decision import decide, raise_flags
from recon.breaks.payments import LASTING_FLAGS, PAYMENT_DECISION, PAYMENT_FLAGS, PAYMENT_SUB_FLAGS
from recon.breaks.refunds import (
    GROUP_CODES,
    OUT_OF_WINDOW_CODES,
    REFUND_DECISION,
    REFUND_FLAGS,
    REFUND_SUB_FLAGS,
    UNEXPLAINED_FLAGS,
)
from recon.fees.rules import FEE_DECISION, TERMS, fee, returned_fee
from recon.sql_text import sql_text
from recon.tie_out.residuals import LISTED_ROWS


@dataclass(frozen=True)
class Statement:
    """One relation of the day: small ones are kept as tables, the rest stay views that are read once.

    `only_with`: without a row in one of these relations this one has none, or none that matters. To plan a statement
    costs more than to run it over a small day.
    """

    name: str
    is_table: bool = True
    only_with: tuple[str, ...] = ()
    facts: str = ""  # a relation that nothing else reads: one query with it

    @property
    def text(self) -> str:
        """One query."""
        own = sql(self.name)
        if not self.facts:
            return own
        return f"WITH {self.facts} AS (\n{sql(self.facts)}\n)\nSELECT {self.name}.* FROM (\n{own}\n) AS {self.name}"


OUR_SIDE = (
    Statement("gone_orders", only_with=("opening_items",)),
    Statement("gone_refunds", only_with=("opening_items",)),
    Statement("gone", is_table=False),
    Statement("frozen_orders", is_table=False),
    Statement("frozen_refunds", is_table=False),
)

_FIRST_PASS = (
    Statement("other_rows"),
    Statement("near_pairs"),
    Statement("ids_on_several_rows"),
    Statement("compared_payments"),
    Statement("unmatched_or_differing"),
    Statement("unsettled_ids"),
    Statement("matched_refunds", only_with=("other_rows",)),
    Statement("exception_candidate_rows", only_with=("other_rows",)),
    Statement("touched_refunds", only_with=("delivered_refunds", "gone_refunds")),
    Statement(
        "exception_candidate_transactions",
        only_with=("exception_candidate_rows", "ids_on_several_rows", "opening_items", "unmatched_or_differing"),
    ),
    Statement(
        "exception_candidate_ids",
        only_with=("unsettled_ids", "exception_candidate_rows", "exception_candidate_transactions"),
    ),
    Statement("orders_in_scope"),
    Statement("scope_refunds", only_with=("touched_refunds", "orders_in_scope")),
)

# Else no fee was ever charged, contracted or missed.
_FEES_ARE_KNOWN = ("fee_rows_of_day", "fee_rows_before", "fee_rates", "opening_fees")
_FEES_FIRST_PASS = (
    Statement("fee_lines", is_table=False),
    Statement("fee_named_rates", only_with=("fee_rates",)),
    Statement("fee_own_parties", only_with=("fee_named_rates",)),
    Statement("rows_with_parties", is_table=False),
    Statement("fee_parties"),
    Statement("fee_day_terms", only_with=("fee_rates",)),
    Statement("fee_open_terms", only_with=("fee_day_terms", "fee_rows_of_day")),
    Statement("fee_matched_refunds", only_with=("other_rows",)),
    Statement("fee_unmatched_or_differing", only_with=("fee_day_terms", "fee_rows_of_day")),
    Statement("fee_early_refunds", only_with=("rows_before",)),
    Statement("fee_wanted", only_with=_FEES_ARE_KNOWN),
    Statement("fee_wanted_requests", only_with=_FEES_ARE_KNOWN),
)

_SELECTED = (
    Statement(
        "selected_rows",
        only_with=(
            "exception_candidate_ids",
            "exception_candidate_transactions",
            "orders_in_scope",
            "other_rows",
            "fee_wanted",
            "fee_wanted_requests",
            "fee_early_refunds",
        ),
    ),
)

_PAYMENTS_AND_REFUNDS = (
    Statement("pairs_in_scope", only_with=("paired_by_provider_id_earlier",)),
    Statement("earlier_rows", only_with=("rows_before",)),
    Statement(
        "rows_in_scope",
        only_with=(
            "exception_candidate_ids",
            "exception_candidate_transactions",
            "exception_candidate_rows",
            "orders_in_scope",
            "earlier_rows",
        ),
    ),
    Statement("repeated_ids", only_with=("rows_in_scope",)),
    Statement("repeated_rows", only_with=("repeated_ids",)),
    Statement("several_payments", only_with=("repeated_ids",)),
    Statement("payment_rows", only_with=("rows_in_scope",)),
    Statement("adopted_rows", only_with=("payment_rows",)),
    Statement("joined_rows", is_table=False),
    Statement("refund_rows", only_with=("rows_in_scope",)),
    Statement("original_orders", only_with=("refund_rows",)),
    Statement("refund_lines", only_with=("refund_rows",)),
    Statement("refund_groups", only_with=("refund_lines",)),
    Statement("order_refunds", only_with=("refund_lines", "scope_refunds")),
    Statement("duplicate_suspects", only_with=("near_pairs",)),
    Statement("payment_outcomes", facts="payment_facts", only_with=("orders_in_scope", "payment_rows")),
    Statement("refunded_payments", only_with=("order_refunds",)),
    Statement("refund_outcomes", facts="refund_facts", only_with=("scope_refunds", "refund_groups")),
    Statement("near_references", only_with=("payment_outcomes",)),
)

_FEES = (
    Statement("fee_transactions", only_with=("fee_wanted", "fee_wanted_requests")),
    Statement("fee_lines_before", only_with=("fee_rows_before",)),
    Statement("fee_scope_lines", only_with=("fee_wanted", "fee_wanted_requests")),
    Statement("fee_pairs", only_with=("fee_scope_lines",)),
    Statement("fee_bases", only_with=("fee_transactions",)),
    Statement("fee_base_parties", only_with=("fee_bases",)),
    Statement("fee_scope_terms", only_with=("fee_base_parties",)),
    Statement("fee_due", only_with=("fee_scope_terms",)),
    Statement("fee_charged", only_with=("fee_pairs",)),
    Statement("fee_moved", only_with=("fee_transactions",)),
    Statement("fee_outcomes", facts="fee_facts", only_with=("fee_due", "fee_charged", "opening_fees")),
)

_FOUND = (
    Statement("found_payments", is_table=False, only_with=("payment_outcomes",)),
    Statement("found_refunds", is_table=False, only_with=("refund_outcomes",)),
    Statement("found_groups", is_table=False, only_with=("refunded_payments",)),
    Statement("found_fees", is_table=False, only_with=("fee_outcomes",)),
    Statement("found", only_with=("found_payments", "found_refunds", "found_groups", "found_fees")),
)

RECONCILE = (*_FIRST_PASS, *_FEES_FIRST_PASS, *_SELECTED, *_PAYMENTS_AND_REFUNDS, *_FEES, *_FOUND)

PROVE = (
    Statement("repeated_rows_of_day", is_table=False),
    Statement("side_counts"),
    Statement("matched_fees"),
    Statement("input_payments", is_table=False),
    Statement("input_refunds", is_table=False),
    Statement("matched_payment_pairs", is_table=False),
    Statement("unpaid_orders", is_table=False),
    Statement("matched_refund_pairs", is_table=False),
    Statement("conservation"),
)
LOST_INPUTS = Statement("lost_inputs")  # on a day that does not conserve its inputs


_MADE = {statement.name for statement in (*OUR_SIDE, *RECONCILE)}
# Inputs that are empty on many days.
INPUTS_AT_TIMES = tuple(
    dict.fromkeys(name for statement in (*OUR_SIDE, *RECONCILE) for name in statement.only_with if name not in _MADE)
)


def _quoted(codes: Iterable[str]) -> str:
    return ", ".join(f"'{code}'" for code in codes)


# Where a row was read, as evidence names it: file id and line. In a statement: `{place(relation)}`.
_PLACE = re.compile(r"\{place\((\w+)\)\}")
_AS_PLACE = r"\1.file_id || ':' || CAST(\1.line_number AS VARCHAR)"


@cache
def sql(name: str) -> str:
    """The text of one statement, with the decision tables and the places of rows folded in."""
    text = _PLACE.sub(_AS_PLACE, sql_text("recon.matching.sql", name))
    for place, expression in {
        "{payment_decision}": decide(PAYMENT_DECISION),
        "{payment_flags}": raise_flags(PAYMENT_FLAGS),
        "{lasting_flags}": raise_flags(LASTING_FLAGS),
        "{payment_sub_flags}": raise_flags(PAYMENT_SUB_FLAGS),
        "{refund_decision}": decide(REFUND_DECISION),
        "{refund_flags}": raise_flags(REFUND_FLAGS),
        "{refund_sub_flags}": raise_flags(REFUND_SUB_FLAGS),
        "{unexplained_flags}": raise_flags(UNEXPLAINED_FLAGS),
        "{fee_decision}": decide(FEE_DECISION),
        "{fee_terms}": TERMS,
        "{fee_of_payment}": fee("LEAST(payment.settlement_amount_minor, term.largest_minor)", "term", "BIGINT"),
        "{fee_of_base}": fee("base.paid_minor", "term"),
        "{fee_of_refunded}": fee("refund.paid_minor", "term"),
        "{due_of_refund}": returned_fee("fee_transaction", "charged"),
        "{due_of_matched_refund}": returned_fee("charged", "charged"),
        "{break_codes}": _quoted(CATALOGUE),
        "{listed_rows}": str(LISTED_ROWS),
        "{group_codes}": _quoted(GROUP_CODES),
        "{out_of_window_codes}": _quoted(OUT_OF_WINDOW_CODES),
    }.items():
        text = text.replace(place, expression)
    return text
