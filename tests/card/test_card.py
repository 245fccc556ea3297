"""An indicator card on the sheets of a workbook: the example the whole way, every way of scoring and of pay by hand,
and template-only policies reached this way with the numbers of their pages."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.card.sheets import pay, people, rules, write
from tests.cased import CASED, asked, people_of, period_of, read_cases, rows_of, write_book
from tests.command import run, run_json
from tests.tools import card_page
from xl_kpi.functions import Refused
from xl_kpi.policy.load import FOLDER, load, load_file

QUARTER = ("--period", "2016Q4")


@pytest.fixture(autouse=True)
def nothing_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def lines(path: Path, *options: str) -> dict[str, dict[str, Any]]:
    code, found = run_json("result", path, *(options or QUARTER))
    assert code == 0, found["problems"]
    return {line["工号"]: line for line in found["lines"]}


# -- the example ------------------------------------------------------------------------------------------------------

def test_the_page_that_ships_is_the_example() -> None:
    assert card_page.FILE.read_text("utf-8") == card_page.text(), "tests/tools/card_page.py writes it"


def test_a_new_workbook_of_no_year(tmp_path: Path) -> None:
    """The title of the sheet 等级 is then nothing but its first heading."""
    assert run("new", tmp_path / "客服.xlsx", "--policy", "card")[0] == 0
    assert "没有发现问题" in run("check", tmp_path / "客服.xlsx")[1]


def test_a_new_workbook_goes_the_whole_way(tmp_path: Path) -> None:
    path, of = tmp_path / "客服2016.xlsx", ("--period", "2016Q1")

    def do(*arguments: str | Path) -> str:
        code, out, err = run(*arguments)
        assert code == 0, (arguments, out, err)
        return out

    assert "现在就能算" in do("new", path, "--policy", "card")
    assert "没有发现问题" in do("check", path, *of)
    do("result", path, *of)
    found = lines(path, *of)
    # 90 × 70% + 95 × 30% = 91.5; 96% → 100; 170/200 = 85% → 100; 95; no complaint; 100
    assert found["例01"]["综合得分"] == "97.375"
    assert (found["例01"]["等级"], found["例01"]["绩效工资"]) == ("优秀", "3600.00")
    # 77, 85, (85 − 75) × 4 lost → 60, 80, 20 lost → 80, 80
    assert found["例02"]["综合得分"] == "76.50"
    assert (found["例02"]["等级"], found["例02"]["绩效工资"]) == ("良好", "2400.00")
    assert "77.00" in do("explain", path, *of, "--id", "例02")
    do("close", path, *of)
    assert "都与封存的相同" in do("verify", path)

    book = openpyxl.load_workbook(path)             # changed afterwards: 服务态度 30, 有效投诉 5
    sheet = book["指标"]
    for row in sheet.iter_rows():
        if row[0].value in ("服务态度", "有效投诉"):
            row[3].value = {"服务态度": 30, "有效投诉": 5}[row[0].value]
    book.save(path)
    said = do("verify", path)
    assert "制度 card 的条文现在与封存 考核结果 2016Q1 时不同（工作表 指标、评分人、等级、计薪）" in said
    assert "用存档重新核算，一分不差" in said
    assert "指标：D4 25 → 30，D11 10 → 5" in said
    assert "2 处不同" in said or "处不同（封存的 → 现在）" in said

    said = do("new", tmp_path / "客服2017.xlsx", "--from", path)
    assert "没有带过来的工作表" not in said
    after = openpyxl.load_workbook(tmp_path / "客服2017.xlsx")["指标"]
    assert [cell.value for cell in after["A"] if cell.value][2:] == [
        "指标", "服务态度", "客户满意度", "首次解决率", "工单完成率", "有效投诉", "团队合作"]
    do("check", tmp_path / "客服2017.xlsx")


def test_the_page_computes_the_same(tmp_path: Path) -> None:
    """`xl-kpi card BOOK --page`: the rules as a page, with which a workbook goes on."""
    path, page = tmp_path / "客服2016.xlsx", tmp_path / "制度" / "客服季度.md"
    run("new", path, "--policy", "card")
    page.parent.mkdir()
    code, out, err = run("card", path, "--page", page)
    assert (code, err) == (0, "")
    assert "编号 客服季度" in out
    assert run("card", path)[1] == page.read_text("utf-8").replace("编号: 客服季度", "编号: card"), "or it is printed"
    assert "写在" not in page.read_text("utf-8").split("---")[1]
    before = lines(path, "--period", "2016Q1")
    book = openpyxl.load_workbook(path)
    for row in book["参数"].iter_rows():
        for cell in row:
            if cell.value == "card":
                cell.value = "客服季度"
    for name in ("指标", "评分人", "等级", "计薪"):
        del book[name]
    book.save(path)
    assert lines(path, "--period", "2016Q1") == before


@pytest.mark.parametrize(("out", "said"), [
    ("客服.txt", "要以 .md 结尾"), ("card.md", "也是制度的编号"), ("有了.md", "已经有了，没有动它")])
def test_where_the_page_cannot_be_written(tmp_path: Path, out: str, said: str) -> None:
    run("new", tmp_path / "客服2016.xlsx", "--policy", "card")
    (tmp_path / "有了.md").write_text("", "utf-8")
    code, _, err = run("card", tmp_path / "客服2016.xlsx", "--page", tmp_path / out)
    assert code == 2
    assert said in err


def test_a_workbook_of_another_policy_has_no_card(tmp_path: Path) -> None:
    run("new", tmp_path / "客服2016.xlsx")
    code, _, err = run("card", tmp_path / "客服2016.xlsx")
    assert code == 2
    assert "不写在工作表里" in err


def test_cell_functions_say_that_they_cannot_see_the_sheets() -> None:
    from xl_kpi.functions.context import context_of

    with pytest.raises(Refused, match="写在工作表 指标、评分人、等级、计薪 里"):
        context_of([["参数", "键", "值"], ["policy", None, "card"]], None)


def test_what_is_read_as_meant_is_told(tmp_path: Path) -> None:
    indicators = [{"指标": "甲", "权重": "６０", "怎么得分": " 打分"}, {"指标": "乙", "权重": "40%",
                                                           "怎么得分": "打分"}]
    path = write(tmp_path / "例2016.xlsx", rules(指标=indicators, 评分人=[], 等级=[], 计薪=pay()), {
        "花名册": people("A1"), "考核数据": [{"季度": "2016Q4", "工号": "A1", "甲": 50, "乙": 100}]})
    assert lines(path)["A1"]["综合得分"] == "70.00"
    found = run_json("check", path, *QUARTER)[1]["problems"]
    assert [(one["level"], one["sheet"], one["cell"]) for one in found if one["sheet"] == "指标"] == [
        ("hint", "指标", "D2"), ("hint", "指标", "F2")]


# -- ways of scoring --------------------------------------------------------------------------------------------------

def one(way: str, full: int | None = 20, **cells: Any) -> dict[str, Any]:
    return {"指标": "甲", "满分": full, "怎么得分": way, **cells}


def scored(tmp_path: Path, indicators: list[dict[str, Any]], values: list[dict[str, Any]],
           events: list[dict[str, Any]] = ()) -> list[str]:           # type: ignore[assignment]
    """The points of 甲 for people with these values, a row each."""
    numbers = [f"A{n}" for n in range(1, len(values) + 1)]
    data = {"花名册": people(*numbers)}
    if any(values):
        data["考核数据"] = [{"季度": "2016Q4", "工号": n, **row} for n, row in zip(numbers, values, strict=True)]
    if events:
        data["事件记录"] = [{"日期": date(2016, 11, 2), **row} for row in events]
    path = write(tmp_path / "例2016.xlsx", rules(指标=indicators, 评分人=[], 等级=[], 计薪=pay()), data)
    found = lines(path)
    return [found[n]["甲"] for n in numbers]


BANDS = [one("分档", 单位="%", 从=95, 得分=20), {"从": 90, "到": 95, "得分": 15}, {"到": 90, "得分": 0}]
UPPER = [one("分档", 单位="小时", 到=1, 得分=20, 含哪头="到"), {"从": 1, "到": 2, "得分": 10}, {"从": 2, "得分": 0}]
LEVELS = [one("等级描述", 描述="很好", 得分=20), {"描述": "一般（尚可）", "得分": 12.5}, {"描述": "差", "得分": 0}]


@pytest.mark.parametrize(("indicators", "values", "points"), [
    ([one("打分")], [{"甲": 20}, {"甲": 0}, {"甲": 12.5}], ["20.00", "0.00", "12.50"]),
    (BANDS, [{"甲": "%96"}, {"甲": "%95"}, {"甲": "%94.9"}, {"甲": "%90"}, {"甲": "%89.9"}],
     ["20.00", "20.00", "15.00", "15.00", "0.00"]),
    (UPPER, [{"甲": 0.5}, {"甲": 1}, {"甲": 1.01}, {"甲": 2}, {"甲": 2.01}], ["20.00", "20.00", "10.00", "10.00",
                                                                         "0.00"]),
    ([one("目标加减", 单位="%", 目标=90, 每=1, 加=1, 扣=2, 不足一步="舍去", 最高=22)],
     [{"甲": "%90"}, {"甲": "%91.9"}, {"甲": "%93"}, {"甲": "%88.5"}, {"甲": "%70"}],
     ["20.00", "21.00", "22.00", "18.00", "0.00"]),
    ([one("目标加减", 单位="%", 目标=90, 每=1, 扣=2, 不足一步="进一")], [{"甲": "%89.5"}, {"甲": "%95"}], ["18.00",
                                                                                         "20.00"]),
    ([one("目标加减", 单位="%", 目标=90, 每=1, 扣=2, 不足一步="按比例", 最低=5)], [{"甲": "%89.5"}, {"甲": "%50"}],
     ["19.00", "5.00"]),
    ([one("目标加减", 取数="好 / 全部", 目标=90, 每=1, 扣=2, 不足一步="按比例")],
     [{"好": 178, "全部": 200}, {"好": 200, "全部": 200}], ["18.00", "20.00"]),
    ([one("比率", 取数="好/全部")], [{"好": 150, "全部": 200}, {"好": 220, "全部": 200}], ["15.00", "20.00"]),
    ([one("比率", 取数="销售额", 目标=1000, 最高=24)], [{"销售额": 500}, {"销售额": 1100}, {"销售额": 3000}],
     ["10.00", "22.00", "24.00"]),
    (LEVELS, [{"甲": "很好"}, {"甲": "一般（尚可）"}, {"甲": "差"}], ["20.00", "12.50", "0.00"]),
])
def test_points_by_hand(tmp_path: Path, indicators: Any, values: Any, points: list[str]) -> None:
    assert scored(tmp_path, indicators, values) == points


@pytest.mark.parametrize(("indicator", "events", "points"), [
    (one("按次扣分", 扣=5), [{"工号": "A1", "事项": "甲"}, {"工号": "A1", "事项": "甲", "次数": 2}], ["5.00", "20.00"]),
    (one("按次扣分", 扣=5), [{"工号": "A1", "事项": "甲", "次数": 9}], ["0.00", "20.00"]),
    (one("按次扣分", 扣=5, 最低=-10), [{"工号": "A1", "事项": "甲", "次数": 9}], ["-10.00", "20.00"]),
    (one("按次加分", 加=8), [{"工号": "A1", "事项": "甲", "次数": 2}, {"工号": "A2", "事项": "甲", "次数": 3}],
     ["16.00", "20.00"]),
    (one("按次加分", 加=8, 最高=30), [{"工号": "A2", "事项": "甲", "次数": 3}], ["0.00", "24.00"])])
def test_points_by_occurrence(tmp_path: Path, indicator: Any, events: Any, points: list[str]) -> None:
    assert scored(tmp_path, [indicator], [{}, {}], events) == points


def test_points_that_do_not_add_to_a_hundred_with_weights(tmp_path: Path) -> None:
    """5 of 5 at 40 % and 60 of 100 at 60 %: 40 + 36."""
    indicators = [{"指标": "态度", "权重": 40, "满分": 5, "怎么得分": "打分"}, {"指标": "效率", "权重": "%60",
                                                                  "怎么得分": "打分"}]
    path = write(tmp_path / "例2016.xlsx", rules(指标=indicators, 评分人=[], 等级=[], 计薪=pay()), {
        "花名册": people("A1"), "考核数据": [{"季度": "2016Q4", "工号": "A1", "态度": 5, "效率": 60}]})
    assert lines(path)["A1"]["综合得分"] == "76.00"


@pytest.mark.parametrize("raters", [[], [{"评分人": "上级", "权重": 100}]])
@pytest.mark.parametrize("full", [None, 50])
def test_what_weighs_nothing_need_not_be_filled_in(tmp_path: Path, raters: Any, full: int | None) -> None:
    indicators = [{"指标": "态度", "权重": 100, "满分": full, "怎么得分": "打分"}, {"指标": "效率", "权重": 0,
                                                                      "怎么得分": "打分"}]
    marks = {"工号": "A1", "态度": 40, "效率": None}
    path = write(tmp_path / "例2016.xlsx", rules(指标=indicators, 评分人=raters, 等级=[], 计薪=pay()), {
        "花名册": people("A1"), **({"评分表": [{"日期": date(2016, 11, 1), "评分人": "上级", **marks}]} if raters else {
            "考核数据": [{"季度": "2016Q4", **marks}]})})
    assert lines(path)["A1"]["综合得分"] == ("80.00" if full else "40.00")
    assert lines(path)["A1"].get("效率") is None


@pytest.mark.parametrize(("period", "heading", "when", "asked_for"), [
    ("每月", "月份", "2016-11", "2016-11"), ("每半年", "半年", "2016H2", "2016H2"), ("每年", "年度", "2016", "2016")])
def test_other_periods(tmp_path: Path, period: str, heading: str, when: str, asked_for: str) -> None:
    path = write(tmp_path / "例2016.xlsx", rules(指标=[one("打分", 100)], 评分人=[], 等级=[], 计薪=pay(周期=period)), {
        "花名册": people("A1"), "考核数据": [{heading: when, "工号": "A1", "甲": 88}]})
    assert lines(path, "--period", asked_for)["A1"]["综合得分"] == "88.00"


# -- ways to money ----------------------------------------------------------------------------------------------------

GRADES = [{"等级": "A+", "从": 90, "系数": 1.5}, {"等级": "B", "从": 60, "到": 90, "系数": 1}, {"等级": "C", "到": 60,
                                                                                     "系数": 0}]


@pytest.mark.parametrize(("sheet", "money"), [
    (pay(计薪方式="得分比例", 基数=3000), ["2850.00", "1833.00", "1500.00"]),
    (pay(计薪方式="得分 / 基准分", 基数="3,000元", 基准分=80), ["3562.50", "2291.25", "1875.00"]),
    (pay(计薪方式="等级系数", 基数="花名册"), ["3000.00", "2000.00", "0.00"]),
    (pay(计薪方式="按分浮动", 每分金额=10, 起算分=80, 最多浮动=200), ["150.00", "-189.00", "-200.00"]),
    (pay(计薪方式="按分浮动", 每分金额=10, 起算分=80), ["150.00", "-189.00", "-300.00"]),
    (pay(计薪方式="奖金池", 分配依据="等级系数", 奖金总额=1000), ["600.00", "400.00", "0.00"]),
    (pay(计薪方式="奖金池", 分配依据="综合得分", 奖金总额=1000), ["460.94", "296.46", "242.60"])])
def test_money_by_hand(tmp_path: Path, sheet: Any, money: list[str]) -> None:
    """Scores 95, 61.1 and 50; of the pool by scores 1000 × 95 ÷ 206.1 and so on, the fen that is left to the largest
    remainder."""
    roster = people("A1", "A2", "A3", **({"绩效基数": 2000} if "花名册" in {row["值"] for row in sheet} else {}))
    path = write(tmp_path / "例2016.xlsx", rules(指标=[one("打分", 100)], 评分人=[], 等级=GRADES, 计薪=sheet), {
        "花名册": roster, "考核数据": [{"季度": "2016Q4", "工号": n, "甲": score}
                                for n, score in (("A1", 95), ("A2", 61.1), ("A3", 50))]})
    found = lines(path)
    key = "绩效奖金" if "奖金池" in {row["值"] for row in sheet} else "绩效工资"
    assert [found[n].get(key, found[n].get("绩效工资")) for n in ("A1", "A2", "A3")] == money


def test_a_pool_of_each_quarter_stands_in_the_parameters(tmp_path: Path) -> None:
    card = rules(指标=[one("打分", 100)], 评分人=[], 等级=[], 计薪=pay(计薪方式="奖金池", 分配依据="综合得分"))
    data = {"花名册": people("A1"), "考核数据": [{"季度": "2016Q4", "工号": "A1", "甲": 90}]}
    code, found = run_json("result", write(tmp_path / "例2016.xlsx", card, data), *QUARTER)
    assert code == 1
    assert any("缺参数：奖金总额" in one["text"] for one in found["problems"])
    path = write(tmp_path / "例2016.xlsx", card, data, [{"参数": "奖金总额", "值": 500}])
    assert lines(path)["A1"]["绩效工资"] == "500.00"


def test_an_event_decides_the_grade(tmp_path: Path) -> None:
    grades = [{"等级": "好", "从": 60}, {"等级": "一般", "到": 60}, {"等级": "差", "出现的事项": "严重违纪",
                                                            "结果怎么用": "面谈"}]
    path = write(tmp_path / "例2016.xlsx", rules(指标=[one("打分", 100)], 评分人=[], 等级=grades, 计薪=pay()), {
        "花名册": people("A1", "A2"), "考核数据": [{"季度": "2016Q4", "工号": n, "甲": 90} for n in ("A1", "A2")],
        "事件记录": [{"日期": date(2016, 10, 1), "工号": "A2", "事项": "严重违纪"},
                 {"日期": date(2016, 9, 30), "工号": "A1", "事项": "严重违纪"}]})
    found = lines(path)
    assert (found["A1"]["等级"], found["A2"]["等级"]) == ("好", "差")
    assert "面谈" in found["A2"]["备注"]


# -- names ------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", ["期末在册", "首次 解决率（%）", "2小时响应率", "服务态度/沟通", "若", "每项", "A+B",
                                  "得分", "次数率", "if", "min", "参加考核", "甲"])
@pytest.mark.parametrize("raters", [[], [{"评分人": "上级（主管）", "权重": 100}]])
def test_an_indicator_may_have_any_name(tmp_path: Path, name: str, raters: Any) -> None:
    indicators = [{"指标": name, "权重": 60, "怎么得分": "打分"}, {"指标": "另一个", "权重": 40, "怎么得分": "打分"}]
    path = write(tmp_path / "例2016.xlsx", rules(指标=indicators, 评分人=raters, 等级=[], 计薪=pay()),
                 {"花名册": people("A1")})
    code, out, err = run("card", path)
    assert (code, err) == (0, "")
    page = tmp_path / "名.md"
    page.write_text(out.replace("编号: card", "编号: 名"), "utf-8")
    assert name in [column.heading for column in load_file(page).main.columns]


# -- template-only policies, reached without a page -------------------------------------------------------------------

def test_s000_j_as_a_card(tmp_path: Path) -> None:
    """Elements 30/25/15/10/20 in 60 % of the score, the two other sources 30 % and 10 %: as weights of one card."""
    parts = {"服务态度": 18, "问题解决能力": 15, "沟通能力": 9, "团队合作": 6, "工作效率": 12, "客户满意度调查": 30,
             "绩效数据分析": 10}
    indicators = [{"指标": name, "权重": weight, "怎么得分": "打分"} for name, weight in parts.items()]
    grades = [{"等级": "优秀", "从": 85}, {"等级": "良好", "从": 70, "到": 85}, {"等级": "一般", "到": 70},
              {"等级": "不良", "出现的事项": "严重失职"}]
    policy = load("s000-j-standard-4levels")
    compared = 0
    for case in read_cases("s000-j-standard-4levels"):
        base, marks, sources = case["底子"], case.get("评分表", case["底子"]["评分表"]), case.get("来源得分",
                                                                                        case["底子"]["来源得分"])
        if "拒绝" in case or case.get("读法") or case.get("参数") or len(marks) != 1 or len(sources) != 2:
            continue
        write_book(case, policy, page := tmp_path / "页.xlsx")
        expected = lines(page, *asked(case))["101"]
        row = {name: marks[0].get(name) for name in list(parts)[:5]} | {one["来源"]: one["得分"] for one in sources}
        book = write(tmp_path / "卡2016.xlsx", rules(指标=indicators, 评分人=[], 等级=grades, 计薪=pay()), {
            "花名册": people("101"), "考核数据": [{"季度": "2016Q4", "工号": "101", **row}],
            "事件记录": [{"日期": one.get("日期", date(2016, 11, 15)), "工号": "101",
                      "事项": one["事项"]} for one in case.get("严重行为", [])]
            or [{"日期": None, "工号": None, "事项": None}]})
        found = lines(book)["101"]
        assert (found["综合得分"], found["等级"]) == (expected["综合得分"], expected["等级"])
        assert base
        compared += 1
    assert compared >= 2


# -- whatever uses the pack and states no more

WORDS = {"month": "每月", "quarter": "每季", "half": "每半年", "year": "每年"}


def cards_of(policy_id: str) -> tuple[str | None, ...]:
    """The cards that say a page's rules: one, or one for each post where posts have indicators of their own."""
    policy, card_pack = load(policy_id), (FOLDER / "packs" / "card.md").read_text("utf-8")
    if card_pack not in policy.sources.values() or policy.written_on or "个人评估得分" in policy.quantities:
        return ()
    return (None,) if "item.weight" in policy.parameters else tuple(map(str, policy.parameters["hard.share"].keys))


