"""A settings file of xlwings: lines ``"KEY","VALUE"`` that VBA reads with ``Input #`` in the system's code page."""

from __future__ import annotations

import re
from collections.abc import Mapping

_LINE = re.compile(r'"([^"]*)","([^"]*)"')


def parsed(text: str) -> dict[str, str]:
    """The settings, keys in capitals; of a key that stands twice the first counts, as for VBA."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = _LINE.fullmatch(line.strip())
        if match:
            found.setdefault(match[1].upper(), match[2])
    return found


def broken_lines(text: str) -> list[int]:
    """Numbers of the lines that VBA stumbles over, an empty one among them."""
    return [number for number, line in enumerate(text.splitlines(), 1) if not _LINE.fullmatch(line.strip())]


def changed(text: str, settings: Mapping[str, str | None]) -> str:
    """The file with these settings (None: without that one); every other line stays as it is, empty ones go."""
    wanted = {key.upper(): value for key, value in settings.items()}
    kept = [line for line in text.splitlines() if line.strip() and _key(line) not in wanted]
    ours = [f'"{key}","{value}"' for key, value in wanted.items() if value is not None]
    return "".join(f"{line}\r\n" for line in [*kept, *ours])


def _key(line: str) -> str:
    match = _LINE.fullmatch(line.strip())
    return match[1].upper() if match else ""
