"""``xl-kpi addin install / remove / status``: the add-in into XLSTART, its settings into the user's folder, and back.

Nothing here imports xlwings: its import registers a handler that at the end of the process ends Excel's processes.

What was there before is kept in the settings folder with a note of what was written, so that ``remove`` can bring it
back; files and settings of other add-ins are never looked at.  Running it again changes nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from xl_kpi.addin import ADDIN_FILE
from xl_kpi.addin.conf import BASE, DLL_FOLDER, INTERPRETER, KEYS, LONGEST_COMMAND, SERVER, changed, command, parsed
from xl_kpi.addin.machine import Machine
from xl_kpi.problems import HostError

NOTE = "installed.json"
BEFORE = "before"
CLOSE_EXCEL = ("请先关闭所有 Excel 窗口（存好工作簿，文件 → 关闭，或点右上角的 ×），再运行一次；窗口都关了还这样，"
               "在任务管理器（Ctrl+Shift+Esc）里结束“Microsoft Excel”。")


@dataclass
class Note:
    """What an installation wrote: the digest of the add-in, and the folders it had to make."""

    addin: str
    folders: list[str]


def install(machine: Machine) -> list[str]:
    """Install or renew the add-in; gives what to tell.  Raises HostError, with everything as it was."""
    machine.require_windows()
    content, settings = machine.built(), _settings(machine)
    # everything that can be refused is known before anything is written
    conf = _encoded(changed(_text(machine), settings), machine)
    note = _note(machine)
    if note is not None and _bytes(machine.addin) == content and _bytes(machine.conf) == conf:
        return [f"加载项已经装好，没有要改的：{machine.shown(machine.addin)}"]
    folders = note.folders if note else [str(f) for f in _missing(machine.xlstart, machine.settings_folder)]
    if machine.excel_runs():
        raise HostError(f"Excel 正开着，没有安装，什么都没有改。{CLOSE_EXCEL}")
    if note is None:
        _keep(machine)
    # the note first: an installation that is cut off can then be removed
    _write(machine.settings_folder / NOTE, json.dumps(
        asdict(Note(_digest(content), folders)), indent=1).encode("utf-8"))
    _write(machine.addin, content)
    _write(machine.conf, conf)
    return [f"{'加载项已更新' if note else '加载项已安装'}：{machine.shown(machine.addin)}",
            f"设置：{machine.shown(machine.conf)}",
            "打开 Excel，功能区会多出“绩效薪酬”。没有出现时请运行 xl-kpi doctor。"]


def remove(machine: Machine) -> list[str]:
    """Take the add-in away and bring back what was there before; gives what to tell.  Raises HostError."""
    machine.require_windows()
    note = _note(machine)
    if note is None:
        if machine.addin.exists():
            return [f"{machine.shown(machine.addin)} 不是用 xl-kpi addin install 装的，没有动它；不要的话请自己删除。"]
        return ["没有安装加载项，没有要移除的。"]
    before = machine.settings_folder / BEFORE
    told = []
    addin = _bytes(machine.addin)
    if addin is not None and _digest(addin) != note.addin:
        told.append(f"{machine.shown(machine.addin)} 在安装之后被换过，没有动它；不要的话请自己删除。")
    else:
        _restore(machine.addin, before / ADDIN_FILE)
        told.append("加载项已移除。请关闭并重新打开 Excel。")
    _restore_conf(machine, before / machine.conf.name)
    for path in (before / ADDIN_FILE, before / machine.conf.name, machine.settings_folder / NOTE):
        _delete(path)
    for folder in (before, *map(Path, reversed(note.folders))):
        with contextlib.suppress(OSError):      # something of others is in it
            folder.rmdir()
    return told


def status(machine: Machine) -> list[str]:
    """Where the add-in is and whether it is this version's; gives what to tell."""
    machine.require_windows()
    content = _bytes(machine.addin)
    if content is None:
        return ["没有安装加载项。安装：xl-kpi addin install"]
    told = [f"加载项：{machine.shown(machine.addin)}",
            f"Python：{machine.shown(parsed(_text(machine)).get(INTERPRETER, '（没有写）'))}"]
    if _digest(content) == _digest(machine.built()):
        told.append(f"版本：{machine.made_by()}，是最新的。")
    else:
        told.append("与现在的 xl-kpi 版本不同。请关闭 Excel，再运行 xl-kpi addin install。")
    return told


