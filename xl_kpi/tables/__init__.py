"""Input tables as a policy declares them: found in a workbook, read exactly, checked, with the address of every cell.

``headings`` finds sheets and columns, ``cells`` reads a column, ``reading`` a table, ``people`` says whose rows they
are, ``changes`` reads dated changes of the roster, ``read`` puts it all together.  All problems are collected; which of
them stop a job is decided where the job is run (``xl_kpi.job``).

The names below are imported when they are asked for: a function in a cell reads cells, not tables.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xl_kpi.tables.people import match
    from xl_kpi.tables.read import read_tables
    from xl_kpi.tables.reading import Finding, Reading, Tables

__all__ = ["Finding", "Reading", "Tables", "match", "read_tables"]
HOMES = {"match": "people", "read_tables": "read", "Finding": "reading", "Reading": "reading", "Tables": "reading"}


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"xl_kpi.tables.{HOMES[name]}"), name)
