"""Files of a folder.  Into it all or none: written into a temporary folder beside it, then moved in place of the old
ones."""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import secrets
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from xl_kpi.problems import HostError
from xl_kpi.workbook.store import FOLDER as COPIES


@contextlib.contextmanager
def filling(folder: Path, is_old: Callable[[str], bool]) -> Iterator[Path]:
    """A temporary folder to write files into; at the end they stand in ``folder`` (made when missing) instead of the
    files whose name ``is_old``.

    All old ones go before the first new one comes, so that the two are never mixed; whatever fails puts the old ones
    back.  Other files of the folder are left alone.  Raises HostError.
    """
    target = Path(os.path.realpath(folder))
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.xl-kpi.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for left in target.parent.glob(f".{glob.escape(target.name)}.????????.xl-kpi.tmp"):
            shutil.rmtree(left, ignore_errors=True)         # of a run that was killed
        new = temporary / "new"
        temporary.mkdir(mode=0o700)
        new.mkdir()
        yield new
        if target.exists():
            _replace(target, new, temporary, [name for name in os.listdir(target) if is_old(name)])
        else:
            os.rename(new, target)
    except OSError as error:
        raise HostError(_why(target, error)) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _replace(target: Path, new: Path, temporary: Path, names: Sequence[str]) -> None:
    old = temporary / "old"
    old.mkdir()
    moved: list[tuple[Path, Path]] = []         # from, to
    try:
        for source, names_of, into in ((target, names, old), (new, os.listdir(new), target)):
            for name in names_of:
                if (into / name).exists():      # a name that is no old file's, though the folder takes them for one
                    raise FileExistsError(errno.EEXIST, "", str(into / name))
                os.rename(source / name, into / name)
                moved.append((source / name, into / name))
    except BaseException:
        for source, into in reversed(moved):
            with contextlib.suppress(OSError):
                os.rename(into, source)
        raise


def _why(target: Path, error: OSError) -> str:
    where = f"无法写入文件夹“{target.name}”"
    whole = "，原来的文件没有改动。"
    if isinstance(error, PermissionError):
        return f"{where}：里面的文件可能正开着，或者没有写入权限{whole}请关闭后再试，或换一个文件夹。"
    if isinstance(error, (NotADirectoryError, FileExistsError)):
        name = Path(str(error.filename or target)).name
        return f"{where}：已经有“{name}”这个文件{whole}请换一个文件夹。"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{where}：磁盘空间不足{whole}请清理磁盘后再试。"
    if error.errno == errno.ENAMETOOLONG:
        return f"{where}：文件夹的名字太长{whole}请换一个短的位置。"
    return f"{where}：{error.strerror or error}{whole}"


def files_within(folder: Path, suffixes: Collection[str], but: Sequence[str] = ()) -> list[Path]:
    """The files of a folder and those below, by name: not what lies open (~$…), what is hidden, our copies, nor what
    lies in a folder named in ``but``."""
    left_out = {COPIES, *but}
    return [one for one in sorted(folder.rglob("*")) if one.suffix.lower() in suffixes and one.is_file()
            and not one.name.startswith(("~$", ".")) and not left_out & set(one.relative_to(folder).parts)]
