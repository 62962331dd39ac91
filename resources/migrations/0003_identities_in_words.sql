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
UPDATE breaks.days SET reason = regexp_replace(
  reason, '(amount of the section [^;(]*\()K3\)',
  '\1control total: fee amount = section amount)', 'g'
);
UPDATE breaks.days SET reason = regexp_replace(
  reason, '(amount of the summary [^;(]*\()K4\)',
  '\1control total: detail amount less fees = summary amount)', 'g'
);
UPDATE breaks.days SET reason = regexp_replace(
  reason, '(count of clearing batch [^;(]*\()K5\)',
  '\1control total: settlement line count = summary count)', 'g'
);
UPDATE breaks.days SET reason = regexp_replace(
  reason, '(amount of clearing batch [^;(]*\()K5\)',
  '\1control total: settlement line amount = summary amount)', 'g'
);
UPDATE breaks.days SET reason = regexp_replace(
  reason, '(^|: )K3( \([^)]*\): sum of )',
  '\1control total: fee amount = section amount\2', 'g'
);
UPDATE breaks.days SET reason = regexp_replace(
  reason, '(^|: )K4( \([^)]*\): sum of )',
  '\1control total: detail amount less fees = summary amount\2', 'g'
);
UPDATE breaks.days SET reason = regexp_replace(
  reason, '(^|: )K5( \([^)]*\): count of clearing batch )',
  '\1control total: settlement line count = summary count\2', 'g'
);
UPDATE breaks.days SET reason = regexp_replace(
  reason, '(^|: )K5( \([^)]*\): amount of clearing batch )',
  '\1control total: settlement line amount = summary amount\2', 'g'
);
UPDATE breaks.days SET reason = regexp_replace(
  reason, '(\(|^|: )K1(\)| \(|: )',
  '\1control total: detail count = section count\2', 'g'
);
UPDATE breaks.days SET reason = regexp_replace(
  reason, '(\(|^|: )K2(\)| \(|: )',
  '\1control total: detail amount = section amount\2', 'g'
);
UPDATE breaks.days SET reason = regexp_replace(
  reason, '(\(|^|: )K3(\)| \(|: )',
  '\1control total: fee count = section count\2', 'g'
);
UPDATE breaks.days SET reason = regexp_replace(
  reason, '(\(|^|: )K4(\)| \(|: )',
  '\1control total: detail count = summary count\2', 'g'
);
UPDATE breaks.days SET reason = regexp_replace(
  reason, '(\(|^|: )K5(\)| \(|: )',
  '\1control total: settlement amount = section amount\2', 'g'
);
UPDATE breaks.days SET reason = regexp_replace(
  reason, '(\(|^|: )K6(\)| \(|: )',
  '\1file: content agrees with name\2', 'g'
);
UPDATE breaks.days SET reason = regexp_replace(
  reason, '(\(|^|: )K7(\)| \(|: )',
  '\1control total: settlement = bank\2', 'g'
);
UPDATE breaks.days SET reason = regexp_replace(
  reason, '(\(|^|: )K8(\)| \(|: )',
  '\1control total: cleared = settled + not settled yet\2', 'g'
);
UPDATE breaks.days SET reason = regexp_replace(
  reason, '(\(|^|: )C1(\)| \(|: )',
  '\1conservation: payments\2', 'g'
);
UPDATE breaks.days SET reason = regexp_replace(
  reason, '(\(|^|: )C2(\)| \(|: )',
  '\1conservation: refunds\2', 'g'
);
UPDATE breaks.days SET reason = regexp_replace(
  reason, '(\(|^|: )C3(\)| \(|: )',
  '\1conservation: report rows\2', 'g'
);
UPDATE breaks.days SET reason = regexp_replace(
  reason, '(\(|^|: )C4(\)| \(|: )',
  '\1conservation: fee rows\2', 'g'
);
UPDATE breaks.days SET reason = regexp_replace(
  reason, '(\(|^|: )C5(\)| \(|: )',
  '\1conservation: fees due by contract\2', 'g'
);
UPDATE breaks.days SET reason = regexp_replace(
  reason, '(\(|^|: )R1(\)| \(|: )',
  '\1register: opening + movements = closing\2', 'g'
);