def as_card(policy_id: str, case: dict[str, Any], path: Path, period: Any, post: str | None = None) -> Path:
    """The case of a page with the same rules on sheets: of everybody, or of the people of a post."""
    policy, values = load(policy_id), {**case["底子"].get("参数", {}), **case.get("参数", {})}

    def of(name: str) -> dict[str, Decimal]:
        parameter = policy.parameters[name]
        stated = {str(key): Decimal(value) for key, value in parameter.stated_values().items()}
        return stated | {key.removeprefix(f"{name}."): Decimal(str(value)) for key, value in values.items()
                         if key.startswith(f"{name}.") and value != "空"}

    def of_post(post: str) -> dict[str, Decimal]:
        hard, soft = (of(name) for name, one in policy.parameters.items() if post in one.title)
        share = of("hard.share")[post]
        return {name: weight * share / 100 for name, weight in hard.items()} | {
            name: weight * (100 - share) / 100 for name, weight in soft.items()}

    weights = of("item.weight") if post is None else of_post(post)
    indicators = [{"指标": name, "权重": _share(weight), "怎么得分": "打分"} for name, weight in weights.items()]
    raters = [{"评分人": name, "权重": _share(weight)} for name, weight in of("rater.weight").items()]
    scale = sorted(of("grade.line").items(), key=lambda one: one[1]) if "grade.line" in policy.parameters else []
    grades: list[dict[str, Any]] = [{"等级": "无", "到": float(scale[0][1])}] if scale else []
    grades += [{"等级": name, "从": float(line), "到": None if above is None else float(above)}
               for (name, line), above in zip(scale, [*(line for _, line in scale[1:]), None], strict=False)]
    table = next(one for one in policy.tables.values() if one.sheet == "评分表")
    known = ["日期", "工号", "评分人", *weights]
    people = {number: row for number, row in people_of(case).items() if post in (None, row.get("岗位"))}
    marks = [{**row, row["指标"]: row["得分"]} if "指标" in row else row for row in rows_of(case, table)]
    return write(path, rules(指标=indicators, 评分人=raters, 等级=grades, 计薪=pay(周期=WORDS[period.grain])), {
        "花名册": [{"工号": number, "姓名": number, "离职日期": None,
                 **{key: value for key, value in row.items() if key in ("入职日期", "离职日期")}}
                for number, row in people.items()],
        "评分表": [{key: row.get(key) for key in known} for row in marks
                if str(row["工号"]) in people] or [dict.fromkeys(known)]},
        [{"参数": f"reading.{name}", "值": value} for name, value in case.get("读法", {}).items() if name in (
            "unscored", "unrated")])


