"""Nothing is ever lost: whatever fails, the workbook is as it was; when it is new, a copy of the old one is there."""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import itertools
import os
import re
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tests.command import run
from xl_kpi.problems import HostError
from xl_kpi.workbook import store
from xl_kpi.workbook.store import FOLDER, KEPT, replace_other, replacing, save

ROOT = Path(__file__).resolve().parents[2]
OLD, NEW = b"old" * 1000, b"new" * 2000
NAME = "客服部2016.xlsx"
windows = pytest.mark.skipif(sys.platform == "win32", reason="Unix permissions")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    path.write_bytes(OLD)
    return path


def copies(book: Path) -> list[Path]:
    folder = book.parent / FOLDER
    return sorted(folder.iterdir()) if folder.exists() else []


def untouched(book: Path, copied: int = 0) -> None:
    """The workbook is the old one, and nothing was left beside it."""
    assert book.read_bytes() == OLD
    assert len(copies(book)) == copied
    assert [p.name for p in book.parent.iterdir() if p.name.endswith(".tmp")] == []


def refused(book: Path, what: str) -> str:
    with pytest.raises(HostError, match=what) as caught:
        save(book, OLD, NEW)
    return str(caught.value)


# ------------------------------------------------------------------------------------------------------ what it does


def test_the_new_one_and_a_dated_copy_of_the_old_one(book: Path) -> None:
    copy = save(book, OLD, NEW)
    assert book.read_bytes() == NEW
    assert copy is not None
    assert copy.read_bytes() == OLD
    assert copies(book) == [copy]
    assert copy.parent == book.parent / "xl-kpi备份"
    assert re.fullmatch(r"客服部2016_\d{8}-\d{6}\.xlsx", copy.name)
    made = dt.datetime.strptime(copy.stem.partition("_")[2], "%Y%m%d-%H%M%S")
    assert abs(made - dt.datetime.now()) < dt.timedelta(minutes=1)
    assert {p.name for p in book.parent.iterdir()} == {NAME, FOLDER}


def test_without_a_change_nothing_is_written(book: Path) -> None:
    known = book.stat()
    assert save(book, OLD, OLD) is None
    assert (book.stat().st_mtime_ns, book.stat().st_ino) == (known.st_mtime_ns, known.st_ino)
    untouched(book)


def test_several_in_one_second(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, dt.datetime(2016, 12, 31, 23, 59, 59))
    versions = [OLD, b"1", b"2", b"3"]
    for before, after in itertools.pairwise(versions):
        save(book, before, after)
    assert {p.name: p.read_bytes() for p in copies(book)} == {
        "客服部2016_20161231-235959.xlsx": OLD, "客服部2016_20161231-235959-2.xlsx": b"1",
        "客服部2016_20161231-235959-3.xlsx": b"2"}


def test_a_copy_never_replaces_another_file(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, dt.datetime(2016, 12, 31, 23, 59, 59))
    folder = book.parent / FOLDER
    folder.mkdir()
    (folder / "客服部2016_20161231-235959.xlsx").mkdir()
    (folder / "客服部2016_20161231-235959-2.xlsx").symlink_to(folder / "nowhere")
    (folder / ".客服部2016_20161231-235959-3.xlsx.xl-kpi.tmp").write_bytes(b"another run's")
    copy = save(book, OLD, NEW)
    assert copy is not None
    assert copy.name == "客服部2016_20161231-235959-4.xlsx"


