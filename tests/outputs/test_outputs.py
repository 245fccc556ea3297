"""Outputs of any period: computed, written, told, closed, each by itself; no word of pay where there is none."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from tests.command import run, run_json
from tests.outputs.scored import HERE, book, scores
from xl_kpi.workbook.file import read

__all__ = ["scores"]
CASES: list[dict[str, Any]] = yaml.safe_load((HERE / "cases.yaml").read_text("utf-8"))
OUTPUTS = {"月度成绩": "2016-12", "季度成绩": "2016Q4", "半年成绩": "2016H2", "年度考核": "2016",
           "阶段考核": "2016-07..2016-09"}
PAY = re.compile(r"工资|元(?!素)|星级|评星|￥|发放|大写")
pytestmark = pytest.mark.usefixtures("scores")


def score(path: Path, month: str, who: str, points: float) -> None:
    """Somebody's score, as HR corrects it."""
    made = openpyxl.load_workbook(path)
    for row in made["月度考核"].iter_rows():
        if (row[0].value, row[1].value) == (month, who):
            row[2].value = points
    made.save(path)


def texts(path: Path) -> dict[str, list[str]]:
    """Every text of every sheet."""
    return {sheet.name: [value for row in sheet.rows for value in row if isinstance(value, str)]
            for sheet in read(path).sheets}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['结果']} {case['期间']}")
def test_values(case: dict[str, Any], tmp_path: Path) -> None:
    code, found = run_json("result", book(tmp_path), "--of", case["结果"], "--period", case["期间"])
    assert code == 0, found
    assert list(found) == ["output", "period", "policy", "lines", "totals", "marks", "problems"]
    assert (found["output"], found["policy"]) == (case["结果"], "scores")
    lines = {line["工号"]: line for line in found["lines"]}
    for who, wanted in case["期望"].items():
        for heading, value in wanted.items():
            assert lines[who].get(heading) == (None if value == "无" else value), (who, heading)
    assert found["totals"]["人数"] == len(lines)


@pytest.mark.parametrize(("name", "period"), OUTPUTS.items())
def test_the_name_may_be_left_out(name: str, period: str, tmp_path: Path) -> None:
    assert run_json("result", book(tmp_path), "--period", period)[1]["output"] == name


@pytest.mark.parametrize(("arguments", "says"), [
    (("--of", "年度考评", "--period", "2016"), "没有 年度考评，是不是 年度考核"),
    (("--of", "年度考核", "--period", "2016-11"), "年度考核 按年，要写成 2016 的样子，给的是 2016-11"),
    (("--of", "年度考核", "--period", "11月"), "没有写年份"),
    (("--period", "2016-07-09"), "这是一天，不是期间"),
    (("--period", "2016-09..2016-07"), "前面的月份要早一些"),
    (("--of", "年度考核"), "缺少 --period"),
])
def test_wrong_usage(arguments: tuple[str, ...], says: str, tmp_path: Path) -> None:
    code, out, err = run("result", book(tmp_path), *arguments)
    assert (code, out) == (2, "")
    assert says in err


