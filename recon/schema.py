"""What a schema is: the columns of a table with their types, in order."""

from __future__ import annotations

import polars as pl

Schema = dict[str, pl.DataType | type[pl.DataType]]
