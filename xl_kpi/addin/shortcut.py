"""``xl-kpi install-shortcut``: a file on the desktop onto which a workbook is dropped.

On Windows a .cmd: a link (.lnk) would need COM, and .vbs is what virus scanners block first.  Its content is ASCII
but for the path of Python; what it asks is asked by ``xl-kpi drop``.
"""

from __future__ import annotations

from pathlib import Path

from xl_kpi.addin.machine import Machine
from xl_kpi.problems import HostError

NAME = "绩效核算（把工作簿拖到这里）"
RUN = "-P -m xl_kpi.cli drop"       # -P: no Python file that lies beside the workbook is ever run
WORKBOOKS = ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
             "application/vnd.ms-excel.sheet.macroEnabled.12")


def put(machine: Machine) -> Path:
    """Put the file there, over an earlier one; gives its path.  Raises HostError."""
    from xl_kpi.workbook.store import replacing

    desktop = machine.desktop
    if not desktop.is_dir():
        raise HostError(f"找不到桌面文件夹 {machine.shown(desktop)}。")
    path = desktop / (f"{NAME}.cmd" if machine.windows else "xl-kpi.desktop")
    content = _cmd(machine) if machine.windows else _desktop_entry(machine).encode("utf-8")
    with replacing(path) as file:
        file.write(content)
    if not machine.windows:
        path.chmod(0o755)       # a desktop starts only what may be run
    return path


def _cmd(machine: Machine) -> bytes:
    python = str(machine.python).replace("%", "%%")
    lines = [
        "@echo off",
        f'"{python}" {RUN} %*',
        "rem Python itself did not start: leave the reason on the screen.",
        "if errorlevel 9000 pause",
    ]
    try:
        return "".join(f"{line}\r\n" for line in lines).encode(machine.code_page)
    except UnicodeEncodeError:
        raise HostError(f"Python 的路径里有命令行读不了的字：{machine.shown(machine.python)}。"
                        "请把 Python 装到只有英文字母和数字的文件夹，再安装 xl-kpi。") from None


def _desktop_entry(machine: Machine) -> str:
    # the escapes of a quoted argument, then those of a value
    python = "".join(f"\\{c}" if c in '"`$\\' else c for c in str(machine.python)).replace("\\", "\\\\")
    return "\n".join([
        "[Desktop Entry]",
        "Type=Application",
        f"Name={NAME}",
        "Comment=体检、核算",
        f'Exec="{python.replace("%", "%%")}" {RUN} %f',
        "Icon=x-office-spreadsheet",
        "Terminal=true",
        f"MimeType={';'.join(WORKBOOKS)};",
    ]) + "\n"
