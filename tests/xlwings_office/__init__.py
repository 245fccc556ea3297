"""An xlwings engine over LibreOffice: code written for Excel against ``xlwings.Book`` runs unchanged on Linux.

What the handlers need and nothing more.  ``.api`` is Excel's own object model as far as it is used (``model``), so that
code which must go below xlwings is tested as well: on Windows the same names go to Excel over COM.

What LibreOffice cannot do, or does otherwise: no very hidden sheets (hidden instead, and remembered while the book is
open); manual page breaks, freeze panes and grid lines need a view, so no document is opened hidden; no green corners;
nothing of ribbon, RunPython, COM, spilled arrays.  Texts become numbers, dates and formulas when they are written to a
cell that is not in text format, as in Excel, but only the plain shapes of them.
"""

from __future__ import annotations

from typing import Any

import xlwings as xw

from tests.office import Office
from tests.xlwings_office.application import Engine

__all__ = ["running"]


class running:
    """The running LibreOffice as xlwings' one application; its books are closed at the end."""

    def __init__(self, office: Office):
        self._impl = Engine(office)

    def __enter__(self) -> xw.App:
        self._before = xw.engines.active
        xw.engines.active = xw.Engine(impl=self._impl)
        return xw.apps.active

    def __exit__(self, *error: Any) -> None:
        self._impl.close()
        xw.engines.active = self._before
        if hasattr(xw.Book, "_mock_caller"):
            del xw.Book._mock_caller
