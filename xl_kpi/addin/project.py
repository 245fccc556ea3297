"""A VBA project put into a workbook package: pyOpenVBA makes it, three of its deviations are put right here.

MS-OVBA and MS-CFB as Excel writes them, against pyOpenVBA 6.5:
- ``_VBA_PROJECT`` without a cache is exactly 7 bytes (MS-OVBA 2.3.4.1);
- the ``dir`` stream ends with its terminator (2.3.4.2), 4 bytes too many are cut off;
- a directory of a compound file has no two red nodes in a row (MS-CFB 2.6.4): all are made black.
"""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

PROJECT_NAME = "XlKpi"
NO_CACHE = bytes.fromhex("cc61ffff000000")
PROJECT_NAME_RECORD, VERSION_RECORD, TERMINATOR = 0x04, 0x09, 0x10
VERSION_RECORD_SIZE = 12            # its size field does not count all of it
BLACK = 1


def with_project(package: bytes, modules: Mapping[str, str], this_workbook: str) -> bytes:
    """An .xlsm package with the modules (name → source with LF, ASCII only) and the workbook's own code.

    Raises ValueError for a source that is not ASCII: pyOpenVBA would replace characters without a word.
    """
    from pyopenvba import ExcelFile

    for name, source in {**modules, "ThisWorkbook": this_workbook}.items():
        if not source.isascii():
            raise ValueError(f"VBA module {name} is not ASCII")
    with tempfile.TemporaryDirectory() as folder:       # pyOpenVBA works on files; there are no data in it
        stage = Path(folder, "stage.xlsm")
        stage.write_bytes(package)
        with ExcelFile(stage) as book:
            project = book.add_vba_project()
            for name, source in modules.items():
                project.add_module(name, crlf(source))
            book.set_module("ThisWorkbook", crlf(this_workbook))
            for module in project.modules:
                module.source = module.source           # written anew: nothing compiled is left anywhere
                module.dirty = True
            book.save(stage)
        return stage.read_bytes()


def project_of(package: bytes) -> bytes:
    """The corrected vbaProject.bin of a package that ``with_project`` made."""
    with ZipFile(BytesIO(package)) as zipped:
        return corrected(zipped.read("xl/vbaProject.bin"))


def crlf(source: str) -> str:
    return source.replace("\r\n", "\n").replace("\n", "\r\n")


def corrected(project: bytes) -> bytes:
    """A vbaProject.bin of pyOpenVBA as the specifications want it, with our name."""
    from pyopenvba.cfb import CFB
    from pyopenvba.vba import compress, decompress

    file = CFB.from_bytes(project)
    file.write_stream_in_storage("VBA", "_VBA_PROJECT", NO_CACHE)
    directory = decompress(file.get_stream_in_storage("VBA", "dir"))
    file.write_stream_in_storage("VBA", "dir", compress(_directory(directory)))
    settings = file.get_stream("PROJECT")
    file.write_stream("PROJECT", settings.replace(b'Name="VBAProject"', f'Name="{PROJECT_NAME}"'.encode("ascii")))
    return _all_black(file.to_bytes())


def records(directory: bytes) -> Iterator[tuple[int, bytes]]:
    """The records of a decompressed ``dir`` stream: (id, whole record), up to the terminator."""
    at = 0
    while at < len(directory):
        kind, size = struct.unpack_from("<HI", directory, at)
        end = at + (VERSION_RECORD_SIZE if kind == VERSION_RECORD else 6 + size)
        yield kind, directory[at:end]
        if kind == TERMINATOR:
            return
        at = end


def _directory(directory: bytes) -> bytes:
    name = PROJECT_NAME.encode("ascii")
    named = struct.pack("<HI", PROJECT_NAME_RECORD, len(name)) + name
    return b"".join(named if kind == PROJECT_NAME_RECORD else record for kind, record in records(directory))


def _all_black(data: bytes) -> bytes:
    file = bytearray(data)
    size = 1 << struct.unpack_from("<H", file, 30)[0]
    fat_count, sector = struct.unpack_from("<I", file, 44)[0], struct.unpack_from("<I", file, 48)[0]
    fat_sectors = struct.unpack_from(f"<{min(fat_count, 109)}I", file, 76)
    fat = b"".join(file[(s + 1) * size:(s + 2) * size] for s in fat_sectors)
    while sector < 0xFFFFFFFA:
        for entry in range((sector + 1) * size, (sector + 2) * size, 128):
            if file[entry + 66]:            # an entry in use
                file[entry + 67] = BLACK
        sector = struct.unpack_from("<I", fat, sector * 4)[0]
    return bytes(file)
