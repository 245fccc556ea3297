"""使用说明 on a start in mid-year: without any history the stars in force are written as 确认星级, and pay goes on."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from xl_kpi.workbooks import guide, standard
from xl_kpi.workbooks.demo import PARAMETERS
from xl_kpi.workbooks.parameter_rows import rows

from tests.command import run, run_json
from xl_kpi.policy.load import load
from xl_kpi.workbook.file import read

BOOK = {
    "花名册": [{"工号": "001", "姓名": "李芳", "岗位": "客服代表", "职级": "中级", "班组": "一组",
             "入职日期": dt.date(2014, 3, 1), "转正日期": dt.date(2014, 6, 1)},
            {"工号": "002", "姓名": "王伟", "岗位": "客服领班", "班组": "一组", "入职日期": dt.date(2013, 3, 1),
             "转正日期": dt.date(2013, 6, 1)}],
    "考勤": [{"月份": "2017-05", "工号": "001"}, {"月份": "2017-05", "工号": "002"}],
    "月度考核_客服代表": [{"月份": "2017-05", "工号": "001", "得分": 88}],
    "月度考核_客服领班": [{"月份": "2017-05", "工号": "002", "得分": 90}],
    "季度星级_客服代表": [{"季度": "2017Q2", "工号": "001", "确认星级": 4, "评审意见": "沿用原星级"}],
    "季度星级_客服领班": [{"季度": "2017Q2", "工号": "002", "确认星级": 2, "评审意见": "沿用原星级"}],
}


def test_the_steps_are_said_and_are_enough(tmp_path: Path) -> None:
    policy = load("bozhen-2016")
    file = tmp_path / "客服部2017.xlsx"
    file.write_bytes(standard.as_bytes(policy, BOOK | {"参数": rows(policy, PARAMETERS, "示例")}, year=2017))
    sheet = read(file).sheet(guide.SHEET)
    assert sheet is not None
    said = " ".join(str(value) for row in sheet.rows for value in row if value)
    assert "年中开始用" in said
    assert "确认星级、评审意见填现在执行的结果和依据" in said
    assert "xl-kpi new 明年的工作簿.xlsx --from 本工作簿.xlsx" in said
    code, found = run_json("payroll", file, "--month", "2017-05")
    assert code == 0, found["problems"]
    assert [line["执行星级"] for line in found["lines"]] == [4, 2]
    assert any("前三个月的考勤不全" in p["text"] for p in found["problems"])
    assert run("payroll", file, "--month", "2017-05")[0] == 0
