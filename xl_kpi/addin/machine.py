"""What the add-in needs to know of a computer; the real one is read here and nowhere else, so tests can make one up."""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from xl_kpi.addin import ADDIN_FILE, PROJECT
from xl_kpi.problems import HostError

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
    import_path: str = ""                   # what that interpreter needs on its path to find xl_kpi
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
    def desktop(self) -> Path:
        """The user's desktop folder, wherever it was moved to."""
        if self.windows:
            named = self.registry(SHELL_FOLDERS).get("Desktop")
            if isinstance(named, str) and named:
                return Path(self.expanded(named))
            return self.folder("USERPROFILE") / "Desktop"
        home = self.folder("HOME")
        config = Path(self.environment.get("XDG_CONFIG_HOME") or home / ".config") / "user-dirs.dirs"
        if config.is_file():
            found = re.search(r'^XDG_DESKTOP_DIR="(.*)"$', config.read_text(encoding="utf-8"), re.MULTILINE)
            if found:
                return Path(found[1].replace("$HOME", str(home)))
        return home / "Desktop"

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
    return Machine(windows=windows, environment=os.environ, python=Path(sys.executable), import_path=_import_path(),
                   code_page="mbcs" if windows else "utf-8", registry=_registry, package=_package)


def _import_path() -> str:
    """The folder with xl_kpi, unless the interpreter looks there by itself."""
    found = find_spec("xl_kpi")
    root = Path(found.origin).resolve().parent.parent if found and found.origin else None
    if root is None or root in {Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib")}:
        return ""
    return str(root)


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
