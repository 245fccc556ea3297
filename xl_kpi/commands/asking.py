"""What a command asks whoever sits before it: the password of a workbook."""

from __future__ import annotations

import os
import sys

VARIABLE = "XL_KPI_PASSWORD"        # of who runs it without a terminal


def password_of(name: str, wrong: bool) -> str:
    """The password of a file, from the environment or the terminal; '' where there is nobody to ask.  It is shown
    nowhere and kept nowhere."""
    if not wrong and (given := os.environ.get(VARIABLE)):
        return given
    if not sys.stdin or not sys.stdin.isatty():
        return ""
    from getpass import getpass

    return getpass(f"{'密码不对，请再输入一次' if wrong else '打开密码'}（{name}；输入时不显示，直接回车放弃）：")
