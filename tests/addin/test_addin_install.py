"""install, remove, status on made-up Windows homes: nothing of others is touched, all of it comes back."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.addin.machines import USER, content, windows
from xl_kpi.addin.conf import broken_lines, changed, parsed
from xl_kpi.addin.install import install, remove, status
from xl_kpi.addin.machine import BUILT, Machine
from xl_kpi.problems import HostError

OTHERS = {
    "AppData/Roaming/Microsoft/Excel/XLSTART/xlwings.xlam": b"xlwings' own add-in",
    "AppData/Roaming/Microsoft/Excel/XLSTART/PERSONAL.XLSB": b"somebody's macros",
    ".xlwings/xlwings.conf": b'"INTERPRETER_WIN","C:\\other\\python.exe"\r\n\r\n',
}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return windows(tmp_path)


def home(machine: Machine) -> Path:
    return Path(machine.environment["USERPROFILE"])


def with_others(machine: Machine) -> None:
    for name, data in OTHERS.items():
        path = home(machine) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


# ------------------------------------------------------------------------------------------------------- install

def test_install_puts_the_addin_and_its_settings(machine: Machine) -> None:
    said = install(machine)
    assert machine.addin.read_bytes() == BUILT.read_bytes()
    assert machine.addin == home(machine) / "AppData/Roaming/Microsoft/Excel/XLSTART/xl-kpi.xlam"
    assert machine.conf == home(machine) / ".xl-kpi/xl-kpi.conf"
    assert machine.conf.read_bytes().decode("gbk") == (
        f'"INTERPRETER_WIN","{machine.python.with_name("pythonw.exe")}"\r\n'
        f'"BASE_INTERPRETER","{machine.python.with_name("pythonw.exe")}"\r\n'
        f'"SERVER","{machine.server}"\r\n"DLL_FOLDER","{machine.python.parent}"\r\n')
    assert said[0] == "加载项已安装：%APPDATA%/Microsoft/Excel/XLSTART/xl-kpi.xlam"
    assert "打开 Excel" in said[-1]


def test_installing_again_changes_nothing(machine: Machine) -> None:
    install(machine)
    before = content(home(machine))
    stamps = [path.stat().st_mtime_ns for path in (machine.addin, machine.conf)]
    assert install(machine)[0].startswith("加载项已经装好，没有要改的")
    assert content(home(machine)) == before
    assert [path.stat().st_mtime_ns for path in (machine.addin, machine.conf)] == stamps


def test_an_older_addin_is_renewed(machine: Machine) -> None:
    install(machine)
    machine.addin.write_bytes(b"of an older version")
    assert install(machine)[0].startswith("加载项已更新")
    assert machine.addin.read_bytes() == BUILT.read_bytes()


def test_a_new_python_is_written_into_the_settings(machine: Machine, tmp_path: Path) -> None:
    install(machine)
    other = tmp_path / "Python314" / "python.exe"
    other.parent.mkdir()
    other.touch()
    install(replace(machine, python=other))
    assert parsed(machine.conf.read_bytes().decode("gbk"))["INTERPRETER_WIN"] == str(other)    # it has no pythonw.exe


def test_the_python_that_a_virtual_environment_rests_on_is_written_down(machine: Machine, tmp_path: Path) -> None:
    base = tmp_path / "Python314" / "python.exe"
    base.parent.mkdir()
    for name in ("python.exe", "pythonw.exe"):
        base.with_name(name).touch()
    install(replace(machine, base=base, libraries=tmp_path))
    settings = parsed(machine.conf.read_bytes().decode("gbk"))
    assert settings["BASE_INTERPRETER"] == str(base.with_name("pythonw.exe"))
    assert settings["DLL_FOLDER"] == str(tmp_path)


def test_an_import_path_of_an_earlier_version_goes(machine: Machine) -> None:
    """It was put before all other folders of Python."""
    install(machine)
    with machine.conf.open("ab") as file:
        file.write(b'"PYTHONPATH","D:\\work"\r\n')
    install(machine)
    assert "PYTHONPATH" not in parsed(machine.conf.read_bytes().decode("gbk"))


def test_excel_is_open(machine: Machine) -> None:
    before = content(home(machine))
    with pytest.raises(HostError, match=r"先关闭所有 Excel 窗口.*任务管理器"):
        install(replace(machine, running=lambda: frozenset({"explorer.exe", "excel.exe"})))
    assert content(home(machine)) == before
    # where nothing is to be changed nothing stands in the way, and to look is always possible
    install(machine)
    open_excel = replace(machine, running=lambda: frozenset({"excel.exe"}))
    assert "没有要改的" in install(open_excel)[0]
    assert "最新" in status(open_excel)[2]


def test_a_path_that_is_too_long_for_the_library(machine: Machine, tmp_path: Path) -> None:
    """Of a command of more than 2,047 bytes it ends Excel."""
    with pytest.raises(HostError, match="太长"):
        install(replace(machine, python=Path("C:/", *["很长的文件夹名" * 10] * 14, "python.exe")))


@pytest.mark.parametrize("action", ["install", "status", "remove", "doctor"])
def test_xlwings_is_not_imported(action: str, tmp_path: Path) -> None:
    """Its import registers a handler that ends Excel's processes when ours ends."""
    code = ("import sys; from pathlib import Path; from tests.addin.machines import windows;"
            "from xl_kpi.addin.install import install, remove, status; from xl_kpi.addin.doctor import examine;"
            "machine = windows(Path(sys.argv[1])); before = install(machine);"
            "{'install': install, 'remove': remove, 'status': status, 'doctor': examine}[sys.argv[2]](machine);"
            "print([name for name in ('xlwings', 'pyopenvba', 'pandas', 'xlsxwriter') if name in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code, tmp_path, action], cwd=Path(__file__).parents[2],
                          capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_nothing_of_others_is_touched(machine: Machine) -> None:
    with_others(machine)
    before = content(home(machine))
    install(machine)
    assert before.items() <= content(home(machine)).items()
    install(machine)
    remove(machine)
    assert content(home(machine)) == before


@pytest.mark.parametrize("name", ["APPDATA", "USERPROFILE"])
def test_a_machine_without_its_folders(machine: Machine, name: str) -> None:
    environment = {key: value for key, value in machine.environment.items() if key != name}
    with pytest.raises(HostError, match=f"%{name}%"):
        install(replace(machine, environment=environment))


def test_python_in_a_folder_that_vba_cannot_read(machine: Machine, tmp_path: Path) -> None:
    odd = tmp_path / "ไทย" / "python.exe"
    before = content(home(machine))
    with pytest.raises(HostError, match="只有英文字母和数字的文件夹"):
        install(replace(machine, python=odd))
    assert content(home(machine)) == before


def test_excel_has_the_addin_open(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows lets nobody replace or delete a file that a program has open; nothing is changed then."""
    install(machine)
    machine.addin.write_bytes(b"of an older version")
    before = content(home(machine))

    def held(path: object, *others: object, **options: object) -> None:
        raise PermissionError(13, "used by another process")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", held)
        with pytest.raises(HostError, match="Excel"):
            install(machine)
    assert content(home(machine)) == before
    install(machine)
    before = content(home(machine))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", held)
        with pytest.raises(HostError, match="关闭所有 Excel 窗口"):
            remove(machine)
    assert content(home(machine)) == before
    remove(machine)
    assert not machine.addin.exists()


def test_a_file_where_the_folder_should_be(machine: Machine) -> None:
    machine.xlstart.write_bytes(b"")
    with pytest.raises(HostError, match="无法建立文件夹“XLSTART”"):
        install(machine)


# -------------------------------------------------------------------------------------------------------- remove

def test_remove_leaves_no_trace(machine: Machine) -> None:
    before = content(home(machine))
    install(machine)
    assert remove(machine) == ["加载项已移除。请关闭并重新打开 Excel。"]
    assert content(home(machine)) == before


def test_removing_again_says_so(machine: Machine) -> None:
    before = content(home(machine))
    assert remove(machine) == ["没有安装加载项，没有要移除的。"]
    assert content(home(machine)) == before


def test_what_stood_in_our_places_comes_back(machine: Machine) -> None:
    machine.xlstart.mkdir()
    machine.addin.write_bytes(b"an earlier file of that name")
    machine.settings_folder.mkdir()
    machine.conf.write_bytes('"SHOW CONSOLE","True"\r\n"INTERPRETER_WIN","D:\\旧\\pythonw.exe"\r\n\r\n'.encode("gbk"))
    before = content(home(machine))
    install(machine)
    conf = parsed(machine.conf.read_bytes().decode("gbk"))
    assert conf["SHOW CONSOLE"] == "True"
    assert conf["INTERPRETER_WIN"].endswith("pythonw.exe")
    assert "旧" not in conf["INTERPRETER_WIN"]
    install(machine)
    remove(machine)
    assert content(home(machine)) == before


def test_settings_written_since_stay(machine: Machine) -> None:
    install(machine)
    with machine.conf.open("ab") as file:
        file.write(b'"SHOW CONSOLE","True"\r\n')
    install(machine)
    remove(machine)
    assert machine.conf.read_bytes() == b'"SHOW CONSOLE","True"\r\n'


def test_an_addin_that_somebody_put_there_since_stays(machine: Machine) -> None:
    install(machine)
    machine.addin.write_bytes(b"somebody's")
    assert "没有动它" in remove(machine)[0]
    assert machine.addin.read_bytes() == b"somebody's"


def test_an_addin_that_was_not_installed_stays(machine: Machine) -> None:
    machine.xlstart.mkdir()
    machine.addin.write_bytes(b"copied by hand")
    assert "没有动它" in remove(machine)[0]
    assert machine.addin.exists()


def test_an_addin_that_a_scanner_deleted_can_be_removed(machine: Machine) -> None:
    before = content(home(machine))
    install(machine)
    machine.addin.unlink()
    remove(machine)
    assert content(home(machine)) == before


def test_an_installation_cut_off_can_be_removed(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    from xl_kpi.addin import install as module

    before = content(home(machine))
    write = module._write

    def until_the_addin(path: Path, data: bytes) -> None:
        if path == machine.addin:
            raise HostError("the machine is switched off")
        write(path, data)

    monkeypatch.setattr(module, "_write", until_the_addin)
    with pytest.raises(HostError, match="switched off"):
        install(machine)
    monkeypatch.undo()
    remove(machine)
    assert content(home(machine)) == before


def test_a_note_that_cannot_be_read_is_said(machine: Machine) -> None:
    install(machine)
    (machine.settings_folder / "installed.json").write_text("{", encoding="utf-8")
    for action in (install, remove):
        with pytest.raises(HostError, match=r"installed\.json 读不出"):
            action(machine)


# -------------------------------------------------------------------------------------------------------- status

def test_status(machine: Machine) -> None:
    assert status(machine) == ["没有安装加载项。安装：xl-kpi addin install"]
    install(machine)
    said = status(machine)
    assert said[0] == "加载项：%APPDATA%/Microsoft/Excel/XLSTART/xl-kpi.xlam"
    assert said[1].endswith("pythonw.exe")
    assert said[2].startswith("版本：xl-kpi ")
    machine.addin.write_bytes(b"another")
    assert "版本不同" in status(machine)[2]


def test_no_name_of_the_user_is_said(machine: Machine) -> None:
    assert USER in str(machine.addin)
    assert USER not in "".join([*install(machine), *status(machine), *install(machine), *remove(machine)])


@pytest.mark.parametrize(("path", "shown"), [
    (r"C:\Users\a\x", r"%USERPROFILE%\x"), (r"c:\users\A", "%USERPROFILE%"), (r"C:\Users\ab", r"C:\Users\ab"),
    (r"C:\Users\a\AppData\Roaming\x", r"%APPDATA%\x"), (r"D:\x", r"D:\x")])
def test_a_path_is_shown_without_the_user(machine: Machine, path: str, shown: str) -> None:
    environment = {"USERPROFILE": r"C:\Users\a", "APPDATA": r"C:\Users\a\AppData\Roaming"}
    assert replace(machine, environment=environment).shown(path) == shown


@pytest.mark.parametrize("action", [install, remove, status])
def test_elsewhere_than_on_windows_it_says_so(machine: Machine, action: object) -> None:
    with pytest.raises(HostError, match="不是 Windows"):
        action(replace(machine, windows=False))     # type: ignore[operator]


# ------------------------------------------------------------------------------------------------- settings file

def test_settings_are_lines_that_vba_reads() -> None:
    text = '"A","1"\r\nB,2\r\n\r\n"a","9"\r\n'
    assert parsed(text) == {"A": "1"}
    assert broken_lines(text) == [2, 3]
    assert changed(text, {"A": "3", "C": "4"}) == 'B,2\r\n"A","3"\r\n"C","4"\r\n'
    assert changed(text, {"A": None}) == "B,2\r\n"
    assert changed("", {"A": None}) == ""
