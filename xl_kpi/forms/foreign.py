"""Opens a form whatever program wrote it: .xlsx and .xlsm as ever, .xls and .et, text (.csv), web pages and XML that go
by the name of .xls; and what opens with a password only.

What a file is is told by its bytes, never by its name.  A book of a foreign format has no ``data``: it is read, not
written into.  Whatever cannot be read is refused with one problem.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from xl_kpi.forms.biff import read_xls
from xl_kpi.forms.markup import page_text, read_html, read_web_archive, read_xml_2003
from xl_kpi.forms.separated import as_text, read_separated
from xl_kpi.workbook.book import Book
from xl_kpi.workbook.file import read_bytes
from xl_kpi.workbook.package import RESAVE, load, refuse, refuse_foreign, what_is

SUFFIXES = frozenset((".xlsx", ".xlsm", ".xls", ".et", ".csv"))     # what is taken for a form in a folder
TRIES = 3
# Office protects the structure of a workbook, and one that is to be opened read-only, with this; everybody may read it.
_NO_SECRET = "VelvetSweatshop"

# (the file's name, whether the last one was wrong) → the password, '' to give up
Ask = Callable[[str, bool], str]


def open_form(path: Path, ask: Ask | None = None) -> Book:
    """The workbook that a file holds.  A password is asked for, used, and kept in ``Book.password`` alone."""
    path = Path(path)
    raw = load(path)
    if _is_envelope(raw):
        return Book(path, read_web_archive(raw, path))
    match what_is(raw):
        case "zip":
            return read_bytes(raw, path)
        case "encrypted":
            data, password = _decrypted(raw, path.name, ask)
            book = read_bytes(data, path)
            book.password = password
            return book
        case "xls":
            return Book(path, read_xls(_decrypted(raw, path.name, ask)[0] if _locked(raw) else raw, path.name))
        case "xml 2003":
            return Book(path, read_xml_2003(raw, path.name))
        case "html":
            return Book(path, read_html(page_text(raw, path.name), path))
        case "text":
            text = as_text(raw, path.name)
            if "<table" in text.lower():        # a page that begins with something else
                return Book(path, read_html(page_text(raw, path.name), path))
            return Book(path, read_separated(text, path))
        case _:
            refuse_foreign(raw, path.name)


def _is_envelope(raw: bytes) -> bool:
    """Whether it is a page saved as one file, a mail in form."""
    head = raw[:2000].lower()
    return b"mime-version:" in head and b"multipart/" in head


def _locked(raw: bytes) -> bool:
    """Whether an .xls opens with a password only; what cannot be told is left to who reads it."""
    from msoffcrypto import OfficeFile

    try:
        return bool(OfficeFile(BytesIO(raw)).is_encrypted())
    except Exception:       # of a damaged file it raises whatever it stumbles on
        return False


def _decrypted(raw: bytes, name: str, ask: Ask | None) -> tuple[bytes, str]:
    """(what the file holds, the password that opened it, '' for none that anybody has to know)."""
    if (found := _with_password(raw, name, _NO_SECRET)) is not None:
        return found, ""
    for number in range(TRIES if ask else 0):
        password = ask(name, number > 0) if ask else ""
        if not password:
            break
        if (found := _with_password(raw, name, password)) is not None:
            return found, password
    else:
        if ask:
            refuse(f"文件 {name} 设有打开密码，{TRIES} 次给的密码都不对", "问清密码再试；密码只用来打开，不会存下来")
    refuse(f"文件 {name} 设有打开密码，没有给密码，不能读取",
           "在终端里运行，按提示输入密码；或者在 Excel 里取消打开密码，保存后再试")


def _with_password(raw: bytes, name: str, password: str) -> bytes | None:
    """The file decrypted, None when the password is wrong."""
    from msoffcrypto import OfficeFile
    from msoffcrypto.exceptions import DecryptionError, InvalidKeyError

    out = BytesIO()
    try:
        locked = OfficeFile(BytesIO(raw))
        if locked.format == "ooxml":
            locked.load_key(password=password, verify_password=True)
        else:
            locked.load_key(password=password)      # it always verifies
        locked.decrypt(out)
    except InvalidKeyError:
        return None
    except DecryptionError as error:
        if "key" in str(error).lower() or "password" in str(error).lower():
            return None
        refuse(f"文件 {name} 加密的方法不认识，不能读取", "在 Excel 里取消打开密码，保存后再试")
    except Exception:       # of a damaged file it raises whatever it stumbles on
        refuse(f"文件 {name} 设有打开密码，而且已经损坏，解不开", RESAVE)
    return out.getvalue()
