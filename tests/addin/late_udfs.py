"""A function declared by ``xlwings.func`` itself, which off Windows leaves no trace unless it is made genuine first."""

from __future__ import annotations

from typing import Any

import xlwings


@xlwings.func(category="绩效薪酬")
def LATE() -> Any:
    """晚。"""
    return 1
