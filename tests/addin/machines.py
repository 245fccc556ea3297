"""Made-up Windows computers: real folders, an invented registry, the user 张三."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from xl_kpi.addin.machine import Machine

EXCEL = r"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE"
USER = "张三"
XLWINGS = version("xlwings")
PACKAGES = {"xl-kpi": version("xl-kpi"), "xlwings": XLWINGS, "pywin32": "311"}
DLL64, DLL32 = f"xlwings64-{XLWINGS}.dll", f"xlwings32-{XLWINGS}.dll"
REGISTRY: dict[str, dict[str, object]] = {
    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe": {"": EXCEL},
    r"HKLM\SOFTWARE\Microsoft\Office\ClickToRun\Configuration": {"Platform": "x64"},
    r"HKCR\Excel.Application\CLSID": {"": "{00024500-0000-0000-C000-000000000046}"},
    r"HKCR\CLSID\{00024500-0000-0000-C000-000000000046}\LocalServer32": {"": f"{EXCEL} /automation"},
    r"HKCU\Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders": {
        "Desktop": r"%USERPROFILE%/Desktop", "Personal": r"%USERPROFILE%/Documents"},
}


def windows(folder: Path, registry: Mapping[str, dict[str, object]] | None = None, **changes: Any) -> Machine:
    """A computer on which everything is well, but for ``changes`` and these keys of the registry."""
    home = folder / USER
    for name in ("AppData/Roaming/Microsoft/Excel", "AppData/Local/Temp", "Desktop", "Documents"):
        (home / name).mkdir(parents=True, exist_ok=True)
    python = folder / "Python" / "python.exe"
    python.parent.mkdir(exist_ok=True)
    for file in (python, python.with_name("pythonw.exe"), python.with_name(DLL64), python.with_name(DLL32)):
        file.touch()
    keys = REGISTRY | dict(registry or {})
    machine = Machine(
        windows=True, python=python, code_page="gbk",
        environment={"USERPROFILE": str(home), "APPDATA": str(home / "AppData/Roaming"),
                     "LOCALAPPDATA": str(home / "AppData/Local"), "TEMP": str(home / "AppData/Local/Temp")},
        registry=lambda key: keys.get(key, {}), package=PACKAGES.get)
    return replace(machine, **changes)


def content(folder: Path) -> dict[str, bytes | None]:
    """Every file and folder below, with what is in it."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
            for path in sorted(folder.rglob("*"))}
