"""Ogloba as a party of its own: its sales, and the Void flow over the `void` table."""

from __future__ import annotations

import polars as pl

from recon.money import to_major
from sandbox.faults import Fault, Faults
from sandbox.instants import MINUTE, SECOND
from sandbox.messages import Answer, NoAnswer
from sandbox.network import Network
from sandbox.ogloba_rows import Redemption, Void, table_schema, versions, write
from sandbox.ogloba_sales import DEFAULT_CURRENCY, Sales


class Ogloba(Sales):
    """The acquirer."""

    def __init__(self, network: Network, faults: Faults) -> None:
        super().__init__(network, faults)
        self.voids: dict[str, Void] = {}
        self._voids_of: dict[str, list[Void]] = {}
        self._void_numbers = 0

    # -- Void ----------------------------------------------------------------------------------

    def void(self, at: int, reference: str, amount: int, initiator: str = "MERCHANT") -> Void | None:
        """Alipay+ refunds, then the database voids. None if the process died without a trace."""
        self.hear(at)
        row = self._open_void(at, reference, amount, initiator)
        self._send_refund(row, at)
        if Fault.DIES_BEFORE_VOID_ROW in self._faults:
            self._forget_void(row)
            return None
        return row

    def repeat_refund(self, at: int, row: Void) -> None:
        """The identical request again: the same id makes it safe."""
        write(row, at, attempts=row.attempts + 1)
        self._send_refund(row, at)

    def void_merged(self, at: int, reference: str, amounts: list[int], own_id: bool) -> list[Void]:
        """Several voids sent to Alipay+ as one refund, under a new id or under the first one's."""
        self.hear(at)
        rows = [self._open_void(at, reference, amount, "MERCHANT") for amount in amounts]
        request_id = f"{rows[0].rfd_req_id}M" if own_id else rows[0].rfd_req_id
        answer = self._network.refund(at, str(request_id), reference, sum(amounts))
        for row in rows:
            write(row, answer.at, rfd_stat=answer.status, rfd_tm=answer.done_at)
            self.mark_voided(answer.at, row)
        return rows

    def void_by_hand(self, at: int, reference: str, amount: int) -> Void:
        """Somebody voids in the database; Alipay+ never hears of it."""
        row = self._open_void(at, reference, amount, "SUPPORT")
        write(row, at, rfd_stat="N", attempts=0)
        self.mark_voided(at, row)
        return row

    def refuse_void(self, at: int, row: Void) -> None:
        """A refund that Alipay+ refused is given up; nothing is voided."""
        write(row, at, void_stat="X")

    def register_refund(self, at: int, reference: str, request_id: str, amount: int, answer: Answer) -> Void:
        """Operations write down a refund that was made elsewhere."""
        row = self._open_void(at, reference, amount, "REPAIR")
        row.rfd_req_id, row.req_tm = request_id, answer.done_at or at
        self._take_refund_answer(row, answer._replace(at=at))
        self.mark_voided(at, row)
        return row

    def purge(self, at: int, row: Redemption | Void) -> None:
        """The row is deleted: from then on no snapshot shows it."""
        row.purged_at = at

    # -- the database --------------------------------------------------------------------------

    def redemption_table(self, now: int) -> pl.DataFrame:
        """All versions of all sales."""
        found = [v for row in self.redemptions.values() for v in versions(row, now)]
        return pl.DataFrame(found, schema=table_schema(Redemption), orient="row")

    def void_table(self, now: int) -> pl.DataFrame:
        """All versions of all voids."""
        found = [v for row in self.voids.values() for v in versions(row, now)]
        return pl.DataFrame(found, schema=table_schema(Void), orient="row")

    # -- inside ------------------------------------------------------------------------------

    def _open_void(self, at: int, reference: str, amount: int, initiator: str) -> Void:
        self._void_numbers += 1
        sale = self.redemptions.get(reference)
        currency = sale.cur if sale else DEFAULT_CURRENCY
        row = Void(
            f"V{self._void_numbers:09d}",
            reference,
            f"RF{self._void_numbers:012d}{'ABCDEFGH'[self._void_numbers % 8]}",
            amount,
            currency,
            at,
            at,
            initiator=initiator,
            valid_from=at,
        )
        self.voids[row.void_no] = row
        self._voids_of.setdefault(reference, []).append(row)
        return row

    def _forget_void(self, row: Void) -> None:
        del self.voids[row.void_no]
        self._voids_of[row.orig_ref_no].remove(row)

    def _send_refund(self, row: Void, at: int) -> None:
        try:
            answer = self._network.refund(at, str(row.rfd_req_id), row.orig_ref_no, self._refund_sent(row))
        except NoAnswer:
            answer = Answer("U", at + MINUTE, "TIMEOUT")
        self._take_refund_answer(row, answer)
        if answer.status == "S" or Fault.VOIDS_ANYWAY in self._faults:
            self.mark_voided(answer.at + SECOND, row)

    def _refund_sent(self, row: Void) -> int:
        if Fault.REFUND_SENT_HUNDREDFOLD in self._faults:
            return int(to_major(row.amt, row.cur) * 100)
        if Fault.REFUND_SENT_IN_CENTS in self._faults:
            return row.amt // 100
        if Fault.REFUND_SENDS_WHOLE_SALE in self._faults:
            return self.redemptions[row.orig_ref_no].amt
        return row.amt

    def _take_refund_answer(self, row: Void, answer: Answer) -> None:
        new = Fault.NEW_REFUND_STATUS in self._faults
        write(
            row,
            answer.at,
            rfd_stat="W" if new else answer.status,
            rfd_tm=answer.done_at,
            aps_refund_id=answer.provider_id,
            settle_amt=answer.settlement_amount,
            settle_cur=answer.settlement_currency,
        )

    def mark_voided(self, at: int, row: Void) -> None:
        """The void procedure alone; operations rerun it, too."""
        if Fault.DIES_BEFORE_VOID in self._faults:
            return
        if Fault.VOID_FAILS in self._faults:
            write(row, at, void_stat="X", alert_tm=at + SECOND)
            return
        write(row, at, void_stat="V", void_tm=at)
        if sale := self.redemptions.get(row.orig_ref_no):
            voided = sum(v.amt for v in self._voids_of[sale.ref_no] if v.void_stat == "V")
            full = voided >= sale.amt or Fault.PART_SHOWN_AS_FULL in self._faults
            write(sale, at, void_full=int(full))
