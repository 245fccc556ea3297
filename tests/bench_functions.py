"""`make bench`, its lines about functions for cells: through xlwings' own ``call_udf``, against a function that only
gives back its first argument."""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

CALLS: dict[str, Callable[[int], tuple[object, ...]]] = {       # arguments that are new for each number
    "STAR_LEVEL": lambda k: (60 + k % 4000 / 100, True, 75.0),
    "FULL_ATTENDANCE": lambda k: (float(k % 90), 0.0, 0.0, 0.0, float(k % 7)),
    "PERFORMANCE_PAY": lambda k: (3.0, 60 + k % 4000 / 100),
    "MONTHLY_PAY": lambda k: (2000 + k % 9000 / 100, 3.0, 85.0, True),
}
PARAMETER_ROWS = 50


class Functions:
    """The functions through xlwings' own ``call_udf``, and beside each one that only gives back its first argument."""

    def __init__(self) -> None:
        from types import ModuleType

        from tests.departments import DEMO_PARAMETERS
        from tests.udfs.harness import MISSING, argument, excel
        from xl_kpi import functions

        self.udfs, self.answers, self.missing = excel(), functions._answers, MISSING
        from xlwings.udfs import call_udf, xlarg, xlfunc

        self.call = call_udf
        self.plain = ModuleType("bench_identity")
        self.plain.__file__ = __file__
        sys.modules["bench_identity"] = self.plain
        for name in CALLS:
            names = [one["name"] for one in getattr(self.udfs, name).__xlfunc__["args"]]
            space: dict[str, Callable[..., object]] = {}
            exec(f"def {name}({', '.join(names)}): return {names[0]}", space)
            function = xlfunc(space[name])
            for one in names:
                function = xlarg(one, ndim=2, err_to_str=True)(function)
            setattr(self.plain, name, function)
        rows = [["参数", "名称", "岗位", "键", "值", "单位", "生效日期", "条款", "来源"]]
        rows += [[name, f"{name} 的名称", "客服代表", key, value, "元/月", None, "四.4.1.1①", "示例"]      # type: ignore[list-item]
                 for name, key, value in DEMO_PARAMETERS]
        rows += [["说明文字", *[None] * 8] for _ in range(PARAMETER_ROWS - len(rows))]                      # type: ignore[list-item]
        self.params = argument(rows)

    def arguments(self, name: str, given: tuple[object, ...], params: bool) -> tuple[object, ...]:
        count = len(getattr(self.plain, name).__xlfunc__["args"])
        return (*given, *[self.missing] * (count - len(given) - 1), self.params if params else self.missing)

    def costs(self, name: str, params: bool) -> tuple[float, float, float]:
        """Processor seconds of one call: (identity, repeated arguments, new arguments); the best of several turns, so
        that all have the same machine."""
        fixed = self.arguments(name, CALLS[name](0), params)
        fresh = [self.arguments(name, CALLS[name](k), params) for k in range(1, 61)]

        def timed(work: Callable[[], object], count: int) -> float:
            start = time.process_time()
            work()
            return (time.process_time() - start) / count

        def new() -> None:
            for one in fresh:
                self.call("xl_kpi.udfs", name, one)

        def same(module: str) -> None:
            for _ in fresh:
                self.call(module, name, fixed)

        found = []
        for _ in range(25):
            self.answers.clear()
            self.call("xl_kpi.udfs", name, fixed)
            found.append((timed(lambda: same("bench_identity"), 60), timed(lambda: same("xl_kpi.udfs"), 60),
                          timed(new, 60)))
        one, two, three = map(min, zip(*found, strict=True))
        return one, two, three

    def new_range(self, name: str) -> float:
        """Seconds of a call whose params range has changed."""
        ranges = [(*self.params[:-1], (f"说明 {k}", *[None] * 8)) for k in range(40)]
        given = [(*self.arguments(name, CALLS[name](0), False)[:-1], one) for one in ranges]
        start = time.perf_counter()
        for one in given:
            self.call("xl_kpi.udfs", name, one)
        return (time.perf_counter() - start) / len(given)

    def columns(self, name: str, rows: int = 10_000) -> tuple[float, float, float]:
        """Processor seconds of a call with columns: (identity, cold, cached)."""
        columns = zip(*(CALLS[name](k) for k in range(rows)), strict=True)
        given = self.arguments(name, tuple(tuple((cell,) for cell in column) for column in columns), True)

        def cold() -> None:
            self.answers.clear()
            self.call("xl_kpi.udfs", name, given)

        def seconds(work: Callable[[], object]) -> float:
            gc.collect()        # whose turn the collector would fall into is chance
            gc.disable()
            start = time.process_time()
            work()
            taken = time.process_time() - start
            gc.enable()
            return taken

        found = [(seconds(lambda: self.call("bench_identity", name, given)), seconds(cold),
                  seconds(lambda: self.call("xl_kpi.udfs", name, given))) for _ in range(9)]
        one, two, three = map(min, zip(*found, strict=True))
        return one, two, three


def first_answer() -> tuple[float, float]:
    """Seconds of processor time for (a new process up to the first STAR_LEVEL, one that imports xlwings)."""
    table = "[['参数', '键', '值'], *[['rep.star_score', float(k), 60.0 + 5 * k] for k in range(1, 6)]]"
    work = f"import xl_kpi.udfs as udfs; assert udfs.STAR_LEVEL([[59.0]], [[True]], [[75.0]], None, None, {table}) == 0"
    with tempfile.TemporaryDirectory() as folder:       # compiled once, as installing does
        about = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        about["PYTHONPYCACHEPREFIX"] = folder

        def seconds(code: str) -> float:
            before = os.times()
            subprocess.run([sys.executable, "-c", code], check=True, env=about, cwd=Path(__file__).parents[1])
            after = os.times()
            return after.children_user + after.children_system - before.children_user - before.children_system

        for code in (work, "import xlwings"):
            seconds(code)
        found = [(seconds(work), seconds("import xlwings")) for _ in range(11)]
    mine, theirs = (statistics.median(turn) for turn in zip(*found, strict=True))
    return mine, theirs


Line = tuple[str, float, float, str, str]        # what, its value, the most it may be, unit, note
NO_TARGET = float("inf")


def functions() -> Iterator[Line]:
    """The lines, as they are measured."""
    bench = Functions()
    for name in CALLS:
        for params in (True, False):
            if name == "STAR_LEVEL" and not params:
                continue                            # the document states no lines
            identity, repeated, new = bench.costs(name, params)
            what = f"(g) {name}, {'params of 50 rows' if params else 'no params'}"
            yield f"{what}, repeated", repeated / identity, 1.5, "× identity", f"  [{identity * 1e6:.0f} µs]"
            yield f"{what}, new arguments", new / identity, 5 if params else NO_TARGET, "× identity", ""
        yield f"(g) {name}, a new params range", bench.new_range(name) * 1e3, NO_TARGET, "ms", ""
        identity, cold, cached = bench.columns(name)
        note = f"  [{identity * 1e3:.0f} ms; cached {cached / identity:.2g} ×]"
        yield f"(g) {name}, a column of 10,000", cold / identity, 3, "× identity", note
    mine, theirs = first_answer()
    yield ("(g) a process up to its first STAR_LEVEL", mine / theirs, 1.6, "× import xlwings",
           f"  [{mine * 1000:.0f} ms, {theirs * 1000:.0f} ms]")