def _settings(machine: Machine) -> dict[str, str | None]:
    """What VBA has to know of this machine."""
    interpreter, server = str(machine.windowless_python), str(machine.server)
    if len(command(interpreter, server).encode(machine.code_page, "replace")) > LONGEST_COMMAND:
        raise HostError(f"Python 的路径太长：{machine.shown(interpreter)}。"
                        "请把它装到路径短的文件夹（如 C:\\xlkpi），再安装 xl-kpi。")
    return {INTERPRETER: interpreter, BASE: str(machine.base_python), SERVER: server,
            DLL_FOLDER: str(machine.library_folder), "PYTHONPATH": None}


def _encoded(conf: str, machine: Machine) -> bytes:
    try:
        return conf.encode(machine.code_page)
    except UnicodeEncodeError as error:
        raise HostError(f"Python 的路径里有 Excel 的 VBA 读不了的字“{error.object[error.start:error.end]}”："
                        f"{machine.shown(machine.windowless_python)}。"
                        "请把 Python 装到只有英文字母和数字的文件夹（如 C:\\Python），再安装 xl-kpi。") from None


def _note(machine: Machine) -> Note | None:
    content = _bytes(machine.settings_folder / NOTE)
    if content is None:
        return None
    try:
        return Note(**json.loads(content))
    except (ValueError, TypeError):
        raise HostError(f"{machine.shown(machine.settings_folder / NOTE)} 读不出（可能被改过）。"
                        f"请删除它和 {machine.shown(machine.addin)}，再运行 xl-kpi addin install。") from None


def _keep(machine: Machine) -> None:
    """What stands at our two places before the first installation."""
    for path in (machine.addin, machine.conf):
        content = _bytes(path)
        if content is not None:
            _write(machine.settings_folder / BEFORE / path.name, content)


def _restore(path: Path, kept: Path) -> None:
    content = _bytes(kept)
    if content is None:
        _delete(path)
    else:
        _write(path, content)


def _restore_conf(machine: Machine, kept: Path) -> None:
    """Our settings as they were before; lines that others wrote since stay."""
    original = _bytes(kept) or b""
    earlier = parsed(original.decode(machine.code_page, "replace"))
    text = changed(_text(machine), {key: earlier.get(key) for key in KEYS})
    if parsed(text) == earlier:
        _restore(machine.conf, kept)
    else:
        _write(machine.conf, text.encode(machine.code_page, "replace"))


def _missing(*folders: Path) -> list[Path]:
    """The folders, outermost first, that would have to be made."""
    return [path for folder in folders for path in [*reversed(folder.parents), folder] if not path.exists()]


def _text(machine: Machine) -> str:
    return (_bytes(machine.conf) or b"").decode(machine.code_page, "replace")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise HostError(f"无法读取“{path.name}”：{error.strerror or error}。") from None


def _write(path: Path, content: bytes) -> None:
    from xl_kpi.workbook.store import replacing

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HostError(f"无法建立文件夹“{path.parent.name}”：{error.strerror or error}。") from None
    if _bytes(path) == content:
        return
    with replacing(path) as file:
        file.write(content)


def _delete(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except NotADirectoryError:
        return
    except PermissionError:
        raise HostError(f"无法删除“{path.name}”：Excel 可能正开着它。{CLOSE_EXCEL}") from None
    except OSError as error:
        raise HostError(f"无法删除“{path.name}”：{error.strerror or error}。") from None
