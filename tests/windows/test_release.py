"""安装.bat of a release folder, on a computer on which nothing is installed, to the first 工资表."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.release import finish
from tests.windows.machine import PLACE, Windows, template

FOLDER = r"C:\绩效 发布"


@pytest.fixture
def empty(windows: Windows, tmp_path: Path) -> Iterator[Windows]:
    """Windows without Python; the folder with everything lies on it."""
    prefix = template().with_name(f"{windows.prefix.name}-empty")
    shutil.rmtree(prefix, ignore_errors=True)
    machine = Windows.copy(prefix)
    try:
        folder = machine.path(FOLDER)
        folder.mkdir()
        machine.path(PLACE).rename(folder / "python")
        shutil.rmtree(folder / "python" / "Lib")
        shutil.rmtree(folder / "python" / "Scripts", ignore_errors=True)
        for dll in (folder / "python").glob("xlwings*.dll"):
            dll.unlink()
        (prefix / "wheels").rename(folder / "wheels")
        [wheel] = windows.path(r"C:\wheels").glob("xl_kpi-*.whl")
        shutil.copy(wheel, folder / "wheels")
        finish(folder)
        yield machine
    finally:
        machine.stop()
        shutil.rmtree(prefix, ignore_errors=True)


def test_from_nothing_to_the_first_payroll(empty: Windows) -> None:
    install = ("cmd", "/c", rf"{FOLDER}\安装.bat")
    quiet = {"XLKPI_QUIET": "1", "PIP_NO_COMPILE": "1"}     # the latter for the time it takes
    # a file that is not as it was made: nothing is installed
    readme = empty.path(FOLDER) / "README.md"
    right = readme.read_bytes()
    readme.write_bytes(right + b"x")
    done = empty.wine(*install, variables=quiet, timeout=600)
    assert (done.code, "README.md" in done.out) == (3, True), done.out + done.err
    readme.write_bytes(right)
    done = empty.wine(*install, variables=quiet, timeout=600)
    assert done.code == 0, done.out + done.err
    assert "装好了" in done.out
    assert empty.path(rf"{empty.home}\AppData\Roaming\Microsoft\Excel\XLSTART\xl-kpi.xlam").is_file()
    command = rf"{empty.home}\AppData\Local\xl-kpi\Scripts\xl-kpi.exe"
    work = empty.path(r"C:\工作")
    work.mkdir()
    for arguments in (("demo", "示例"), ("payroll", r"示例\示例客服中心_2016.xlsx", "--month", "2016-12")):
        done = empty.wine(command, *arguments, cwd=work, variables={"PYTHONUTF8": "1"})
        assert done.code == 0, done.out + done.err