def test_several_of_one_period(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two outputs of a month: the name decides; without it the call is ambiguous."""
    from xl_kpi.policy import load as loader

    text = (HERE / "scores.md").read_text("utf-8")
    start, end = text.index("    输出 月度成绩"), text.index("    输出 季度成绩")
    (tmp_path / "scores.md").write_text(text.replace(
        text[start:end], text[start:end] + text[start:end].replace("月度成绩", "月度排名")), "utf-8")
    monkeypatch.setattr(loader, "FOLDER", tmp_path)
    path = book(tmp_path)
    for command in (("result",), ("close",), ("explain", "--id", "甲"), ("slips", "--out", tmp_path / "o")):
        code, _, err = run(command[0], path, "--period", "2016-11", *command[1:])
        assert code == 2
        assert "有 月度成绩、月度排名，要写明是哪一个：xl-kpi" in err
        assert "--of 月度成绩" in err
    assert run_json("result", path, "--of", "月度排名", "--period", "2016-11")[0] == 0
    assert run("check", path, "--period", "2016-11")[0] == 0


@pytest.mark.parametrize(("name", "period"), OUTPUTS.items())
def test_from_result_to_closing(name: str, period: str, tmp_path: Path) -> None:
    path = book(tmp_path)
    asked = ("--of", name, "--period", period)
    said = []

    def do(*command: Any, code: int = 0) -> str:
        got, out, err = run(*command)
        assert got == code, (command, out, err)
        said.append(out + err)
        return out + err

    do("check", path, *asked)
    assert f"{name}_{period}" in do("close", path, *asked, code=1), "nothing to close yet"
    assert "3 人" in do("result", path, *asked)
    sheets = [sheet.name for sheet in read(path).sheets]
    slip = "成绩单" if name == "年度考核" else "通知单"
    assert {f"{name}_{period}", f"{slip}_{name}_{period}", f"核算依据_{name}_{period}",
            f"汇总_{name}_{period}"} <= set(sheets)
    before = path.read_bytes()
    do("result", path, *asked)
    assert path.read_bytes() == before, "twice changes nothing"
    do("result", path, *asked, "-o", tmp_path / "副本.xlsx")
    assert path.read_bytes() == before
    assert "怎么" not in do("explain", path, *asked, "--id", "丙")
    do("slips", path, *asked, "--out", tmp_path / "单")
    assert len(list((tmp_path / "单").glob(f"{slip}_{name}_{period}_丙_*.xlsx"))) == 1
    # what is there is not overwritten unasked
    score(path, "2016-08", "甲", 50)
    score(path, "2016-12", "甲", 50)
    assert "甲 赵一" in do("result", path, *asked, code=1)
    assert "不能封存" in do("close", path, *asked, code=1)
    do("result", path, *asked, "--replace")
    assert f"{name}_{period}_旧1" in [sheet.name for sheet in read(path).sheets]
    # closed
    assert f"{name} {period} 已封存" in do("close", path, *asked)
    assert any("已封存" in text for text in texts(path)[f"{name}_{period}"])
    do("verify", path, *asked)
    assert "一分不差" in do("verify", path)
    score(path, "2016-12", "甲", 80)
    score(path, "2016-08", "甲", 80)
    assert f"{name} {period} 已封存，不能重写" in do("result", path, *asked, "--replace", code=1)
    do("verify", path, *asked)
    do("tidy", path)
    assert next(sheet for sheet in read(path).sheets if sheet.name == f"{name}_{period}").hidden
    # opened again
    do("reopen", path, *asked, "--reason", "得分改正")
    assert not any("已封存" in text for text in texts(path)[f"{name}_{period}"])
    do("result", path, *asked, "--replace")
    assert "与上次封存相比" in do("close", path, *asked)
    said += [text for found in texts(path).values() for text in found]
    for slip_file in (tmp_path / "单").iterdir():
        said += [text for found in texts(slip_file).values() for text in found]
    assert [text for text in said if PAY.search(text)] == []


def test_each_output_closes_in_its_own_order(tmp_path: Path) -> None:
    path = book(tmp_path)
    for asked in (("季度成绩", "2016Q3"), ("季度成绩", "2016Q4"), ("年度考核", "2016"),
                  ("阶段考核", "2016-04..2016-06")):
        assert run("result", path, "--of", asked[0], "--period", asked[1])[0] == 0
    code, out, _ = run("close", path, "--of", "季度成绩", "--period", "2016Q4")
    assert code == 1
    assert "季度成绩 2016Q4 之前还有 2016Q3 没有封存" in out
    assert f"xl-kpi close {path} --of 季度成绩 --period 2016Q3" in out.replace('"', "")
    assert run("close", path, "--of", "年度考核", "--period", "2016")[0] == 0, "another output waits for nobody"
    assert run("close", path, "--of", "阶段考核", "--period", "2016-04..2016-06")[0] == 0
    assert run("close", path, "--of", "季度成绩", "--period", "2016Q3")[0] == 0
    assert run("close", path, "--of", "季度成绩", "--period", "2016Q4")[0] == 0
    code, out, _ = run("reopen", path, "--of", "季度成绩", "--period", "2016Q3", "--reason", "改")
    assert code == 1
    assert "只能重开最后封存的一个，现在是 季度成绩 2016Q4" in out
    code, out, _ = run("verify", path)
    assert code == 0
    assert "4 个结果，都与封存的相同" in out
    code, out, _ = run("verify", path, "--of", "季度成绩")
    assert code == 0
    assert "季度成绩 2016Q3" in out
    assert "2 个结果，都与封存的相同" in out
    assert "年度考核" not in out
    code, found = run_json("verify", path, "--of", "季度成绩")
    assert [(one["output"], one["period"]) for one in found["months"]] == [
        ("季度成绩", "2016Q3"), ("季度成绩", "2016Q4")]
    code, out, _ = run("verify", path, "--of", "半年成绩")
    assert (code, out) == (0, "还没有封存的结果\n")
    code, _, err = run("verify", path, "--of", "季度成积")
    assert code == 2
    assert "没有 季度成积，是不是 季度成绩" in err


def test_the_record_alone_says_what_was_closed(tmp_path: Path) -> None:
    """A sheet 结账记录 that was deleted is missed, whatever the output."""
    path = book(tmp_path)
    asked = ("--of", "年度考核", "--period", "2016")
    run("result", path, *asked)
    run("close", path, *asked)
    made = openpyxl.load_workbook(path)
    del made["结账记录"]
    made.save(path)
    code, out, _ = run("verify", path)
    assert code == 1
    assert "年度考核 2016 不能重写，也不能封存" in out
    assert run("verify", path, "--of", "年度考核")[0] == 1
    assert run("verify", path, "--of", "季度成绩")[0] == 0, "another output lacks nothing"
    assert run("result", path, *asked, "--replace")[0] == 1


@pytest.mark.parametrize(("name", "period"), OUTPUTS.items())
def test_a_draft(name: str, period: str, tmp_path: Path) -> None:
    path = book(tmp_path)
    score(path, "2016-08", "甲", None)      # type: ignore[arg-type]
    score(path, "2016-12", "甲", None)      # type: ignore[arg-type]
    code, _, _ = run("result", path, "--of", name, "--period", period)
    draft, out, _ = run("result", path, "--of", name, "--period", period, "--draft")
    assert draft == 0
    sheets = [sheet.name for sheet in read(path).sheets]
    assert f"试算_{name}_{period}" in sheets
    assert code in (0, 1)
    assert not PAY.search(out + "".join(text for found in texts(path).values() for text in found))


def test_the_comparison_is_with_the_period_before(tmp_path: Path) -> None:
    path = book(tmp_path)
    run("result", path, "--of", "半年成绩", "--period", "2016H2")
    said = "\n".join(texts(path)["汇总_半年成绩_2016H2"])
    assert "上个半年" in said
    run("result", path, "--of", "季度成绩", "--period", "2016Q4")
    assert "上季" in "\n".join(texts(path)["汇总_季度成绩_2016Q4"])


@pytest.mark.parametrize("command", [("payroll", "--month", "2016-11"), ("review", "--quarter", "2016Q4")])
def test_commands_of_pay_and_review(command: tuple[str, ...], tmp_path: Path) -> None:
    code, out, err = run(command[0], book(tmp_path), *command[1:])
    assert (code, out) == (2, "")
    assert "月度成绩" in err
    assert not PAY.search(err)


def test_what_it_tells_of_itself(tmp_path: Path) -> None:
    """The policy in full, and a new workbook of it, speak of no pay either."""
    code, out, _ = run("policy", "scores")
    assert code == 0
    assert "每年：年度考核" in out
    assert not PAY.search(out)
    new = tmp_path / "新2016.xlsx"
    assert run("new", new, "--policy", "scores")[0] == 0
    found = [text for name, one in texts(new).items() for text in one if PAY.search(text)]
    assert found == []
    shutil.rmtree(tmp_path, ignore_errors=True)


def test_who_has_more_than_before_and_why(tmp_path: Path) -> None:
    path = book(tmp_path)
    run("result", path, "--of", "季度成绩", "--period", "2016Q4")
    rows = next(sheet for sheet in read(path).sheets if sheet.name == "汇总_季度成绩_2016Q4").rows
    top = next(n for n, row in enumerate(rows) if "本季季度得分" in row)
    lines = {row[0]: row[1:6] for row in rows[top + 1:] if row[0]}
    assert lines["乙"] == ["钱二", 81, 78, 3, "季度得分 +3.00（本季：考核得分（2016-10 80.00，2016-11 81.00，"
                                             "2016-12 82.00）的平均）"]
    assert lines["甲"][3] == 0
