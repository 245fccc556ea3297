"""The add-in's settings file: lines ``"KEY","VALUE"`` that VBA reads with ``Input #`` in the system's code page.

They say which program Excel starts, so they stand in the user's own folder and nowhere else: no workbook and no folder
it lies in has a say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

INTERPRETER = "INTERPRETER_WIN"     # pythonw.exe
BASE = "BASE_INTERPRETER"           # the Python that a virtual environment rests on; else the same
SERVER = "SERVER"                   # the file that it runs
DLL_FOLDER = "DLL_FOLDER"           # where xlwings' library lies
KEYS = (INTERPRETER, BASE, SERVER, DLL_FOLDER)
LONGEST_COMMAND = 2000              # bytes; xlwings' library ends the process that asks for more than 2,047

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


def command(interpreter: str, server: str) -> str:
    """What Excel starts, as VBA writes it: the same for every workbook, so that there is one process for all."""
    return f'"{interpreter}" -I -B "{server}" $(CLSID)'
