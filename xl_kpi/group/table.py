"""One tidy table of a group: a row a person and quantity, for DuckDB, pandas, Spark or a BI tool.

Its columns are described in docs/scale.md.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from xl_kpi.group.department import Department
from xl_kpi.problems import UsageError
from xl_kpi.workbook.store import replace_other

COLUMNS = ("period", "company", "department", "workbook", "policy", "output", "person", "name", "quantity", "value",
           "type", "clause")
SUFFIXES = (".csv", ".parquet")
MISSING = "--table：写 .parquet 要先安装：pip install \"xl-kpi[parquet]\"；也可以写 .csv"


def suffix_of(path: Path) -> str:
    """'.csv' or '.parquet'.  Raises UsageError, also where what writes it is not installed."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise UsageError(f"--table：文件名要以 {' 或 '.join(SUFFIXES)} 结尾，给的是 {path.name}")
    if suffix == ".parquet":
        try:
            import pyarrow  # noqa: F401
        except ImportError:
            raise UsageError(MISSING) from None
    return suffix


def rows_of(found: Sequence[Department]) -> Iterator[list[str]]:
    for one in found:
        for outcome in one.outcomes:
            for person, name, quantity, value, kind, clause in outcome.rows:
                yield [outcome.period, one.company, one.department, Path(one.path).name, one.policy, outcome.output,
                       person, name, quantity, value, kind, clause]


def write(found: Sequence[Department], path: Path) -> int:
    """Write the table whole or not at all; gives its rows.  Raises UsageError, HostError."""
    rows = list(rows_of(found))
    if suffix_of(path) == ".csv":
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        writer.writerows(rows)
        replace_other(path, text.getvalue().encode("utf-8-sig"))        # as Excel reads it
        return len(rows)
    import pyarrow
    from pyarrow import parquet

    columns = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    table = pyarrow.table({name: pyarrow.array(list(values), pyarrow.string())
                           for name, values in zip(COLUMNS, columns, strict=True)})
    sink = pyarrow.BufferOutputStream()
    parquet.write_table(table, sink, compression="zstd")
    replace_other(path, sink.getvalue().to_pybytes())
    return len(rows)
