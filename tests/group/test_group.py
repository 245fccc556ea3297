"""Many workbooks in one run: each its own fate, one summary, one table."""

from __future__ import annotations

import csv
import os
import random
import runpy
import shutil
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.books import demo_book, put
from tests.cased import period_of, read_cases
from tests.cased import write_book as write_case
from tests.command import run, run_json
from tests.departments import random_department, write_book
from xl_kpi.group import running
from xl_kpi.group.department import Asked, Department
from xl_kpi.policy.load import load
from xl_kpi.progress import silent
from xl_kpi.workbook.file import read

MONTH = "2016-12"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two departments in folders of their own, one that is refused, one damaged, and a file that is no workbook of
    ours."""
    demo_book(tmp_path, "客服一部.xlsx")
    (tmp_path / "上海").mkdir()
    write_book(random_department(random.Random(5), 9), tmp_path / "上海" / "客服二部.xlsx")
    refused = demo_book(tmp_path, "缺数据.xlsx")
    put(refused, "考勤", {f"A{row}": "2015-01" for row in range(200, 240)})
    (tmp_path / "坏的.xlsx").write_bytes(refused.read_bytes()[:4000])
    other = openpyxl.Workbook()
    other.active["A1"] = "别的"
    other.save(tmp_path / "通讯录.xlsx")
    return tmp_path


def states(told: dict[str, Any]) -> dict[str, str]:
    return {Path(one["workbook"]).name: one["state"] for one in told["departments"]}


def test_each_workbook_has_its_own_fate(folder: Path) -> None:
    code, told = run_json("group", folder, "--month", MONTH)
    assert code == 1
    assert states(told) == {"客服一部.xlsx": "done", "客服二部.xlsx": "done", "缺数据.xlsx": "refused",
                            "坏的.xlsx": "failed", "通讯录.xlsx": "foreign"}
    code, said, _ = run("group", folder, "--month", MONTH)
    assert code == 1
    for text in ("缺数据.xlsx：有错误", "坏的.xlsx：不能处理", "没有算的：通讯录.xlsx", "4 个工作簿，完成 2 个"):
        assert text in said
    assert not (folder / running.KEPT).exists()         # nothing is written where no file is asked for


def test_sums_are_those_of_the_pay(folder: Path) -> None:
    for name in ("客服一部.xlsx", "上海/客服二部.xlsx"):
        code, alone = run_json("payroll", folder / name, "--month", MONTH)
        assert code == 0
        _, told = run_json("group", folder / name, "--month", MONTH)
        result = told["departments"][0]["results"][0]
        assert result["人数"] == len(alone["lines"])
        assert result["totals"] == {k: v for k, v in alone["totals"].items() if k != "人数"}
        assert result["total"] == "实发合计"


def test_nobody_is_named(folder: Path) -> None:
    """But where that is asked."""
    names = {str(row[1]) for row in read(folder / "客服一部.xlsx").sheet("花名册").rows[3:] if row[1]}     # type: ignore[union-attr]
    assert len(names) > 30
    out, table = folder / "集团汇总.xlsx", folder / "表.csv"
    for people in ((), ("--people",)):
        code, said, _ = run("group", folder, "--month", MONTH, "-o", out, "--table", table, *people)
        assert code == 1
        kept = "".join(file.read_text("utf-8") for file in (folder / running.KEPT).iterdir())
        cells = {str(cell.value) for sheet in openpyxl.load_workbook(out) for row in sheet.iter_rows() for cell in row}
        everything = said + kept + table.read_text("utf-8-sig") + " ".join(cells)
        assert any(name in everything for name in names) is bool(people)
        shutil.rmtree(folder / running.KEPT)


def test_the_summary(folder: Path) -> None:
    out = folder / "集团汇总.xlsx"
    run("group", folder, "--month", MONTH, "-o", out)
    book = openpyxl.load_workbook(out, data_only=True)
    assert book.sheetnames == ["集团汇总", "问题"]
    rows = list(book["集团汇总"].iter_rows(values_only=True))
    heading = next(row for row in rows if row[0] == "序号")
    lines = [dict(zip(heading, row, strict=True)) for row in rows[rows.index(heading) + 1:] if isinstance(row[0], int)]
    assert {line["工作簿"]: line["状态"] for line in lines} == {
        "客服一部.xlsx": "完成", "客服二部.xlsx": "完成", "缺数据.xlsx": "有错误", "坏的.xlsx": "不能处理"}
    done = next(line for line in lines if line["工作簿"] == "客服一部.xlsx")
    _, pay = run_json("payroll", folder / "客服一部.xlsx", "--month", MONTH)
    assert Decimal(str(done["合计"])).quantize(Decimal("0.01")) == Decimal(pay["totals"]["实发合计"])
    assert round(done["合计"] - done["上期"] - done["变化"], 2) == 0
    links = [cell.value for row in openpyxl.load_workbook(out)["集团汇总"].iter_rows() for cell in row
             if str(cell.value).startswith("=HYPERLINK")]
    assert '=HYPERLINK("上海/客服二部.xlsx","客服二部.xlsx")'.replace("/", os.sep) in links
    assert book["集团汇总"]._charts or openpyxl.load_workbook(out)["集团汇总"]._charts      # the picture


def test_only_what_is_missing_or_changed_is_done_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = folder / "集团汇总.xlsx"
    done: list[str] = []
    genuine = running.run

    def noted(path: Path, asked: Asked) -> Department:
        done.append(path.name)
        return genuine(path, asked)

    monkeypatch.setattr(running, "run", noted)
    run("group", folder, "--month", MONTH, "-o", out, "--jobs", "1")
    assert len(done) == 5
    first = openpyxl.load_workbook(out)
    done.clear()
    run("group", folder, "--month", MONTH, "-o", out, "--jobs", "1")
    assert sorted(done) == ["坏的.xlsx", "缺数据.xlsx"]
    again = openpyxl.load_workbook(out)
    assert [*first["集团汇总"].values] == [*again["集团汇总"].values]
    done.clear()
    put(folder / "客服一部.xlsx", "其他项目", {"K1": "改了"})
    run("group", folder, "--month", MONTH, "-o", out, "--jobs", "1")
    assert "客服一部.xlsx" in done
    assert "客服二部.xlsx" not in done
    done.clear()
    run("group", folder, "--month", "2016-11", "-o", out, "--jobs", "1")
    assert len(done) == 5


def test_payroll_is_written_as_payroll_does(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("alone") / "客服一部.xlsx"
    shutil.copy(folder / "客服一部.xlsx", other)
    assert run("payroll", other, "--month", MONTH)[0] == 0
    before = (folder / "缺数据.xlsx").read_bytes()
    assert run("group", folder, "--month", MONTH, "--payroll", "--jobs", "2")[0] == 1
    assert (folder / "客服一部.xlsx").read_bytes() == other.read_bytes()
    assert (folder / "缺数据.xlsx").read_bytes() == before
    assert list((folder / "xl-kpi备份").iterdir())
    written = (folder / "客服一部.xlsx").read_bytes()
    run("group", folder, "--month", MONTH, "--payroll", "--jobs", "2")
    assert (folder / "客服一部.xlsx").read_bytes() == written


def test_one_process_and_several_say_the_same(folder: Path) -> None:
    assert run_json("group", folder, "--month", MONTH, "--jobs", "1") == run_json(
        "group", folder, "--month", MONTH, "--jobs", "3")


@pytest.mark.skipif(sys.platform == "win32", reason="workers are begun otherwise there")
def test_a_process_that_dies_takes_one_workbook(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = running.run

    def dies(path: Path, asked: Asked) -> Department:
        if path.name == "客服二部.xlsx":
            os._exit(9)
        return genuine(path, asked)

    monkeypatch.setattr(running, "run", dies)
    books = running.books_of([folder], None)
    asked = Asked(running_period())
    found = running.departments(books, asked, 2, running.Kept(None, asked), silent)
    fate = {Path(one.path).name: one.state for one in found}
    assert fate["客服二部.xlsx"] == "failed"
    assert fate["客服一部.xlsx"] == "done"
    assert running.DIED in [text for one in found for _, text in one.said]


def running_period() -> Any:
    from xl_kpi.period import Month

    return Month.parse(MONTH)


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
def test_ctrl_c_leaves_whole_files(tmp_path: Path) -> None:
    first = demo_book(tmp_path, "部00.xlsx")
    for n in range(1, 8):
        shutil.copy(first, tmp_path / f"部{n:02}.xlsx")
    process = subprocess.Popen([sys.executable, "-m", "xl_kpi", "group", str(tmp_path), "--month", MONTH, "--payroll",
                                "--jobs", "2"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))     # noqa: PLW1509
    for _ in range(600):
        if (tmp_path / "xl-kpi备份").exists():
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "已中断" in said
    for book in tmp_path.glob("部*.xlsx"):
        names = [sheet.name for sheet in read(book).sheets]             # each is whole: with all its sheets or none
        assert sum(name.endswith(f"_{MONTH}") for name in names) in (0, 4)
    assert not list(tmp_path.glob("*.tmp*"))


def test_the_table(folder: Path) -> None:
    pytest.importorskip("pyarrow")
    from pyarrow import parquet

    for name in ("表.csv", "表.parquet"):
        run("group", folder, "--month", MONTH, "--table", folder / name)
    rows = list(csv.DictReader((folder / "表.csv").read_text("utf-8-sig").splitlines()))
    assert parquet.read_table(folder / "表.parquet").to_pylist() == rows
    _, pay = run_json("payroll", folder / "客服一部.xlsx", "--month", MONTH)
    mine = {(row["person"], row["quantity"]): row for row in rows if row["workbook"] == "客服一部.xlsx"}
    for line in pay["lines"]:
        for heading in ("实发合计", "绩效工资", "备注"):
            if heading in line and line[heading] != "":
                assert mine[line["工号"], heading]["value"] == line[heading]
    assert mine[pay["lines"][0]["工号"], "绩效工资"]["clause"]
    assert sum(Decimal(row["value"]) for row in mine.values() if row["quantity"] == "实发合计") == Decimal(
        pay["totals"]["实发合计"])


def test_a_policy_without_a_result_of_that_period(tmp_path: Path) -> None:
    assert run("new", tmp_path / "丙.xlsx", "--policy", "s000-m-reward-percentile")[0] == 0
    _, told = run_json("group", tmp_path, "--month", MONTH)
    assert states(told) in ({"丙.xlsx": "nothing"}, {"丙.xlsx": "refused"})


def test_blank_forms_are_no_department(tmp_path: Path) -> None:
    demo_book(tmp_path, "甲.xlsx")
    assert run("forms", "new", "bozhen-2016", "-o", tmp_path / "附表.xlsx")[0] == 0
    code, told = run_json("group", tmp_path, "--month", MONTH)
    assert code == 0
    assert states(told) == {"甲.xlsx": "done", "附表.xlsx": "foreign"}


def test_scores_are_not_summed(tmp_path: Path) -> None:
    """Of a result without money the group has the people, and no sum."""
    policy = load("s000-r-hq-branch")
    case = next(one for one in read_cases(policy.id) if "拒绝" not in one)
    write_case(case, policy, tmp_path / "甲.xlsx")
    code, told = run_json("group", tmp_path, "--period", str(period_of(case)))
    assert code == 0
    (result,) = told["departments"][0]["results"]
    assert result["人数"] > 0
    assert (result["total"], result["last"], result["change"]) == ("", None, None)
    out = tmp_path / "汇总.xlsx"
    assert run("group", tmp_path / "甲.xlsx", "--period", str(period_of(case)), "-o", out)[0] == 0
    assert "单位：元" not in {str(v) for row in openpyxl.load_workbook(out)["集团汇总"].values for v in row}


def test_copies_of_one_department_are_said(tmp_path: Path) -> None:
    demo_book(tmp_path, "甲.xlsx")
    demo_book(tmp_path, "乙.xlsx")
    code, said, _ = run("group", tmp_path, "--month", MONTH)
    assert code == 0
    assert "有 2 个工作簿：" in said


@pytest.mark.parametrize(("given", "code", "text"), [
    (["没有.xlsx", "--month", MONTH], 2, "找不到文件 没有.xlsx"),
    (["空", "--month", MONTH], 2, "文件夹 空 里没有工作簿"),
    ([".", "--month", MONTH, "--jobs", "0"], 2, "--jobs：至少 1"),
    ([".", "--month", MONTH, "-o", "x.csv"], 2, "-o：汇总是一个新工作簿"),
    ([".", "--month", MONTH, "--table", "x.xlsx"], 2, "--table：文件名要以 .csv 或 .parquet 结尾"),
])
def test_what_the_command_refuses(given: list[str], code: int, text: str, tmp_path: Path,
                                  monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "空").mkdir()
    got, _, said = run("group", *given)
    assert got == code
    assert text in said


def test_the_table_in_duckdb(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The script of docs/scale.md on the departments' table."""
    pytest.importorskip("duckdb")
    pytest.importorskip("pyarrow")
    run("group", folder, "--month", MONTH, "--table", folder / "表.parquet")
    script = Path(__file__).resolve().parents[2] / "docs" / "group_duckdb.py"
    monkeypatch.setattr(sys, "argv", [str(script), str(folder / "表.parquet")])
    runpy.run_path(str(script), run_name="__main__")
    said = capsys.readouterr().out
    _, told = run_json("group", folder, "--month", MONTH)
    for one in told["departments"]:
        for result in one["results"]:
            assert result["totals"]["实发合计"] in said
