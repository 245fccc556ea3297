"""Puts a workbook on the disk so that nothing is ever lost: a dated copy of the old one, then the new one whole.

At every moment, whatever happens, the workbook is the old one or the new one; when it is the new one, a copy of the
old one is beside it.  Failures are HostError and change nothing.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import glob
import os
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from xl_kpi.problems import HostError
from xl_kpi.workbook.owners import owner_of

FOLDER = "xl-kpi备份"       # beside the workbook
KEPT = 10                   # copies of a workbook
_UNTOUCHED = "原文件没有改动。"
_DISCONNECTED = {getattr(errno, name, None) for name in
                 ("EIO", "ENXIO", "ENODEV", "ESTALE", "EHOSTDOWN", "ENOTCONN", "ENETUNREACH", "ETIMEDOUT")} - {None}
_WAITS = (0.1, 0.3, 0.6)    # seconds; a virus scanner on Windows holds a new file for a moment


def save(path: str | os.PathLike[str], before: bytes, after: bytes) -> Path | None:
    """Replace HR's workbook, which was read as ``before``; gives the copy kept of it (None: nothing to change).

    Raises HostError when it is open somewhere, was saved by somebody since, or cannot be written.
    """
    if before == after:
        return None
    target = _real(path)
    _check_free(path, before)
    copy: Path | None = None
    try:
        with replacing(target) as file:
            file.write(after)
            _settle(file)                   # whatever can fail has failed before the copy is made
            copy = _copy(target, before)
            _check_free(path, before)
    except BaseException:
        with contextlib.suppress(OSError):
            if copy is not None and target.read_bytes() == before:
                copy.unlink()               # it says nothing that the workbook does not say
        raise
    _prune(target, copy)
    return copy


def replace_other(path: str | os.PathLike[str], data: bytes) -> None:
    """Write the file of ``-o``: whole or not at all.  Raises HostError when it is open somewhere."""
    target = _real(path)
    if os.path.exists(target):
        _check_free(path)
    with replacing(target) as file:
        file.write(data)


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A file to write beside ``path`` that takes its place at the end, whole or not at all."""
    target = _real(path)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.xl-kpi.tmp")
    with contextlib.suppress(OSError):          # of a run that was killed
        for left in target.parent.glob(f".{glob.escape(target.name)}.????????.xl-kpi.tmp"):
            left.unlink()
    try:
        with _created(temporary, target) as file:
            yield file
            _settle(file)
        _move(temporary, target)
    except OSError as error:
        raise HostError(_why(target, error)) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    _settle_folder(target.parent)


def _real(path: str | os.PathLike[str]) -> Path:
    return Path(os.path.realpath(path))         # a link stays a link


def _created(temporary: Path, like: Path) -> BinaryIO:
    """A new file that only those may read who may read ``like``, from its first byte on."""
    try:
        known = like.stat()
    except FileNotFoundError:
        return open(temporary, "xb")
    file = os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600), "wb")
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):      # only the superuser may give files away
            os.chown(temporary, known.st_uid, known.st_gid)
    with contextlib.suppress(OSError):
        os.chmod(temporary, known.st_mode & 0o777)
    return file


