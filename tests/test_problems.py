"""Problems of one cause are told as one: a line, the first people, how many."""

from __future__ import annotations

import pytest

from xl_kpi.problems import Problem, cases


def missing(person: str, name: str, month: str = "2016-11", cell: str = "", cause: str = "") -> Problem:
    return Problem("error", f"{person} {name}：没有 {month} 的行（四.3）", "补上", "考勤", cell, person, cause)


MANY = [missing(f"{n:03}", f"代表{n}", cell=f"B{n}") for n in range(1, 23)]


@pytest.mark.parametrize(("problems", "said"), [
    ([missing("001", "甲", cell="B2")], [("考勤 B2", "001 甲：没有 2016-11 的行（四.3）")]),
    (MANY, [("考勤 B1、B2、B3、B4、B5、B6、B7、B8、B9、B10 等 22 处",
             "001 代表1、002 代表2、003 代表3 等 22 人：没有 2016-11 的行（四.3）")]),
    (MANY[:2], [("考勤 B1、B2", "001 代表1、002 代表2：没有 2016-11 的行（四.3）")]),
    # one person, two months; two people
    ([missing("001", "甲", month) for month in ("2016-10", "2016-11")],
     [("考勤", "001 甲：没有 2016-10 的行（四.3）；同样的还有 1 处")]),
    ([missing("001", "甲", "2016-10"), missing("002", "乙", "2016-11")],
     [("考勤", "001 甲：没有 2016-10 的行（四.3）；同样的还有 1 处（002 乙）")]),
    # texts that differ in words are of two causes, unless a cause is given
    ([Problem("warning", "「甲」是空的"), Problem("warning", "「乙」是空的")],
     [("", "「甲」是空的"), ("", "「乙」是空的")]),
    ([Problem("warning", "「甲」是空的", cause="blank"), Problem("warning", "「乙」是空的", cause="blank")],
     [("", "「甲」是空的；同样的还有 1 处")]),
    # nobody's row: the text has no person in front, and is the same
    ([Problem("error", "花名册里没有工号 777", "", "台账", cell, "777") for cell in ("B2", "B3")],
     [("台账 B2、B3", "花名册里没有工号 777")]),
    ([Problem("error", f"花名册里没有工号 {n}", "", "台账", "B2", n) for n in ("777", "778")],
     [("台账 B2", "花名册里没有工号 777；同样的还有 1 处（778）")]),
    # levels and sheets are never mixed
    ([Problem("error", "错"), Problem("hint", "错"), Problem("error", "错", sheet="考勤")],
     [("", "错"), ("", "错"), ("考勤", "错")]),
])
def test_cases(problems: list[Problem], said: list[tuple[str, str]]) -> None:
    assert [(case.where, case.text) for case in cases(problems)] == said


def test_cases_stand_where_their_first_problem_stands() -> None:
    a, b, c = missing("001", "甲"), Problem("error", "别的"), missing("002", "乙")
    assert [case.first for case in cases([a, b, c])] == [a, b]


def test_who_is_said_in_front_of_the_text() -> None:
    assert missing("001", "张 三").who == "001 张 三"
    assert Problem("error", "「甲」：不对", person="001").who == ""
    assert Problem("error", "001：不对", person="001").who == "001"
