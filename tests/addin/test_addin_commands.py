"""``xl-kpi addin …`` as typed on a console."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.addin.machines import windows
from tests.command import run
from xl_kpi.addin import machine as machines
from xl_kpi.addin.build import build
from xl_kpi.addin.machine import Machine


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = windows(tmp_path)
    monkeypatch.setattr(machines, "this_machine", lambda: machine)
    return machine


def test_install_status_remove(here: Machine) -> None:
    assert run("addin", "status")[:2] == (0, "没有安装加载项。安装：xl-kpi addin install\n")
    code, out, _ = run("addin", "install")
    assert (code, here.addin.exists()) == (0, True)
    assert out.startswith("加载项已安装：")
    code, out, _ = run("addin", "status")
    assert (code, out.splitlines()[0]) == (0, "加载项：%APPDATA%/Microsoft/Excel/XLSTART/xl-kpi.xlam")
    assert run("addin", "remove")[:2] == (0, "加载项已移除。请关闭并重新打开 Excel。\n")
    assert not here.addin.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="says what holds elsewhere than on Windows")
@pytest.mark.parametrize("action", ["install", "remove", "status"])
def test_on_this_machine_there_is_no_excel(action: str) -> None:
    code, out, err = run("addin", action)
    assert (code, out) == (3, "")
    assert err.startswith("这台电脑不是 Windows")


def test_build(tmp_path: Path) -> None:
    path = tmp_path / "部门.XLAM"
    code, out, _ = run("addin", "build", "-o", path)
    assert (code, out) == (0, f"已写入 {path}\n")
    assert path.read_bytes() == build()


def test_build_without_its_library_says_what_to_install(tmp_path: Path) -> None:
    code = ("import sys; sys.modules['pyopenvba'] = None; import xl_kpi.cli as c;"
            "sys.argv = ['xl-kpi', 'addin', 'build']; sys.exit(c.console())")
    done = subprocess.run([sys.executable, "-X", "utf8", "-c", code], cwd=tmp_path, capture_output=True, text=True,
                          encoding="utf-8", check=False)
    assert (done.returncode, list(tmp_path.iterdir())) == (3, [])
    assert "pip install" in done.stderr
    assert "pyOpenVBA" in done.stderr


def test_build_has_a_name_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("addin", "build")[0] == 0
    assert [path.name for path in tmp_path.iterdir()] == ["xl-kpi.xlam"]


def test_build_wants_an_xlam(tmp_path: Path) -> None:
    code, _, err = run("addin", "build", "-o", tmp_path / "a.xlsm")
    assert code == 2
    assert ".xlam" in err


def test_build_into_a_folder_that_is_not_there(tmp_path: Path) -> None:
    code, _, err = run("addin", "build", "-o", tmp_path / "none" / "a.xlam")
    assert code == 3
    assert "none" in err


@pytest.mark.parametrize("arguments", [("addin",), ("addin", "update"), ("addin", "install", "-o", "x")])
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    code, _, err = run(*arguments)
    assert code == 2
    assert "用法不对" in err


@pytest.mark.parametrize("module", ["pyopenvba", "xlwings", "lxml", "winreg"])
def test_help_waits_for_nothing(module: str) -> None:
    code = f"import sys, xl_kpi.cli as c; c.build_parser().format_help(); sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_two_processes_build_the_same(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.xlam" for number in range(2)]
    for seed, path in enumerate(paths):
        subprocess.run([sys.executable, "-m", "xl_kpi.cli", "addin", "build", "-o", path], check=True,
                       capture_output=True, env={"PYTHONHASHSEED": str(seed), "PATH": "", "SYSTEMROOT": ""})
    assert paths[0].read_bytes() == paths[1].read_bytes()
