"""The add-in installed, looked at and removed on Windows, beside those of others; doctor on real registries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.addin.machines import EXCEL
from tests.windows.machine import Done, Windows

XLSTART = r"AppData\Roaming\Microsoft\Excel\XLSTART"
CLSID = "{00024500-0000-0000-C000-000000000046}"
OTHERS = {rf"{XLSTART}\xlwings.xlam": b"xlwings' own", rf"{XLSTART}\PERSONAL.XLSB": b"macros",
          r".xlwings\xlwings.conf": b'"INTERPRETER_WIN","C:\\other\\python.exe"\r\n'}
POLICIES = r"HKLM\SOFTWARE\Policies\Microsoft"


def home(windows: Windows) -> Path:
    return windows.path(windows.home)


def place(windows: Windows, name: str) -> Path:
    return home(windows).joinpath(*name.split("\\"))


def files(windows: Windows) -> dict[str, bytes]:
    folders = (place(windows, XLSTART), place(windows, ".xl-kpi"), place(windows, ".xlwings"))
    return {str(path.relative_to(home(windows))): path.read_bytes() for folder in folders
            for path in folder.rglob("*") if path.is_file()}


def good(done: Done) -> str:
    assert done.code == 0, done.out + done.err
    return done.out


def test_install_status_remove_beside_the_addins_of_others(windows: Windows) -> None:
    for name, content in OTHERS.items():
        place(windows, name).parent.mkdir(parents=True, exist_ok=True)
        place(windows, name).write_bytes(content)
    before = files(windows)
    assert "加载项已安装：%APPDATA%" in good(windows.run("addin", "install"))
    during = files(windows)
    assert before.items() < during.items()
    assert "没有要改的" in good(windows.run("addin", "install"))
    assert files(windows) == during
    assert "是最新的" in good(windows.run("addin", "status"))
    found = {one["id"]: one for one in windows.run("doctor", "--json").json["checks"]}
    for check in ("addin_file", "versions", "settings", "interpreter", "python_kind", "dll", "dll_answers", "pywin32"):
        assert found[check]["state"] == "ok", found[check]
    assert "加载项已移除" in good(windows.run("addin", "remove"))
    assert files(windows) == before


REGISTRIES: list[tuple[str, dict[str, dict[str, object]], dict[str, str]]] = [
    ("Excel", {}, {"excel": "ok", "excel_from_store": "ok", "wps": "ok", "macros": "ok", "child_processes": "ok"}),
    ("Excel of the store", {r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe": {
        "": r"C:\Program Files\WindowsApps\Microsoft.Office.Desktop_16\Office16\EXCEL.EXE"}},
     {"excel": "ok", "excel_from_store": "blocked"}),
    ("WPS", {rf"HKCR\CLSID\{CLSID}\LocalServer32": {"": r"C:\Kingsoft\WPS Office\11\office6\et.exe /automation"}},
     {"wps": "blocked"}),
    ("a policy", {rf"{POLICIES}\Office\16.0\Excel\Security": {"RequireAddinSig": 1},
                  rf"{POLICIES}\Windows Defender\Windows Defender Exploit Guard\ASR\Rules": {
                      "d4f940ab-401b-4efc-aadc-ad5f3c50688a": "1"}},
     {"macros": "blocked", "child_processes": "blocked"}),
]


@pytest.mark.parametrize(("name", "keys", "wanted"), REGISTRIES, ids=[one[0] for one in REGISTRIES])
def test_doctor_on_the_registry_that_it_leaves(windows: Windows, name: str, keys: dict[str, dict[str, object]],
                                               wanted: dict[str, str]) -> None:
    excel: dict[str, dict[str, object]] = {
        r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe": {"": EXCEL},
        r"HKLM\SOFTWARE\Microsoft\Office\ClickToRun\Configuration": {"Platform": "x64"},
        r"HKCR\Excel.Application\CLSID": {"": CLSID},
        rf"HKCR\CLSID\{CLSID}\LocalServer32": {"": f"{EXCEL} /automation"}}
    try:
        windows.registry(excel | keys)
        done = windows.run("doctor", "--json")
        told: dict[str, Any] = {one["id"]: one["state"] for one in json.loads(done.out)["checks"]}
        assert {check: told[check] for check in wanted} == wanted
        assert Path(windows.home.replace("\\", "/")).name not in done.out.replace("C:\\\\users", "")
    finally:
        windows.registry(dict.fromkeys(keys))
