"""The sheets in which a run keeps what it overwrites: the program's own, never HR's, hidden so that only it finds
them."""

from __future__ import annotations

OWN = "~xl-kpi"
RECORD = f"{OWN} 撤销"
VISIBLE, VERY_HIDDEN = -1, 2        # xlSheetVisible, xlSheetVeryHidden


def is_own(name: str) -> bool:
    return name.startswith(OWN)
