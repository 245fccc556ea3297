"""The strict reader finds what it is for: each deviation of the library, and damage of every kind."""

from __future__ import annotations

import struct
from io import BytesIO
from zipfile import ZipFile

import pytest
from pyopenvba.cfb import CFB
from pyopenvba.vba import compress, decompress

from tests.addin import built
from tests.addin.cfb import NO_CACHE, faults
from xl_kpi.addin import project
from xl_kpi.addin.project import corrected


def stored() -> bytes:
    return built.part("xl/vbaProject.bin")


def changed(stream: str, content: bytes) -> bytes:
    """The project with one stream replaced, in pyOpenVBA's tree made black again."""
    file = CFB.from_bytes(stored())
    if "/" in stream:
        file.write_stream_in_storage(*stream.split("/"), content)
    else:
        file.write_stream(stream, content)
    return project._all_black(file.to_bytes())


def read(stream: str) -> bytes:
    storage, name = stream.split("/")
    return CFB.from_bytes(stored()).get_stream_in_storage(storage, name)


def entry(data: bytearray, name: str) -> int:
    """Where the directory entry of a stream begins."""
    return data.index(name.encode("utf-16-le").ljust(64, b"\0"))


def uncorrected() -> bytes:
    """What pyOpenVBA itself writes."""
    from xlsxwriter import Workbook

    buffer = BytesIO()
    with Workbook(buffer, {"in_memory": True}) as book:
        book.add_worksheet()
    package = buffer.getvalue()
    with ZipFile(BytesIO(project.with_project(package, {"A": "Sub B()\nEnd Sub\n"}, ""))) as zipped:
        return zipped.read("xl/vbaProject.bin")


def test_the_library_deviates_and_the_correction_puts_it_right() -> None:
    """If a new version of pyOpenVBA makes this fail, its correction here can go."""
    raw = uncorrected()
    assert {fault.partition(":")[0] for fault in faults(raw)} >= {"_VBA_PROJECT", "dir"}
    assert faults(corrected(raw)) == []


def test_correcting_twice_changes_nothing() -> None:
    assert corrected(corrected(stored())) == corrected(stored())


def test_red_nodes_in_a_row_are_found() -> None:
    data = bytearray(stored())
    for module in ("XlKpi", "ThisWorkbook", "Sheet1", "Sheet2"):
        data[entry(data, module) + 67] = 0
    assert any("two red nodes" in fault for fault in faults(bytes(data)))


def test_names_out_of_order_are_found() -> None:
    data = bytearray(stored())
    at = entry(data, "Sheet1")
    data[at:at + 2] = "Z".encode("utf-16-le")
    assert any("out of order" in fault for fault in faults(bytes(data)))


@pytest.mark.parametrize(("content", "fault"), [
    (NO_CACHE + b"\0", "_VBA_PROJECT"),
    (b"\xcc\x61\xb2\x00\x00\x01\x00", "_VBA_PROJECT"),
])
def test_a_cache_is_found(content: bytes, fault: str) -> None:
    assert [found.partition(":")[0] for found in faults(changed("VBA/_VBA_PROJECT", content))] == [fault]


def test_bytes_after_the_terminator_are_found() -> None:
    directory = decompress(read("VBA/dir"))
    assert faults(changed("VBA/dir", compress(directory + b"\0\0\0\0"))) == ["dir: 4 bytes after the terminator"]


def test_a_wrong_count_of_modules_is_found() -> None:
    directory = bytearray(decompress(read("VBA/dir")))
    at = directory.index(struct.pack("<HIH", 0x0F, 2, len(built.modules())))
    directory[at + 6] += 1
    assert any(fault.startswith("dir: [") for fault in faults(changed("VBA/dir", compress(bytes(directory)))))


@pytest.mark.parametrize(("text", "fault"), [
    ('Attribute VB_Name = "Other"\r\n', "does not begin with its name"),
    ('Attribute VB_Name = "XlKpi"\r\n\' caf\xe9\r\n', "not ASCII"),
    ('Attribute VB_Name = "XlKpi"\r\nSub A()\nEnd Sub\n', "line ends other than CRLF"),
])
def test_a_module_that_is_not_as_vba_wants_it_is_found(text: str, fault: str) -> None:
    assert faults(changed("VBA/XlKpi", compress(text.encode("cp1252")))) == [f"module XlKpi: {fault}"]


def test_damage_is_found() -> None:
    assert faults(stored()[:100])
    assert faults(b"PK\x03\x04")
    assert any("PROJECT: declares" in fault for fault in faults(changed("PROJECT", b"Module=Only\r\n")))
