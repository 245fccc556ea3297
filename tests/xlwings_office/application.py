"""Engine, application, books and names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests import office as harness
from tests.office import Office
from tests.xlwings_office import model
from tests.xlwings_office.cells import Range
from tests.xlwings_office.sheet import Sheet, Sheets
from tests.xlwings_office.units import LOGICAL, address_of, struct, uno


class Engine:
    name, type = "libreoffice", "desktop"

    def __init__(self, office: Office):
        self.apps = Apps(self, office)

    def close(self) -> None:
        for app in self.apps:
            for book in list(app.opened):
                book.close()

    @staticmethod
    def prepare_xl_data_element(value: Any, date_format: Any) -> Any:
        return "" if value is None else value

    @staticmethod
    def clean_value_data(data: Any, datetime_builder: Any, empty_as: Any, number_builder: Any,
                         err_to_str: bool) -> list[list[Any]]:
        texts = {code: text for text, code in model.CODES.items()}

        def one(value: Any) -> Any:
            if value is None or value == "":
                return empty_as
            if isinstance(value, int) and value in texts:
                return texts[value] if err_to_str else None
            return number_builder(value) if number_builder and isinstance(value, float) else value

        return [[one(cell) for cell in row] for row in data]


class Apps:
    def __init__(self, engine: Engine, office: Office):
        self._app = App(engine, office)

    def __iter__(self) -> Iterator[App]:
        return iter([self._app])

    def __len__(self) -> int:
        return 1

    def __getitem__(self, pid: int) -> App:
        return self._app

    def keys(self) -> list[int]:
        return [self._app.pid]


class App:
    """The running program.  ``answers``: what is answered to the next questions; ``said``: what was shown so far."""

    # no heirs of xlwings' base classes: their properties would be in the way of plain attributes
    pid = hwnd = 1
    visible = interactive = enable_events = True

    def __init__(self, engine: Engine, office: Office):
        self.engine, self._office = engine, office
        self.opened: list[Book] = []
        self.active: Book | None = None
        self.display_alerts = True
        self.objects_with_cells = True
        self.macros = 0                     # MacroExecutionMode of the workbooks that are opened
        self.status_bar: Any = False
        self.bar: list[Any] = []            # all that the status bar showed
        self._updating = True
        self._mode = "automatic"

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "status_bar" and "bar" in self.__dict__:
            self.bar.append(value)
        super().__setattr__(name, value)

    @property
    def api(self) -> Any:
        return model.Application(self)

    @property
    def books(self) -> Books:
        return Books(self)

    @property
    def selection(self) -> Range | None:
        if self.active is None or self.active.chart_in_view:
            return None
        found = self.active.document.CurrentSelection
        if found is None or not hasattr(found, "RangeAddress"):
            return None
        a = found.RangeAddress
        sheet = Sheet(self.active, found.Spreadsheet)
        return Range(sheet, [(a.StartRow + 1, a.StartColumn + 1, a.EndRow - a.StartRow + 1,
                              a.EndColumn - a.StartColumn + 1)])

    @property
    def screen_updating(self) -> bool:
        return self._updating

    @screen_updating.setter
    def screen_updating(self, value: bool) -> None:
        if value != self._updating:
            for book in self.opened:
                (book.document.unlockControllers if value else book.document.lockControllers)()
        self._updating = value

    @property
    def calculation(self) -> str:
        return self._mode

    @calculation.setter
    def calculation(self, value: str) -> None:
        self._mode = value
        for book in self.opened:
            book.document.enableAutomaticCalculation(value != "manual")

    def calculate(self) -> None:
        for book in self.opened:
            book.document.calculate()           # what has changed, as Excel does

    def activate(self, steal_focus: bool = False) -> None: ...

    def alert(self, prompt: Any, title: Any, buttons: Any, mode: Any, callback: Any) -> str:
        raise AssertionError("nobody sits before the screen in a test")


class Books:
    def __init__(self, app: App):
        self.app = app

    @property
    def active(self) -> Book:
        if self.app.active is None:
            raise LookupError("no workbook is open")
        return self.app.active

    def __call__(self, key: Any) -> Book:
        if isinstance(key, int):
            return self.app.opened[key - 1]
        for book in self.app.opened:
            if book.name.lower() == key.lower():
                return book
        raise KeyError(key)

    def __len__(self) -> int:
        return len(self.app.opened)

    def __iter__(self) -> Iterator[Book]:
        return iter(self.app.opened)

    def add(self) -> Book:
        return self._load("private:factory/scalc", f"工作簿{len(self.app.opened) + 1}")

    def open(self, fullname: Any, update_links: Any = None, read_only: Any = None, *rest: Any) -> Book:
        if not os.path.exists(fullname):
            raise FileNotFoundError(fullname)
        return self._load(Path(fullname).resolve().as_uri(), "", ReadOnly=bool(read_only))

    def _load(self, url: str, name: str, **settings: Any) -> Book:
        # not Hidden: without a view freeze panes, the active sheet and grid lines are lost on saving
        document = self.app._office.desktop.loadComponentFromURL(
            url, "_blank", 0, harness.properties(MacroExecutionMode=self.app.macros, **settings))
        if document is None:
            raise FileNotFoundError(url)
        book = Book(self.app, document, name)
        document.enableAutomaticCalculation(self.app.calculation != "manual")
        if not self.app.screen_updating:
            document.lockControllers()
        self.app.opened.append(book)
        self.app.active = book
        return book


class Book:
    def __init__(self, app: App, document: Any, name: str):
        self.app, self.document, self._name = app, document, name
        self.parser = document.createInstance("com.sun.star.sheet.FormulaParser")
        self.parser.CompileEnglish = True
        self.parser.FormulaConvention = 3       # Excel's: Sheet!A1, arguments apart by commas
        self.very_hidden: set[str] = set()
        self.chart_in_view = ""             # the name of the chart sheet that is active
        self.footers: dict[tuple[str, str], str] = {}       # (page style, part) → Excel's code
        self.own_pages: set[str] = set()        # page styles that are one sheet's alone
        self._kinds: dict[int, tuple[int, str]] = {}
        self._locale = struct("lang.Locale")    # a named one would be saved with each format
        self.moves = 0                          # how often cells or sheets came to stand elsewhere
        self._sheets: dict[int, Sheet] = {}

    def sheet_at(self, number: int) -> Sheet:
        """The sheet at a place, from 1."""
        if number not in self._sheets:
            self._sheets[number] = Sheet(self, self.document.Sheets.getByIndex(number - 1))
        return self._sheets[number]

    def moved(self) -> None:
        """What is kept of LibreOffice's objects no longer stands where it stood."""
        self.moves += 1
        self._sheets = {}

    @property
    def api(self) -> Any:
        return model.Workbook(self)

    @property
    def fullname(self) -> str:
        return uno.fileUrlToSystemPath(self.document.URL) if self.document.URL else self._name

    @property
    def name(self) -> str:
        return os.path.basename(self.fullname)

    @property
    def sheets(self) -> Sheets:
        return Sheets(self)

    @property
    def names(self) -> Names:
        return Names(self)

    def activate(self) -> None:
        self.app.active = self

    def close(self) -> None:
        self.document.setModified(False)
        self.document.close(True)
        self.app.opened.remove(self)
        if self.app.active is self:
            self.app.active = self.app.opened[-1] if self.app.opened else None

    def save(self, path: Any = None, password: Any = None) -> None:
        url = Path(path).resolve().as_uri() if path else self.document.URL
        if not url:
            raise ValueError("a new workbook has no path yet")
        locked = self.document.hasControllersLocked()
        if locked:
            self.document.unlockControllers()
        self.document.storeAsURL(url, harness.properties(FilterName="Calc MS Excel 2007 XML", Overwrite=True))
        if locked:
            self.document.lockControllers()

    def format_key(self, code: str) -> int:
        """The document's number for a number format."""
        formats = self.document.NumberFormats
        key = formats.queryKey(code, self._locale, False)
        return formats.addNew(code, self._locale) if key < 0 else key

    def format_kind(self, key: int) -> tuple[int, str]:
        """(kind, code) of a number format."""
        if key not in self._kinds:
            found = self.document.NumberFormats.getByKey(key)
            self._kinds[key] = found.Type, found.FormatString
        return self._kinds[key]

    def logical_key(self) -> int:
        english = struct("lang.Locale", Language="en", Country="US")
        return self.document.NumberFormats.getStandardFormat(LOGICAL, english)


