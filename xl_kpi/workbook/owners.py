"""Who has a workbook open: the marks that Excel, WPS and LibreOffice leave beside a file they have open.

Excel's own is not documented; LibreOffice's developers found out its layout (svl/source/misc/msodocumentlockfile.cxx):
165 bytes; byte 0 the length of the user's name, then the name in the computer's code page, spaces to byte 55; there the
length again in two bytes, then the name in UTF-16.  WPS's is called ``.~name``; what it holds is not known: where it
reads like Excel's, it is read so.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

_LONGEST = 54           # characters of a user's name that Excel's mark has room for
_WIDE = 55              # where Excel's mark has the name in UTF-16
_READ = 4096            # no mark is longer


@dataclass(frozen=True)
class Owner:
    """Somebody has the file open, or a program that crashed did: ``mark`` is the file that says so."""

    mark: Path
    program: str        # Excel, WPS, LibreOffice
    name: str           # blank: the mark does not say
    since: str          # when the mark was made, as HR reads it


def owner_of(path: Path) -> Owner | None:
    """Who has this workbook open, as far as a mark beside it tells."""
    for mark, program in ((f"~${path.name}", "Excel"), (f".~{path.name}", "WPS"),
                          (f".~lock.{path.name}#", "LibreOffice")):
        found = path.with_name(mark)
        try:
            made = found.lstat().st_mtime
        except OSError:
            continue
        name = _libreoffice if program == "LibreOffice" else _excel
        return Owner(found, program, name(_content(found)), f"{dt.datetime.fromtimestamp(made):%Y-%m-%d %H:%M}")
    return None


def _content(mark: Path) -> bytes:
    """The first bytes of a mark; none where its program does not let others read it."""
    try:
        with open(mark, "rb") as file:
            return file.read(_READ)
    except OSError:
        return b""


def _excel(data: bytes) -> str:
    length = int.from_bytes(data[_WIDE:_WIDE + 2], "little")
    if 0 < length <= _LONGEST and len(data) >= _WIDE + 2 + 2 * length:
        name = _named(data[_WIDE + 2:_WIDE + 2 + 2 * length].decode("utf-16-le", "replace"))
        if name:
            return name
    if data and 0 < data[0] <= _LONGEST and len(data) > data[0]:
        return _named(data[1:1 + data[0]].decode("gb18030", "replace"))
    return ""


def _libreoffice(data: bytes) -> str:
    """``name,login,computer,time,profile;``, a backslash before what would end a part: the name, else the login."""
    text = data.decode("utf-8", "replace").split("\n")[0]
    fields, current, characters = [], "", iter(text)
    for character in characters:
        if character == "\\":
            current += next(characters, "")
        elif character in ",;":
            fields.append(current)
            current = ""
        else:
            current += character
    fields = [_named(field) for field in [*fields, "", "", ""][:3]]
    name = fields[0] or fields[1]
    return f"{name}（电脑 {fields[2]}）" if name and fields[2] else name


def _named(text: str) -> str:
    """A name that can be shown; nothing for what is no text."""
    name = text.strip(" \0")
    return name if name.isprintable() and "\ufffd" not in name else ""
