"""The parts of an .xlsx or .xlsm package, taken out with suspicion.

Nothing here trusts what a file says about itself: the directory is checked before any part is unpacked, a part
stops at its bound, and a file that is no workbook at all is told apart, because HR needs to hear what it is.
"""

from __future__ import annotations

import codecs
import posixpath
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Literal, Never
from urllib.parse import unquote

from lxml import etree

from xl_kpi.problems import HostError, Problem, Refusal, UsageError

MAX_FILE = 100 << 20        # of the file itself
MAX_UNPACKED = 600 << 20    # of all its parts, pictures too
MAX_READ = 200 << 20        # of the parts that are read
MAX_SMALL = 20 << 20        # of a part that is small in any sane workbook (workbook, relations, styles)
MAX_PARTS = 5000
LEVEL = 4                   # of compression: half the time of the usual one for a tenth more bytes
MAX_RATIO = 250             # sheets of blank, formatted cells reach about 60

RESAVE = "请用 Excel 或 WPS 打开，另存为“Excel 工作簿 (*.xlsx)”后再试；打不开时请换用最近的备份"
SAVE_AS_XLSX = "请用 Excel 或 WPS 打开，在“文件 → 另存为”中选“Excel 工作簿 (*.xlsx)”，再用新文件"
_END = b"PK\x05\x06"
_LOCAL_HEADER = struct.Struct("<4s5H3L2H")


def refuse(text: str, do: str = RESAVE, sheet: str = "", cell: str = "") -> Never:
    """Refuse the file for one reason."""
    raise Refusal([Problem("error", text, do, sheet, cell)])


def refuse_sheet(sheet: str) -> Never:
    """Refuse the file for a sheet of which nothing can be read."""
    refuse(f"工作表“{sheet}”已损坏，内容读不出", sheet=sheet)


def refuse_empty(name: str) -> Never:
    refuse(f"文件 {name} 里没有工作表")


def no_file(path: Path) -> UsageError:
    """What is said of a file that is not there."""
    return UsageError(f"找不到文件 {path}")


