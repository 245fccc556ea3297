"""The Windows computer of the session, with xl-kpi installed from its wheel."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.tools.wheel_check import build
from tests.windows.machine import PLACE, Windows, available, template

SCRIPT = rf"{PLACE}\Lib\site-packages\xl_kpi\addin\start.py"
COMMAND = rf'"{PLACE}\pythonw.exe" -I -B "{SCRIPT}" $(CLSID)'

Host = Callable[..., list[Any]]


@pytest.fixture(scope="session")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Windows]:
    ok, why = available()
    if not ok:
        pytest.skip(why)
    prefix = template().with_name(f"session-{tmp_path_factory.getbasetemp().name}")
    shutil.rmtree(prefix, ignore_errors=True)
    machine = Windows.copy(prefix)
    try:
        wheel = build(tmp_path_factory.mktemp("wheel"))
        machine.path(r"C:\wheels").mkdir()
        shutil.copy(wheel, machine.path(r"C:\wheels"))
        done = machine.python("-m", "pip", "install", "--no-index", "--disable-pip-version-check",
                              rf"C:\wheels\{wheel.name}")
        assert done.code == 0, done.out + done.err
        yield machine
    finally:
        machine.stop()
        shutil.rmtree(prefix, ignore_errors=True)


@pytest.fixture(scope="session")
def host(windows: Windows) -> Host:
    """Runs steps of host.py with the library loaded; gives what each gave."""
    windows.path(r"C:\host").mkdir()
    shutil.copy(Path(__file__).with_name("host.py"), windows.path(r"C:\host\host.py"))

    def run(*steps: list[Any], **options: Any) -> list[Any]:
        path = windows.path(r"C:\host\steps.json")
        [library] = windows.path(PLACE).glob("xlwings64-*.dll")
        path.write_text(json.dumps([["load", rf"{PLACE}\{library.name}"], *steps]), encoding="utf-8")
        done = windows.python("-I", r"C:\host\host.py", r"C:\host\steps.json", **options)
        assert done.code == 0, done.out + done.err
        found: list[Any] = done.json
        return found[1:]

    return run
