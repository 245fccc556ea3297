"""A workbook dropped on the desktop file: questions and answers, and the commands that they run."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.addin.machines import USER, windows
from tests.command import run
from xl_kpi.addin import machine as machines
from xl_kpi.addin.machine import Machine
from xl_kpi.addin.shortcut import put
from xl_kpi.commands.drop import steps
from xl_kpi.policy.load import load, load_file
from xl_kpi.problems import HostError

Answers = Callable[..., list[str]]
PAY = load("bozhen-2016")
SCORES = load_file(Path(__file__).parents[1] / "outputs" / "scores.md")         # no pay, outputs of all periods
SPEAKS_OF_PAY = re.compile(r"工资|元|星级|评星")


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Answers to the questions in turn, then the end of input; gives the list of questions asked."""
    def given(*texts: str) -> list[str]:
        asked: list[str] = []
        rest: Iterator[str] = iter(texts)

        def reply(question: str = "") -> str:
            asked.append(question)
            try:
                return next(rest)
            except StopIteration:
                raise EOFError from None

        monkeypatch.setattr("builtins.input", reply)
        return asked
    return given


class Commands:
    """Runs nothing; gives the exit codes that are set for a command line's beginning, 0 else."""

    def __init__(self, **codes: list[int]):
        self.codes = codes
        self.lines: list[str] = []

    def __call__(self, arguments: list[str]) -> int:
        self.lines.append(" ".join(arguments))
        codes = self.codes.get(arguments[0], [])
        return codes.pop(0) if codes else 0


# ----------------------------------------------------------------------------------------------- which commands

def test_all_three_steps(answers: Answers) -> None:
    commands = Commands()
    answers("2016年10月", "是", "y")
    assert steps("book.xlsx", commands, PAY) == 0
    assert commands.lines == ["check book.xlsx --month 2016-10", "review book.xlsx --quarter 2016Q4",
                              "payroll book.xlsx --month 2016-10"]


def test_the_review_is_of_the_months_own_quarter(answers: Answers) -> None:
    commands = Commands()
    asked = answers("2017-03", "是", "否")
    assert steps("book.xlsx", commands, PAY) == 0
    assert commands.lines == ["check book.xlsx --month 2017-03", "review book.xlsx --quarter 2017Q1"]
    assert "2017Q1" in asked[1]


def test_the_review_may_be_left_out_and_the_payroll_too(answers: Answers) -> None:
    commands = Commands()
    answers("2016-10", "", "否")
    assert steps("book.xlsx", commands, PAY) == 0
    assert commands.lines == ["check book.xlsx --month 2016-10"]


def test_a_month_that_cannot_be_read_is_asked_for_again(answers: Answers, capsys: pytest.CaptureFixture[str]) -> None:
    commands = Commands()
    asked = answers("十三月", "2016-13", "2016-12", "否", "否")
    steps("book.xlsx", commands, PAY)
    assert commands.lines == ["check book.xlsx --month 2016-12"]
    assert len(asked) == 5
    assert "十三月" in capsys.readouterr().out


def test_an_answer_that_is_neither_is_asked_for_again(answers: Answers) -> None:
    commands = Commands()
    answers("2016-12", "否", "也许", "是")
    steps("book.xlsx", commands, PAY)
    assert commands.lines[-1] == "payroll book.xlsx --month 2016-12"


def test_errors_end_it_or_lead_to_a_draft(answers: Answers) -> None:
    commands = Commands(check=[1])
    answers("2016-12", "")
    assert steps("book.xlsx", commands, PAY) == 1
    assert commands.lines == ["check book.xlsx --month 2016-12"]
    commands = Commands(check=[1])
    answers("2016-12", "是")
    assert steps("book.xlsx", commands, PAY) == 0
    assert commands.lines[-1] == "payroll book.xlsx --month 2016-12 --draft"


