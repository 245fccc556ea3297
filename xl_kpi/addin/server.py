"""The process that Excel starts: what VBA may ask of it over COM, and how it waits to be asked.

Three questions and no others: a function's answer, a button's press, whether it is there.  Nothing that comes from
Excel is ever run as code or taken for the name of a module: a function and a button are looked up by name among ours.
"""

from __future__ import annotations

import contextlib
import gc
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

from xl_kpi.functions.sentinel import DEFECT, SENTINEL

UDFS = "xl_kpi.udfs"
LONGEST_ANSWER = 90.0           # seconds; a function that takes longer hangs, and Excel with it


class Server:
    """The object that VBA has in its hands."""

    _public_methods_ = ["Ready", "Answer", "Press"]         # noqa: RUF012   # pywin32 reads it

    def Ready(self) -> bool:
        return True

    def Answer(self, name: str, given: Any) -> Any:
        return answer(name, given)

    def Press(self, handler: str, application: Any, book: Any) -> None:
        press(handler, application, book)


# ------------------------------------------------------------------------------------------------- functions

def answer(name: str, given: Any) -> Any:
    """What a cell gets: a value, a row, or rows; ``SENTINEL`` and ``DEFECT`` stand for errors.  Raises nothing.

    ``given``: the arguments in order, a range as its rows, a missing one as COM says it.
    """
    from xl_kpi.functions import Refused

    try:
        with _limited:
            found = _call(name, tuple(given))
    except Refused:
        return SENTINEL
    except Exception:
        return DEFECT
    if len(found) == 1:                     # a row of cells; one alone is a value
        return found[0][0] if len(found[0]) == 1 else found[0]
    return found


def _call(name: str, given: tuple[Any, ...]) -> Any:
    with without_pandas():
        from xlwings.udfs import call_udf
    from xl_kpi.functions import DECLARED
    from xl_kpi.udfs import __all__ as declared

    if name not in declared or name not in DECLARED:
        raise LookupError(name)
    return call_udf(UDFS, name, given)


@contextlib.contextmanager
def without_pandas() -> Iterator[None]:
    """xlwings imports pandas where it is installed, for converters that no function uses: it would be most of the time
    until the first answer."""
    if "xlwings" in sys.modules or "pandas" in sys.modules:
        yield
        return
    sys.modules["pandas"] = None            # type: ignore[assignment]      # as where it is not installed
    try:
        import xlwings

        assert xlwings
        yield
    finally:
        del sys.modules["pandas"]


class _Limited:
    """Ends the process where an answer takes longer than ``LONGEST_ANSWER``: Excel waits for it and can do nothing."""

    def __init__(self) -> None:
        self.since: float | None = None
        self._watched = False

    def __enter__(self) -> None:
        if not self._watched:
            self._watched = True
            threading.Thread(target=self._watch, daemon=True).start()
        self.since = time.monotonic()

    def __exit__(self, *error: object) -> None:
        self.since = None

    def _watch(self) -> None:
        import os

        while True:
            time.sleep(1)
            since = self.since
            if since is not None and time.monotonic() - since > LONGEST_ANSWER:
                os._exit(1)


_limited = _Limited()


# --------------------------------------------------------------------------------------------------- buttons

def press(handler: str, application: Any, book: Any) -> None:
    """Run a button of the ribbon on the workbook (None: there is none) of this Excel.  Raises LookupError."""
    from xl_kpi.addin.buttons import buttons

    if handler not in {button.handler for button in buttons()}:
        raise LookupError(handler)
    import xlwings as xw
    from win32com.client import Dispatch
    from xlwings import _xlwindows

    from xl_kpi.addin import ribbon

    def wrapped(found: Any) -> Any:
        return _xlwindows.COMRetryObjectWrapper(Dispatch(found))

    try:
        getattr(ribbon, handler)(xw.App(impl=_xlwindows.App(xl=wrapped(application))),
                                 xw.Book(impl=_xlwindows.Book(xl=wrapped(book))) if book is not None else None)
    finally:
        gc.collect()        # whatever is still held of Excel would keep its process alive after its window is closed


# ----------------------------------------------------------------------------------------------------- serving

def serve(clsid: str, ready: Any = None) -> None:
    """Answer under this class until Excel ends; ``ready`` is called as soon as it can be asked.  Windows only."""
    import pythoncom
    import pywintypes
    from win32com.server import policy, util

    identity = pywintypes.IID(clsid)
    pythoncom.CoInitialize()

    class Policy(policy.DefaultPolicy):     # type: ignore[misc]
        def _CreateInstance_(self, asked: Any, interface: Any) -> Any:
            if asked != identity:
                raise pythoncom.com_error(-2147221231, "class not available", None, None)
            return util.wrap(Server(), interface)

    policy.DefaultPolicy = Policy
    factory = pythoncom.MakePyFactory(identity)
    registered = pythoncom.CoRegisterClassObject(
        identity, factory, pythoncom.CLSCTX_LOCAL_SERVER,
        pythoncom.REGCLS_MULTIPLEUSE | pythoncom.REGCLS_SUSPENDED)
    pythoncom.CoResumeClassObjects()
    if ready is not None:
        ready()
    pythoncom.PumpMessages()
    pythoncom.CoRevokeClassObject(registered)
