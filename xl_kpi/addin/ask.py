"""What a button asks and says: in Excel by its own boxes, in a test by whoever answers there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import xlwings as xw

TITLE = "绩效薪酬"
_TEXT = 2               # the Type of InputBox: a text
_TABLES = "*.xlsx;*.xlsm;*.xls;*.et;*.csv"
_LONGEST = 1500         # characters of a message box that fit on a screen


class Asker(Protocol):
    """The person before the screen."""

    def tell(self, text: str, bad: bool = False) -> None:
        """Show a message."""

    def confirm(self, text: str) -> bool:
        """Yes or no."""

    def text(self, prompt: str, default: str = "") -> str | None:
        """A line of text; None: cancelled."""

    def save_as(self, default: str) -> str | None:
        """Where a new workbook is to be written; None: cancelled."""

    def files(self, title: str) -> list[str]:
        """The files to read, one or several; none: cancelled."""


class ExcelAsker:
    """Asks through Excel."""

    def __init__(self, app: xw.App):
        self._app = app

    def tell(self, text: str, bad: bool = False) -> None:
        self._app.alert(_short(text), TITLE, "ok", "critical" if bad else "info")

    def confirm(self, text: str) -> bool:
        return self._app.alert(_short(text), TITLE, "yes_no", "info") == "yes"

    def text(self, prompt: str, default: str = "") -> str | None:
        given = self._app.api.InputBox(Prompt=prompt, Title=TITLE, Default=default, Type=_TEXT)
        return None if given is False else str(given).strip()

    def save_as(self, default: str) -> str | None:
        given = self._app.api.GetSaveAsFilename(InitialFilename=default, FileFilter="Excel 工作簿 (*.xlsx), *.xlsx",
                                                Title=TITLE)
        return None if given is False else str(given)

    def files(self, title: str) -> list[str]:
        given = self._app.api.GetOpenFilename(FileFilter=f"表格 ({_TABLES}),{_TABLES},所有文件 (*.*),*.*", Title=title,
                                              MultiSelect=True)
        return [str(one) for one in given] if isinstance(given, (list, tuple)) else [str(given)] if given else []


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}……"
