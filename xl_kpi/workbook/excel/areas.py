"""Cells that belong together, as few rectangles and as few calls as can be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from xl_kpi.workbook.grid import Area, area_address

__all__ = ["Area", "addresses", "area_address", "rectangles", "rows_addresses", "runs"]
_LONGEST = 255                          # characters of an address that Excel takes


def rectangles(mask: NDArray[np.bool_]) -> list[Area]:
    """Rectangles that cover exactly the true cells: runs of a row, joined downwards while they are alike."""
    if mask.all():
        return [(0, 0, mask.shape[0] - 1, mask.shape[1] - 1)] if mask.size else []
    edges = np.diff(np.pad(mask.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    found: list[Area] = []
    open_runs: dict[tuple[int, int], int] = {}
    starts_at, starts = np.nonzero(edges == 1)
    ends = np.nonzero(edges == -1)[1] - 1
    runs: dict[int, list[tuple[int, int]]] = {}
    for row, first, last in zip(starts_at.tolist(), starts.tolist(), ends.tolist(), strict=True):
        runs.setdefault(row, []).append((first, last))
    for row in range(mask.shape[0] + 1):
        here = set(runs.get(row, ()))
        for run in [run for run in open_runs if run not in here]:
            found.append((open_runs.pop(run), run[0], row - 1, run[1]))
        for run in here:
            open_runs.setdefault(run, row)
    return sorted(found)


def addresses(areas: Iterable[Area]) -> Iterator[str]:
    """The areas as addresses of many areas each, none longer than Excel takes."""
    return _joined(map(area_address, areas))


def rows_addresses(rows: Iterable[int]) -> Iterator[str]:
    """Whole rows likewise; neighbours are one area."""
    return _joined(f"{first + 1}:{last + 1}" for first, last in runs(rows))


def runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """(first, last) of each run of consecutive numbers."""
    first = last = None
    for number in sorted(numbers):
        if last is not None and number == last + 1:
            last = number
            continue
        if first is not None and last is not None:
            yield first, last
        first = last = number
    if first is not None and last is not None:
        yield first, last


def _joined(parts: Iterable[str]) -> Iterator[str]:
    text = ""
    for part in parts:
        if text and len(text) + len(part) + 1 > _LONGEST:
            yield text
            text = ""
        text = f"{text},{part}" if text else part
    if text:
        yield text
