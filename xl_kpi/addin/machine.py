"""What the add-in needs to know of a computer; the real one is read here and nowhere else, so tests can make one up."""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

from xl_kpi.addin import ADDIN_FILE, PROJECT
from xl_kpi.problems import HostError

BUILT = Path(__file__).with_name(ADDIN_FILE)         # made by ``build``
SHELL_FOLDERS = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders"
# What stands for a person's folder in what we say: a path has the user's name in it.
HIDDEN = ("APPDATA", "LOCALAPPDATA", "OneDriveCommercial", "OneDrive", "USERPROFILE", "HOME")


@dataclass(frozen=True)
class Machine:
    """A computer.  ``registry`` gives all values of a key such as ``HKCU\\Software\\…`` ({} where there is none; the
    default value is named ""); ``package`` the version of an installed Python package or None."""

    windows: bool
    environment: Mapping[str, str]
    python: Path                            # the interpreter that runs now
    base: Path | None = None                # the Python that its virtual environment rests on
    platform: str = "win-amd64"             # what that interpreter was made for
    libraries: Path | None = None           # the folder with xlwings' DLL
    running: Callable[[], frozenset[str]] = frozenset      # names of the programs that run, in small letters
    answers: Callable[[Path, str], str] = lambda library, command: ""          # see ``_answers``
    code_page: str = "utf-8"                # what VBA and .cmd files are read with
    registry: Callable[[str], Mapping[str, object]] = lambda key: {}
    package: Callable[[str], str | None] = lambda name: None

    def folder(self, variable: str) -> Path:
        """A folder that Windows names in the environment.  Raises HostError when it does not."""
        value = self.environment.get(variable, "")
        if not value:
            raise HostError(f"Windows 没有给出文件夹 %{variable}%，找不到安装的位置。请用自己的帐号登录后再试。")
        return Path(value)

    @property
    def xlstart(self) -> Path:
        """Excel opens every add-in in it, and trusts it."""
        return self.folder("APPDATA") / "Microsoft" / "Excel" / "XLSTART"

    @property
    def addin(self) -> Path:
        return self.xlstart / ADDIN_FILE

    @property
    def settings_folder(self) -> Path:
        return self.folder("USERPROFILE") / f".{PROJECT}"

    @property
    def conf(self) -> Path:
        """The user's settings of the add-in; xlwings' own and those of other add-ins are other files."""
        return self.settings_folder / f"{PROJECT}.conf"

    @property
    def windowless_python(self) -> Path:
        """pythonw.exe beside the interpreter, which opens no console; the interpreter where there is none."""
        windowless = self.python.with_name("pythonw.exe")
        return windowless if windowless.exists() else self.python

    @property
    def base_python(self) -> Path:
        """What Excel's start of ``windowless_python`` comes down to."""
        if self.base is None:
            return self.windowless_python
        windowless = self.base.with_name("pythonw.exe")
        return windowless if windowless.exists() else self.base

    @property
    def server(self) -> Path:
        """The file that Excel has Python run."""
        return Path(__file__).resolve().with_name("start.py")

    @property
    def library_folder(self) -> Path:
        return self.libraries or self.python.parent

    def built(self) -> bytes:
        """The add-in as this version of xl-kpi installs it.  Raises HostError."""
        try:
            return BUILT.read_bytes()
        except OSError:
            raise HostError("xl-kpi 的安装不完整：里面没有加载项（可能被杀毒软件删了）。请重新安装 xl-kpi。") from None

    def made_by(self) -> str:
        """What that add-in says of the versions that it was made by, if it fits what is installed."""
        return f"{PROJECT} {self.package(PROJECT)}; xlwings {self.package('xlwings')}"

    def excel_runs(self) -> bool:
        return "excel.exe" in self.running()

    @property
    def desktop(self) -> Path:
        """The user's desktop folder, wherever it was moved to."""
        if self.windows:
            named = self.registry(SHELL_FOLDERS).get("Desktop")
            if isinstance(named, str) and named:
                return Path(self.expanded(named))
            return self.folder("USERPROFILE") / "Desktop"
        home = self.folder("HOME")
        config = Path(self.environment.get("XDG_CONFIG_HOME") or home / ".config") / "user-dirs.dirs"
        named = ""
        if config.is_file():
            found = re.search(r'^\s*XDG_DESKTOP_DIR="(.*)"\s*$', config.read_text("utf-8", "replace"), re.MULTILINE)
            named = found[1].replace("$HOME", str(home)) if found else ""
        folders = [Path(named)] if named and Path(named) != home else []    # the home folder itself: there is none
        folders += [home / "Desktop", home / "桌面"]
        return next((folder for folder in folders if folder.is_dir()), folders[0])

    def expanded(self, text: str) -> str:
        """``%NAME%`` replaced as Windows does it."""
        names = {name.upper(): value for name, value in self.environment.items()}
        return re.sub(r"%([^%]+)%", lambda found: names.get(found[1].upper(), found[0]), text)

    def shown(self, path: Path | str) -> str:
        """A path without the user's name, to be shown to others."""
        text = str(path)
        for name in HIDDEN:
            folder = self.environment.get(name)
            rest = text[len(folder):] if folder else ""
            if folder and text.lower().startswith(folder.lower()) and rest[:1] in ("", "/", "\\"):
                return f"%{name}%{rest}"
        return text

    def require_windows(self) -> None:
        if not self.windows:
            raise HostError("这台电脑不是 Windows，没有能装加载项的 Excel。"
                            "在这里可以用命令行（xl-kpi check、review、payroll），结果是一样的；"
                            "加载项请在装有 Excel 的 Windows 电脑上安装。")


