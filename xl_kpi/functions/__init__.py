"""Functions for cells: arguments in, as xlwings hands them over, answer or refusal out.

``answer`` is the whole of it.  What a function stands for is said by the policy (``functions`` of its file) and worked
out by the engine that the main job runs on; ``udfs`` declares the functions to Excel.  ``arguments`` reads cells,
``settings`` the range over 参数, ``rows`` answers from a row's arguments, ``sheets`` from ranges over sheets,
``plain`` what needs no policy; ``given`` takes what a Python program calls with.

A call is pure, so a repeated one is answered from a cache.  This module itself imports nothing heavy: Excel starts
with it.
"""

from __future__ import annotations

import marshal
import pickle
from typing import Any

Row = Any                   # several cells of a row belong together: a flat list is a row, elsewhere a column
Table = Any                 # a range with its headings

# Functions as declared in ``udfs``: name → its arguments in order, each with its shape as written ("Row", "Table", …).
DECLARED: dict[str, dict[str, str]] = {}
KEPT = 20_000_000           # bytes of arguments after which the cache begins anew

_answers: dict[bytes, tuple[Any, str | None]] = {}
_size = 0


class Refused(Exception):
    """A call that has no answer; the text says why, in Chinese."""


def fingerprint(value: Any) -> bytes:
    """Bytes that are the same for the same cells only: TRUE is not 1, a text not a number."""
    try:
        return marshal.dumps(value, 2)          # later versions write the same value in several ways
    except ValueError:                          # dates
        return pickle.dumps(value, 5)


def answer(name: str, args: tuple[Any, ...]) -> Any:
    """The answer of a function: one value, or a list of rows where an argument is a column.

    ``args``: in the order declared; None is an argument left out, else rows of cells (lists of lists), or what
    ``given`` makes such of.  Raises Refused; in a column the element of a refused row is
    ``xl_kpi.functions.sentinel.SENTINEL``.
    """
    global _size                                                                            # noqa: PLW0603
    key = fingerprint((name, args))
    found = _answers.get(key)
    if found is None:
        from xl_kpi.functions.calls import call
        from xl_kpi.functions.given import cells_given

        cells = cells_given(name, args)
        if cells is not args:           # not kept as given: numpy's bytes do not tell their types apart
            return answer(name, cells)
        try:
            found = (call(name, args), None)
        except Refused as refusal:
            found = (None, str(refusal))
        _size += len(key)
        if _size > KEPT:
            _answers.clear()
            _size = len(key)
        _answers[key] = found
    if found[1] is not None:
        raise Refused(found[1])
    kept = found[0]
    return [row[:] for row in kept] if kept.__class__ is list else kept
