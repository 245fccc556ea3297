"""The made-up policy of scores, and a workbook of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from xl_kpi.policy import load as loader

HERE = Path(__file__).parent
MONTHS = [f"2016-{n:02}" for n in range(1, 13)]


@pytest.fixture
def scores(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The program comes with this policy alone."""
    monkeypatch.setattr(loader, "FOLDER", HERE)
    loader.load.cache_clear()
    yield
    loader.load.cache_clear()


def book(folder: Path) -> Path:
    """甲 every month 80; 乙 from 71 to 82; 丙 from July on 90, praised in August and October."""
    path = folder / "考核2016.xlsx"
    made = openpyxl.Workbook()
    made.remove(made.active)
    scored = [[month, who, points] for n, month in enumerate(MONTHS, 1)
              for who, points in (("甲", 80), ("乙", 70 + n), ("丙", 90)) if who != "丙" or n >= 7]
    sheets = {
        "参数": [["参数", "键", "值"], ["policy", None, "scores"]],
        "花名册": [["工号", "姓名", "小组", "入职日期", "离职日期"], ["甲", "赵一", "一组", "2015-03-01", None],
                ["乙", "钱二", "一组", "2015-03-01", None], ["丙", "孙三", "二组", "2016-07-15", None]],
        "月度考核": [["月份", "工号", "考核得分"], *scored],
        "记录": [["日期", "工号", "事项"], ["2016-08-10", "丙", "表扬"], ["2016-10-10", "丙", "表扬"],
               ["2016-09-01", "甲", "批评"]],
    }
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path
