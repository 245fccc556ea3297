"""``xl-kpi slips``: a file a person, encrypted on demand, all or none."""

from __future__ import annotations

import os
import random
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import msoffcrypto
import openpyxl
import pytest
import xlsxwriter
from msoffcrypto.exceptions import InvalidKeyError

from tests.command import run
from tests.departments import base_department, random_department, write_book
from tests.office import Office
from tests.test_privacy import watched
from xl_kpi.actions.slips import file_names
from xl_kpi.actions.slips import slips as action
from xl_kpi.opened import Opened
from xl_kpi.period import Month
from xl_kpi.problems import HostError
from xl_kpi.results import Result
from xl_kpi.target import Target
from xl_kpi.workbook.encrypt import encrypted

MONTH = "2016-12"
COLUMN = "身份证后六位"
D = Decimal


def write(book: Path, *args: Any, **options: Any) -> Result:
    """The slips of the month's pay."""
    opened = Opened.file(book)
    return action(opened, Target.of(opened.policy.main, Month.parse(MONTH)), *args, **options)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    write_book(base_department(), tmp_path / "b.xlsx")
    return tmp_path / "b.xlsx"


def people() -> list[str]:
    return [row["工号"] for row in base_department()["花名册"]]


def with_column(book: Path, values: dict[str, Any], heading: str = COLUMN, formats: dict[str, str] | None = None,
                again: str = "") -> Path:
    """The workbook with a further column on the roster sheet, by an ordinary library."""
    opened = openpyxl.load_workbook(book)
    sheet = opened["花名册"]
    at = sheet.max_column + 1
    sheet.cell(1, at, heading)
    if again:
        sheet.cell(1, at + 1, again)
    for row in range(2, sheet.max_row + 1):
        person = str(sheet.cell(row, 1).value)
        cell = sheet.cell(row, at)
        cell.value = values.get(person)
        if person in (formats or {}):
            cell.number_format = (formats or {})[person]
    opened.save(book)
    return book


def secrets_of(n: int = 0) -> dict[str, Any]:
    return {person: f"{123456 + 11 * i + n:06d}" for i, person in enumerate(people())}


