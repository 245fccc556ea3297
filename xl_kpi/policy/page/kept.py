"""What pages expand to, kept from one start of the program to the next: reading one takes half a second.

JSON in a folder of the user's own that nobody else can write to; named by the digest of all that it was made from, the
program's own files among them.  Whatever is not as it should be is made again, and what cannot be kept is not kept.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from xl_kpi import policy, rules
from xl_kpi.policy.page import Expanded
from xl_kpi.policy.page.source import Place

MOST = 100              # pages that are kept


def _folder() -> Path | None:
    """The user's own folder, made when it is not there; None: there is none that is safe."""
    base = os.environ.get("LOCALAPPDATA") if sys.platform == "win32" else os.environ.get("XDG_CACHE_HOME")
    with suppress(OSError, RuntimeError):
        folder = (Path(base) if base else Path.home() / ".cache") / "xl-kpi" / "pages"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if sys.platform == "win32":                     # a user's profile is the user's
            return folder
        for one in (folder, folder.parent):
            found = one.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
                return None
        return folder
    return None


@cache
def _program() -> bytes:
    """The digest of what reads pages: the kinds of rules say what may be called."""
    hashed = hashlib.sha256()
    for folder in (Path(policy.__file__).parent, Path(rules.__file__).parent):
        for file in sorted(folder.rglob("*")):
            if file.suffix in (".py", ".lark"):
                hashed.update(file.read_bytes())
    return hashed.digest()


def kept(sources: dict[str, str], make: Callable[[], Expanded]) -> Expanded:
    """The expansion of these files: as it was kept, else made, and kept where nothing is wrong."""
    folder = _folder()
    name = hashlib.sha256(_program() + json.dumps(sources).encode()).hexdigest()
    if folder is not None:
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            content = json.loads((folder / f"{name}.json").read_bytes())
            raw = content["raw"]
            if "in_force" in raw:
                raw["in_force"] = dt.date.fromisoformat(raw["in_force"])
            where = {key: Place(*place) for key, place in content["where"].items()}
            return Expanded(raw, where, dict(content["names"]), sources)
    found = make()
    if folder is not None and not found.errors:
        with suppress(OSError):
            _write(folder, name, {"raw": found.raw, "names": found.names, "where": {
                key: [place.file, place.line, place.column] for key, place in found.where.items()}})
    return found


def _write(folder: Path, name: str, content: dict[str, Any]) -> None:
    """Write whole or not at all; the oldest go."""
    file = folder / f"{name}.{os.getpid()}.new"
    try:
        file.write_text(json.dumps(content, ensure_ascii=False, default=str), "utf-8")
        os.replace(file, folder / f"{name}.json")
    finally:
        file.unlink(missing_ok=True)
    files = sorted(folder.glob("*.json"), key=lambda one: one.stat().st_mtime)
    for old in files[:-MOST]:
        old.unlink(missing_ok=True)
