"""安装.bat of a release folder, on a computer on which nothing is installed, to the first 工资表."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.tools.release import finish
from tests.windows.machine import COMPILER, PLACE, Windows, template

FOLDER, INSTALLED = r"C:\绩效 发布", r"C:\Program Files\Python312"
INSTALL = ("cmd", "/c", rf"{FOLDER}\安装.bat")
QUIET = {"XLKPI_QUIET": "1", "PIP_NO_COMPILE": "1"}     # the latter for the time it takes
# In the place of python.org's launcher, which no package registry has: one Python is installed, 3.12.
LAUNCHER = r"""#include <windows.h>
#include <stdio.h>
#include <string.h>
int wmain(int count, wchar_t **given) {
    static wchar_t command[32768];
    wchar_t *rest = wcsstr(GetCommandLineW(), L"-3.12");
    STARTUPINFOW start = {sizeof start};
    PROCESS_INFORMATION process;
    DWORD code;
    if (!rest) return 103;
    _snwprintf(command, 32767, L"\"C:\\Program Files\\Python312\\python.exe\"%ls", rest + 5);
    if (!CreateProcessW(0, command, 0, 0, TRUE, 0, 0, 0, &start, &process)) return 101;
    WaitForSingleObject(process.hProcess, INFINITE);
    GetExitCodeProcess(process.hProcess, &code);
    return code;
}
"""


@pytest.fixture
def empty(windows: Windows, request: pytest.FixtureRequest) -> Iterator[Windows]:
    """Windows without Python; the folder lies on it with everything but Python."""
    prefix = template().with_name(f"{windows.prefix.name}-{request.node.name}")
    shutil.rmtree(prefix, ignore_errors=True)
    machine = Windows.copy(prefix)
    try:
        machine.path(FOLDER).mkdir()
        shutil.rmtree(machine.path(rf"{PLACE}\Lib\site-packages"))
        shutil.rmtree(machine.path(rf"{PLACE}\Scripts"), ignore_errors=True)
        for dll in machine.path(PLACE).glob("xlwings*.dll"):
            dll.unlink()
        (prefix / "wheels").rename(machine.path(rf"{FOLDER}\wheels"))
        [wheel] = windows.path(r"C:\wheels").glob("xl_kpi-*.whl")
        shutil.copy(wheel, machine.path(rf"{FOLDER}\wheels"))
        yield machine
    finally:
        machine.stop()
        shutil.rmtree(prefix, ignore_errors=True)


def to_the_first_payroll(machine: Windows, scripts: str) -> None:
    done = machine.wine(*INSTALL, variables=QUIET, timeout=600)
    assert done.code == 0, done.out + done.err
    assert "装好了" in done.out
    assert machine.path(rf"{machine.home}\AppData\Roaming\Microsoft\Excel\XLSTART\xl-kpi.xlam").is_file()
    assert machine.path(rf"{machine.home}\Desktop\绩效核算（把工作簿拖到这里）.cmd").is_file()
    command = rf"{machine.home}\AppData\Local\xl-kpi\{scripts}\xl-kpi.exe"
    work = machine.path(r"C:\工作")
    work.mkdir()
    for arguments in (("demo", "示例"), ("payroll", r"示例\示例客服中心_2016.xlsx", "--month", "2016-12")):
        done = machine.wine(command, *arguments, cwd=work, variables={"PYTHONUTF8": "1"})
        assert done.code == 0, done.out + done.err
    checks = machine.wine(command, "doctor", "--json", variables={"PYTHONUTF8": "1"}).json["checks"]
    told = {one["id"]: one["state"] for one in checks}
    assert [told[one] for one in ("interpreter", "dll", "dll_answers")] == ["ok"] * 3, checks


def test_with_the_python_that_comes_along(empty: Windows) -> None:
    empty.path(PLACE).rename(empty.path(rf"{FOLDER}\python"))
    shutil.rmtree(empty.path(rf"{FOLDER}\python\Lib"))
    finish(empty.path(FOLDER))
    # a file that is not as it was made: nothing is installed
    readme = empty.path(FOLDER) / "README.md"
    right = readme.read_bytes()
    readme.write_bytes(right + b"x")
    done = empty.wine(*INSTALL, variables=QUIET, timeout=600)
    assert (done.code, "README.md" in done.out) == (3, True), done.out + done.err
    readme.write_bytes(right)
    to_the_first_payroll(empty, "Scripts")


def test_with_an_installed_python(empty: Windows) -> None:
    """A virtual environment of it, by its own venv."""
    finish(empty.path(FOLDER))
    source = empty.path(r"C:\py.c")
    source.write_text(LAUNCHER, encoding="ascii")
    subprocess.run([COMPILER, "-municode", "-O1", "-o", empty.path(r"C:\windows\py.exe"), source], check=True)
    done = empty.wine(*INSTALL, variables=QUIET)
    assert (done.code, "from python.org" in done.out) == (3, True), done.out + done.err     # none that fits: it says so
    empty.path(PLACE).rename(empty.path(INSTALLED))
    to_the_first_payroll(empty, "Scripts")
    kept = (empty.path(empty.home) / "AppData/Local/xl-kpi/pyvenv.cfg").read_text(encoding="utf-8")
    assert f"home = {INSTALLED}" in kept
    settings = (empty.path(empty.home) / ".xl-kpi/xl-kpi.conf").read_text(encoding="gbk")
    assert rf'"BASE_INTERPRETER","{INSTALLED}\pythonw.exe"' in settings