def _settle(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _settle_folder(folder: Path) -> None:
    """A new name survives a power cut only when its folder is written too; Windows and some shares cannot."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _move(temporary: Path, target: Path) -> None:
    for wait in _WAITS:
        try:
            os.replace(temporary, target)
            return
        except PermissionError:
            time.sleep(wait)
    os.replace(temporary, target)


# ----------------------------------------------------------------------------------------- may it be replaced at all?


def _check_free(path: str | os.PathLike[str], before: bytes | None = None) -> None:
    """Refuse a file that somebody has open, that may not be written, or that is no longer ``before``."""
    target = _real(path)
    owner = owner_of(target) or owner_of(Path(path))
    if owner is not None:
        who = f"{owner.name} 用 {owner.program}" if owner.name else owner.program
        stale = "；Excel 还开着它时，Windows 不让删" if owner.program == "Excel" else ""
        raise HostError(
            f"“{target.name}”正被 {who} 打开（{owner.since} 起）。{_UNTOUCHED}"
            f"请保存并关闭它，再运行一次。\n如果确定没有人打开它（那次没有正常退出），删去同一文件夹里的隐藏文件"
            f"“{owner.mark.name}”再试{stale}。")
    try:
        with open(target, "r+b") as file:       # Windows: refused while another program has it open
            if not os.fstat(file.fileno()).st_mode & 0o222:
                raise HostError(_read_only(target), again=_copy_of(target))
            now = file.read() if before is not None else None
    except OSError as error:
        again = _copy_of(target) if _not_to_be_written(target) else ""
        raise HostError(_why(target, error), again=again) from error
    if now != before:
        raise HostError(f"“{target.name}”在读取之后被别人或别的程序改过。没有写入，对方保存的内容没有动。"
                        "请重新运行一次。")


def _read_only(target: Path) -> str:
    return (f"“{target.name}”是只读文件，没有写入。{_UNTOUCHED}"
            "请在文件的“属性”里去掉“只读”，或者写到一份副本里。")


# ------------------------------------------------------------------------------------------------------------- copies


def _copy(target: Path, before: bytes) -> Path:
    """A dated copy of the workbook, on the disk before this returns."""
    folder = target.parent / FOLDER
    try:
        folder.mkdir(exist_ok=True)
        _settle_folder(target.parent)
        moment = f"{dt.datetime.now():%Y%m%d-%H%M%S}"
        for number in range(1, 1000):           # several within a second
            copy = folder / f"{target.stem}_{moment}{f'-{number}' if number > 1 else ''}{target.suffix}"
            with contextlib.suppress(FileExistsError):
                return _written(copy, target, before)
    except OSError as error:
        raise HostError(f"备份没有做成，所以没有写入。{_why(folder / target.name, error)}") from error
    raise HostError(f"备份没有做成：文件夹“{FOLDER}”里这一秒的备份太多。{_UNTOUCHED}")


def _written(copy: Path, target: Path, before: bytes) -> Path:
    """Write one copy; its name appears only when it is whole.  Raises FileExistsError when the name is taken."""
    temporary = copy.with_name(f".{copy.name}.xl-kpi.tmp")
    file = _created(temporary, target)          # whoever makes it owns the name
    try:
        with file:
            if os.path.lexists(copy):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
            file.write(before)
            _settle(file)
        os.replace(temporary, copy)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    _settle_folder(copy.parent)
    return copy


def _prune(target: Path, newest: Path | None) -> None:
    """Keep the last copies of this workbook, remove the older ones and what a killed run left; touch nothing else."""
    ours = re.compile(rf"{re.escape(target.stem)}_(\d{{8}}-\d{{6}})(?:-(\d+))?{re.escape(target.suffix)}")
    left = re.compile(rf"\.{ours.pattern}\.xl-kpi\.tmp")
    copies = []
    with contextlib.suppress(OSError), os.scandir(target.parent / FOLDER) as entries:
        for entry in entries:
            if not entry.is_file(follow_symlinks=False):
                continue
            if match := ours.fullmatch(entry.name):
                # the newest stays though the clock was put back
                copies.append((newest is not None and entry.name == newest.name, match[1], int(match[2] or 1),
                               entry.path))
            elif left.fullmatch(entry.name):
                copies.append((False, "", 0, entry.path))
    kept = sorted(copies, reverse=True)[:KEPT]
    for copy in copies:
        if copy not in kept or not copy[1]:
            with contextlib.suppress(OSError):
                os.unlink(copy[3])


# ----------------------------------------------------------------------------------------------------------- messages


def _why(target: Path, error: OSError) -> str:
    where = f"无法写入“{target.name}”"
    if error.errno == errno.EROFS:
        return f"{where}：这个磁盘或共享文件夹是只读的。{_UNTOUCHED}请换一个能写的位置。"
    if isinstance(error, PermissionError):
        return f"{where}：{_refused(target)}{_UNTOUCHED}"
    if isinstance(error, FileNotFoundError):
        if not os.path.isdir(target.parent):
            return (f"{where}：文件夹“{target.parent}”不存在；是网络盘或 U 盘的，可能断开了。"
                    "请先连上或建立文件夹，或换一个位置。")
        return f"{where}：文件被移走了，或者另一个程序正在写它。请看看文件还在不在，再运行一次。"
    if isinstance(error, (IsADirectoryError, NotADirectoryError, FileExistsError)):
        return f"{where}：这个名字是一个文件夹，或者该是文件夹的地方有一个文件。请换一个文件名。"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{where}：磁盘空间不足。{_UNTOUCHED}请清理磁盘后再试。"
    if error.errno == errno.ENAMETOOLONG:
        return f"{where}：文件名太长。{_UNTOUCHED}请把文件名改短再试。"
    if error.errno in _DISCONNECTED:
        return f"{where}：磁盘或网络盘出错（{error.strerror}）。{_UNTOUCHED}请检查连接后再试。"
    return f"{where}：{error.strerror or error}。{_UNTOUCHED}"


def _not_to_be_written(target: Path) -> bool:
    return os.path.exists(target) and not os.access(target, os.W_OK)


def _copy_of(target: Path) -> str:
    """The option that writes a copy instead."""
    return f"-o 副本{target.suffix}"


def _refused(target: Path) -> str:
    """What a refused permission means here: a file that may not be written, a folder, or a lock (Windows)."""
    if _not_to_be_written(target):
        return ("文件是只读的，或者您没有修改它的权限。请去掉“只读”或请管理员给权限，"
                "，也可以写到一份副本里。")
    if os.path.isdir(target.parent) and not os.access(target.parent, os.W_OK):
        return f"您没有在文件夹“{target.parent.name}”里写文件的权限。请管理员给权限，或换一个文件夹。"
    return "文件可能正在 Excel 或 WPS 中打开，或者没有写入权限。请关闭文件后再试，或换一个文件夹。"