def written(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def texts(data: bytes) -> list[str]:
    sheet = openpyxl.load_workbook(BytesIO(data)).active
    return [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]


def opened_with(path: Path, password: str) -> bytes:
    file = msoffcrypto.OfficeFile(BytesIO(path.read_bytes()))
    file.load_key(password=password, verify_password=True)
    out = BytesIO()
    file.decrypt(out)
    return out.getvalue()


# ------------------------------------------------------------------------------------------------------- the files


def test_one_file_a_person_in_a_new_folder(book: Path, tmp_path: Path) -> None:
    before = book.read_bytes()
    code, out, err = run("slips", book, "--month", MONTH, "--out", tmp_path / "条" / "12月")
    assert code == 0, out + err
    roster = base_department()["花名册"]
    assert written(tmp_path / "条" / "12月") == sorted(f"工资条_{MONTH}_{p['工号']}_{p['姓名']}.xlsx" for p in roster)
    assert f"{len(roster)} 人的工资条已写入" in out
    assert "没有加密" in out
    assert err == ""                        # no bar where there is no terminal
    assert book.read_bytes() == before
    assert written(tmp_path) == ["b.xlsx", "条"]
    for person in roster:
        told = texts((tmp_path / "条" / "12月" / f"工资条_{MONTH}_{person['工号']}_{person['姓名']}.xlsx").read_bytes())
        assert person["姓名"] in told
        assert not any(other["姓名"] in text for other in roster for text in told if other is not person)
        assert not any(text.startswith("=") for text in told)
        assert any("大写" in text for text in told)


def test_the_slips_say_what_payroll_says(tmp_path: Path) -> None:
    write_book(random_department(random.Random(5)), tmp_path / "b.xlsx")
    assert run("slips", tmp_path / "b.xlsx", "--month", MONTH, "--out", tmp_path / "o")[0] == 0
    opened = Opened.file(tmp_path / "b.xlsx")
    from xl_kpi import job

    result = job.payroll(opened.parameters, opened.tables, Month.parse(MONTH))
    names = file_names(f"工资条_{MONTH}_", [(line["工号"], line["姓名"]) for line in result.lines])
    assert written(tmp_path / "o") == sorted(names)
    for line, name in zip(result.lines, names, strict=True):
        assert f"实发合计 {line['实发合计']:,.2f} 元" in texts((tmp_path / "o" / name).read_bytes())


def test_the_same_data_give_the_same_files(book: Path, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        assert run("slips", book, "--month", MONTH, "--out", tmp_path / folder)[0] == 0
    for name in written(tmp_path / "one"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize(("given", "names"), [
    ([("001", "张三")], ["条_001_张三.xlsx"]),
    ([("001", "张三"), ("002", "张三")], ["条_001_张三.xlsx", "条_002_张三.xlsx"]),
    ([("a/1", 'x<>:"\\|?*y')], ["条_a／1_x＜＞：＂＼｜？＊y.xlsx"]),
    ([("1", "A"), ("1", "a")], ["条_1_A.xlsx", "条_1_a_2.xlsx"]),           # Windows does not tell them apart
    ([("1", "甲 . "), ("2", "乙\n\x07丙")], ["条_1_甲.xlsx", "条_2_乙 丙.xlsx"]),
    ([("1", "..")], ["条_1.xlsx"]),
    ([("../..", "/etc/passwd")], ["条_／_／etc／passwd.xlsx"]),
    ([("1", "长" * 300)], [f"条_1_{'长' * 40}.xlsx"]),
    ([("1", "x_2"), ("1", "X"), ("1", "x")], ["条_1_x_2.xlsx", "条_1_X.xlsx", "条_1_x_3.xlsx"]),
])
def test_file_names(given: list[tuple[str, str]], names: list[str]) -> None:
    assert file_names("条_", given) == names


# ---------------------------------------------------------------------------------------------------- what is there


def test_slips_that_are_there_stay_unless_asked(book: Path, tmp_path: Path) -> None:
    folder = tmp_path / "o"
    folder.mkdir()
    kept = {f"工资条_{MONTH}_099_走了的人.xlsx": b"old", "工资条_2016-11_101_甲.xlsx": b"other month", "备忘.txt": b"x"}
    for name, data in kept.items():
        (folder / name).write_bytes(data)
    code, out, _ = run("slips", book, "--month", MONTH, "--out", folder)
    assert code == 1
    assert f"文件夹“o”里已有 1 个 {MONTH} 的工资条" in out
    assert "--replace" in out
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == kept

    code, out, _ = run("slips", book, "--month", MONTH, "--out", folder, "--replace")
    assert code == 0, out
    found = written(folder)
    assert f"工资条_{MONTH}_099_走了的人.xlsx" not in found
    assert len(found) == len(people()) + 2
    assert (folder / "备忘.txt").read_bytes() == b"x"
    assert (folder / "工资条_2016-11_101_甲.xlsx").read_bytes() == b"other month"
    assert written(tmp_path) == ["b.xlsx", "o"]


def test_an_existing_folder_without_slips_needs_no_replace(book: Path, tmp_path: Path) -> None:
    (tmp_path / "o").mkdir()
    (tmp_path / "o" / "备忘.txt").write_bytes(b"x")
    assert run("slips", book, "--month", MONTH, "--out", tmp_path / "o")[0] == 0
    assert len(written(tmp_path / "o")) == len(people()) + 1


def test_a_payroll_sheet_that_says_otherwise_refuses(book: Path, tmp_path: Path) -> None:
    code, out, _ = run("payroll", book, "--month", MONTH)
    assert code == 0, out
    assert run("slips", book, "--month", MONTH, "--out", tmp_path / "same")[0] == 0
    opened = openpyxl.load_workbook(book)
    sheet = opened[f"工资表_{MONTH}"]
    heading = next(row for row in sheet.iter_rows() if row[0].value == "序号")
    at = {str(cell.value).replace("\n", ""): cell.column for cell in heading}
    row = next(r for r in range(heading[0].row + 1, sheet.max_row) if sheet.cell(r, at["工号"]).value == "102")
    sheet.cell(row, at["备注"]).value = "财务已核"
    opened.save(book)
    # formulas lost their values by openpyxl: have them as numbers
    values(book, row, at)
    assert run("slips", book, "--month", MONTH, "--out", tmp_path / "remark")[0] == 0
    opened = openpyxl.load_workbook(book)
    opened[f"工资表_{MONTH}"].cell(row, at["全勤奖"]).value = 150
    opened.save(book)
    code, out, _ = run("slips", book, "--month", MONTH, "--out", tmp_path / "other")
    assert code == 1
    assert "全勤奖 150.00 → 200.00" in out
    assert "102" in out
    assert "没有写工资条" in out
    assert not (tmp_path / "other").exists()


def values(book: Path, row: int, at: dict[str, int]) -> None:
    """The payroll sheet's formulas by what the program computed, as Excel would have saved them."""
    from xl_kpi import job

    opened = Opened.file(book)
    result = job.payroll(opened.parameters, opened.tables, Month.parse(MONTH))
    workbook = openpyxl.load_workbook(book)
    sheet = workbook[f"工资表_{MONTH}"]
    lines = {line["工号"]: line for line in result.lines}
    for number in range(1, sheet.max_row + 1):
        line = lines.get(str(sheet.cell(number, at["工号"]).value))
        for heading, column in at.items():
            cell = sheet.cell(number, column)
            if line and isinstance(cell.value, str) and cell.value.startswith("="):
                cell.value = float(line[heading])
    workbook.save(book)


# -------------------------------------------------------------------------------------------------------- passwords


def test_each_file_opens_with_the_persons_own_password_only(book: Path, tmp_path: Path) -> None:
    secrets = secrets_of()
    with_column(book, secrets)
    code, out, _ = run("slips", book, "--month", MONTH, "--out", tmp_path / "o", "--password-column", COLUMN)
    assert code == 0, out
    assert COLUMN in out
    assert not any(secret in out for secret in secrets.values())
    for person in people()[:3]:             # against everybody's: a try takes a while
        (path,) = (tmp_path / "o").glob(f"*_{person}_*.xlsx")
        assert path.read_bytes()[:4] == b"\xd0\xcf\x11\xe0"         # no package that anything could read
        assert msoffcrypto.OfficeFile(BytesIO(path.read_bytes())).is_encrypted()
        for other, secret in secrets.items():
            if other == person:
                assert person in texts(opened_with(path, secret))
            else:
                with pytest.raises(InvalidKeyError):
                    opened_with(path, secret)


def test_a_password_is_read_as_shown(book: Path, tmp_path: Path) -> None:
    """A number under a format with leading noughts, an X at the end, blanks around it, full-width digits, a formula."""
    ids = people()
    secrets: dict[str, Any] = secrets_of()
    secrets |= {ids[0]: 1234, ids[1]: "12345X", ids[2]: " 654321 ", ids[3]: "９８７６５４", ids[4]: 120034}
    with_column(book, secrets, formats={ids[0]: "000000"})
    assert run("slips", book, "--month", MONTH, "--out", tmp_path / "o", "--password-column", COLUMN)[0] == 0
    for person, secret in zip(ids, ("001234", "12345X", "654321", "987654", "120034"), strict=False):
        (path,) = (tmp_path / "o").glob(f"*_{person}_*.xlsx")
        assert person in texts(opened_with(path, secret))


def test_the_heading_may_be_written_with_blanks(book: Path, tmp_path: Path) -> None:
    with_column(book, secrets_of(), "身份证\n后六位 ")
    assert run("slips", book, "--month", MONTH, "--out", tmp_path / "o", "--password-column", COLUMN)[0] == 0


@pytest.mark.parametrize(("value", "told"), [
    (None, "「身份证后六位」是空的，没有密码"), ("  ", "是空的，没有密码"), (date(2000, 1, 2), "是日期、时间或是非值"),
    (True, "是日期、时间或是非值"), (110101199001011234, "位数太多，Excel 已经丢了末尾的数字"), (1234.5, "是小数"),
    (-12, "是小数、负数"), ("1" * 256, "太长（最多 255 个字符）"), ("12\n34", "有换行"), ("=1/0", "还没有计算过"),
    ("ID", "就是文件名里的工号或姓名"), ("SHARED", "相同，互相能打开对方的工资条"),
])
def test_a_cell_that_gives_no_password(book: Path, tmp_path: Path, value: Any, told: str) -> None:
    secrets: dict[str, Any] = secrets_of()
    ids = people()
    secrets[ids[1]] = secrets[ids[0]] if value == "SHARED" else ids[1] if value == "ID" else value
    with_column(book, secrets)
    code, out, _ = run("slips", book, "--month", MONTH, "--out", tmp_path / "o", "--password-column", COLUMN)
    assert code == 1
    assert told in out
    assert "花名册 J3" in out
    assert f"错误 {2 if value == 'SHARED' else 1} 条" in out
    assert not any(secret in out for person, secret in secrets.items() if person != ids[1])
    assert written(tmp_path) == ["b.xlsx"]


def test_an_error_value_is_no_password(tmp_path: Path, book: Path) -> None:
    with_column(book, secrets_of())
    opened = openpyxl.load_workbook(book)
    opened["花名册"]["J3"].value = "#N/A"
    opened["花名册"]["J3"].data_type = "e"
    opened.save(book)
    code, out, _ = run("slips", book, "--month", MONTH, "--out", tmp_path / "o", "--password-column", COLUMN)
    assert code == 1
    assert "是错误值 #N/A" in out


@pytest.mark.parametrize(("heading", "again", "asked", "told"), [
    ("备用", "", COLUMN, f"没有「{COLUMN}」一列"),
    ("身份证后六位数", "", COLUMN, f"没有「{COLUMN}」一列；是不是 J1 的「身份证后六位数」"),
    (COLUMN, COLUMN, COLUMN, f"「{COLUMN}」有 2 列（J1、K1），不知道用哪一列作密码"),
])
def test_the_column_must_be_there_once(book: Path, tmp_path: Path, heading: str, again: str, asked: str,
                                       told: str) -> None:
    with_column(book, secrets_of(), heading, again=again)
    code, out, _ = run("slips", book, "--month", MONTH, "--out", tmp_path / "o", "--password-column", asked)
    assert code == 1
    assert told in out
    assert "花名册 " in out
    assert written(tmp_path) == ["b.xlsx"]


def test_everything_wrong_is_said_at_once(book: Path, tmp_path: Path) -> None:
    (tmp_path / "o").mkdir()
    (tmp_path / "o" / f"工资条_{MONTH}_1_x.xlsx").write_bytes(b"")
    secrets: dict[str, Any] = secrets_of() | {"101": None, "103": None}
    with_column(book, secrets)
    code, out, _ = run("slips", book, "--month", MONTH, "--out", tmp_path / "o", "--password-column", COLUMN)
    assert code == 1
    assert "错误 3 条" in out
    assert out.index("101") < out.index("103")


def test_only_people_who_are_paid_need_a_password(tmp_path: Path) -> None:
    department = base_department()
    gone = next(row for row in department["花名册"] if row["工号"] == "105")
    gone["离职日期"] = date(2016, 10, 20)
    for sheet in ("考勤", "月度考核_客服代表"):         # no data of months after somebody left
        department[sheet] = [row for row in department[sheet] if (row["工号"], row["月份"]) < ("105", "2016-11")
                             or row["工号"] != "105"]
    write_book(department, tmp_path / "b.xlsx")
    with_column(tmp_path / "b.xlsx", secrets_of() | {gone["工号"]: None})
    code, out, _ = run("slips", tmp_path / "b.xlsx", "--month", MONTH, "--out", tmp_path / "o",
                       "--password-column", COLUMN)
    assert code == 0, out
    assert len(written(tmp_path / "o")) == len(people()) - 1


def test_a_real_program_opens_it_with_the_password_only(office: Office, tmp_path: Path) -> None:
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as made:
        made.add_worksheet("工资条").write_string(0, 0, "张三")
    path = tmp_path / "slip.xlsx"
    path.write_bytes(encrypted(buffer.getvalue(), "12345X"))
    assert office.recalculated(path, "12345X") == {"工资条": {(0, 0): "张三"}}
    with pytest.raises(RuntimeError, match="cannot open"):
        office.recalculated(path, "12345Y")


# ------------------------------------------------------------------------------------------------- usage and machine


@pytest.mark.parametrize(("arguments", "told"), [
    (("--month", "2016-13", "--out", "o"), "--month"), (("--month", MONTH), "缺少 --out"),
    (("--out", "o"), "缺少 --month"),
    (("--month", MONTH, "--out", " "), "--out：要写一个文件夹"),
    (("--month", MONTH, "--out", "o", "--password-column", " "), "--password-column"),
    (("--month", MONTH, "--out", "b.xlsx"), "b.xlsx 是一个文件"),
])
def test_wrong_usage(book: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], told: str) -> None:
    monkeypatch.chdir(book.parent)
    code, _, err = run("slips", book, *arguments)
    assert code == 2
    assert told in err
    assert written(book.parent) == ["b.xlsx"]


def test_data_that_are_refused_write_nothing(tmp_path: Path) -> None:
    department = base_department()
    department["考勤"] = [row for row in department["考勤"] if row["月份"] != MONTH]
    write_book(department, tmp_path / "b.xlsx")
    assert run("slips", tmp_path / "b.xlsx", "--month", MONTH, "--out", tmp_path / "o")[0] == 1
    assert written(tmp_path) == ["b.xlsx"]


def test_progress_counts_people(book: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    write(book, tmp_path / "o", progress=lambda *step: seen.append(step))
    n = len(people())
    assert seen == [(i, n, "写工资条") for i in range(n + 1)]


@pytest.mark.parametrize("when", [1, 5])
def test_a_failure_leaves_the_folder_as_it_was(book: Path, tmp_path: Path, when: int) -> None:
    folder = tmp_path / "o"
    assert run("slips", book, "--month", MONTH, "--out", folder)[0] == 0
    before = {p.name: p.read_bytes() for p in folder.iterdir()}

    def stop(done: int, total: int, text: str) -> None:
        if done == when:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(book, folder, replace=True, progress=stop)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    assert written(tmp_path) == ["b.xlsx", "o"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(book: Path, tmp_path: Path) -> None:
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o500)
    code, _, err = run("slips", book, "--month", MONTH, "--out", shut / "o")
    assert code == 3
    assert "没有写入权限" in err


def test_no_temporary_file_elsewhere(book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a temporary file with pay in it")

    for name in ("mkstemp", "mkdtemp", "TemporaryFile", "NamedTemporaryFile"):
        monkeypatch.setattr(f"tempfile.{name}", refuse)
    with_column(book, secrets_of())
    assert run("slips", book, "--month", MONTH, "--out", tmp_path / "o", "--password-column", COLUMN)[0] == 0


def test_encrypting_opens_no_network_and_starts_no_program(book: Path, tmp_path: Path) -> None:
    with_column(book, secrets_of())
    done = watched("slips", book, "--month", MONTH, "--out", "o", "--password-column", COLUMN, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(written(tmp_path / "o")) == len(people())


def test_the_machine_in_the_way_is_told(book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(HostError, match="磁盘空间不足"):
        write(book, tmp_path / "o")
    assert written(tmp_path) == ["b.xlsx"]


def test_interrupted_it_says_so_and_leaves_nothing(book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the middle of long work: no traceback, no half of the slips."""
    from xl_kpi.progress import Bar

    def interrupt(bar: Bar, done: int, total: int, text: str) -> None:
        if done == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(Bar, "__call__", interrupt)
    before = sorted(os.listdir(tmp_path))
    code, out, err = run("slips", book, "--month", MONTH, "--out", tmp_path / "out")
    assert (code, out) == (3, "")
    assert "已中断" in err
    assert sorted(os.listdir(tmp_path)) == before