def _share(weight: Decimal) -> Any:
    return f"%{weight}" if 0 < weight <= 1 else float(weight)


@pytest.mark.parametrize("policy_id", [one for one in CASED if cards_of(one)])
def test_template_policies_reached_by_sheets(policy_id: str, tmp_path: Path) -> None:
    """Every case of theirs that computes a total for a month, quarter, half-year or year: the same numbers."""
    compared = dict.fromkeys(cards_of(policy_id), 0)
    for case in read_cases(policy_id):
        period = period_of(case)
        whole = next((one for grain in WORDS if (one := period.months[-1].within(grain)).months == period.months), None)
        if "拒绝" in case or whole is None or not any(
                isinstance(line, dict) and "综合得分" in line for line in case["期望"].values()):
            continue
        write_book(case, load(policy_id), page := tmp_path / "页2016.xlsx")
        expected = lines(page, *asked(case))
        for post in compared:
            of_post = {number: line for number, line in expected.items() if post in (None, line.get("岗位"))}
            if not of_post:
                continue
            card = as_card(policy_id, case, tmp_path / "卡2016.xlsx", whole, post)
            if "合计" in "".join(one["text"] for one in run_json("check", card)[1]["problems"]):
                continue                            # weights of 95 %: a page warns of them, a card refuses them
            found = lines(card, "--period", str(whole))
            assert found.keys() == of_post.keys()
            for number, line in of_post.items():
                assert {heading: line.get(heading) for heading in ("综合得分", "等级")} == {
                    heading: found[number].get(heading) for heading in ("综合得分", "等级")}, case["名称"]
            compared[post] += 1
    assert all(compared.values()), compared