def this_machine() -> Machine:
    windows = sys.platform == "win32"
    base = getattr(sys, "_base_executable", "") or sys.executable
    return Machine(
        windows=windows, environment=os.environ, python=Path(sys.executable),
        base=Path(base) if Path(base) != Path(sys.executable) else None,
        platform=sysconfig.get_platform() if windows else "win-amd64", libraries=_libraries(),
        code_page="mbcs" if windows else "utf-8", registry=_registry, package=_package, running=_running,
        answers=_answers)


def _libraries() -> Path | None:
    """Where the installation of xlwings has put its DLL; it depends on how pip was called."""
    try:
        found = distribution("xlwings").files or []
    except PackageNotFoundError:
        return None
    return next((Path(str(file.locate())).resolve().parent for file in found
                 if file.name.lower().startswith("xlwings64-")), None)


def _running() -> frozenset[str]:
    if sys.platform != "win32":
        return frozenset()
    import win32api
    import win32ts

    session = win32ts.ProcessIdToSessionId(win32api.GetCurrentProcessId())      # others on this computer do not count
    return frozenset(name.lower() for of, _, name, _ in win32ts.WTSEnumerateProcesses() if of == session)


def _answers(library: Path, command: str) -> str:
    """Start Python through xlwings' DLL as Excel does; "" when it answers, else what was said."""
    if sys.platform != "win32":
        return ""
    import ctypes

    class Variant(ctypes.Structure):
        _fields_ = [("kind", ctypes.c_ushort), ("reserved", ctypes.c_ushort * 3),
                    ("value", ctypes.c_void_p), ("rest", ctypes.c_void_p)]

    try:
        activate = ctypes.WinDLL(str(library)).XLPyDLLActivateAuto
    except OSError as error:
        return error.strerror or str(error)
    import pythoncom

    pythoncom.CoInitialize()
    given, result = command.encode("mbcs", "replace"), Variant()
    failed = activate(ctypes.byref(result), given, 1)
    said = ctypes.wstring_at(result.value) if result.kind == pythoncom.VT_BSTR and result.value else ""
    activate(ctypes.byref(Variant()), given, -1)
    return (said or f"{failed & 0xffffffff:08x}") if failed else ""


def _package(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _registry(key: str) -> dict[str, object]:
    if sys.platform != "win32":
        return {}
    import winreg

    hive, _, path = key.partition("\\")
    roots = {"HKCU": winreg.HKEY_CURRENT_USER, "HKLM": winreg.HKEY_LOCAL_MACHINE, "HKCR": winreg.HKEY_CLASSES_ROOT}
    try:
        # Office of either width writes into the 64-bit view
        with winreg.OpenKey(roots[hive], path, 0, winreg.KEY_READ | winreg.KEY_WOW64_64KEY) as opened:
            count = winreg.QueryInfoKey(opened)[1]
            return {name: value for name, value, _ in (winreg.EnumValue(opened, i) for i in range(count))}
    except OSError:
        return {}
