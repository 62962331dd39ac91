"""A whole counterpart to play against: Alipay+ (reports on SFTP) and Ogloba (an orders database).

Two independent parties meet in the Redeem, Redeem confirm, Void, cancel and notify flows; faults
strike in those flows. The sandbox knows what each key deserves (`truth.csv`) and scores an answer.
It never imports the rules: it must not grade us with our own opinion.
"""