PAGE = """---
编号: 评分卡例
周期: 每季
用: 名单 评分卡
---
# 三方评分

## 指标

    表 评分表
      评分人
      态度 分
      效率 分
      创新 分
    参数 指标权重{item.weight} %：态度 50，效率 30，创新 20；合计 100
    改 参数 评分人权重{rater.weight} %：自评 20，同事 30，上级 50；合计 100
    改 参数 等级线{grade.line} 分：合格 60，优秀 85；递增
    改 每期：等级 = 档(等级线，综合得分，其下=不合格)
"""


def test_a_page_with_raters_as_a_card(tmp_path: Path) -> None:
    """Several colleagues, one who rated late: the same rows, the same numbers."""
    (tmp_path / "制度").mkdir()
    (tmp_path / "制度" / "评分卡例.md").write_text(PAGE, "utf-8")
    marks = [("A1", "自评", 95, 90, 80), ("A1", "同事", 85, 80, 75), ("A1", "同事", 88, 79, 70), ("A1", "上级", 90,
                                                                                            86.5, 60),
             ("A2", "自评", 60, 70, 55), ("A2", "同事", 50, 61, 40), ("A2", "上级", 58, 66, 49)]
    data = {"花名册": people("A1", "A2"), "评分表": [
        {"日期": date(2016, 12, 30), "工号": n, "评分人": who, "态度": a, "效率": b, "创新": c} for n, who, a, b,
        c in marks]}
    indicators = [{"指标": name, "权重": weight, "怎么得分": "打分"} for name, weight in (("态度", 50), ("效率", 30),
                                                                                ("创新", 20))]
    raters = [{"评分人": name, "权重": weight} for name, weight in (("自评", 20), ("同事", 30), ("上级", 50))]
    grades = [{"等级": "优秀", "从": 85}, {"等级": "合格", "从": 60, "到": 85}, {"等级": "不合格", "到": 60}]
    page = lines(write(tmp_path / "页2016.xlsx", {}, data, policy="评分卡例"))
    card = lines(write(tmp_path / "卡2016.xlsx", rules(指标=indicators, 评分人=raters, 等级=grades, 计薪=pay()), data))
    assert card == page
    assert page["A1"]["等级"] == "合格"
    # 态度 95×20% + 86.5×30% + 90×50% = 89.95; 效率 18 + 23.85 + 43.25 = 85.1; 创新 16 + 21.75 + 30 = 67.75
    assert page["A1"]["综合得分"] == "84.055"
