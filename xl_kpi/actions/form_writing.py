"""Where filled forms go: into a file or folder of ``-o``, or back into the forms, with a dated copy of each."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from xl_kpi.actions.form_fill import Written
from xl_kpi.actions.slips import file_names
from xl_kpi.problems import UsageError


def out_of(text: str | None, forms: Sequence[Path]) -> Path | None:
    """The file or folder of ``-o``.  Raises UsageError."""
    if text is None:
        return None
    if not text.strip():
        raise UsageError("-o：要写一个文件名或文件夹")
    path = Path(text)
    suffix = path.suffix.lower()
    if suffix in (".xlsx", ".xlsm") and not path.is_dir():
        if len(forms) > 1:
            raise UsageError(f"-o：要填的有 {len(forms)} 个文件，请写一个文件夹")
        if suffix != forms[0].suffix.lower():
            raise UsageError(f"-o：{forms[0].name} 填好以后还是 {forms[0].suffix}，给的是 {path.name}")
    elif path.exists() and not path.is_dir():
        raise UsageError(f"-o：{path.name} 是一个文件，请写一个文件夹，或者以 {forms[0].suffix} 结尾的文件名")
    if any(_same(path / form.name if _is_folder(path) else path, form) for form in forms):
        raise UsageError("-o：不能写到表自己；直接填在表里时不加 -o")
    return path


def _is_folder(path: Path) -> bool:
    return path.is_dir() or path.suffix.lower() not in (".xlsx", ".xlsm")


def _same(path: Path, form: Path) -> bool:
    return path.exists() and os.path.samefile(path, form)


def write_forms(written: Sequence[Written], out: Path | None, signed_ok: bool) -> list[Path]:
    """Write what becomes of the forms; gives the files written.  All are made before the first is written.

    Raises Refusal, UsageError, HostError.
    """
    from xl_kpi.workbook.edit import edited
    from xl_kpi.workbook.encrypt import encrypted
    from xl_kpi.workbook.store import replace_other, save

    copies = [one for one in written if one.person is not None]
    if copies and (out is None or not _is_folder(out)):
        raise UsageError(f"-o：空白的卡片一人填一份（{len(copies)} 人），请写一个文件夹")
    made: list[tuple[Path | None, Written, bytes]] = []
    for one, name in zip(written, _names(written), strict=True):
        before = one.book.data
        after = edited(before, one.book.path.name, one.changes, signed_ok)
        if out is None and after == before:
            continue
        target = None if out is None else out / name if _is_folder(out) else out
        made.append((target, one, encrypted(after, one.book.password) if one.book.password else after))
    if out is not None and _is_folder(out) and made:
        out.mkdir(parents=True, exist_ok=True)
    found = []
    for target, one, data in made:
        if target is None:
            save(one.book.path, one.book.path.read_bytes() if one.book.password else one.book.data, data)
        else:
            replace_other(target, data)
        found.append(target or one.book.path)
    return found


def _names(written: Sequence[Written]) -> list[str]:
    """The names of the files: of a copy the form's with whose it is, no two alike."""
    names: dict[int, str] = {}
    copies = [one for one in written if one.person is not None]
    for path in dict.fromkeys(one.book.path for one in copies):
        mine = [one for one in copies if one.book.path == path]
        made = file_names(f"{path.stem}_", [one.person or ("", "") for one in mine])
        names.update((id(one), name) for one, name in zip(mine, made, strict=True))
    found: list[str] = []
    for one in written:
        name = str(Path(names.get(id(one), one.book.path.name)).with_suffix(one.book.path.suffix))
        at, unique = 1, name
        while unique.casefold() in {other.casefold() for other in found}:
            at += 1
            unique = f"{Path(name).stem}_{at}{Path(name).suffix}"
        found.append(unique)
    return found
