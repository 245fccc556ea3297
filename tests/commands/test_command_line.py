"""The habits of a command line: versions, help, near matches, pipes, names and months as people type them."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import openpyxl
import pytest

from tests.books import cell_of, demo_book, put
from tests.command import run
from xl_kpi.addin.machine import Machine
from xl_kpi.cli import build_parser
from xl_kpi.commands import MODULES, command_of

COMMANDS = [name for name in build_parser().commands() if name != "help"]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return demo_book(tmp_path)


def test_every_command_has_its_function_and_help() -> None:
    assert set(COMMANDS) <= set(MODULES)
    for name in COMMANDS:
        assert callable(command_of(name))
        code, out, _ = run("help", name)
        assert code == 0
        assert f"xl-kpi {name}" in out


def test_help_and_version() -> None:
    code, out, _ = run("help")
    assert code == 0
    assert all(f"  {name}" in out for name in COMMANDS)
    assert "xl-kpi addin build" in run("help", "addin", "build")[1]
    assert run("--version")[:2] == (0, f"xl-kpi {version('xl-kpi')}\n")
    done = subprocess.run([sys.executable, "-m", "xl_kpi", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"xl-kpi {version('xl-kpi')}\n"


@pytest.mark.parametrize(("line", "said"), [
    ("chek B", "没有 chek，是不是 check"),
    ("体检 B", "没有 体检，是不是 check"),
    ("工资表 B", "没有 工资表，是不是 payroll"),
    ("help payrol", "没有 payrol，是不是 payroll"),
    ("help addin bild", "没有 bild，是不是 build"),
    ("addin instal", "没有 instal，是不是 install"),
    ("zzzzzz", "没有 zzzzzz；可用的有 demo、"),
    ("payroll B --mnth 2016-12", "不认识 --mnth，是不是 --month"),
    ("payroll B ——month 2016-12", "不认识 ——month，是不是 --month"),
    ("payroll B –month 2016-12", "不认识 –month，是不是 --month"),
    ("payroll B --month 2016-12 --replce", "不认识 --replce，是不是 --replace"),
    ("check B --zzzzzz", "不认识 --zzzzzz"),
    ("payroll B --month 12月", "--month：“12月”没有写年份，请写成 2016-12"),
    ("payroll B --month 十二月", "没有写年份"),
    ("payroll B --month 12", "没有写年份"),
    ("payroll B --month 2016.1", "--month：“2016.1”"),
    ("review B --quarter Q4", "--quarter：“Q4”没有写年份，请写成 2016Q4"),
    ("review B --quarter 四季度", "没有写年份"),
])
def test_wrong_usage(line: str, said: str) -> None:
    code, out, err = run(*line.split())
    assert (code, out) == (2, "")
    assert said in err
    assert "zzzzzz，是不是" not in err


@pytest.mark.parametrize("month", ["2016-12", "2016.12", "201612", "2016年12月", "2016/12", "２０１６－１２"])
def test_months_as_people_type_them(month: str, book: Path) -> None:
    code, out, _ = run("explain", book, "--month", month, "--id", "005")
    assert code == 0
    assert "2016年12月" in out


def test_a_person_by_name(book: Path) -> None:
    by_id, by_name = (run("explain", book, "--month", "2016-12", "--id", who) for who in ("005", "李 桂芳"))
    assert by_id == by_name
    put(book, "花名册", {cell_of(book, "花名册", "姓名", 工号="006"): "李桂芳"})
    for sheet in ("考勤", "月度考核_客服代表", "技能考核", "其他项目", "季度星级_客服代表"):
        page = openpyxl.load_workbook(book)[sheet]
        heads = next(row for row in page.iter_rows(max_row=5) if any(c.value == "姓名" for c in row))
        at = {c.value: c.column for c in heads}
        put(book, sheet, {page.cell(row, at["姓名"]).coordinate: "李桂芳"
                          for row in range(heads[0].row + 1, page.max_row + 1)
                          if page.cell(row, at["工号"]).value == "006"})
    code, _, err = run("explain", book, "--month", "2016-12", "--id", "李桂芳")
    assert code == 2
    assert "叫李桂芳的有 2 人，请写工号：005、006" in err
    code, out, _ = run("explain", book, "--month", "2016-12", "--id", "张三丰")
    assert code == 1
    assert "没有叫这个名字的人" in out


@pytest.mark.parametrize(("line", "written"), [
    ("check B", False), ("check B --sheet", False), ("explain B --month 2016-12 --id 005", False),
    ("payroll B --month 2016-12", True), ("review B --quarter 2016Q4", True), ("month B --month 2017-01", True),
])
def test_only_who_writes_speaks_of_files(line: str, written: bool, book: Path) -> None:
    put(book, "花名册", {cell_of(book, "花名册", "入职日期", 工号="005"): "去年春天"})
    code, out, _ = run(*(book if word == "B" else word for word in line.split()))
    assert code == 1
    assert ("没有写任何文件" in out) == written


def test_the_home_folder(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(book.parent))
    monkeypatch.setenv("USERPROFILE", str(book.parent))
    assert run("explain", f"~/{book.name}", "--month", "2016-12", "--id", "005")[0] == 0
    assert run("month", f"~/{book.name}", "--month", "2017-01", "-o", "~/副本.xlsx")[0] == 0
    assert (book.parent / "副本.xlsx").exists()
    monkeypatch.chdir(book.parent)
    assert run("check", book.name)[0] == 0


def test_slips_take_the_usual_option(book: Path, tmp_path: Path) -> None:
    assert run("slips", book, "--month", "2016-12", "-o", tmp_path / "工资条")[0] == 0
    assert len(list((tmp_path / "工资条").iterdir())) == 44


@pytest.mark.skipif(sys.platform == "win32", reason="a shell's pipes")
@pytest.mark.parametrize("command", ["policy bozhen-2016", "policies --json", "help", "policy bozhen-2016 --json"])
def test_a_reader_that_goes_away(command: str) -> None:
    line = f"{sys.executable} -m xl_kpi {command} | head -c 20 >/dev/null; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("folders", "config", "found"), [
    (["桌面"], 'XDG_DESKTOP_DIR="$HOME/桌面"\n', "桌面"),
    (["桌面"], "", "桌面"),
    (["Desktop", "桌面"], "", "Desktop"),
    (["桌面"], 'XDG_DESKTOP_DIR="$HOME/"\n', "桌面"),
    (["Desktop"], 'XDG_DESKTOP_DIR="$HOME/gone"\n', "Desktop"),
    (["Escritorio", "Desktop"], '# a note\nXDG_DESKTOP_DIR="$HOME/Escritorio"\n', "Escritorio"),
    ([], "", "Desktop"),
])
def test_the_desktop_of_any_language(folders: list[str], config: str, found: str, tmp_path: Path) -> None:
    for folder in folders:
        (tmp_path / folder).mkdir()
    if config:
        (tmp_path / ".config").mkdir()
        (tmp_path / ".config" / "user-dirs.dirs").write_text(config, encoding="utf-8")
    machine = Machine(windows=False, environment={"HOME": str(tmp_path)}, python=Path(sys.executable))
    assert machine.desktop == tmp_path / found


def test_the_desktop_that_onedrive_has_moved() -> None:
    machine = Machine(
        windows=True, environment={"USERPROFILE": "C:/Users/li", "OneDrive": "C:/Users/li/OneDrive"},
        python=Path("python.exe"), registry=lambda key: {"Desktop": "%OneDrive%/桌面"})
    assert machine.desktop == Path("C:/Users/li/OneDrive/桌面")
