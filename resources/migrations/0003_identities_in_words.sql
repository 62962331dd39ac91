-- From version 2: identities and their verdicts are kept in words, no longer as codes; also where the reason of a day
-- names them. A code that stood for a count and for an amount becomes two names.
UPDATE tied_out.edges SET edge = CASE
  WHEN edge = 'K1' THEN 'control total: detail count = section count'
  WHEN edge = 'K2' THEN 'control total: detail amount = section amount'
  WHEN edge = 'K3' AND right_name LIKE 'count%' THEN 'control total: fee count = section count'
  WHEN edge = 'K3' THEN 'control total: fee amount = section amount'
  WHEN edge = 'K4' AND right_name LIKE 'count%' THEN 'control total: detail count = summary count'
  WHEN edge = 'K4' THEN 'control total: detail amount less fees = summary amount'
  WHEN edge = 'K5' AND left_name LIKE 'count of clearing batch %'
    THEN 'control total: settlement line count = summary count'
  WHEN edge = 'K5' AND left_name LIKE 'amount of clearing batch %'
    THEN 'control total: settlement line amount = summary amount'
  WHEN edge = 'K5' THEN 'control total: settlement amount = section amount'
  WHEN edge = 'K7' THEN 'control total: settlement = bank'
  WHEN edge = 'K8' THEN 'control total: cleared = settled + not settled yet'
  ELSE edge
END;
UPDATE tied_out.edges SET verdict = CASE verdict
  WHEN 'not told' THEN 'not reported'
  WHEN 'batch not known here' THEN 'not reported, batch not known here'
  WHEN 'different, and listed as a break' THEN 'listed as a break, the sides differ'
  WHEN 'the summary section is missing' THEN 'does not tie out, summary section is missing'
  WHEN 'one side was not counted' THEN 'does not tie out, one side was not counted'
  WHEN 'different' THEN 'does not tie out'
  ELSE regexp_replace(verdict, '^equal', 'ties out')
END;
UPDATE orders.findings SET invariant = CASE invariant
  WHEN 'I03' THEN 'refund: has its order, in the same currency'
  WHEN 'I04' THEN 'refund: sum within the payment'
  WHEN 'I05' THEN 'order: confirmed implies paid'
  WHEN 'I06' THEN 'order: paid implies paid time and Alipay+ id'
  WHEN 'I07' THEN 'order: created, paid, confirmed in sequence'
  WHEN 'I10' THEN 'refund: voided implies refunded'
  WHEN 'I11' THEN 'refund: not before its payment'
  WHEN 'I12' THEN 'order: not cancelled and paid at once'
  ELSE invariant
END;
-- A reason names an identity behind the sums that differ, before them, or without any.
CREATE TEMP MACRO after_sum(reason, sum, code, name) AS
  regexp_replace(reason, '(' || sum || ' [^;(]*\()' || code || '\)', '\1' || name || ')', 'g');
CREATE TEMP MACRO before_sum(reason, sum, code, name) AS
  regexp_replace(reason, '(^|: )' || code || '( \([^)]*\): ' || sum || ' )', '\1' || name || '\2', 'g');
CREATE TEMP MACRO alone(reason, code, name) AS
  regexp_replace(reason, '(\(|^|: )' || code || '(\)| \(|: )', '\1' || name || '\2', 'g');
UPDATE breaks.days SET reason =
  after_sum(reason, 'amount of the section', 'K3', 'control total: fee amount = section amount');
UPDATE breaks.days SET reason =
  after_sum(reason, 'amount of the summary', 'K4', 'control total: detail amount less fees = summary amount');
UPDATE breaks.days SET reason =
  after_sum(reason, 'count of clearing batch', 'K5', 'control total: settlement line count = summary count');
UPDATE breaks.days SET reason =
  after_sum(reason, 'amount of clearing batch', 'K5', 'control total: settlement line amount = summary amount');
UPDATE breaks.days SET reason = before_sum(reason, 'sum of', 'K3', 'control total: fee amount = section amount');
UPDATE breaks.days SET reason =
  before_sum(reason, 'sum of', 'K4', 'control total: detail amount less fees = summary amount');
UPDATE breaks.days SET reason =
  before_sum(reason, 'count of clearing batch', 'K5', 'control total: settlement line count = summary count');
UPDATE breaks.days SET reason =
  before_sum(reason, 'amount of clearing batch', 'K5', 'control total: settlement line amount = summary amount');
UPDATE breaks.days SET reason = alone(reason, 'K1', 'control total: detail count = section count');
UPDATE breaks.days SET reason = alone(reason, 'K2', 'control total: detail amount = section amount');
UPDATE breaks.days SET reason = alone(reason, 'K3', 'control total: fee count = section count');
UPDATE breaks.days SET reason = alone(reason, 'K4', 'control total: detail count = summary count');
UPDATE breaks.days SET reason = alone(reason, 'K5', 'control total: settlement amount = section amount');
UPDATE breaks.days SET reason = alone(reason, 'K6', 'file: content agrees with name');
UPDATE breaks.days SET reason = alone(reason, 'K7', 'control total: settlement = bank');
UPDATE breaks.days SET reason = alone(reason, 'K8', 'control total: cleared = settled + not settled yet');
UPDATE breaks.days SET reason = alone(reason, 'C1', 'conservation: payments');
UPDATE breaks.days SET reason = alone(reason, 'C2', 'conservation: refunds');
UPDATE breaks.days SET reason = alone(reason, 'C3', 'conservation: report rows');
UPDATE breaks.days SET reason = alone(reason, 'C4', 'conservation: fee rows');
UPDATE breaks.days SET reason = alone(reason, 'C5', 'conservation: fees due by contract');
UPDATE breaks.days SET reason = alone(reason, 'R1', 'register: opening + movements = closing');
DROP MACRO after_sum;
DROP MACRO before_sum;
DROP MACRO alone;