@pytest.mark.parametrize("code", [2, 3])
def test_without_a_workbook_nothing_more_is_asked(answers: Answers, code: int) -> None:
    asked = answers("2016-12")
    assert steps("none.xlsx", Commands(check=[code]), PAY) == code
    assert len(asked) == 1


def test_what_is_there_is_replaced_only_when_asked_for(answers: Answers) -> None:
    commands = Commands(payroll=[1])
    answers("2016-12", "否", "是", "否")
    assert steps("book.xlsx", commands, PAY) == 1
    assert commands.lines[-1] == "payroll book.xlsx --month 2016-12"
    commands = Commands(payroll=[1])
    answers("2016-12", "否", "是", "是")
    assert steps("book.xlsx", commands, PAY) == 0
    assert commands.lines[-1] == "payroll book.xlsx --month 2016-12 --replace"


def test_a_refused_review_stops_before_the_payroll(answers: Answers) -> None:
    commands = Commands(review=[1, 1])
    answers("2016-10", "是", "是")
    assert steps("book.xlsx", commands, PAY) == 1
    assert commands.lines[-1] == "review book.xlsx --quarter 2016Q4 --replace"


# --------------------------------------------------------------------------------------- a policy without pay

@pytest.mark.parametrize(("answer", "options"), [
    ("年度考核 2016", "--of 年度考核 --period 2016"),
    ("2016Q3", "--of 季度成绩 --period 2016Q3"),
    ("2016年下半年", "--of 半年成绩 --period 2016H2"),
    ("2016-11", "--of 月度成绩 --period 2016-11"),
    ("阶段考核 2016-07..2016-09", "--of 阶段考核 --period 2016-07..2016-09"),
])
def test_any_output(answer: str, options: str, answers: Answers, capsys: pytest.CaptureFixture[str]) -> None:
    commands = Commands(result=[1])
    asked = answers(answer, "是", "是")
    assert steps("book.xlsx", commands, SCORES) == 0
    assert commands.lines == [f"check book.xlsx {options}", f"result book.xlsx {options}",
                              f"result book.xlsx {options} --replace"]
    commands = Commands(check=[1])
    asked += answers(answer, "是")
    assert steps("book.xlsx", commands, SCORES) == 0
    assert commands.lines == [f"check book.xlsx {options}", f"result book.xlsx {options} --draft"]
    assert "如 月度成绩 2016-12、季度成绩 2016Q4" in asked[0]
    assert not SPEAKS_OF_PAY.search("".join(asked) + capsys.readouterr().out)


def test_an_output_that_there_is_not(answers: Answers, capsys: pytest.CaptureFixture[str]) -> None:
    commands = Commands()
    answers("年度考评 2016", "年度考核 2016-11", "", "年度考核 2016", "否")
    assert steps("book.xlsx", commands, SCORES) == 0
    out = capsys.readouterr().out
    assert "没有 年度考评，是不是 年度考核" in out
    assert "年度考核 按年，要写成 2016 的样子" in out


def test_a_workbook_that_cannot_be_read(tmp_path: Path, answers: Answers) -> None:
    asked = answers("")
    code, _, err = run("drop", tmp_path / "没有.xlsx")
    assert code == 2
    assert "没有.xlsx" in err
    assert asked == ["\n按回车键关闭这个窗口。"]


# ------------------------------------------------------------------------------------------- on the demo company

@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.tools.wheel_check import find_book

    folder = tmp_path_factory.mktemp("demo")
    assert run("demo", folder / "out")[0] == 0
    return find_book(folder / "out")


def test_a_workbook_dropped(demo: Path, tmp_path: Path, answers: Answers) -> None:
    book = tmp_path / "客服 部.xlsx"
    shutil.copy(demo, book)
    asked = answers(f'"{book}"', "2016-12", "是", "是", "")
    code, out, _ = run("drop")
    assert code == 0, out
    assert "—— 体检（2016-12）——" in out
    assert "—— 季度评星（2016Q4）——" in out
    assert "—— 工资表（2016-12）——" in out
    assert asked[0].startswith("请把工作簿拖进这个窗口")
    assert asked[-1] == "\n按回车键关闭这个窗口。"
    from openpyxl import load_workbook

    assert "工资表_2016-12" in load_workbook(book, read_only=True).sheetnames


