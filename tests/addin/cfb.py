"""A strict reader of a vbaProject.bin: what MS-CFB and MS-OVBA demand and tolerant readers overlook.

Excel repairs, or refuses without a word, what does not keep to them; here every departure is named.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import olefile
from oletools.olevba import decompress_stream

NOTHING = 0xFFFFFFFF
UNUSED, STORAGE, STREAM, ROOT = 0, 1, 2, 5
RED, BLACK = 0, 1
NO_CACHE = bytes.fromhex("cc61ffff000000")      # MS-OVBA 2.3.4.1, for writers

# MS-OVBA 2.3.4.2: ids of the records of the dir stream
MODULES_COUNT, MODULE_NAME, MODULE_OFFSET, MODULE_END, MODULES_END = 0x0F, 0x19, 0x31, 0x2B, 0x10
PROJECT_VERSION, STREAM_NAME = 0x09, 0x1A
KNOWN = {0x01, 0x4A, 0x02, 0x14, 0x03, 0x04, 0x05, 0x40, 0x06, 0x3D, 0x07, 0x08, 0x09, 0x0C, 0x3C, 0x16, 0x3E, 0x33,
         0x2F, 0x30, 0x0D, 0x0E, 0x0F, 0x13, 0x19, 0x47, 0x1A, 0x32, 0x1C, 0x48, 0x31, 0x1E, 0x2C, 0x21, 0x22, 0x25,
         0x28, 0x2B, 0x10}


@dataclass(frozen=True, slots=True)
class Entry:
    name: str
    kind: int
    color: int
    left: int
    right: int
    child: int


def faults(data: bytes) -> list[str]:
    """Everything that is wrong with it, [] when nothing is."""
    try:
        file = olefile.OleFileIO(BytesIO(data), raise_defects=olefile.DEFECT_INCORRECT)
    except OSError as error:
        return [f"no compound file: {error}"]
    with file:
        return [*_tree(_entries(file)), *_sectors(file, data), *_project(file)]


# ------------------------------------------------------------------------------------------------ compound file

def _entries(file: olefile.OleFileIO) -> list[Entry]:
    file.directory_fp.seek(0)
    raw = file.directory_fp.read()
    entries = []
    for at in range(0, len(raw) // 128 * 128, 128):
        length, kind, color, left, right, child = struct.unpack_from("<HBBIII", raw, at + 64)
        entries.append(Entry(raw[at:at + max(length - 2, 0)].decode("utf-16-le"), kind, color, left, right, child))
    return entries


def _tree(entries: list[Entry]) -> list[str]:
    """MS-CFB 2.6.4: every storage's children are a red-black tree in the order of length, then capitals."""
    found: list[str] = []
    seen: set[int] = set()

    def walk(at: int, low: tuple[int, str] | None, high: tuple[int, str] | None, red_above: bool) -> None:
        if at == NOTHING:
            return
        if at >= len(entries) or at in seen:
            found.append(f"directory: entry {at} is missing or has two parents")
            return
        seen.add(at)
        entry = entries[at]
        key = len(entry.name), entry.name.upper()
        if (low and key <= low) or (high and key >= high):
            found.append(f"directory: {entry.name} is out of order")
        if entry.color == RED and red_above:
            found.append(f"directory: two red nodes in a row at {entry.name}")
        walk(entry.left, low, key, entry.color == RED)
        walk(entry.right, key, high, entry.color == RED)
        if entry.kind == STORAGE:
            if entries[entry.child].color == RED if entry.child < len(entries) else False:
                found.append(f"directory: the root of {entry.name} is red")
            walk(entry.child, None, None, False)

    if not entries or entries[0].kind != ROOT:
        return ["directory: no root entry"]
    walk(entries[0].child, None, None, False)
    used = {number for number, entry in enumerate(entries) if entry.kind != UNUSED} - {0}
    found += [f"directory: {entries[number].name} belongs to no storage" for number in sorted(used - seen)]
    return found


