"""Forms of every format are opened, or refused with one problem."""

from __future__ import annotations

import datetime as dt
import io
import os
import random
import signal
from pathlib import Path

import openpyxl
import pytest

from xl_kpi.commands import asking
from xl_kpi.forms.foreign import open_form
from xl_kpi.problems import Refusal
from xl_kpi.workbook.book import Book, Mark
from xl_kpi.workbook.encrypt import encrypted

FORMS = Path(os.environ.get("XL_KPI_FORMS") or Path(__file__).parents[3] / "shared" / "data" / "forms")
OLD = Path(__file__).parent / "old"         # written by LibreOffice; locked.xls opens with kf2026
PASSWORD = "kf2026"


def opened(folder: Path, name: str, content: bytes | str, encoding: str = "utf-8") -> Book:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return open_form(path)


def rows(book: Book) -> list[list[object]]:
    (sheet,) = book.sheets
    assert len({len(row) for row in sheet.rows}) <= 1
    return sheet.rows


def refused(work) -> str:
    with pytest.raises(Refusal) as raised:
        work()
    (problem,) = raised.value.problems
    assert problem.level == "error"
    assert problem.do
    return problem.text


# --------------------------------------------------------------------------------------------------------- .xls and .et

def test_an_old_workbook_is_read_as_a_new_one(tmp_path: Path) -> None:
    for name in ("card.xls", "card.et", "card.xlsx"):       # the name says nothing
        book = opened(tmp_path, name, (OLD / "card.xls").read_bytes())
        sheet, choices = book.sheets
        assert (sheet.name, sheet.hidden, choices.name, choices.hidden) == ("考核表", False, "选项", True)
        assert [row[:4] for row in sheet.rows] == [
            ["客服代表月度考核表", None, None, None],
            ["姓名：", "张三", "月份", dt.date(2026, 4, 1)],
            ["工号", 7.0, "满席度", 0.95],
            ["上班", dt.time(8, 30), "出错率", None],
            ["在岗", True, "得分", 93.0],
        ]
        assert sheet.merged == [(0, 0, 0, 3)]
        assert sheet.hidden_rows == {3}
        assert sheet.hidden_columns == {4}
        assert sheet.marks == {(2, 1): Mark(shown="007"), (2, 3): Mark(percent=True), (3, 3): Mark(error="#DIV/0!")}
        assert book.data == b""         # it is not written into


@pytest.mark.skipif(not FORMS.is_dir(), reason="the real workbooks are not here")
def test_real_old_workbooks() -> None:
    card = open_form(FORMS / "11_fund-request-card.xls")
    assert [sheet.name for sheet in card.sheets] == ["Sheet1", "Sheet2", "Sheet3"]
    assert card.sheets[0].rows[2][5] == "申请日期：{{date}}"
    assert (5, 0, 5, 7) in card.sheets[0].merged
    assert len(card.sheets[0].merged) == 22
    pay = open_form(FORMS / "13_dept-payroll-multisheet.xls")
    assert pay.sheets[1].name == "工资汇总"
    assert pay.sheets[1].rows[1][:4] == ["类 别", None, "人数", "金额(元)"]
    assert pay.sheets[1].rows[9][2] == 0.0


def test_a_format_known_by_number_alone_is_a_date() -> None:
    """57 is 2026年4月 in WPS and Chinese Excel, and no string of it stands in the file."""
    from types import SimpleNamespace

    from xl_kpi.forms.biff import _format

    for string in (None, "General"):
        book = SimpleNamespace(format_map={57: SimpleNamespace(format_str=string)})
        assert _format(book, SimpleNamespace(format_key=57)).date
    assert not _format(SimpleNamespace(format_map={0: SimpleNamespace(format_str="General")}),
                       SimpleNamespace(format_key=0)).date


def damaged(rng: random.Random, raw: bytes) -> bytes:
    data = bytearray(raw)
    for _ in range(rng.choice((1, 1, 3, 30))):
        at = rng.randrange(len(data))
        match rng.randrange(4):
            case 0:
                data[at] = rng.randrange(256)
            case 1:
                data[at:at + rng.randrange(1, 200)] = bytes(rng.choice((0, 255)) for _ in range(rng.randrange(1, 200)))
            case 2:
                del data[at:at + rng.choice((1, 2, 512))]
            case _ if len(data) > 600:
                del data[at:at + 10**6 if rng.random() < 0.2 else at + 1]
        if not data:
            break
    return bytes(data) or b"\0"