def load(path: Path) -> bytes:
    """The bytes of a file HR named."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise UsageError(f"{path} 是文件夹，不是工作簿")
        if not stat.S_ISREG(status.st_mode):  # a pipe would block, a device never end
            raise UsageError(f"{path} 不是普通文件")
        if status.st_size > MAX_FILE:
            refuse(f"文件 {path.name} 有 {status.st_size >> 20} MB，超过上限 {MAX_FILE >> 20} MB",
                   "请删去图片和不需要的工作表后再试")
        with path.open("rb") as file:
            return file.read(MAX_FILE + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise no_file(path) from None
    except ValueError:  # a NUL in the path
        raise UsageError(f"文件名 {str(path)!r} 无效") from None
    except PermissionError:
        raise HostError(f"无法读取 {path}：没有权限，或文件正被其他程序占用。请关闭打开它的程序后再试") from None
    except OSError as error:
        raise HostError(f"无法读取 {path}：{error.strerror or error}") from None


class Package:
    """A checked zip; ``read`` gives the bytes of a part, ``tree`` its XML, ``related`` the parts it names."""

    def __init__(self, raw: bytes, name: str):
        self.name = name
        self._raw = raw
        if what_is(raw) != "zip":
            refuse_foreign(raw, name)
        # zipfile makes an object for every entry of the directory, whatever the directory's own count says
        if raw.count(b"PK\x01\x02") > 2 * MAX_PARTS:
            refuse(f"文件 {name} 里有过多的部件，不像正常的工作簿")
        try:
            self._zip = zipfile.ZipFile(BytesIO(raw))
        except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError, OSError, EOFError):
            refuse(f"文件 {name} 不完整或已损坏（压缩包的目录读不出），可能没有下载或复制完",
                   "请重新下载或复制一份；仍不行时" + RESAVE.removeprefix("请"))
        self._entries = self._check()
        self._left = MAX_READ
        self._counted: set[str] = set()

    def _check(self) -> dict[str, zipfile.ZipInfo]:
        name = self.name
        if len(self._zip.infolist()) != self._announced():      # what is not found would count as not there
            refuse(f"文件 {name} 已损坏：压缩包的目录不完整")
        infos = [i for i in self._zip.infolist() if not i.filename.endswith(("/", "\\"))]
        if len(infos) > MAX_PARTS:
            refuse(f"文件 {name} 里有 {len(infos)} 个部件，不像正常的工作簿")
        if any(i.flag_bits & 0x41 for i in infos):
            refuse(f"文件 {name} 的压缩包加了密码，不能读取", "请取消密码后再试")
        if sum(i.file_size for i in infos) > MAX_UNPACKED:
            refuse(f"文件 {name} 解压后超过 {MAX_UNPACKED >> 20} MB，不像正常的工作簿")
        entries: dict[str, zipfile.ZipInfo] = {}
        spans = []
        for info in infos:
            part = info.filename.replace("\\", "/")  # written by some old .NET zippers
            if part.startswith("/") or ":" in part or "\0" in part or ".." in part.split("/"):
                refuse(f"文件 {name} 里有不合规的部件名 {part!r}，为安全起见不予读取")
            if info.file_size > MAX_SMALL and info.file_size > MAX_RATIO * info.compress_size:
                refuse(f"文件 {name} 的压缩比异常（部件 {part}），像是“压缩炸弹”，为安全起见不予读取")
            if entries.setdefault(part.lower(), info) is not info:
                refuse(f"文件 {name} 里有两个同名部件 {part}，不知道该信哪一个")
            spans.append(self._span(info))
        spans.sort()
        if any(end > start for (_, end), (start, _) in pairwise(spans)):
            refuse(f"文件 {name} 的各部件互相重叠，为安全起见不予读取")
        return entries

    def _announced(self) -> int:
        """How many entries the directory has by the record at its end (zipfile does not look)."""
        at = self._raw.rfind(_END)
        while at >= 0 and at + 22 + int.from_bytes(self._raw[at + 20 : at + 22], "little") != len(self._raw):
            at = self._raw.rfind(_END, 0, at)       # within the comment
        count = int.from_bytes(self._raw[at + 10 : at + 12], "little") if at >= 0 else 0xFFFF
        return len(self._zip.infolist()) if count == 0xFFFF else count      # told in the larger record

    def _span(self, info: zipfile.ZipInfo) -> tuple[int, int]:
        """Where an entry lies in the file, by its local header; the two headers must name the same part."""
        start = info.header_offset
        header = self._raw[start : start + _LOCAL_HEADER.size] if start >= 0 else b""
        if len(header) == _LOCAL_HEADER.size:
            magic, *_, name_length, extra_length = _LOCAL_HEADER.unpack(header)
            data = start + _LOCAL_HEADER.size + name_length + extra_length
            local = self._raw[start + _LOCAL_HEADER.size : data - extra_length]
            same = local == info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437", "replace")
            if magic == b"PK\x03\x04" and same and data + info.compress_size <= len(self._raw):
                return start, data + info.compress_size
        refuse(f"文件 {self.name} 已损坏：压缩包目录与内容不符（{info.filename}）")

    def __contains__(self, part: str) -> bool:
        return part.lower() in self._entries

    def read(self, part: str, most: int = MAX_READ) -> bytes:
        """The bytes of a part, whole and with the right checksum."""
        info = self._entries.get(part.lower())
        if info is None:
            refuse(f"文件 {self.name} 已损坏：缺少部件 {part}")
        fresh = info.filename not in self._counted
        if info.file_size > most or (fresh and info.file_size > self._left):
            refuse(f"文件 {self.name} 的内容过大（部件 {part}），无法处理", "请删去不需要的工作表和空行后再试")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            refuse(f"文件 {self.name} 用了 Excel 不支持的压缩方式")
        try:
            with self._zip.open(info) as file:
                data = file.read(info.file_size)  # a bounded read: an entry that unpacks to more fails its checksum
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, NotImplementedError, struct.error):
            data = None
        if data is None or len(data) != info.file_size:
            refuse(f"文件 {self.name} 已损坏：部件 {part} 读不出（校验不符）")
        if fresh:       # read again, a part takes no more room
            self._counted.add(info.filename)
            self._left -= len(data)
        return data

    def xml(self, part: str, most: int = MAX_READ) -> bytes:
        """The XML of a part as UTF-8, free of DTDs and so of entities."""
        data = self.read(part, most)
        declared = re.match(rb"(?:\xef\xbb\xbf)?<\?xml[^>]*?\sencoding\s*=\s*[\"']([\w.:-]+)[\"'][^>]*\?>", data[:300])
        encoding = declared[1].decode() if declared else "utf-8"
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            encoding = "utf-16"
        try:
            if encoding.lower() not in ("utf-8", "us-ascii", "ascii"):
                text = data.decode(encoding)
                data = re.sub(r"^\ufeff?<\?xml.*?\?>", "", text, count=1, flags=re.DOTALL).encode()
            elif not data.isascii():
                data.decode("utf-8")
        except (UnicodeError, LookupError):
            refuse(f"文件 {self.name} 已损坏：部件 {part} 的文字编码不对")
        prolog = re.match(rb"(?:\xef\xbb\xbf)?(?:\s+|<\?.*?\?>|<!--.*?-->)*", data, re.DOTALL)
        if prolog and data[prolog.end() :].startswith(b"<!"):  # the one place for a DTD
            refuse(f"文件 {self.name} 的部件 {part} 含有 DTD 实体定义，正常的工作簿没有，为安全起见不予读取")
        return data

    def tree(self, part: str, large: bool = False) -> etree._Element:
        """The root of a part, elements and text alone; ``large``: of any size, as a sheet may be."""
        try:
            return etree.fromstring(self.xml(part, MAX_READ if large else MAX_SMALL), parser(huge_tree=large))
        except (etree.XMLSyntaxError, ValueError):
            refuse(f"文件 {self.name} 已损坏：部件 {part} 不是有效的 XML")

    @property
    def parts(self) -> list[str]:
        """The names of all parts, as they are spelled, in the file's order."""
        return [info.filename.replace("\\", "/") for info in self._entries.values()]

    def spelled(self, part: str) -> str:
        """A part's name as the file spells it."""
        return self._entries[part.lower()].filename.replace("\\", "/")

    def packed(self, part: str) -> tuple[int, int, bytes]:
        """(checksum, unpacked size, compressed bytes) of a part: alike in two packages, the parts are alike."""
        info = self._entries[part.lower()]
        _, end = self._span(info)
        return info.CRC, info.file_size, self._raw[end - info.compress_size : end]

    def with_parts(self, changed: Mapping[str, bytes | None]) -> bytes:
        """The package with some parts replaced, added (at the end) or left out (None).  Every other entry keeps its
        compressed bytes and its date; names with backslashes, which hardly a program finds, get slashes."""
        left = {part.lower(): (part, data) for part, data in changed.items()}
        buffer = BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
            for info in self._zip.infolist():
                name, data = left.pop(info.filename.replace("\\", "/").lower(), (info.filename, self))
                if data is self:
                    self._copy(info, target)
                elif data is not None:
                    target.writestr(_entry(self.spelled(name)), data, compresslevel=LEVEL)     # type: ignore[arg-type]
            for name, data in left.values():
                if data is not None:
                    target.writestr(_entry(name), data, compresslevel=LEVEL)
        return buffer.getvalue()

    def _copy(self, info: zipfile.ZipInfo, target: zipfile.ZipFile) -> None:
        """Copy an entry as it is: zipfile itself could only unpack and pack it anew."""
        _, end = self._span(info)
        copy = _entry(info.filename.replace("\\", "/"))
        copy.date_time, copy.compress_type, copy.CRC = info.date_time, info.compress_type, info.CRC
        copy.compress_size, copy.file_size = info.compress_size, info.file_size
        copy.external_attr, copy.create_system = info.external_attr, info.create_system
        assert target.fp is not None
        copy.header_offset = target.fp.tell()
        target.fp.write(copy.FileHeader() + self._raw[end - info.compress_size : end])
        target.filelist.append(copy)
        target.NameToInfo[copy.filename] = copy
        target.start_dir = target.fp.tell()

    def related(self, part: str) -> dict[str, tuple[str, str]]:
        """The relations of a part: id → (kind, part).  Targets stand relative to the part, or absolute."""
        folder, base = posixpath.split(part)
        rels = posixpath.join(folder, "_rels", base + ".rels")
        if rels not in self:
            return {}
        found = {}
        for element in self.tree(rels).iter("{*}Relationship"):
            if element.get("TargetMode") != "External":
                kind, target = element.get("Type", "").rsplit("/", 1)[-1], element.get("Target", "")
                # a name with blanks or Chinese stands in the zip as it is, or encoded as in the relation
                names = [posixpath.normpath(posixpath.join("/", folder, spelled.replace("\\", "/"))).lstrip("/")
                         for spelled in (unquote(target), target)]
                found[element.get("Id", "")] = kind, next((name for name in names if name in self), names[0])
        return found


