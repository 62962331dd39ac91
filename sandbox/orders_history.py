"""Storing a result in Ogloba's database: the statement for recon.toml, and the triggers that keep the past.

`redemption` is versioned. The statement changes the version that is valid when it runs; a trigger writes what that
version said before as a row of the past, and another one carries the result over to later versions of the same order
that are still INIT: what the play does to an order afterwards starts from the stored result, as it would in life.
"""

from __future__ import annotations

from sandbox.ogloba_rows import REDEMPTION_COLUMNS

STORE_RESULT = """\
-- Stores a final answer of Alipay+ in an order that is still INIT. A sale that is not confirmed ends with its payment.
UPDATE redemption
SET PAY_STAT = :pay_state,
    TXN_STAT = CASE WHEN :pay_state <> 'S' AND TXN_STAT = 'R' THEN 'N' ELSE TXN_STAT END,
    PAY_TM = :paid_at,
    APS_PAYMENT_ID = COALESCE(:provider_payment_id, APS_PAYMENT_ID),
    PSP_ID = :psp_id,
    SETTLE_AMT = :settlement_amount_minor,
    SETTLE_CUR = :settlement_currency,
    RSLT_CHNL = 'INQUIRY',
    RSLT_CODE = :result_code,
    UPD_TM = :stored_at,
    valid_from = :stored_at
WHERE REF_NO = :order_key AND PAY_STAT = 'INIT'
  AND valid_from <= :stored_at AND valid_to > :stored_at
"""
_RESULT = ("pay_stat", "pay_tm", "aps_payment_id", "psp_id", "settle_amt", "settle_cur", "rslt_chnl", "rslt_code")
_COLUMNS = ", ".join((*REDEMPTION_COLUMNS, "valid_from", "valid_to"))
_OLD = ", ".join([*(f"OLD.{name}" for name in (*REDEMPTION_COLUMNS, "valid_from")), "NEW.valid_from"])
_CARRIED = ", ".join(f"{name} = NEW.{name}" for name in _RESULT)
_KEEP = f"INSERT INTO redemption ({_COLUMNS}) VALUES ({_OLD})"
_CARRY = (
    f"UPDATE redemption SET {_CARRIED}, "
    "txn_stat = CASE WHEN NEW.pay_stat <> 'S' AND txn_stat = 'R' THEN 'N' ELSE txn_stat END "
    "WHERE ref_no = NEW.ref_no AND valid_from >= NEW.valid_to AND pay_stat = 'INIT'"
)
_TRIGGERS = (  # name, when, what
    ("redemption_keeps_its_past", "NEW.valid_from > OLD.valid_from", _KEEP),
    ("redemption_carries_its_result", "OLD.pay_stat = 'INIT' AND NEW.pay_stat <> 'INIT'", _CARRY),
)


def sqlite_triggers() -> list[str]:
    """One statement a trigger."""
    return [
        f"CREATE TRIGGER {name} AFTER UPDATE ON redemption WHEN {when} BEGIN {what}; END"
        for name, when, what in _TRIGGERS
    ]


def postgresql_triggers() -> list[str]:
    """A function and a trigger each; the functions replace those of an earlier seeding."""
    return [
        statement
        for name, when, what in _TRIGGERS
        for statement in (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {what}; RETURN NULL; END $$",
            f"CREATE TRIGGER {name} AFTER UPDATE ON redemption FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION {name}()",
        )
    ]
