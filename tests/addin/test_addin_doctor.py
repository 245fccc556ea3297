"""Each stumbling block of an add-in, one made-up computer a check: what it says, and what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.addin.machines import DLL32, DLL64, EXCEL, PACKAGES, REGISTRY, USER, XLWINGS, windows
from tests.command import run
from xl_kpi.addin import machine as machines
from xl_kpi.addin.build import made_by
from xl_kpi.addin.conf import changed
from xl_kpi.addin.doctor import CHECKS, DEFENDER, Finding, examine
from xl_kpi.addin.install import install
from xl_kpi.addin.machine import Machine

OFFICE = r"HKCU\Software\Microsoft\Office\16.0"
POLICY = r"HKCU\Software\Policies\Microsoft\Office\16.0"
MACHINE_POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Office\16.0"
TRUSTED = r"Excel\Security\Trusted Locations"


def found(machine: Machine, check: str) -> Finding:
    return next(finding for finding in examine(machine) if finding.id == check)


def installed(folder: Path, registry: dict[str, dict[str, object]] | None = None, **changes: Any) -> Machine:
    machine = windows(folder, registry, **changes)
    install(machine)
    return machine


def test_a_good_computer_has_nothing_in_the_way(tmp_path: Path) -> None:
    findings = examine(installed(tmp_path))
    assert [(finding.id, finding.state) for finding in findings] == [(check.__name__, "ok") for check, _ in CHECKS]
    assert not any(finding.do for finding in findings)


def test_no_finding_shows_the_user(tmp_path: Path) -> None:
    machine = installed(tmp_path)
    machine.conf.write_bytes(b'"INTERPRETER_WIN","' + str(Path(machine.environment["USERPROFILE"], "gone.exe")).encode(
        "gbk") + b'"\r\n\r\n')
    for state in (machine, windows(tmp_path / "new"), replace(machine, registry=lambda key: {})):
        assert USER not in json.dumps([finding.as_json() for finding in examine(state)], ensure_ascii=False)


def test_every_remedy_says_something_to_do(tmp_path: Path) -> None:
    for finding in examine(windows(tmp_path, registry={key: {} for key in REGISTRY})):
        assert bool(finding.do) == (finding.state in ("blocked", "warning")), finding


# ----------------------------------------------------------------------------------- by what the registry says

BY_REGISTRY: list[tuple[str, str, dict[str, dict[str, object]], str]] = [
    ("excel", "blocked", {r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe": {}}, "没有找到 Excel"),
    ("excel_from_store", "blocked", {r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe": {
        "": r"C:\Program Files\WindowsApps\Microsoft.Office.Desktop_16\Office16\EXCEL.EXE"}}, "微软商店版"),
    ("wps", "blocked", {r"HKCR\CLSID\{00024500-0000-0000-C000-000000000046}\LocalServer32": {
        "": r'"C:\Users\a\AppData\Local\Kingsoft\WPS Office\11\office6\et.exe" /automation'}}, "WPS 占用"),
    ("wps", "blocked", {r"HKCR\Wow6432Node\CLSID\{00024500-0000-0000-C000-000000000046}\LocalServer32": {
        "": r"D:\office6\et.exe"}}, "WPS 占用"),
    ("macros", "blocked", {rf"{POLICY}\Common": {"VBAOff": 1}}, "VBA 被关闭"),
    ("macros", "blocked", {rf"{MACHINE_POLICY}\Common": {"vbaoff": 1}}, "VBA 被关闭"),
    ("macros", "blocked", {rf"{OFFICE}\Excel\Security": {"DisableAllAddins": 1}}, "禁用了所有加载项"),
    ("macros", "blocked", {rf"{POLICY}\Excel\Security": {"RequireAddinSig": 1}}, "只允许有签名"),
    ("macros", "warning", {rf"{OFFICE}\{TRUSTED}": {"AllLocationsDisabled": 1}}, "受信任位置被停用"),
    ("macros", "blocked", {rf"{OFFICE}\{TRUSTED}": {"AllLocationsDisabled": 1},
                           rf"{POLICY}\Excel\Security": {"VBAWarnings": 4}}, "宏被禁用"),
    ("macros", "blocked", {rf"{OFFICE}\{TRUSTED}": {"AllLocationsDisabled": 1},
                           rf"{OFFICE}\Excel\Security": {"VBAWarnings": 3}}, "宏被禁用"),
    ("macros", "ok", {rf"{OFFICE}\{TRUSTED}": {"AllLocationsDisabled": 1},
                      rf"{OFFICE}\Excel\Security": {"VBAWarnings": 1}}, "可以运行"),
    ("macros", "ok", {rf"{OFFICE}\Excel\Security": {"VBAWarnings": 4}}, "可以运行"),     # XLSTART is trusted
    ("macros", "ok", {rf"{OFFICE.replace('16.0', '15.0')}\Common": {"VBAOff": 1}}, "可以运行"),      # of an old Office
    ("macros", "blocked", {rf"{OFFICE.replace('16.0', '15.0')}\Common": {"VBAOff": 1},
                           r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe": {
                               "": EXCEL.replace("Office16", "Office15")}}, "VBA 被关闭"),
    ("macros", "warning", {rf"{POLICY}\Common\Security\Trusted Locations": {"Allow User Locations": 0}}, "管理员给的"),
    ("child_processes", "blocked", {rf"HKLM\SOFTWARE\Policies\Microsoft\{DEFENDER}": {
        "D4F940AB-401B-4EFC-AADC-AD5F3C50688A": "1"}}, "子进程"),
    ("child_processes", "blocked", {rf"HKLM\SOFTWARE\Microsoft\{DEFENDER}": {
        "92e97fa1-2edf-4476-bdd6-9dd0b4dddc7b": 1}}, "Win32 API"),
    ("child_processes", "warning", {rf"HKLM\SOFTWARE\Microsoft\{DEFENDER}": {
        "d4f940ab-401b-4efc-aadc-ad5f3c50688a": 6}}, "拦下来问"),
    ("child_processes", "blocked", {r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Policy Manager": {
        "ASRRules": "56a863a9-875e-4185-98a7-b882c64b5ce5=1|d4f940ab-401b-4efc-aadc-ad5f3c50688a=1"}}, "子进程"),
    ("child_processes", "ok", {rf"HKLM\SOFTWARE\Policies\Microsoft\{DEFENDER}": {
        "D4F940AB-401B-4EFC-AADC-AD5F3C50688A": "2", "26190899-1602-49e8-8b27-eb1d0a1ce869": "1"}}, "没有"),
    ("allowed_programs", "warning", {r"HKLM\SOFTWARE\Policies\Microsoft\Windows\SrpV2\Exe": {
        "EnforcementMode": 1}}, "组策略"),
    ("allowed_programs", "warning", {r"HKLM\SOFTWARE\Policies\Microsoft\Windows\Safer\CodeIdentifiers": {
        "DefaultLevel": 0}}, "组策略"),
    ("disabled_by_excel", "blocked", {rf"{OFFICE}\Excel\Resiliency\DisabledItems": {
        "1A2B": b"\x01\x00" + r"c:\users\a\xlstart\XL-KPI.xlam".lower().encode("utf-16-le")}}, "禁用项目"),
    ("disabled_by_excel", "ok", {rf"{OFFICE}\Excel\Resiliency\DisabledItems": {
        "1A2B": "other.xlam".encode("utf-16-le")}}, "没有"),
    ("synced_folders", "warning", {r"HKCU\Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders": {
        "Desktop": r"%OneDrive%\桌面", "Personal": r"C:\Documents"}}, "桌面"),
]


@pytest.mark.parametrize(("check", "state", "registry", "text"), BY_REGISTRY)
def test_by_the_registry(tmp_path: Path, check: str, state: str, registry: dict[str, dict[str, object]],
                         text: str) -> None:
    machine = installed(tmp_path, registry)
    machine = replace(machine, environment={**machine.environment, "OneDrive": r"C:\Users\a\OneDrive"})
    finding = found(machine, check)
    assert finding.state == state
    assert text in finding.found


def test_an_administrators_policy_goes_before_the_users_choice(tmp_path: Path) -> None:
    machine = installed(tmp_path, {rf"{OFFICE}\Excel\Security": {"RequireAddinSig": 1},
                                   rf"{POLICY}\Excel\Security": {"requireaddinsig": 0}})
    assert found(machine, "macros").state == "ok"


def test_a_start_folder_on_the_network_is_not_trusted(tmp_path: Path) -> None:
    machine = installed(tmp_path)
    roaming = replace(machine, environment={**machine.environment, "APPDATA": r"\\server\profiles\a"})
    assert "在网络上" in found(roaming, "macros").found
    allowed = windows(tmp_path, {rf"{OFFICE}\{TRUSTED}": {"AllowNetworkLocations": 1}},
                      environment=roaming.environment)
    assert found(allowed, "macros").state == "ok"


# ---------------------------------------------------------------------------------- by what the files are like

Change = Callable[[Machine], object]


def conf(machine: Machine, **settings: str | None) -> None:
    text = machine.conf.read_bytes().decode("gbk")
    machine.conf.write_bytes(changed(text, settings).encode("gbk"))


def moved(machine: Machine, folder: str, name: str = "pythonw.exe") -> None:
    """Another Python than the one that runs now, with its DLL."""
    path = machine.python.parent.parent / folder / name
    path.parent.mkdir(parents=True)
    path.touch()
    conf(machine, INTERPRETER_WIN=str(path), BASE_INTERPRETER=str(path))


def made_by_an_older_one(machine: Machine) -> None:
    import zipfile

    with zipfile.ZipFile(machine.addin) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    with zipfile.ZipFile(machine.addin, "w") as package:
        for name, data in parts.items():
            package.writestr(name, data.replace(made_by().encode(), b"xl-kpi 0.0.9; xlwings 0.36.0"))


def zone(machine: Machine, number: int) -> None:
    """Where the file came from, as Windows keeps it in a second stream of the file."""
    Path(f"{machine.addin}:Zone.Identifier").write_text(f"[ZoneTransfer]\nZoneId={number}\n", encoding="ascii")


def empty_cache(machine: Machine) -> Path:
    path = Path(machine.environment["TEMP"]) / "gen_py" / "3.11" / "00020813-0000-0000-C000-000000000046x0x1x9"
    path.mkdir(parents=True)
    return path


def half_a_cache(machine: Machine) -> None:
    path = empty_cache(machine)
    (path / "__init__.py").write_bytes(b"# generated")
    (path / "Range.py").touch()


def cache_beside_python(machine: Machine) -> None:
    path = machine.python.parent / "Lib/site-packages/win32com/gen_py/00020813-0000-0000-C000-000000000046x0x1x9"
    path.mkdir(parents=True)


def dlls(machine: Machine) -> list[Path]:
    return list(machine.python.parent.glob("*.dll"))


def other_dll(machine: Machine) -> None:
    for file in dlls(machine):
        file.rename(file.with_name(file.name.replace(XLWINGS, "0.36.0")))


BY_FILES: list[tuple[str, str, Change, str]] = [
    ("addin_file", "blocked", lambda m: m.addin.unlink(), "杀毒软件"),
    ("mark_of_the_web", "blocked", lambda m: zone(m, 3), "来自互联网"),
    ("mark_of_the_web", "blocked", lambda m: zone(m, 4), "来自互联网"),
    ("mark_of_the_web", "ok", lambda m: zone(m, 1), "没有"),
    ("mark_of_the_web", "unknown", lambda m: m.addin.unlink(), "还没有装好"),
    ("versions", "blocked", made_by_an_older_one, "xlwings 0.36.0"),
    ("versions", "unknown", lambda m: m.addin.write_bytes(b"broken"), "还没有装好"),
    ("settings", "blocked", lambda m: m.conf.unlink(), "没有设置文件"),
    ("settings", "blocked", lambda m: m.conf.write_bytes(m.conf.read_bytes() + b"\r\n"), "第 5 行是空行"),
    ("settings", "blocked", lambda m: m.conf.write_bytes(b"INTERPRETER_WIN=python\r\n"), "第 1 行"),
    ("settings", "blocked", lambda m: conf(m, INTERPRETER_WIN=None), "没有 INTERPRETER_WIN"),
    ("interpreter", "unknown", lambda m: conf(m, INTERPRETER_WIN=None), "还没有装好"),
    ("interpreter", "blocked", lambda m: conf(m, INTERPRETER_WIN="C:/gone/pythonw.exe"), "不见了"),
    ("interpreter", "warning", lambda m: moved(m, "R&D 100%"), "另一个"),     # no command line in between
    ("interpreter", "blocked", lambda m: conf(m, BASE_INTERPRETER="C:/Python311/pythonw.exe"), "升级、移动或卸载"),
    ("interpreter", "blocked", lambda m: conf(m, SERVER="C:/gone/start.py"), "程序文件不见了"),
    ("settings", "blocked", lambda m: conf(m, SERVER=None, DLL_FOLDER=None), "没有 SERVER、DLL_FOLDER"),
    ("dll_answers", "ok", lambda m: None, "回答了"),
    ("dll_answers", "unknown", lambda m: conf(m, SERVER="C:/gone/start.py"), "还没有装好"),
    ("dll_answers", "unknown", lambda m: (m.python.parent / DLL64).unlink(), "还没有装好"),
    ("interpreter", "warning", lambda m: moved(m, "Python311"), "另一个"),
    ("interpreter", "warning", lambda m: moved(m, "Python311", "python.exe"), "黑窗口"),
    ("python_from_store", "blocked", lambda m: moved(m, "WindowsApps/PythonSoftwareFoundation"), "微软商店版"),
    ("python_from_store", "blocked", lambda m: conf(m, BASE_INTERPRETER="C:/Program Files/WindowsApps/P/pythonw.exe"),
     "虚拟环境"),
    ("dll", "blocked", lambda m: [file.unlink() for file in dlls(m)], f"没有 {DLL64}"),
    ("dll", "blocked", other_dll, "那里有的是 xlwings32-0.36.0.dll、xlwings64-0.36.0.dll"),
    ("dll", "ok", lambda m: (m.python.parent / DLL32).unlink(), "xlwings64"),   # Excel has 64 bits
    ("dll", "ok", lambda m: ([file.rename(file.parents[1] / file.name) for file in dlls(m)],       # a venv
                             conf(m, DLL_FOLDER=str(m.python.parents[1]))), "xlwings64"),
    ("dll", "unknown", lambda m: conf(m, INTERPRETER_WIN=None), "还没有装好"),
    ("gen_py", "blocked", empty_cache, "缓存坏了"),
    ("gen_py", "blocked", half_a_cache, "缓存坏了"),
    ("gen_py", "blocked", cache_beside_python, "缓存坏了"),
    ("gen_py", "ok", lambda m: (empty_cache(m) / "__init__.py").write_bytes(b"# generated"), "没有问题"),
]


@pytest.mark.parametrize(("check", "state", "change", "text"), BY_FILES)
def test_by_the_files(tmp_path: Path, check: str, state: str, change: Change, text: str) -> None:
    machine = installed(tmp_path)
    change(machine)
    finding = found(machine, check)
    assert finding.state == state
    assert text in finding.found


def test_an_addin_that_was_never_installed(tmp_path: Path) -> None:
    finding = found(windows(tmp_path), "addin_file")
    assert (finding.state, finding.found) == ("blocked", "没有安装")
    assert finding.do == "关闭 Excel，运行 xl-kpi addin install。"


def test_a_path_with_spaces(tmp_path: Path) -> None:
    machine = installed(tmp_path)
    spaced = windows(tmp_path / "a b & 绩效")        # Excel starts it without a command line in between
    install(spaced)
    assert found(machine, "interpreter").state == "ok"
    assert found(spaced, "interpreter").state == "ok"


@pytest.mark.parametrize(("platform", "state", "text"), [
    ("win-amd64", "ok", "64 位"), ("win32", "blocked", "32 位"), ("win-arm64", "blocked", "ARM64")])
def test_the_kind_of_python(tmp_path: Path, platform: str, state: str, text: str) -> None:
    finding = found(installed(tmp_path, platform=platform), "python_kind")
    assert (finding.state, text in finding.found) == (state, True)


def test_python_does_not_answer(tmp_path: Path) -> None:
    asked = []

    def silent(library: Path, command: str) -> str:
        asked.append((library.name, command))
        return "Python process exited before it was possible to create the interface object.\nCommand: …"

    machine = installed(tmp_path, answers=silent)
    finding = found(machine, "dll_answers")
    assert (finding.state, "exited before" in finding.found, bool(finding.do)) == ("blocked", True, True)
    assert asked == [(DLL64, f'"{machine.windowless_python}" -I -B "{machine.server}" $(CLSID)')]


@pytest.mark.parametrize(("registry", "wanted"), [
    ({r"HKLM\SOFTWARE\Microsoft\Office\ClickToRun\Configuration": {"Platform": "x86"}}, DLL32),
    ({r"HKLM\SOFTWARE\Microsoft\Office\ClickToRun\Configuration": {}}, f"{DLL64}、{DLL32}"),
    ({r"HKLM\SOFTWARE\Microsoft\Office\ClickToRun\Configuration": {},
      r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe": {
          "": EXCEL.replace("Program Files", "Program Files (x86)")}}, DLL32),
])
def test_the_dll_is_of_excels_width(tmp_path: Path, registry: dict[str, dict[str, object]], wanted: str) -> None:
    assert found(installed(tmp_path, registry), "dll").found == wanted


def test_pywin32_is_missing(tmp_path: Path) -> None:
    machine = installed(tmp_path, package=lambda name: PACKAGES.get(name) if name != "pywin32" else None)
    assert found(machine, "pywin32").state == "blocked"


def test_another_xlwings_was_installed_since(tmp_path: Path) -> None:
    machine = installed(tmp_path, package=(PACKAGES | {"xlwings": "0.38.0"}).get)
    assert found(machine, "versions").state == "blocked"
    assert "没有 xlwings64-0.38.0.dll" in found(machine, "dll").found


def test_python_in_a_synced_folder(tmp_path: Path) -> None:
    machine = installed(tmp_path)
    synced = replace(machine, environment={**machine.environment, "OneDriveCommercial": str(machine.python.parent)})
    assert "Python" in found(synced, "synced_folders").found


def test_documents_on_sharepoint(tmp_path: Path) -> None:
    machine = installed(tmp_path, {r"HKCU\Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders": {
        "Personal": r"C:\a\SharePoint - HR"}})
    assert "文档" in found(machine, "synced_folders").found


def test_what_cannot_be_looked_at_is_said(tmp_path: Path) -> None:
    machine = installed(tmp_path)
    lost = replace(machine, environment={"USERPROFILE": machine.environment["USERPROFILE"]})
    assert found(lost, "addin_file").state == "unknown"
    assert "%APPDATA%" in found(lost, "addin_file").found


def test_elsewhere_only_the_system_is_looked_at(tmp_path: Path) -> None:
    findings = examine(windows(tmp_path, windows=False))
    assert [(finding.id, finding.state) for finding in findings] == [("windows", "blocked")]


# ------------------------------------------------------------------------------------------------- the command

@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = installed(tmp_path)
    monkeypatch.setattr(machines, "this_machine", lambda: machine)
    return machine


def test_the_command_on_a_good_computer(here: Machine) -> None:
    code, out, _ = run("doctor")
    assert code == 0
    assert out.endswith("加载项可以使用。\n")
    assert len(out.splitlines()) == len(CHECKS) + 1


def test_the_command_says_what_to_do(here: Machine) -> None:
    here.conf.unlink()
    code, out, _ = run("doctor")
    assert code == 3
    assert "[不行] 设置文件：没有设置文件 %USERPROFILE%/.xl-kpi/xl-kpi.conf\n    怎么办：关闭 Excel，运行" in out


def test_a_warning_does_not_stand_in_the_way(here: Machine) -> None:
    moved(here, "Python311")
    code, out, _ = run("doctor")
    assert code == 0
    assert "[注意] 加载项用的 Python" in out


def test_the_command_as_json(here: Machine) -> None:
    code, out, _ = run("doctor", "--json")
    told = json.loads(out)
    assert (code, told["ok"]) == (0, True)
    assert told["checks"][0] == {"id": "windows", "title": "系统", "state": "ok", "found": "Windows", "do": ""}
    here.addin.unlink()
    code, out, _ = run("doctor", "--json")
    assert (code, json.loads(out)["ok"]) == (3, False)
