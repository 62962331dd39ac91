-- The outcome of every transaction and kind of fee that needed attention: the first matching rule.
SELECT f.*,
{fee_decision} AS code
FROM fee_facts AS f
