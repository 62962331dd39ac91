"""The rules of the reconciliation: standard library, Polars and SQL text.

Here are file names, report layouts, money, decision tables, tie-out and the register of breaks.
Not here: Dagster, network, databases, the clock, the environment.
"""
