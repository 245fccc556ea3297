"""The port to Excel, through xlwings: HR's open workbook read, changed and put back as it was.

Every access is a call to another process, so everything goes in blocks: a sheet's values are one call, a look is one
call for all cells that share it.  Below xlwings, where it has no word for a thing, Excel's own object model is used
(``.api``); the tests have it over LibreOffice.
"""

from __future__ import annotations

from xl_kpi.workbook.excel.apply import apply, formulas_to_values
from xl_kpi.workbook.excel.quiet import Quiet
from xl_kpi.workbook.excel.read import read_book
from xl_kpi.workbook.excel.undo import bring_back, changed_since, forget, kept
from xl_kpi.workbook.excel.values import calls_in

__all__ = ["Quiet", "apply", "bring_back", "calls_in", "changed_since", "forget", "formulas_to_values", "kept",
           "read_book"]