@pytest.mark.parametrize("name", ["card.xls", "locked.xls"])
def test_a_damaged_old_workbook_is_read_or_refused(tmp_path: Path, name: str) -> None:
    raw, rng, path = (OLD / name).read_bytes(), random.Random(11), tmp_path / "损坏.xls"
    for _ in range(150):
        path.write_bytes(damaged(rng, raw))
        try:
            book = open_form(path, lambda name, wrong: PASSWORD)
        except Refusal as refusal:
            (problem,) = refusal.problems
            whole = bool(problem.do)
        else:
            whole = all(len({len(row) for row in sheet.rows}) <= 1 for sheet in book.sheets)
        assert whole


def test_cut_short_it_says_so(tmp_path: Path) -> None:
    raw = (OLD / "card.xls").read_bytes()
    text = refused(lambda: opened(tmp_path, "考核.xls", raw[:len(raw) // 2]))
    assert "考核.xls" in text


# ---------------------------------------------------------------------------------------------------------------- texts

WANTED = [["工号", "姓名", "备注"], ["001", "张三", "迟到，两次"], ["002", "李四", None]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_text_of_every_encoding(tmp_path: Path, encoding: str, separator: str, end: str) -> None:
    text = end.join(separator.join(str(value or "") for value in row) for row in WANTED) + end * 2
    book = opened(tmp_path, "钉钉_2026年4月.csv", text, encoding)
    assert rows(book) == WANTED
    assert book.sheets[0].name == "钉钉_2026年4月"


@pytest.mark.parametrize(("text", "wanted"), [
    ('工号,姓名\n"0,1","张""三"\n', [["工号", "姓名"], ["0,1", '张"三']]),
    ('工号,姓名\n1,"两\n行"\n', [["工号", "姓名"], ["1", "两\n行"]]),
    ('工号,姓名\n="0012","\t13800000000\t"\n', [["工号", "姓名"], ["0012", "13800000000"]]),
    ('工号,屏幕\n1,5" 屏\n', [["工号", "屏幕"], ["1", '5" 屏']]),
    ("sep=;\n工号;得分\n1;9,5\n", [["工号", "得分"], ["1", "9,5"]]),
    ("工号;得分\n1;9,5\n2;8,5\n", [["工号", "得分"], ["1", "9,5"], ["2", "8,5"]]),
    ("考勤月报\n\n工号,姓名,迟到\n1,张三,2\n",
     [["考勤月报", None, None], [None] * 3, ["工号", "姓名", "迟到"], ["1", "张三", "2"]]),
    ("姓名\n张三\n李四\n", [["姓名"], ["张三"], ["李四"]]),
    ("工号,姓名,\n1,张三,\n,,\n", [["工号", "姓名", None], ["1", "张三", None]]),
    ("   \n", []),
])
def test_text_as_systems_export_it(tmp_path: Path, text: str, wanted: list[list[object]]) -> None:
    assert rows(opened(tmp_path, "导出.csv", text)) == wanted


def test_a_quote_without_an_end_is_told_with_its_line(tmp_path: Path) -> None:
    text = refused(lambda: opened(tmp_path, "导出.csv", '工号,姓名\n1,张三\n2,"李四\n3,王五\n'))
    assert "第 3 行的英文双引号没有配对" in text


def test_text_in_no_known_encoding(tmp_path: Path) -> None:
    text = refused(lambda: opened(tmp_path, "导出.csv", "工号,姓名\n".encode() * 400 + b"1,\xff\xff\n"))
    assert "既不是 UTF-8 也不是 GBK" in text


def test_text_that_is_no_table(tmp_path: Path) -> None:
    assert "不像表格" in refused(lambda: opened(tmp_path, "导出.csv", "工号,姓名\n1," + "长" * 200_000))


# ---------------------------------------------------------------------------------------------------------- web systems

PAGE = """<html><head><meta charset="gb2312"><style>td{mso-number-format:"\\@"}</style><title>导出</title></head>
<body><h3>2026年4月考勤</h3><table border=1>
<tr><th rowspan=2>姓名</th><th colspan="2">出勤</th></tr>
<tr><th>应&nbsp;出勤</th><th>实出勤</th></tr>
<tr><td>张三<td x:num>21.75</td><td><b>20</b><br>（镕）</td></tr></table>
<p>制表人：<span>王五</span></p><script>var x='<table>';</script></body></html>"""


def test_a_page_that_goes_by_the_name_of_a_workbook(tmp_path: Path) -> None:
    book = opened(tmp_path, "考勤.xls", PAGE, "gbk")
    assert rows(book) == [["2026年4月考勤", None, None], ["姓名", "出勤", None], [None, "应 出勤", "实出勤"],
                          ["张三", "21.75", "20\n（镕）"], ["制表人：王五", None, None]]
    assert book.sheets[0].merged == [(1, 0, 2, 0), (1, 1, 1, 2)]


def test_a_page_in_an_envelope(tmp_path: Path) -> None:
    import email.mime.multipart
    import email.mime.text

    envelope = email.mime.multipart.MIMEMultipart("related")
    envelope.attach(email.mime.text.MIMEText("<html>框架</html>", "html", "gb2312"))
    envelope.attach(email.mime.text.MIMEText("<table><tr><td>姓名<td>张三</table>", "html", "utf-8"))
    content = b"MIME-Version: 1.0\r\n" + envelope.as_bytes().replace(b"MIME-Version: 1.0\n", b"", 1)
    assert rows(opened(tmp_path, "单个.xls", content)) == [["姓名", "张三"]]
    plain = content[:content.index(b"utf-8")]           # cut off before the page with the table
    assert "MHTML" in refused(lambda: opened(tmp_path, "单个.xls", plain))


def test_a_layout_of_tables_and_a_hostile_one(tmp_path: Path) -> None:
    page = ("<table><tr><td>公司<table><tr><td>姓名<td>得分</table><table><tr><td>张三<td>9</table></table>")
    assert rows(opened(tmp_path, "a.xls", page)) == [["公司", None], ["姓名", "得分"], ["张三", "9"]]
    page = "<table>" + "<tr>" + "<td rowspan=10000 colspan=10000>x" * 9 + "</table>"
    assert "太大" in refused(lambda: opened(tmp_path, "b.xls", page))
    assert "没有表格" in refused(lambda: opened(tmp_path, "c.xls", "<html><body>请先登录</body></html>"))
    assert refused(lambda: opened(tmp_path, "d.xls", "<html></html>"))
    assert refused(lambda: opened(tmp_path, "e.xls", "<html>" + "<div>" * 3000 + "<table><tr><td>深"))


XML = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:x="urn:schemas-microsoft-com:office:excel">
<Styles><Style ss:ID="p"><NumberFormat ss:Format="Percent"/></Style><Style ss:ID="n"/></Styles>
<Worksheet ss:Name="四月"><Table>
<Column ss:Index="3" ss:Hidden="1" ss:Span="1"/>
<Row><Cell ss:MergeAcross="1"><Data ss:Type="String">考勤</Data></Cell>
<Cell><Data ss:Type="String">隐</Data></Cell></Row>
<Row ss:Index="3" ss:Hidden="1"><Cell><Data ss:Type="String">001</Data></Cell>
<Cell ss:StyleID="p"><Data ss:Type="Number">0.25</Data></Cell>
<Cell ss:Index="5" ss:Formula="=R[-1]C"><Data ss:Type="Number">7</Data></Cell></Row>
<Row><Cell><Data ss:Type="DateTime">2026-04-01T00:00:00.000</Data></Cell>
<Cell><Data ss:Type="Boolean">1</Data></Cell><Cell><Data ss:Type="Error">#REF!</Data></Cell>
<Cell><Data ss:Type="DateTime">1899-12-31T08:30:00.000</Data></Cell></Row>
</Table></Worksheet><Worksheet ss:Name="空"/></Workbook>"""


def test_xml_of_2003(tmp_path: Path) -> None:
    sheet, empty = opened(tmp_path, "系统.xls", XML).sheets
    assert (sheet.name, empty.name, empty.rows) == ("四月", "空", [])
    assert sheet.rows == [["考勤", None, "隐", None, None], [None] * 5, ["001", 0.25, None, None, 7.0],
                          [dt.date(2026, 4, 1), True, None, dt.time(8, 30), None]]
    assert (sheet.merged, sheet.hidden_rows, sheet.hidden_columns) == ([(0, 0, 0, 1)], {2}, {2, 3})
    assert sheet.marks == {(2, 1): Mark(percent=True), (2, 4): Mark(formula=True), (3, 2): Mark(error="#REF!")}


@pytest.mark.parametrize(("old", "new", "said"), [
    ("</Workbook>", "", "不完整或已损坏"),
    ('ss:Index="3" ss:Hidden="1">', 'ss:Index="1">', "编号不对"),
    ('ss:Index="5"', 'ss:Index="99999"', "编号不对"),
    ("<Workbook ", "<!DOCTYPE x [<!ENTITY a 'b'>]><Workbook ", "不完整或已损坏"),
    ("Worksheet", "Other", "没有工作表"),
    ('ss:Index="3" ss:Hidden="1"><Cell>', 'ss:Index="1048000"><Cell>', "太大"),
])
def test_xml_of_2003_that_is_broken(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in refused(lambda: opened(tmp_path, "系统.xls", XML.replace(old, new)))


# ------------------------------------------------------------------------------------------------------------ passwords

def locked(folder: Path, password: str = PASSWORD) -> Path:
    book = openpyxl.Workbook()
    book.active["A1"] = "姓名"
    plain = io.BytesIO()
    book.save(plain)
    path = folder / "考核.xlsx"
    path.write_bytes(encrypted(plain.getvalue(), password))
    return path


def test_a_password_is_asked_for_and_opens(tmp_path: Path) -> None:
    asked: list[tuple[str, bool]] = []

    def ask(name: str, wrong: bool) -> str:
        asked.append((name, wrong))
        return PASSWORD if wrong else "记错了"

    book = open_form(locked(tmp_path), ask)
    assert rows(book) == [["姓名"]]
    assert asked == [("考核.xlsx", False), ("考核.xlsx", True)]
    assert book.password == PASSWORD
    assert book.data.startswith(b"PK")
    assert PASSWORD not in repr(book)
    old = open_form(OLD / "locked.xls", lambda name, wrong: PASSWORD)
    assert old.sheets == open_form(OLD / "card.xls").sheets


def test_what_office_itself_locks_opens_without_asking(tmp_path: Path) -> None:
    """A workbook whose structure is protected, or that Excel proposes to open read-only."""
    assert rows(open_form(locked(tmp_path, "VelvetSweatshop"))) == [["姓名"]]


@pytest.mark.parametrize("make", [locked, lambda folder: OLD / "locked.xls"])
def test_without_a_password(tmp_path: Path, make) -> None:
    path = make(tmp_path)
    assert "没有给密码" in refused(lambda: open_form(path))
    assert "没有给密码" in refused(lambda: open_form(path, lambda name, wrong: ""))
    assert "3 次给的密码都不对" in refused(lambda: open_form(path, lambda name, wrong: "记错了"))


def test_a_damaged_locked_workbook(tmp_path: Path) -> None:
    path = locked(tmp_path)
    raw, rng = path.read_bytes(), random.Random(3)
    for _ in range(15):           # each tries two passwords, 100,000 rounds of SHA-512 each
        path.write_bytes(damaged(rng, raw))
        try:
            open_form(path, lambda name, wrong: PASSWORD)
        except Refusal as refusal:
            (_,) = refusal.problems


def test_where_a_command_gets_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(asking.VARIABLE, PASSWORD)
    assert asking.password_of("考核.xlsx", False) == PASSWORD
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert asking.password_of("考核.xlsx", True) == ""          # nobody is there; the wrong one is not tried again
    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda self: True})())
    monkeypatch.setattr("getpass.getpass", lambda prompt: prompt)
    assert "密码不对" in asking.password_of("考核.xlsx", True)


# ----------------------------------------------------------------------------------------------------- nothing for us

@pytest.mark.parametrize(("content", "said"), [
    (b"", "0 字节"), (b"%PDF-1.4", "PDF"), (b"Rar!\x1a\x07", "压缩包"), (b"\x00\x01\x02\x03", "不是 .xlsx"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "Word"),
])
def test_what_is_no_form(tmp_path: Path, content: bytes, said: str) -> None:
    assert said in refused(lambda: opened(tmp_path, "附表.xls", content))


@pytest.mark.skipif(not hasattr(signal, "alarm"), reason="no such clock here")
def test_a_chain_of_sectors_that_comes_back_to_itself() -> None:
    """A damaged compound file (found by the fuzz) is refused, and not followed for ever."""
    before = signal.signal(signal.SIGALRM, lambda *_: pytest.fail("followed for ever"))
    signal.alarm(20)
    try:
        with pytest.raises(Refusal):
            open_form(Path(__file__).with_name("old") / "damaged.xls")
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
