-- One row per transaction and kind of fee.
-- The outcome of every transaction and kind of fee that needed attention: the first matching rule.
-- Reads: fee_facts
-- Columns:
--   fee_facts.*  its columns, unchanged
--   code         outcome: a code of the catalogue, or one that is no break
SELECT fact.*,
{fee_decision} AS code
FROM fee_facts AS fact