def _sectors(file: olefile.OleFileIO, data: bytes) -> list[str]:
    """The header, and no sector in two chains."""
    found = []
    major, order, shift, mini = struct.unpack_from("<HHHH", data, 26)
    if (major, order, shift, mini) not in ((3, 0xFFFE, 9, 6), (4, 0xFFFE, 12, 6)):
        found.append("header: version, byte order or sector sizes")
    if (len(data) - 512) % (1 << shift):
        found.append("header: the file ends in the middle of a sector")
    chained: set[int] = set()
    for entry in file.direntries:
        if entry is None or entry.entry_type != STREAM or entry.size < file.mini_stream_cutoff_size:
            continue
        sector = entry.isectStart
        while sector < len(file.fat) and sector not in (0xFFFFFFFE, NOTHING):
            if sector in chained:
                found.append(f"sectors: {entry.name} shares sector {sector}")
                break
            chained.add(sector)
            sector = file.fat[sector]
    return found


# --------------------------------------------------------------------------------------------------- VBA project

def _project(file: olefile.OleFileIO) -> list[str]:
    found: list[str] = []
    missing = [name for name in ("VBA/_VBA_PROJECT", "VBA/dir", "PROJECT") if not file.exists(name)]
    if missing:
        return [f"project: no stream {name}" for name in missing]
    if file.openstream("VBA/_VBA_PROJECT").read() != NO_CACHE:
        found.append("_VBA_PROJECT: not the 7 bytes of a project without a cache")
    directory = bytes(decompress_stream(bytearray(file.openstream("VBA/dir").read())))
    records = list(_records(directory))
    end = sum(len(record) for _, record in records)
    if not records or records[-1][0] != MODULES_END:
        found.append("dir: no terminator")
    if end != len(directory):
        found.append(f"dir: {len(directory) - end} bytes after the terminator")
    found += [f"dir: unknown record {kind:#x}" for kind, _ in records if kind not in KNOWN]
    names = [record[6:].decode("ascii") for kind, record in records if kind == STREAM_NAME]
    offsets = [struct.unpack_from("<I", record, 6)[0] for kind, record in records if kind == MODULE_OFFSET]
    counts = [struct.unpack_from("<H", record, 6)[0] for kind, record in records if kind == MODULES_COUNT]
    ends = sum(kind == MODULE_END for kind, _ in records)
    if not counts == [len(names)] == [len(offsets)] == [ends]:
        found.append(f"dir: {counts} modules, {len(names)} names, {len(offsets)} offsets, {ends} ends")
    settings = file.openstream("PROJECT").read().decode("cp1252")
    declared = [line.partition("=")[2].partition("/")[0] for line in settings.splitlines()
                if line.startswith(("Module=", "Document=", "Class=", "BaseClass="))]
    if sorted(declared) != sorted(names):
        found.append(f"PROJECT: declares {declared}, dir has {names}")
    for name, offset in zip(names, offsets, strict=False):
        found += _module(file, name, offset)
    streams = {path[1] for path in file.listdir() if path[0] == "VBA"} - {"_VBA_PROJECT", "dir"}
    found += [f"project: stream {name} belongs to no module" for name in sorted(streams - set(names))]
    return found


def _module(file: olefile.OleFileIO, name: str, offset: int) -> list[str]:
    if not file.exists(f"VBA/{name}"):
        return [f"module {name}: no stream"]
    if offset:
        return [f"module {name}: {offset} bytes of compiled code before the source"]
    try:
        text = bytes(decompress_stream(bytearray(file.openstream(f"VBA/{name}").read())))
    except Exception as error:
        return [f"module {name}: {error}"]
    found = []
    if not text.startswith(f'Attribute VB_Name = "{name}"\r\n'.encode("ascii")):
        found.append(f"module {name}: does not begin with its name")
    if not text.isascii():
        found.append(f"module {name}: not ASCII")
    if text.replace(b"\r\n", b"").count(b"\n") or text.replace(b"\r\n", b"").count(b"\r"):
        found.append(f"module {name}: line ends other than CRLF")
    return found


def _records(directory: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 6 <= len(directory):
        kind, size = struct.unpack_from("<HI", directory, at)
        end = at + (12 if kind == PROJECT_VERSION else 6 + size)
        yield kind, directory[at:end]
        if kind == MODULES_END:
            return
        at = end
