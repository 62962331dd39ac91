"""The data flow, in reading order: landed, parsed, orders, reconciled, tied_out, breaks,
exports.

Modules with Dagster functions do without `from __future__ import annotations`: Dagster reads the
annotations.
"""
