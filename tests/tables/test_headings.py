"""A sheet by its name, a column by its heading: as HR writes them, and never guessed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.share import some
from tests.tables.hands import HEADINGS, OTHERS, POLICY, Mark, area, read, sheet
from xl_kpi.policy.load import load
from xl_kpi.policy.model import Column
from xl_kpi.tables.headings import find_headings
from xl_kpi.tables.words import SAME
from xl_kpi.workbook.grid import place_of

CASES = yaml.safe_load(Path(__file__).with_name("headings.yaml").read_text("utf-8"))
DATA = ["2016-12", "001", "李芳", 0]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_headings(case: dict[str, Any]) -> None:
    columns = [c.model_copy(update={"optional": not c.required and c.heading not in case.get("at", {})})
               for c in POLICY.tables["考勤"].columns]
    found = find_headings(sheet("考勤", case["rows"], [area(text) for text in case.get("merged", ())]), columns)
    assert found.row == case["row"] - 1
    by_heading = {c.heading: found.at.get(c.name) for c in columns}
    for heading, letter in case.get("at", {}).items():
        assert by_heading[heading] == (None if letter is None else place_of(f"{letter}1")[1]), heading
    said = "\n".join(problem.text for _, problem in found.missing("考勤", columns))
    for text in case.get("said", ()):
        assert text in said
    assert bool(found.renamed(columns)) == case.get("renamed", False)


SCORES = HEADINGS["月度考核_客服代表"]


def scores(*rows: list[Any], headings: list[Any] = SCORES, **about: Any) -> tuple[Any, list[str]]:
    return read("月度考核_客服代表", sheet("月度考核_客服代表", [headings, *rows], **about))


@pytest.mark.parametrize(("written", "read_as"), [
    ("考核得分", True), ("总分", True), ("得分（分）", True), ("得分*", False), ("得 分", False), ("得分:", False)])
def test_other_spellings_are_read_and_told_where_they_are_other_words(written: str, read_as: bool) -> None:
    reading, said = scores(["2016-12", "002", "王伟", *[None] * 5, 88], headings=[*SCORES[:-1], written])
    assert reading.raw["附表2得分"] == [88.0]
    assert said == ([f"提示 表头「{written}」读作「得分」"] if read_as else [])


def test_two_spellings_and_none_of_them_the_known_one() -> None:
    row = ["2016-12", "002", "王伟", *[None] * 5]
    reading, said = scores([*row, 60, 88], headings=[*SCORES[:-1], "考核得分", "总分"])
    assert "附表2得分" not in reading.at
    assert said == [
        "错误 「得分」有 2 列（写作「考核得分」、「总分」）：I1、J1，内容不同（例如 I2 与 J2），不知道该用哪一列"]
    reading, said = scores([*row, 88, 88], headings=[*SCORES[:-1], "考核得分", "总分"])
    assert reading.raw["附表2得分"] == [88.0]
    assert "内容相同" in said[0]


@pytest.mark.parametrize("hidden", [set(), {8}])
def test_two_columns_of_one_heading(hidden: set[int]) -> None:
    row = ["2016-12", "002", "王伟", *[None] * 5]
    _, same = scores([*row, 88, 88], headings=[*SCORES, "得分"], hidden_columns=hidden)
    reading, other = scores([*row, 60, 88], headings=[*SCORES, "得分"], hidden_columns=hidden)
    where = "I1（隐藏的列）" if hidden else "I1"
    assert same == [f"提示 「得分」有 2 列：{where}、J1，内容相同，读的是 {where}"]
    assert other == [f"错误 「得分」有 2 列：{where}、J1，内容不同（例如 I2 与 J2），不知道该用哪一列"]
    assert "附表2得分" not in reading.at


def test_two_columns_that_only_a_blank_or_a_type_tells_apart() -> None:
    row = ["2016-12", "002", "王伟", *[None] * 5]
    other = ["2016-12", "003", "张敏", *[None] * 5]
    assert scores([*row, 88, "88"], headings=[*SCORES, "得分"])[1][0].startswith("提示")
    for partly in ([None, 90], [88, None]):
        said = scores([*row, 88, partly[0]], [*other, 90, partly[1]], headings=[*SCORES, "得分"])[1]
        assert said[0].startswith("错误")
    assert scores([*row, None, None], headings=[*SCORES, "得分"])[1][0].startswith("提示")
    # what differs in a row that is no data does not count
    total = ["合计", None, None, *[None] * 5, 88, 99]
    assert scores([*row, 88, 88], total, headings=[*SCORES, "得分"])[1][0].startswith("提示")


@pytest.mark.parametrize("at", [0, 1])
def test_a_second_column_that_nobody_has_filled(at: int) -> None:
    """It cannot hold the newer data: the filled one is read, wherever it stands."""
    def cells(value: Any) -> list[Any]:
        return ["2016-12", "002", "王伟", *[None] * 5, *([value, None] if at == 0 else [" ", value])]

    total = ["合计", None, None, *[None] * 5, 88, 88]
    reading, said = scores(cells(88), total, headings=[*SCORES, "得分"])
    assert reading.raw["附表2得分"] == [88.0]
    assert said == [f"提示 「得分」有 2 列：I1、J1，只有一列有内容，读的是 {'IJ'[at]}1"]
    # a formula that gives nothing, or that nobody has calculated, is no blank
    mark = {(1, 9 - at): Mark(formula=True, uncalculated=True)}
    reading, said = scores(cells(88), headings=[*SCORES, "得分"], marks=mark)
    assert said[0].startswith("错误 「得分」有 2 列")
    assert "附表2得分" not in reading.at


def test_of_three_columns_one_is_blank() -> None:
    row = ["2016-12", "002", "王伟", *[None] * 5]
    assert scores([*row, None, 88, 88], headings=[*SCORES, "得分", "得分"])[1] == [
        "提示 「得分」有 3 列：I1、J1、K1，其余的没有内容，读的是 J1"]
    assert scores([*row, None, 88, 90], headings=[*SCORES, "得分", "得分"])[1][0].startswith("错误")


def test_the_ids_stand_in_the_second_of_two_columns() -> None:
    """Sums and notes are told by the column that counts."""
    rows = [["月份", "工号", "工号", "迟到次数", *OTHERS], ["2016-12", None, "001", 1], ["2016-12", None, "合计", 1]]
    reading, said = read("考勤", sheet("考勤", rows))
    assert reading.ids == ["001"]
    assert [text for text in said if text.startswith("错误")] == []


def test_two_columns_of_ids() -> None:
    reading, said = read("考勤", sheet("考勤", [["月份", "工号", "工号", "迟到次数", *OTHERS],
                                            ["2016-12", "001", "002", 1]]))
    assert reading.missing
    assert not reading.rows
    assert said == ["错误 「工号」有 2 列：B1、C1，内容不同（例如 B2 与 C2），不知道该用哪一列"]


# -- sheets -----------------------------------------------------------------------------------------------------------

TABLE = [[*HEADINGS["考勤"], *OTHERS], DATA]


@pytest.mark.parametrize(("called", "name", "hint"), [
    ("考勤", "考勤", False), ("考勤（附表9）", "考勤", False), (" 考 勤", "考勤", False), ("考勤表", "考勤", True),
    ("月度考核-客服代表", "月度考核_客服代表", True), ("月度考核客服代表表", "月度考核_客服代表", True),
    ("月度考核_客服代表(附表2)", "月度考核_客服代表", False), ("月度考核 客服代表（附表2）", "月度考核_客服代表", True),
])
def test_a_sheet_that_is_nearly_called_so(called: str, name: str, hint: bool) -> None:
    rows = TABLE if name == "考勤" else [SCORES, ["2016-12", "002", "王伟", *[None] * 5, 88]]
    reading, said = read(name, sheet(called, rows))
    assert (reading.sheet, len(reading.rows)) == (called, 1)
    assert said == ([f"提示 工作表「{called}」当作 {name} 读取"] if hint else [])


def test_the_exact_name_wins_and_another_is_told() -> None:
    other = sheet("考勤 ", [TABLE[0], ["2016-12", "002", "王伟", 9]])
    other.hidden = True
    reading, said = read("考勤", other, sheet("考勤", TABLE))
    assert (reading.sheet, reading.ids) == ("考勤", ["001"])
    assert len(said) == 1
    assert said[0].startswith("警告 「考勤 」（隐藏的工作表）也像 考勤，没有读；读的是「考勤」")
    # without the headings it is some other sheet
    assert read("考勤", sheet("考勤表", [["说明"], ["略"]]), sheet("考勤", TABLE))[1] == []


@pytest.mark.parametrize(("name", "rows"), [("考勤", TABLE), ("其他项目", [HEADINGS["其他项目"]])])
def test_several_and_none_called_so(name: str, rows: list[list[Any]]) -> None:
    """… is an error for optional tables too."""
    reading, said = read(name, sheet(f"{name}表", rows), sheet(f"{name} ", rows))
    assert reading.missing
    assert said == [f"错误 有 2 张工作表都像 {name}：「{name}表」、「{name} 」"]


def test_messages_say_what_nobody_sees() -> None:
    from xl_kpi.facts import Facts
    from xl_kpi.tables.reading import Reader
    from xl_kpi.workbook.book import Book

    one = sheet("考勤", [*TABLE, ["2016-12", "002", "王伟", "很多"]], hidden_rows={2}, hidden_columns={3})
    one.hidden = True
    reader = Reader(Book(Path("b.xlsx"), [one]), POLICY, [])
    reading = reader.read("考勤", POLICY.tables["考勤"])
    found = reader.complete({"考勤": reading}, Facts([], [], {}, {}, {}, {}, {}))
    assert [f.problem.text.endswith("（在隐藏的工作表、行、列里）") for f in found] == [True]


# -- the data ---------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("policy", some())
def test_no_synonym_means_two_columns_of_a_table(policy: str) -> None:
    """… or a group of synonyms holds two headings that a table knows."""
    for table in load(policy).tables.values():
        known = [c.heading for c in table.columns]
        for group in SAME:
            assert len([heading for heading in group if heading in known]) < 2, (table.sheet, group)


def test_synonyms_stand_in_one_group() -> None:
    words = [word for group in SAME for word in group]
    assert len(words) == len(set(words))


def test_a_policy_adds_spellings_of_its_own() -> None:
    column = Column(name="a", heading="满席度", type="score", reads=["在席率"])
    key = Column(name="id", heading="工号", type="id", required=True)
    found = find_headings(sheet("表", [["工号", "在席率"]]), [key, column])
    assert found.at == {"id": 0, "a": 1}
    assert re.fullmatch("「在席率」读作「满席度」", found.renamed([key, column]))


def test_the_title_of_a_sheet_that_is_called_as_its_first_heading() -> None:
    columns = [Column(name="等级", heading="等级", type="text", required=True),
               *(Column(name=one, heading=one, type="text", optional=True) for one in ("从", "到"))]
    rows = [["等级", None, None], ["从高到低一级一行", None, None], ["等级", "从", "到"], ["优", 90, None]]
    assert find_headings(sheet("等级", rows), columns).row == 2
    assert find_headings(sheet("等级", [rows[0], ["优", None, None]]), columns).row == 0, "nothing but the one heading"
