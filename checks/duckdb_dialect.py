"""The SQL dialect in which Great Expectations asks DuckDB.

It fetches what it asked for after its connection went back to the pool, whose rollback would empty the result (its
issue 10738): so there is no transaction to end. Of the dialects that it knows, PostgreSQL's is the one of DuckDB.
"""

from __future__ import annotations

from typing import Any

from duckdb_sqlalchemy import Dialect
from sqlalchemy.dialects import registry

DRIVER = "duckdb+expectations"  # of the URL


class ExpectationsDialect(Dialect):
    """Every statement by itself, in the words of PostgreSQL."""

    name = "postgresql"
    supports_statement_cache = True

    def do_begin(self, dbapi_connection: Any) -> None:
        """No transaction."""

    def do_commit(self, dbapi_connection: Any) -> None:
        """No transaction."""

    def do_rollback(self, dbapi_connection: Any) -> None:
        """No transaction."""


registry.register(DRIVER.replace("+", "."), __name__, ExpectationsDialect.__name__)
