"""LibreOffice as the real spreadsheet program of the tests: recalculates, prints, draws.

One soffice a session, with its own profile and pipe.  The profile orders a full recalculation on load, for by
default LibreOffice believes the cached values of an xlsx, and a test of formulas would test nothing.
``OFFICE=0`` switches it off.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

START_SECONDS = 60
UNO_FOLDERS = ("/usr/lib/python3/dist-packages", "/usr/lib/libreoffice/program", "/opt/libreoffice/program")

_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Misc">
<prop oor:name="UseLocking" oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Office.Recovery/AutoSave">
<prop oor:name="Enabled" oor:op="fuse"><value>false</value></prop></item>
</oor:items>
"""

# Chinese Windows fonts by the free ones that stand nearest, so that a picture is what HR would see.
_FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<include ignore_missing="yes">/etc/fonts/fonts.conf</include>
<cachedir>{cache}</cachedir>
{aliases}</fontconfig>
"""
_ALIAS = """<match target="pattern"><test name="family"><string>{name}</string></test>
<edit name="family" mode="assign" binding="strong"><string>{stand_in}</string></edit></match>
"""
_REJECT = "<selectfont><rejectfont><glob>*/{name}/*</glob></rejectfont></selectfont>\n"
# What a machine may have instead of Windows' fonts → (a font without which that cannot be shown, the configuration).
# 宋体 has digits of half a character, as AR PL UMing does.
MACHINES = {
    "宋体": ("AR PL UMing CN", "".join(_ALIAS.format(name=name, stand_in="AR PL UMing CN")
                                     for name in ("宋体", "SimSun", "等线"))),
    "Noto": ("Noto Sans CJK SC", "".join(_REJECT.format(name=name) for name in ("arphic", "wqy", "unifont"))),
    "neither": ("WenQuanYi Zen Hei", "".join(_REJECT.format(name=name) for name in ("arphic", "noto"))),
}
_STAND_INS = {"宋体": "Noto Serif CJK SC", "SimSun": "Noto Serif CJK SC", "等线": "Noto Sans CJK SC",
              "黑体": "Noto Sans CJK SC", "微软雅黑": "Noto Sans CJK SC"}


@cache
def available() -> tuple[bool, str]:
    """Whether LibreOffice can be driven from here, and why not."""
    if os.environ.get("OFFICE") == "0":
        return False, "OFFICE=0"
    if sys.platform == "win32":
        return False, "the harness drives LibreOffice on Unix only"
    if _soffice() is None:
        return False, "no soffice on this machine (packages libreoffice-calc, python3-uno)"
    if not any(Path(f, "uno.py").exists() for f in UNO_FOLDERS):
        return False, "no python3-uno on this machine"
    try:
        _uno()
    except ImportError as e:
        return False, f"python3-uno is not for Python {sys.version_info.major}.{sys.version_info.minor}: {e}"
    return True, ""


def has_font(family: str) -> bool:
    """Whether fontconfig knows a family."""
    found = subprocess.run(["fc-list", f":family={family}", "family"], capture_output=True, text=True, check=False)
    return bool(found.stdout.strip())


def _soffice() -> str | None:
    return shutil.which("soffice") or shutil.which("libreoffice")


@cache
def _uno() -> ModuleType:
    """The system's uno by path: not the whole of dist-packages, which has its own numpy and pandas."""
    original, path = builtins.__import__, list(sys.path)
    sys.path += UNO_FOLDERS[1:]             # where pyuno, its compiled half, may be
    try:
        for folder in UNO_FOLDERS:
            file = Path(folder, "uno.py")
            if not file.exists():
                continue
            spec = importlib.util.spec_from_file_location("uno", file)
            assert spec
            assert spec.loader
            module = importlib.util.module_from_spec(spec)
            sys.modules["uno"] = module
            try:
                spec.loader.exec_module(module)
            except ImportError:
                del sys.modules["uno"]
                raise
            return module
        raise ImportError("uno.py not found")
    finally:
        sys.path[:] = path
        builtins.__import__ = original      # uno hooks every import of the process