def type_of(types: etree._Element, part: str) -> str:
    """The content type that the root of ``[Content_Types].xml`` gives a part, '' for none."""
    found = override_of(types, part)
    if found is None:
        end = posixpath.basename(part).rpartition(".")[2].lower()
        found = next((e for e in types.iterfind("{*}Default") if e.get("Extension", "").lower() == end), None)
    return "" if found is None else found.get("ContentType", "")


def override_of(types: etree._Element, part: str) -> etree._Element | None:
    """The entry for this part alone."""
    return next((e for e in types.iterfind("{*}Override") if part_named(e).lower() == part.lower()), None)


def part_named(override: etree._Element) -> str:
    return override.get("PartName", "").replace("\\", "/").lstrip("/")


def _entry(name: str) -> zipfile.ZipInfo:
    """A new entry: a fixed date, so that the same content gives the same bytes."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def relation_id(element: etree._Element) -> str:
    """The relation that an element names (``r:id``, whatever the prefix), '' for none."""
    return next((str(value) for key, value in element.attrib.items() if str(key).endswith("}id")), "")


def parser(huge_tree: bool = False) -> etree.XMLParser:
    """A parser that neither expands nor fetches anything.  Comments and instructions are left out: they stand between
    elements that are counted, and within texts that are one."""
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=huge_tree,
                           remove_comments=True, remove_pis=True)


What = Literal["zip", "empty", "encrypted", "xls", "ole", "pdf", "xml 2003", "html", "archive", "text", "unknown"]


def what_is(raw: bytes) -> What:
    """What a file is by its bytes, whatever its name says."""
    if raw.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    head = raw[:4096].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if not raw:
        return "empty"
    if raw.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        if _has_stream(raw, "EncryptedPackage"):
            return "encrypted"
        return "xls" if _has_stream(raw, "Workbook") or _has_stream(raw, "Book") else "ole"
    if head.startswith(b"%pdf"):
        return "pdf"
    if b"urn:schemas-microsoft-com:office:spreadsheet" in head:
        return "xml 2003"
    if head.startswith((b"<!doctype html", b"<html", b"<table", b"<head", b"<meta", b"<style")) or b"<html" in head:
        return "html"
    if raw.startswith((b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")):
        return "archive"
    return "text" if _is_text(raw[:4096]) else "unknown"


def refuse_foreign(raw: bytes, name: str) -> Never:
    """Say what a file is that is no zip."""
    match what_is(raw):
        case "empty":
            refuse(f"文件 {name} 是空的（0 字节）", "请重新下载或复制一份")
        case "encrypted":
            refuse(f"文件 {name} 设有打开密码，不能读取",
                   "请在 Excel 中打开，在“文件 → 信息 → 保护工作簿 → 用密码进行加密”中清空密码，保存后再试")
        case "xls":
            refuse(f"文件 {name} 是旧格式 (.xls) 的工作簿，只能读取 .xlsx 和 .xlsm", SAVE_AS_XLSX)
        case "ole":
            refuse(f"文件 {name} 不是 Excel 工作簿（可能是旧格式的 Word 或其他文件）", "请选用 .xlsx 或 .xlsm 工作簿")
        case "pdf":
            refuse(f"文件 {name} 其实是 PDF，只是改了扩展名", "请向提供者索取原来的 Excel 工作簿")
        case "xml 2003":
            refuse(f"文件 {name} 是“XML 表格 2003”，只能读取 .xlsx 和 .xlsm", SAVE_AS_XLSX)
        case "html":
            refuse(f"文件 {name} 其实是网页（HTML），只是改了扩展名，常见于系统导出的报表", SAVE_AS_XLSX)
        case "archive":
            refuse(f"文件 {name} 是压缩包，不是工作簿", "请先解压，再选用里面的工作簿")
        case "text":
            refuse(f"文件 {name} 是文本（例如 CSV），不是 Excel 工作簿", SAVE_AS_XLSX)
        case _:
            refuse(f"文件 {name} 不是 .xlsx 工作簿，或者已经损坏")


def _has_stream(raw: bytes, stream: str) -> bool:
    """Whether a compound file has the stream: its directory entries start at multiples of 128 bytes with the name."""
    entry = (stream + "\0").encode("utf-16-le")
    at = raw.find(entry)
    while at >= 0:
        if at % 128 == 0 and raw[at + 64 : at + 66] == len(entry).to_bytes(2, "little"):
            return True
        at = raw.find(entry, at + 2)
    return False


def _is_text(head: bytes) -> bool:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    if re.search(rb"[\x00-\x08\x0e-\x1a]", head):
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            codecs.getincrementaldecoder(encoding)().decode(head)  # incremental: the head may end within a character
            return True
        except UnicodeDecodeError:
            continue
    return False