def test_closing_the_console_stops_it_without_a_word_of_python(demo: Path, answers: Answers) -> None:
    before = demo.read_bytes()
    answers()
    code, out, err = run("drop", demo)
    assert code == 1
    assert out.endswith("已停止。\n")
    assert err == ""
    assert demo.read_bytes() == before


def test_drop_is_not_in_the_list_of_commands() -> None:
    from xl_kpi.cli import build_parser

    text = build_parser().format_help()
    assert "install-shortcut" in text
    assert "drop" not in text


# ---------------------------------------------------------------------------------------------- the desktop file

def test_windows_shortcut(tmp_path: Path) -> None:
    machine = windows(tmp_path)
    path = put(machine)
    assert path == Path(machine.environment["USERPROFILE"], "Desktop", "绩效核算（把工作簿拖到这里）.cmd")
    lines = path.read_bytes().decode("gbk").split("\r\n")
    assert lines[0] == "@echo off"
    assert lines[1] == f'"{machine.python}" -P -m xl_kpi.cli drop %*'
    assert put(machine).read_bytes() == path.read_bytes()


def test_windows_shortcut_where_the_path_has_percent_signs_and_chinese(tmp_path: Path) -> None:
    machine = windows(tmp_path, python=Path("C:/程序/50%off/python.exe"))
    assert '"C:/程序/50%%off/python.exe"'.encode("gbk") in put(machine).read_bytes()
    with pytest.raises(HostError, match="读不了的字"):
        put(replace(machine, python=Path("C:/ไทย/python.exe")))


def test_windows_desktop_that_was_moved(tmp_path: Path) -> None:
    key = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders"
    (tmp_path / "OneDrive").mkdir()
    machine = windows(tmp_path, {key: {"Desktop": "%onedrive%"}})
    machine = replace(machine, environment={**machine.environment, "OneDrive": str(tmp_path / "OneDrive")})
    assert put(machine).parent == tmp_path / "OneDrive"
    machine = windows(tmp_path, {key: {}})
    assert put(machine).parent == Path(machine.environment["USERPROFILE"], "Desktop")


def test_no_desktop(tmp_path: Path) -> None:
    machine = Machine(windows=False, environment={"HOME": str(tmp_path)}, python=Path("/usr/bin/python3"))
    with pytest.raises(HostError, match=r"找不到桌面文件夹 %HOME%"):
        put(machine)


@pytest.mark.skipif(os.name == "nt", reason="a desktop entry is for Unix")
@pytest.mark.parametrize("named", [True, False])
def test_linux_desktop_entry(tmp_path: Path, named: bool) -> None:
    desktop = tmp_path / ("桌面" if named else "Desktop")
    desktop.mkdir()
    if named:
        (tmp_path / ".config").mkdir()
        (tmp_path / ".config" / "user-dirs.dirs").write_text('XDG_DESKTOP_DIR="$HOME/桌面"\n', encoding="utf-8")
    path = put(Machine(windows=False, environment={"HOME": str(tmp_path)}, python=Path("/opt/py $thon/bin/python")))
    assert path == desktop / "xl-kpi.desktop"
    assert path.stat().st_mode & stat.S_IXUSR
    assert r'Exec="/opt/py \\$thon/bin/python" -P -m xl_kpi.cli drop %f' in path.read_text(encoding="utf-8")
    validator = shutil.which("desktop-file-validate")
    if validator:
        assert subprocess.run([validator, path], check=False).returncode == 0


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = windows(tmp_path)
    monkeypatch.setattr(machines, "this_machine", lambda: machine)
    code, out, _ = run("install-shortcut")
    assert (code, out) == (0, "桌面上已放好“绩效核算（把工作簿拖到这里）.cmd”：把工作簿拖到它上面就开始。\n")
    assert USER not in out