class Office:
    """A running LibreOffice.  Close it, or use it in a ``with``."""

    def __init__(self, fonts: str = "") -> None:
        """``fonts``: fontconfig's elements, otherwise stand-ins for the fonts of Chinese Windows."""
        ok, why = available()
        if not ok:
            raise RuntimeError(why)
        self._fonts = fonts or "".join(_ALIAS.format(name=k, stand_in=v) for k, v in _STAND_INS.items())
        self._home = Path(tempfile.mkdtemp(prefix="xl-kpi-office-"))
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def _start(self) -> None:
        profile = self._home / "profile"
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(_PROFILE, encoding="utf-8")
        fonts = self._home / "fonts.conf"
        fonts.write_text(_FONTS.format(cache=self._home / "fontcache", aliases=self._fonts), encoding="utf-8")
        pipe = f"xl_kpi_{os.getpid()}_{time.monotonic_ns()}"
        soffice = _soffice()
        assert soffice
        with open(self._home / "log", "wb") as log:
            self._process = subprocess.Popen(
                [soffice, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", "--nologo",
                 "--nodefault", "--invisible", f"--accept=pipe,name={pipe};urp;StarOffice.ComponentContext"],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
                env={**os.environ, "FONTCONFIG_FILE": str(fonts), "SAL_USE_VCLPLUGIN": "svp"},
            )
        local = _uno().getComponentContext()
        resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
                break
            except Exception as e:
                if self._process.poll() is not None or time.monotonic() > end:
                    log_text = (self._home / "log").read_text(errors="replace")
                    raise RuntimeError(f"LibreOffice did not start: {e}\n{log_text}") from e
                time.sleep(0.1)
        self._desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)

    def close(self) -> None:
        """End it and all that it started (soffice is two processes), and remove its profile."""
        if self._process is not None:
            for how in (signal.SIGTERM, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._process.pid, how)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(5)
                    if how == signal.SIGTERM:
                        time.sleep(0.1)
            self._process = None
        shutil.rmtree(self._home, ignore_errors=True)

    def __enter__(self) -> Office:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def desktop(self) -> Any:
        """UNO's desktop, which opens documents."""
        return self._desktop

    @contextlib.contextmanager
    def opened(self, path: str | os.PathLike[str], password: str = "", **settings: Any) -> Any:
        """The UNO document of a file; ``settings`` such as ``FilterName`` say how to load it."""
        props = _props(Hidden=True, **settings, **({"Password": password} if password else {}))
        try:
            document = self._desktop.loadComponentFromURL(Path(path).resolve().as_uri(), "_blank", 0, props)
        except Exception:               # uno's own, which can't pass through a context manager
            document = None
        if document is None:
            raise RuntimeError(f"LibreOffice cannot open {path}")
        try:
            yield document
        finally:
            document.close(True)

    def recalculated(self, path: str | os.PathLike[str],
                     password: str = "") -> dict[str, dict[tuple[int, int], float | str]]:
        """Every cell that is not empty after a full recalculation: sheet → (row, column from 0) → value.

        Numbers are float (yes and no too), texts str, an error is its sign such as ``#N/A``.
        """
        book: dict[str, dict[tuple[int, int], float | str]] = {}
        with self.opened(path, password) as document:
            for sheet in document.Sheets:
                cursor = sheet.createCursor()
                cursor.gotoEndOfUsedArea(False)
                address = cursor.RangeAddress
                block = sheet.getCellRangeByPosition(0, 0, address.EndColumn, address.EndRow)
                values = {
                    (r, c): v
                    for r, row in enumerate(block.getDataArray()) for c, v in enumerate(row)
                    if v is not None and v != ""
                }
                for area in block.queryFormulaCells(4).RangeAddresses:      # FormulaResult.ERROR
                    for r in range(area.StartRow, area.EndRow + 1):
                        for c in range(area.StartColumn, area.EndColumn + 1):
                            values[r, c] = sheet.getCellByPosition(c, r).String
                book[sheet.Name] = values
        return book

    def resaved(self, path: str | os.PathLike[str], target: str | os.PathLike[str]) -> Path:
        """Open a workbook and save it as another xlsx file, as somebody who works on it does."""
        with self.opened(path) as document:
            document.storeToURL(Path(target).resolve().as_uri(), _props(FilterName="Calc MS Excel 2007 XML"))
        return Path(target)

    def to_pdf(self, path: str | os.PathLike[str], target: str | os.PathLike[str] | None = None) -> Path:
        """Print a workbook to a PDF (beside it, unless ``target`` says where)."""
        pdf = Path(target) if target else Path(path).with_suffix(".pdf")
        with self.opened(path) as document:
            document.storeToURL(pdf.resolve().as_uri(), _props(FilterName="calc_pdf_Export"))
        return pdf

    def saved(self, path: str | os.PathLike[str], target: str | os.PathLike[str]) -> Path:
        """Open a workbook and save it as an xlsx, as LibreOffice writes one."""
        with self.opened(path) as document:
            document.storeToURL(Path(target).resolve().as_uri(), _props(FilterName="Calc MS Excel 2007 XML"))
        return Path(target)


def to_png(pdf: str | os.PathLike[str], dpi: int = 90) -> list[Path]:
    """The pages of a PDF as pictures beside it, in order."""
    pdf = Path(pdf)
    subprocess.run(["pdftoppm", "-r", str(dpi), "-png", str(pdf), str(pdf.with_suffix(""))], check=True)
    return sorted(pdf.parent.glob(f"{pdf.stem}-*.png"), key=lambda p: int(p.stem.rsplit("-", 1)[1]))


def pdf_pages(pdf: str | os.PathLike[str]) -> list[str]:
    """The text of each page of a PDF, laid out as on paper."""
    done = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], check=True, capture_output=True)
    return done.stdout.decode("utf-8").split("\f")[:-1]


def _props(**settings: Any) -> tuple[Any, ...]:
    uno = _uno()
    made = []
    for name, value in settings.items():
        prop = uno.createUnoStruct("com.sun.star.beans.PropertyValue")
        prop.Name, prop.Value = name, value
        made.append(prop)
    return tuple(made)


# for the xlwings engine over LibreOffice
bridge, properties = _uno, _props