@windows
def test_rights_are_kept_from_the_first_byte_on(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book.chmod(0o640)
    seen = []
    real = os.fsync

    def look(handle: int) -> None:
        if stat.S_ISREG(os.fstat(handle).st_mode):
            seen.append(os.fstat(handle).st_mode & 0o777)
        real(handle)

    monkeypatch.setattr(os, "fsync", look)
    copy = save(book, OLD, NEW)
    assert copy is not None
    assert [p.stat().st_mode & 0o777 for p in (book, copy)] == [0o640, 0o640]
    assert set(seen) == {0o640}


@windows
def test_a_link_stays_a_link(book: Path, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    link = tmp_path / "a" / "link.xlsx"
    link.symlink_to(book)
    copy = save(link, OLD, NEW)
    assert link.is_symlink()
    assert link.read_bytes() == book.read_bytes() == NEW
    assert copy is not None
    assert copy.name.startswith("客服部2016_")
    assert copies(book) == [copy]


def test_what_a_killed_run_left_is_removed(book: Path) -> None:
    left = [book.with_name(f".{NAME}.0123abcd.xl-kpi.tmp"),
            book.parent / FOLDER / ".客服部2016_20161231-235959.xlsx.xl-kpi.tmp"]
    other = [book.with_name(".别的.xlsx.0123abcd.xl-kpi.tmp"),
             book.parent / FOLDER / ".别的_20161231-235959.xlsx.xl-kpi.tmp"]
    (book.parent / FOLDER).mkdir()
    for path in (*left, *other):
        path.write_bytes(b"half")
    save(book, OLD, NEW)
    assert [p.exists() for p in (*left, *other)] == [False, False, True, True]


def at(monkeypatch: pytest.MonkeyPatch, moment: dt.datetime) -> None:
    class Clock(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Any:
            return moment

    monkeypatch.setattr(store.dt, "datetime", Clock)


# ---------------------------------------------------------------------------------------------------- only the last ten

moments = st.datetimes(dt.datetime(2016, 1, 1), dt.datetime(2017, 12, 31)).map(lambda m: f"{m:%Y%m%d-%H%M%S}")
ours = st.builds("客服部2016_{}{}.xlsx".format, moments, st.sampled_from(["", "-2", "-10"]))
alien = st.one_of(
    st.builds("客服部2016_{}.xlsm".format, moments), st.builds("客服部2017_{}.xlsx".format, moments),
    st.builds("客服部2016_{}_{}.xlsx".format, moments, moments), st.builds("客服部2016_{}-给老板.xlsx".format, moments),
    st.builds("客服部2016_{} - 副本.xlsx".format, moments), st.sampled_from([NAME, "说明.txt", "客服部2016_.xlsx"]))


@given(st.sets(ours, max_size=25), st.sets(alien, max_size=8), st.datetimes(dt.datetime(2015, 1, 1),
                                                                            dt.datetime(2018, 12, 31)))
def test_exactly_the_last_ten_are_kept_and_no_other_file_is_touched(
        known: set[str], others: set[str], now: dt.datetime) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
        at(monkeypatch, now)
        book = Path(folder) / NAME
        book.write_bytes(OLD)
        (book.parent / FOLDER).mkdir()
        for name in known | others:
            (book.parent / FOLDER / name).write_bytes(name.encode())
        copy = save(book, OLD, NEW)
        assert copy is not None
        assert copy.name not in known
        assert copy.read_bytes() == OLD
        kept = {p.name: p.read_bytes() for p in copies(book) if p != copy}
        assert others <= set(kept)
        assert all(content == name.encode() for name, content in kept.items())
        assert kept.keys() - others == set(sorted(known, key=age)[-(KEPT - 1):])


def age(name: str) -> tuple[str, int]:
    moment, number = re.findall(r"_(\d{8}-\d{6})(?:-(\d+))?\.", name)[0]
    return moment, int(number or 1)


def test_the_copy_just_made_stays_though_the_clock_was_put_back(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (book.parent / FOLDER).mkdir()
    for day in range(10, 20):
        (book.parent / FOLDER / f"客服部2016_201701{day}-120000.xlsx").write_bytes(b"")
    at(monkeypatch, dt.datetime(2016, 1, 1))
    copy = save(book, OLD, NEW)
    assert copy in copies(book)
    assert len(copies(book)) == KEPT


# ------------------------------------------------------------------------------------------------------ open elsewhere


def excel_mark(name: str, encoding: str = "gbk") -> bytes:
    """As Excel makes it: 165 bytes."""
    narrow, wide = name.encode(encoding), name.encode("utf-16-le")
    return (bytes([len(name)]) + narrow).ljust(55, b" ") + len(name).to_bytes(2, "little") + (
        wide + b" \0" * 54)[:108]


def test_excel_says_whose_it_is(book: Path) -> None:
    mark = book.with_name(f"~${NAME}")
    mark.write_bytes(excel_mark("张三丰"))
    assert mark.stat().st_size == 165
    os.utime(mark, (0, dt.datetime(2016, 12, 30, 17, 5).timestamp()))
    said = refused(book, "正被 张三丰 用 Excel 打开（2016-12-30 17:05 起）。原文件没有改动")
    assert "请保存并关闭它" in said
    assert f"删去同一文件夹里的隐藏文件“~${NAME}”" in said
    assert "Windows 不让删" in said
    untouched(book)
    mark.unlink()
    save(book, OLD, NEW)


@pytest.mark.parametrize(("content", "who"), [
    (excel_mark("O'Neil, Ann 😀"[:12], "utf-8"), "O'Neil, Ann "),
    (bytes([4]) + "张三".encode("gbk") + b" " * 50, "张三"),       # without the name in UTF-16
    (b"", ""), (b"\xff" * 165, ""), (b"\0" * 165, ""), (bytes([54]) + b"short", ""),
    ((bytes([3]) + b"\x81\xff\x00").ljust(165, b" "), ""),
])
def test_whatever_is_in_excels_mark(book: Path, content: bytes, who: str) -> None:
    book.with_name(f"~${NAME}").write_bytes(content)
    refused(book, f"正被 {who.strip()} 用 Excel 打开" if who else "正被 Excel 打开")
    untouched(book)


@pytest.mark.parametrize(("mark", "content", "who"), [
    (f".~{NAME}", excel_mark("李四"), "李四 用 WPS"), (f".~{NAME}", b"\x01\x02\x03", "WPS"),
    (f".~lock.{NAME}#", b",zhang,PC-01,30.12.2016 17:05,file:///C:/;", "zhang（电脑 PC-01） 用 LibreOffice"),
    (f".~lock.{NAME}#", "王\\, 五,wang,,30.12.2016 17:05,x;".encode(), "王, 五 用 LibreOffice"),
    (f".~lock.{NAME}#", b"", "LibreOffice"),
])
def test_wps_and_libreoffice(book: Path, mark: str, content: bytes, who: str) -> None:
    book.with_name(mark).write_bytes(content)
    said = refused(book, f"正被 {who} 打开")
    assert f"隐藏文件“{mark}”" in said
    assert "Windows" not in said
    untouched(book)


@windows
def test_a_mark_beside_the_link_counts(book: Path, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    link = tmp_path / "a" / "link.xlsx"
    link.symlink_to(book)
    link.with_name("~$link.xlsx").write_bytes(excel_mark("张三"))
    refused(link, "正被 张三 用 Excel 打开")
    untouched(book)


def test_windows_refuses_to_open_a_file_that_is_in_use(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = open

    def locked(path: Any, mode: str = "r", *rest: Any, **more: Any) -> Any:
        if path == book and "+" in mode:
            raise PermissionError(errno.EACCES, "另一个程序正在使用此文件")
        return real(path, mode, *rest, **more)

    monkeypatch.setattr("builtins.open", locked)
    refused(book, "可能正在 Excel 或 WPS 中打开.*原文件没有改动")
    untouched(book)


def test_a_moment_of_a_virus_scanner_is_waited_for(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, refusals = os.replace, [PermissionError(errno.EACCES, "in use")] * 2

    def busy(a: Any, b: Any) -> None:
        if Path(b) == book and refusals:
            raise refusals.pop()
        real(a, b)

    monkeypatch.setattr(os, "replace", busy)
    monkeypatch.setattr(store, "_WAITS", (0, 0, 0))
    save(book, OLD, NEW)
    assert book.read_bytes() == NEW
    assert not refusals


def test_somebody_saved_meanwhile(book: Path) -> None:
    book.write_bytes(b"theirs")
    refused(book, "在读取之后被别人或别的程序改过")
    assert book.read_bytes() == b"theirs"
    assert not copies(book)


def test_somebody_saved_while_the_new_one_was_being_written(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = store._copy

    def copy(target: Path, before: bytes) -> Path:
        made = real(target, before)
        book.write_bytes(b"theirs")
        return made

    monkeypatch.setattr(store, "_copy", copy)
    refused(book, "在读取之后被别人或别的程序改过")
    assert book.read_bytes() == b"theirs"
    assert [p.read_bytes() for p in copies(book)] == [OLD]      # theirs is not in it, so the copy stays


def test_the_result_of_o_is_open(book: Path, tmp_path: Path) -> None:
    book.with_name(f"~${NAME}").write_bytes(excel_mark("张三"))
    with pytest.raises(HostError, match="正被 张三 用 Excel 打开"):
        replace_other(book, NEW)
    untouched(book)
    book.with_name(f"~${NAME}").unlink()
    replace_other(book, NEW)
    replace_other(tmp_path / "new.xlsx", NEW)
    assert book.read_bytes() == (tmp_path / "new.xlsx").read_bytes() == NEW
    assert not copies(book)


# ------------------------------------------------------------------------------------------------------------ failures

# Every call that changes something on the disk.
STEPS = [(os, "open"), (os, "chmod"), (os, "fsync"), (os, "mkdir"), (os, "replace"), (os, "unlink"), (os, "scandir")]


@contextlib.contextmanager
def failing(at: int, error: BaseException) -> Iterator[list[str]]:
    """The ``at``-th of those calls raises; gives the calls that were made."""
    calls: list[str] = []

    def counted(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **more: Any) -> Any:
            calls.append(name)
            if len(calls) == at:
                raise error
            return real(*arguments, **more)
        return call

    with pytest.MonkeyPatch.context() as monkeypatch:
        for module, name in STEPS:
            monkeypatch.setattr(module, name, counted(name, getattr(module, name)))
        monkeypatch.setattr(store, "_WAITS", ())
        yield calls


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left"), OSError(errno.EIO, "I/O error"),
                                   PermissionError(errno.EACCES, "denied"), KeyboardInterrupt(), MemoryError()],
                         ids=lambda e: f"{type(e).__name__}{getattr(e, 'errno', '')}")
def test_whichever_step_fails_the_old_or_the_new_is_there_and_the_old_never_lost(
        error: BaseException, tmp_path: Path) -> None:
    with failing(-1, error) as all_calls:
        one = tmp_path / "count" / NAME
        one.parent.mkdir()
        one.write_bytes(OLD)
        save(one, OLD, NEW)
        steps = len(all_calls)
    assert steps > 12
    old = 0
    for step in range(1, steps):
        book = tmp_path / str(step) / NAME
        book.parent.mkdir()
        book.write_bytes(OLD)
        with failing(step, error), contextlib.suppress(HostError, KeyboardInterrupt, MemoryError):
            save(book, OLD, NEW)
        if book.read_bytes() == OLD:
            old += 1
            if isinstance(error, OSError):
                assert copies(book) == []
        else:
            assert book.read_bytes() == NEW
            assert OLD in [p.read_bytes() for p in copies(book)]
        now = book.read_bytes()
        save(book, now, now + b"more")                          # nothing stands in the way of the next run
        assert [p.name for p in (*book.parent.iterdir(), *copies(book)) if p.name.endswith(".tmp")] == []
    assert 5 < old < steps


DIES = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from xl_kpi.workbook.store import save
left = int(sys.argv[3])
def watch(event, arguments):
    global left
    if event in ("open", "os.rename", "os.chmod", "os.chown", "os.mkdir", "os.scandir", "os.remove"):
        left -= 1
        if left == 0:
            os._exit(99)
sys.addaudithook(watch)
save(Path(sys.argv[1]), b"old" * 1000, b"new" * 2000)
os._exit(0)
"""


def test_a_process_that_dies_at_any_step(tmp_path: Path) -> None:
    """As after a kill: nothing is tidied up."""
    seen = set()
    for step in range(1, 100):
        book = tmp_path / str(step) / NAME
        book.parent.mkdir()
        book.write_bytes(OLD)
        done = subprocess.run([sys.executable, "-c", DIES, str(book), str(ROOT), str(step)], check=False,
                              capture_output=True, text=True)
        assert done.returncode in (0, 99), done.stderr
        seen.add(book.read_bytes())
        if book.read_bytes() == NEW:
            assert OLD in [p.read_bytes() for p in copies(book)]
        else:
            assert book.read_bytes() == OLD
        if done.returncode == 0:
            break
        now = book.read_bytes()
        save(book, now, now + b"more")
        assert [p.name for p in (*book.parent.iterdir(), *copies(book)) if p.name.endswith(".tmp")] == []
    assert seen == {OLD, NEW}
    assert step > 10


@pytest.mark.parametrize(("error", "what"), [
    (OSError(errno.ENOSPC, "x"), "磁盘空间不足。原文件没有改动"),
    (OSError(errno.EROFS, "x"), "是只读的。原文件没有改动"),
    (OSError(errno.EIO, "x"), "磁盘或网络盘出错"), (OSError(errno.ENAMETOOLONG, "x"), "文件名太长"),
    (OSError(errno.EPERM, "x"), "可能正在 Excel 或 WPS 中打开"),
    (OSError(errno.EMFILE, "打开的文件太多"), "打开的文件太多。原文件没有改动"),
    (OSError(errno.ENOENT, "x"), "文件被移走了"),
])
def test_what_the_machine_says_in_chinese(book: Path, monkeypatch: pytest.MonkeyPatch, error: OSError,
                                          what: str) -> None:
    def fails(_: int) -> None:
        raise error

    monkeypatch.setattr(os, "fsync", fails)
    refused(book, what)
    untouched(book)


def test_a_copy_that_cannot_be_made(book: Path) -> None:
    (book.parent / FOLDER).write_bytes(b"a file of that name")
    refused(book, "备份没有做成，所以没有写入")
    assert book.read_bytes() == OLD
    assert {p.name for p in book.parent.iterdir()} == {NAME, FOLDER}


def test_the_folder_vanished(tmp_path: Path) -> None:
    refused(tmp_path / "没有" / NAME, "文件夹“.*没有”不存在；是网络盘或 U 盘的，可能断开了")
    with pytest.raises(HostError, match="不存在"), replacing(tmp_path / "没有" / NAME) as file:
        file.write(NEW)


def test_the_file_vanished(tmp_path: Path) -> None:
    refused(tmp_path / NAME, "文件被移走了")
    (tmp_path / NAME).mkdir()
    refused(tmp_path / NAME, "这个名字是一个文件夹")


def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    book = tmp_path / f"{'长' * 83}.xlsx"       # 254 bytes: a temporary file's name has no room
    book.write_bytes(OLD)
    refused(book, "文件名太长")
    assert list(tmp_path.iterdir()) == [book]
    assert book.read_bytes() == OLD


@windows
def test_a_read_only_file(book: Path) -> None:
    book.chmod(0o444)
    refused(book, "只读.*原文件没有改动")
    with pytest.raises(HostError, match="只读"):
        replace_other(book, NEW)
    untouched(book)


# ------------------------------------------------------------------------------------- as a user who may not do all

SAVE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from xl_kpi.problems import HostError
from xl_kpi.workbook.store import save
try:
    path = Path(sys.argv[1])
    save(path, b"old" * 1000, b"new" * int(sys.argv[3]))
except HostError as error:
    print(error)
    sys.exit(3)
"""


def anybody() -> dict[str, Any]:
    """Run as a user who is not the superuser."""
    return {"user": 65534, "group": 65534, "extra_groups": []} if os.getuid() == 0 else {}


def save_as_anybody(book: Path, size: int = 2000) -> tuple[int, str]:
    """Save in another process that is not the superuser's: (exit code, what it says)."""
    done = subprocess.run([sys.executable, "-c", SAVE, str(book), str(ROOT), str(size)], check=False,
                          capture_output=True, text=True, cwd="/", env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
                          **anybody())
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that anybody can reach, with a workbook that anybody may write."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "共享"
        Path(folder).chmod(0o755)
        place.mkdir(mode=0o777)
        place.chmod(0o777)
        (place / NAME).write_bytes(OLD)
        (place / NAME).chmod(0o666)
        code, said = save_as_anybody(place / "没有.xlsx")
        if code != 3:
            pytest.skip(f"another user cannot run Python here: {said.strip().splitlines()[-1:]}")
        yield place
        place.chmod(0o777)


@windows
def test_anybody_may_save_what_anybody_may_write(shared: Path) -> None:
    assert save_as_anybody(shared / NAME) == (0, "")
    assert (shared / NAME).read_bytes() == NEW
    assert (shared / NAME).stat().st_mode & 0o777 == 0o666
    assert [p.read_bytes() for p in copies(shared / NAME)] == [OLD]


@windows
@pytest.mark.parametrize(("mode", "folder", "what"), [
    (0o444, 0o777, "文件是只读的，或者您没有修改它的权限"), (0o600, 0o777, "文件是只读的，或者您没有修改它的权限"),
    (0o666, 0o555, "您没有在文件夹“共享”里写文件的权限"), (0o666, 0o000, "没有在文件夹“共享”里"),
])
def test_what_a_user_may_not(shared: Path, mode: int, folder: int, what: str) -> None:
    if os.getuid() != 0 and mode == 0o600:
        pytest.skip("it is one's own file")
    (shared / NAME).chmod(mode)
    shared.chmod(folder)
    code, said = save_as_anybody(shared / NAME)
    assert code == 3
    assert what in said
    assert "原文件没有改动" in said
    shared.chmod(0o777)
    untouched(shared / NAME)


@windows
def test_copies_that_another_user_made_do_not_stand_in_the_way(shared: Path) -> None:
    (shared / FOLDER).mkdir()
    (shared / FOLDER).chmod(0o555)
    code, said = save_as_anybody(shared / NAME)
    if os.getuid() == 0:
        assert code == 3
        assert "备份没有做成，所以没有写入" in said
        assert f"“{FOLDER}”" in said
    assert (shared / NAME).read_bytes() == OLD or os.getuid() != 0


# ------------------------------------------------------------------------------------------------ on a small disk


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of 64 kB with the workbook on it."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=777", "tmpfs", folder], check=False,
                              capture_output=True, text=True) if sys.platform == "linux" else None
        if done is None or done.returncode:
            pytest.skip(f"mount: {done.stderr.strip() if done else 'Linux only'}")
        try:
            (Path(folder) / NAME).write_bytes(OLD)
            (Path(folder) / NAME).chmod(0o666)
            yield Path(folder)
        finally:
            subprocess.run(["umount", "-l", folder], check=False)


@pytest.mark.parametrize("size", [30_000, 20_300], ids=["no room for the new one", "no room for the copy"])
def test_a_full_disk(small_disk: Path, size: int) -> None:
    code, said = save_as_anybody(small_disk / NAME, size)
    assert code == 3
    assert "磁盘空间不足。原文件没有改动" in said
    assert ("备份没有做成" in said) == (size == 20_300)
    untouched(small_disk / NAME)
    assert save_as_anybody(small_disk / NAME) == (0, "")


def test_a_read_only_disk(small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    code, said = save_as_anybody(small_disk / NAME)
    assert code == 3
    assert "这个磁盘或共享文件夹是只读的。原文件没有改动" in said
    untouched(small_disk / NAME)


def test_a_disk_that_goes_away(small_disk: Path) -> None:
    subprocess.run(["umount", "-l", str(small_disk)], check=True)
    code, said = save_as_anybody(small_disk / NAME)
    assert code == 3
    assert "文件被移走了" in said
    assert list(small_disk.iterdir()) == []


# ------------------------------------------------------------------------------------------------ the command itself


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The demo company's workbook."""
    folder = tmp_path_factory.mktemp("demo")
    assert run("demo", folder / "demo")[0] == 0
    return next((folder / "demo").glob("*_2016.xlsx")).read_bytes()


def command_as_anybody(*arguments: str | Path) -> tuple[int, str, str]:
    """The command in a process that is not the superuser's: (exit code, stdout, stderr)."""
    done = subprocess.run([sys.executable, "-m", "xl_kpi.cli", *map(str, arguments)], check=False, capture_output=True,
                          cwd=ROOT, env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"},
                          **anybody())
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@windows
def test_the_command_writes_with_a_copy_or_says_why_not(shared: Path, demo: bytes) -> None:
    book = shared / NAME
    book.write_bytes(demo)
    pay = ("payroll", book, "--month", "2016-11")
    shared.chmod(0o555)
    code, _, said = command_as_anybody(*pay)
    assert code == 3
    assert "您没有在文件夹“共享”里写文件的权限" in said
    shared.chmod(0o777)
    book.with_name(f"~${NAME}").write_bytes(excel_mark("张三"))
    code, _, said = command_as_anybody(*pay)
    assert code == 3
    assert "正被 张三 用 Excel 打开" in said
    assert "Traceback" not in said
    book.with_name(f"~${NAME}").unlink()
    assert book.read_bytes() == demo
    assert {p.name for p in shared.iterdir()} == {NAME}
    assert command_as_anybody(*pay)[0] == 0
    assert book.read_bytes() != demo
    assert [p.read_bytes() for p in copies(book)] == [demo]
    before = book.read_bytes(), book.stat().st_mtime_ns
    assert command_as_anybody(*pay)[0] == 0                 # no difference: no write, no copy
    assert (book.read_bytes(), book.stat().st_mtime_ns) == before
    assert len(copies(book)) == 1


def test_the_command_on_a_full_disk(small_disk: Path, demo: bytes) -> None:
    book = small_disk / NAME
    subprocess.run(["mount", "-o", f"remount,size={len(demo) // 1024 + 60}k", str(small_disk)], check=True)
    book.write_bytes(demo)
    code, _, said = command_as_anybody("payroll", book, "--month", "2016-11")
    assert code == 3
    assert "磁盘空间不足。原文件没有改动" in said
    assert book.read_bytes() == demo
    assert [p.name for p in small_disk.iterdir()] == [NAME]
