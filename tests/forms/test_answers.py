"""附表对应.toml: asked once, answered in Notepad, good for next month's file, void for a form that was redrawn."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from xl_kpi.forms.answers import FILE, WHY, Answers, digest_of, title_of
from xl_kpi.forms.model import Field, Form, Open
from xl_kpi.period import Month, Quarter
from xl_kpi.problems import HostError
from xl_kpi.workbook.book import Sheet

SHEET = Sheet("4月", False, [["客服考核", None, None, None, None], ["工号", "姓名", "编号", "自评得分", "上级\n得分"],
                            ["001", "张三", 7, 90, 88]])
LABELS = ("A 工号", "B 姓名", "C 编号", "D 自评得分", "E 上级得分")
SCORE = Open("得分", "「得分」有 2 列，不知道用哪一列", ("D（自评得分）", "E（上级得分）"), "D2")
NUMBER = Open("C", "「编号」是不是工号", ("工号", "表单编号"), "C2")
MONTH_KEY = "月份 客服考核_2024年4月.xlsx 4月"
MONTH = Open("月份", "标题是 3 月，工作表名是 4 月", ("2024-03（标题）", "2024-04（工作表名）"), "A1")


def list_form(*open_: Open, name: str = "客服考核_2024年4月.xlsx", labels: tuple[str, ...] = LABELS) -> Form:
    return Form(name, "4月", "list", None, [Field("姓名", 1, (2, 2), "姓名", 1.0, "", (1, 1))], list(open_), (1, 1),
                [2], labels=labels)


def card_form(*open_: Open, name: str = "张三_4月考核表.xlsx", person: str = "张三") -> Form:
    return Form(name, "考核表", "card", None, [], list(open_), labels=("A2 姓名", "C2 得分"), person=person)


def asked(folder: Path, *forms: Form) -> str:
    answers = Answers.read(folder)
    answers.ask_about(forms)
    answers.save()
    return (folder / FILE).read_text("utf-8-sig")


def answered(folder: Path, key: str, answer: str) -> None:
    """As HR does it in Notepad."""
    path = folder / FILE
    raw = path.read_bytes()
    old, new = f'"{key}" = ""'.encode(), f'"{key}" = "{answer}"'.encode()
    assert old in raw
    path.write_bytes(raw.replace(old, new))


def read(folder: Path, form: Form, sheet: Sheet = SHEET) -> Answers:
    answers = Answers.read(folder)
    answers.apply(form, sheet)
    return answers


def test_asked_answered_applied(tmp_path: Path) -> None:
    text = asked(tmp_path, list_form(SCORE, NUMBER, MONTH))
    assert '["客服考核_*月.xlsx *月"]' in text
    assert ("# 「得分」有 2 列，不知道用哪一列（D2）\n"
            '# 可以填：D（自评得分）、E（上级得分）、不用\n"得分" = ""') in text
    assert tomllib.loads(text)["客服考核_*月.xlsx *月"] == {
        "标识": digest_of(list_form()), "得分": "", "C": "", MONTH_KEY: ""}
    assert (tmp_path / FILE).read_bytes().startswith(b"\xef\xbb\xbf# ")        # old Notepads would take it for GBK
    form = list_form(SCORE, NUMBER, MONTH)
    assert read(tmp_path, form).problems == []
    assert form.open == [SCORE, NUMBER, MONTH]         # nothing is answered yet
    for key, answer in (("得分", "e列"), ("C", "表单编号"), (MONTH_KEY, "2024-04")):
        answered(tmp_path, key, answer)
    form = list_form(SCORE, NUMBER, MONTH)
    assert read(tmp_path, form).problems == []
    assert (form.open, form.period) == ([], Month.parse("2024-04"))
    # next month's file of the same form: the same columns, but its own month
    form = list_form(SCORE, NUMBER, MONTH, name="客服考核_2024年5月（最终）.xlsx")
    assert read(tmp_path, form).problems == []
    assert (form.open, form.period) == ([MONTH], None)
    assert form.fields[1:] == [Field("得分", 4, (2, 2), "上级 得分", 1.0, WHY, (1, 4)),
                               Field("表单编号", 2, (2, 2), "编号", 1.0, WHY, (1, 2))]
    text = asked(tmp_path, form)
    assert text.count('"得分" = ') == 1 + text.count('# 在每个问题')
    assert text == asked(tmp_path, form)


def test_a_card_and_one_person_a_file(tmp_path: Path) -> None:
    sheet = Sheet("考核表", False, [["", "", "", ""], ["姓名", "张三", "得分", None, 88], [None, None, None, 90]])
    score = Open("得分", "「得分」的值在哪一格", ("E2", "D3"), "C2")
    asked(tmp_path, card_form(score))
    answered(tmp_path, "得分", "Ｄ3")             # typed in full width
    for name, person in (("张三_4月考核表.xlsx", "张三"), ("李四_5月考核表.xlsx", "李四")):
        form = card_form(score, name=name, person=person)
        read(tmp_path, form, sheet)
        assert form.fields == [Field("得分", 3, (2, 2), "得分", 1.0, WHY, (1, 2))]
    assert title_of(card_form()) == "*月考核表.xlsx 考核表"


def test_not_needed(tmp_path: Path) -> None:
    asked(tmp_path, list_form(SCORE))
    answered(tmp_path, "得分", "不用")
    form = list_form(SCORE)
    assert read(tmp_path, form).problems == []
    assert (form.open, len(form.fields)) == ([], 1)


def test_an_answer_that_is_none_of_the_choices(tmp_path: Path) -> None:
    asked(tmp_path, list_form(SCORE))
    answered(tmp_path, "得分", "F")
    form = list_form(SCORE)
    (problem,) = read(tmp_path, form).problems
    line = next(n for n, line in enumerate((tmp_path / FILE).read_text("utf-8-sig").splitlines(), 1) if '"F"' in line)
    assert problem.text == f"{FILE} 第 {line} 行：「得分」答的是「F」，不在可以填的里面，或者已经另有所指"
    assert problem.do == "可以填：D、E、不用"
    assert form.open == [SCORE]


def test_a_name_that_is_taken(tmp_path: Path) -> None:
    number = Open("C", "「编号」是什么", ("姓名", "工号"), "C2")
    asked(tmp_path, list_form(number))
    answered(tmp_path, "C", "姓名")
    form = list_form(number)
    assert "已经另有所指" in read(tmp_path, form).problems[0].text
    assert form.open == [number]


def test_a_quarter(tmp_path: Path) -> None:
    quarter = Open("季度", "哪个季度", ("2024Q1", "2024Q2"))
    asked(tmp_path, list_form(quarter))
    answered(tmp_path, "季度 客服考核_2024年4月.xlsx 4月", "2024q2")
    form = list_form(quarter)
    read(tmp_path, form)
    assert form.period == Quarter.parse("2024Q2")


def test_a_form_that_was_redrawn_makes_its_answers_void(tmp_path: Path) -> None:
    asked(tmp_path, list_form(SCORE))
    answered(tmp_path, "得分", "E")
    new = (*LABELS[:3], "D 电话", "E 自评得分", "F 上级得分")
    form = list_form(SCORE, labels=new)
    answers = read(tmp_path, form)
    assert form.open == [SCORE]                         # E means another column now
    answers.ask_about([form])
    answers.save()
    (hint,) = answers.problems
    assert hint.level == "hint"
    assert "作废" in hint.text
    text = (tmp_path / FILE).read_text("utf-8-sig")
    assert '# "得分" = "E"' in text                      # kept
    assert tomllib.loads(text) == {"客服考核_*月.xlsx *月": {"标识": digest_of(form), "得分": ""}}


def test_two_forms_of_one_name_are_both_known(tmp_path: Path) -> None:
    one, other = list_form(SCORE), list_form(SCORE, labels=("A 工号",))
    asked(tmp_path, one)
    answered(tmp_path, "得分", "E")
    text = asked(tmp_path, one, other)
    assert [*tomllib.loads(text)] == ["客服考核_*月.xlsx *月", "客服考核_*月.xlsx *月 (2)"]
    answered(tmp_path, "得分", "D")
    for form in (one, other):
        read(tmp_path, form)
    assert [form.field("得分").column for form in (one, other)] == [4, 3]


def test_more_is_asked_later_and_hrs_lines_stay(tmp_path: Path) -> None:
    asked(tmp_path, list_form(SCORE))
    path = tmp_path / FILE
    answered(tmp_path, "得分", "E")
    mine = path.read_bytes().replace('"得分" = "E"'.encode(), '# 问过王经理\r\n"得分"="E"   # 上级评的'.encode())
    path.write_bytes(mine)
    after = asked(tmp_path, list_form(SCORE, NUMBER)).encode()
    before, behind = mine.decode("utf-8-sig").replace("\r\n", "\n").encode(), after
    assert behind.startswith(before)
    assert tomllib.loads(after.decode())["客服考核_*月.xlsx *月"]["C"] == ""
    assert [*(tmp_path / "xl-kpi备份").iterdir()]        # and the old one is kept


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_saved_by_any_notepad(tmp_path: Path, encoding: str, end: str) -> None:
    text = asked(tmp_path, list_form(SCORE)).replace('"得分" = ""', '"得分" = "E"')
    path = tmp_path / FILE
    path.write_bytes(text.replace("\n", end).encode(encoding))
    form = list_form(SCORE)
    assert read(tmp_path, form).problems == []
    assert form.field("得分").column == 4
    asked_more = list_form(SCORE, NUMBER)
    answers = read(tmp_path, asked_more)
    answers.ask_about([asked_more])
    answers.save()
    after = path.read_bytes().decode(encoding)
    assert after.replace("\r\n", "\n").startswith(text)
    assert ("\r" in after) == (end == "\r\n")


@pytest.mark.parametrize(("line", "said", "do"), [
    ("“得分” = “E”", "中文的引号", '改成 "得分" = "E"'),
    ('"得分" ＝ "E"', "中文的引号、等号", '改成 "得分" = "E"'),
    ('"得分" = E', "没有放在一对英文双引号里", '改成 "得分" = "E"'),
    ('"得分" = "E', "没有放在一对英文双引号里", '改成 "得分" = "E"'),
    ('"得分" =', "等号后面什么都没有", '改成 "得分" = ""'),
    ("得分是 E", "读不懂「得分是 E」", "说明的行以 # 开头"),
    ('"得分" = ["E"]', "不是一段文字", '写成 "得分" = "…"'),
    ('"得分" = ""\n"得分" = "E"', "在第 9 行已经有了", "两行留一行"),
    ('"得分" = ""\n["客服考核_*月.xlsx *月"]', "同一节写了两次", "改正这一行"),
])
def test_what_hr_may_mistype_is_told_with_its_line(tmp_path: Path, line: str, said: str, do: str) -> None:
    text = asked(tmp_path, list_form(SCORE)).replace('"得分" = ""', line)
    path = tmp_path / FILE
    path.write_text(text, "utf-8")
    form = list_form(SCORE)
    answers = read(tmp_path, form)
    (problem,) = answers.problems
    assert f"{FILE} 第 " in problem.text
    assert said in problem.text
    assert problem.do.startswith(do)
    assert form.open == [SCORE]
    answers.ask_about([list_form(SCORE, NUMBER)])
    assert not answers.save()                           # what cannot be read is not written
    assert path.read_text("utf-8") == text


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('“a” = ""\n"b" = x\n', "utf-8")
    assert [p.text.split("：")[0] for p in Answers.read(tmp_path).problems] == [f"{FILE} 第 1 行", f"{FILE} 第 2 行"]


def test_no_text_at_all(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"\xff\x00\xff")
    assert "编码" in Answers.read(tmp_path).problems[0].text


def test_saved_by_somebody_meanwhile(tmp_path: Path) -> None:
    asked(tmp_path, list_form(SCORE))
    answers = Answers.read(tmp_path)
    answers.ask_about([list_form(SCORE, NUMBER)])
    answered(tmp_path, "得分", "E")
    with pytest.raises(HostError, match="改过"):
        answers.save()
    assert '"得分" = "E"' in (tmp_path / FILE).read_text("utf-8-sig")


def test_without_the_digest_the_name_counts(tmp_path: Path) -> None:
    text = asked(tmp_path, list_form(SCORE))
    lines = [line for line in text.splitlines() if "标识" not in line]
    (tmp_path / FILE).write_text("\n".join(lines).replace('"得分" = ""', '"得分" = "E"'), "utf-8")
    form = list_form(SCORE)
    read(tmp_path, form)
    assert form.field("得分").column == 4


def test_sections_of_others(tmp_path: Path) -> None:
    asked(tmp_path, list_form(SCORE))
    answers = Answers.read(tmp_path)
    assert answers.section("考勤导入") == {}
    marks = [Open("√+5", "「√+5」是什么", ("出勤，加班 5 小时", "不知道")), Open("G", "「G」是什么\n出现 3 次")]
    answers.ask("考勤导入", marks)
    answers.save()
    answered(tmp_path, "G", "公休")
    again = Answers.read(tmp_path)
    assert again.section("考勤导入") == {"√+5": "", "G": "公休"}
    again.ask("考勤导入", marks)
    assert not again.save()
    assert "# 「G」是什么\n# 出现 3 次\n" in (tmp_path / FILE).read_text("utf-8-sig")


def test_nothing_open_writes_nothing(tmp_path: Path) -> None:
    answers = Answers.read(tmp_path)
    answers.ask_about([list_form()])
    assert not answers.save()
    assert not (tmp_path / FILE).exists()


def test_a_month_that_nothing_on_the_form_says(tmp_path: Path) -> None:
    month = Open("月份", "没有写是哪个月的")
    text = asked(tmp_path, list_form(month))
    assert "写年和月，例如 2024-04" in text
    answered(tmp_path, MONTH_KEY, "2024年4月")
    form = list_form(month)
    read(tmp_path, form)
    assert form.period == Month.parse("2024-04")
    text = (tmp_path / FILE).read_text("utf-8-sig")
    (tmp_path / FILE).write_text(text.replace('2024年4月"', '四月份左右"'), "utf-8")
    assert "四月份左右" in read(tmp_path, list_form(month)).problems[0].text


def test_the_column_of_several(tmp_path: Path) -> None:
    """自评 and 上级评 stand side by side for every indicator: asked once, good for all."""
    rows = [Field(name, 2, (row, row), name, 0.9, "", (row, 0)) for row, name in ((3, "工作量"), (4, "出错率"))]
    which = Open("各项得分", "得分有 2 列", ("C（自评）", "D（上级评）"), "C3", tuple(rows))
    asked(tmp_path, card_form(which))
    answered(tmp_path, "各项得分", "D")
    form = card_form(which)
    assert read(tmp_path, form).problems == []
    assert [(one.name, one.column, one.rows, one.sure) for one in form.fields] == [
        ("工作量", 3, (3, 3), 1.0), ("出错率", 3, (4, 4), 1.0)]