class Names:
    def __init__(self, book: Book):
        self.book = book
        self._names = book.document.NamedRanges

    def __len__(self) -> int:
        return len(self._names.ElementNames)

    def snapshot(self) -> list[tuple[str, Name]]:
        return [(name, self(name)) for name in self._names.ElementNames]

    def __call__(self, key: Any) -> Name:
        name = self._names.ElementNames[key - 1] if isinstance(key, int) else key
        if not self._names.hasByName(name):
            raise KeyError(key)
        return Name(self.book, self._names.getByName(name))

    def contains(self, key: str) -> bool:
        return self._names.hasByName(key)

    def add(self, name: str, refers_to: str) -> Name:
        self._names.addNewByName(name, refers_to.lstrip("=").replace("!", "."), struct("table.CellAddress"), 0)
        return self(name)


class Name:
    def __init__(self, book: Book, found: Any):
        self.book, self._found = book, found

    @property
    def api(self) -> Any:
        return self._found

    @property
    def name(self) -> str:
        return self._found.Name

    @property
    def refers_to(self) -> str:
        cells = self._found.ReferredCells
        if cells is None:
            return f"={self._found.Content}"
        a = cells.RangeAddress
        area = (a.StartRow + 1, a.StartColumn + 1, a.EndRow - a.StartRow + 1, a.EndColumn - a.StartColumn + 1)
        return f"='{cells.Spreadsheet.Name}'!{address_of(area)}"

    @property
    def refers_to_range(self) -> Range:
        cells = self._found.ReferredCells
        a = cells.RangeAddress
        return Range(Sheet(self.book, cells.Spreadsheet), [
            (a.StartRow + 1, a.StartColumn + 1, a.EndRow - a.StartRow + 1, a.EndColumn - a.StartColumn + 1)])

    def delete(self) -> None:
        self.book.document.NamedRanges.removeByName(self.name)
