"""How cells arrive and answers go back, through xlwings' own converters; and the cache."""

from __future__ import annotations

import datetime as dt
import random
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.departments import DEMO_PARAMETERS, REP_STARS, base_department
from tests.udfs.harness import SPILL, call, column, excel
from tests.udfs.test_same_as_the_job import parameters, sheet
from xl_kpi import functions
from xl_kpi.functions import DECLARED, Refused, calls
from xl_kpi.functions.sentinel import SENTINEL
from xl_kpi.policy.load import DEFAULT_POLICY, load

ROOT = Path(__file__).resolve().parents[2]
PARAMS = [["参数", "键", "值"], *map(list, DEMO_PARAMETERS)]


def reason(name: str, *args: Any) -> str:
    ((found,),) = call("KPI_REASON", name, *args)
    return str(found)


# -- what the functions are -------------------------------------------------------------------------------------------

SIGNATURES = {
    "WEIGHTED_SCORE": "values, weights",
    "FULL_ATTENDANCE": "late, early, sick, personal, comp_off, [absent], [month], [params]",
    "QUARTER_SCORE": "scores",
    "STAR_LEVEL": "score, full_attendance, [skill], [role], [month], [params]",
    "STAR_REVIEW": "table, [headcount], [month], [params]",
    "STAR_IN_FORCE": "id, month, roster, rated, ledger, attendance, [monthly], [changes], [params]",
    "STAR_PAY": "star, [role], [month], [params]",
    "FULL_ATTENDANCE_BONUS": "full, [month], [params]",
    "PERFORMANCE_PAY": "star, score, [role], [status], [share], [month], [params]",
    "MONTHLY_PAY": "post_pay, star, score, full, [role], [status], [extra], [share], [month], [params]",
    "EXPLAIN_PAY": "post_pay, star, score, full, [role], [status], [extra], [share], [month], [params]",
    "KPI_CALC": "policy, output, names, values, [month], [params]",
    "KPI_PARAM": "id, [key], [month], [params]",
    "INDICATOR_SCORE": "policy, indicator, actual, [target], [month], [params]",
    "GRADE": "policy, score, [month], [params]",
    "SCORE_PAY": "policy, score, base, [month], [params]",
    "FLOAT_PAY": "policy, score, [month], [params]",
    "RATER_SCORE": "policy, scores, [month], [params]",
    "POOL_SHARE": "policy, pool, grades, [years], [month], [params]",
    "AWARD_RANK": "policy, award, scores, [month], [params]",
    "RMB_UPPER": "amount",
    "KPI_REASON": "name, args…",
    "KPI_VERSION": "",
}


def test_the_functions_are_these() -> None:
    udfs = excel()
    found = {name: function.__xlfunc__ for name, function in vars(udfs).items() if hasattr(function, "__xlfunc__")}
    assert set(found) == set(SIGNATURES) == set(udfs.__all__)
    for name, about in found.items():
        said = [f"{a['name']}…" if a["vararg"] else f"[{a['name']}]" if "optional" in a else a["name"]
                for a in about["args"]]
        assert ", ".join(said) == SIGNATURES[name]
        assert about["name"] == name
        assert not about["volatile"]
        assert about["category"] == "绩效薪酬"


def test_every_help_is_chinese_and_fits_the_wizard() -> None:
    for name in SIGNATURES:
        about = getattr(excel(), name).__xlfunc__
        for text in (about["ret"]["doc"], *(a["doc"] for a in about["args"])):
            assert 0 < len(text) <= 255
            assert any("\u4e00" <= c <= "\u9fff" for c in text), text


def test_every_range_arrives_as_rows_and_errors_as_text() -> None:
    for name in SIGNATURES:
        for argument in getattr(excel(), name).__xlfunc__["args"]:
            assert argument["options"] == {"ndim": 2, "err_to_str": True}


def test_the_policy_says_what_each_function_stands_for() -> None:
    excel()
    policy = load(DEFAULT_POLICY)
    of_any = {name for name, arguments in DECLARED.items() if calls.POLICY in arguments}        # test_policies
    assert set(policy.functions) == set(DECLARED) - set(calls.PLAIN) - {calls.REASON} - of_any
    for name, function in policy.functions.items():
        if not function.explains:
            table = ["table"] if function.table else []
            said = [*function.arguments, *table, *function.sheets]
            assert set(DECLARED[name]) - {"month", "params"} == set(said)


def test_import_is_light() -> None:
    code = ("import sys, xlwings; before = set(sys.modules); import xl_kpi.udfs; new = set(sys.modules) - before;"
            "print([m for m in new if m.partition('.')[0] in ('pydantic', 'lxml', 'xlsxwriter', 'python_calamine')"
            " or m.startswith(('xlwings.pro', 'xl_kpi.engine', 'xl_kpi.policy'))])")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# -- cells as Excel hands them over -----------------------------------------------------------------------------------

def test_version() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert call("KPI_VERSION") == [[project["version"]]]


@pytest.mark.parametrize("error", ["#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", SPILL])
def test_an_error_is_never_a_blank(error: Any) -> None:
    """Even of an argument that may be blank, and of the ones that xlwings has no text for."""
    with pytest.raises(Refused, match="是错误值"):
        call("STAR_LEVEL", 90, True, error, ..., ..., PARAMS)
    with pytest.raises(Refused, match="是错误值"):
        call("STAR_PAY", 3, error)
    with pytest.raises(Refused, match="是错误值"):
        call("FULL_ATTENDANCE", 0, 0, 0, 0, 0, error)
    with pytest.raises(Refused, match="是错误值"):
        call("PERFORMANCE_PAY", 3, 85, ..., ..., error)
    assert column(call("STAR_PAY", [3, error])) == [1200, SENTINEL]
    assert f"是错误值 {'#SPILL!' if error == SPILL else error}" in reason("STAR_PAY", error)


def test_an_error_in_params_is_no_missing_value() -> None:
    table = [*PARAMS, ["lead.late_max", None, "#N/A"]]
    assert call("STAR_PAY", 3, ..., ..., table) == [[1200]], "what is not used does no harm"
    broken = [["参数", "键", "值"], ["rep.star_pay", 3, "#N/A"]]
    assert "是错误值 #N/A" in reason("STAR_PAY", 3, ..., ..., broken)


def test_currency_cells_are_numbers() -> None:
    """A cell in currency format arrives as Decimal."""
    assert call("MONTHLY_PAY", Decimal("2000.55"), 3, 85, True) == [[3220.55]]
    assert column(call("MONTHLY_PAY", [Decimal("2000.55"), 2000], [3, 3], [85, 85], [True, True])) == [3220.55, 3220]
    assert call("RMB_UPPER", Decimal("3220")) == [["人民币叁仟贰佰贰拾元整"]]
    assert call("STAR_PAY", 3, ..., ..., [["参数", "键", "值"], ["rep.star_pay", 3, Decimal("1300.5")]]) == [[1300.5]]


def test_doubles_are_read_as_what_was_typed() -> None:
    assert call("MONTHLY_PAY", 0.1 + 0.2, 3, 0, False) == [[0.3]]
    # 1234.57 × 88.35% is 1090.742595; 3333.35 × 70% is 2333.345, a tie that a double rounds down
    table = [["参数", "键", "值"], ["rep.star_pay", 3, 3333.35]]
    assert call("PERFORMANCE_PAY", 3, 70, ..., ..., ..., ..., table) == [[2333.35]]


def test_dates() -> None:
    table = [["参数", "键", "值", "生效日期"], ["rep.star_pay", 3, 1200, None],
             ["rep.star_pay", 3, 1300, dt.date(2017, 1, 15)]]
    for month, pay in ((dt.date(2016, 12, 31), 1200), (dt.date(2017, 1, 1), 1300), ("2017/2", 1300), (201612, 1200)):
        assert call("STAR_PAY", 3, ..., month, table) == [[pay]]
    assert column(call("STAR_PAY", 3, ..., [dt.date(2016, 12, 5), dt.date(2017, 1, 1)], table)) == [1200, 1300]
    assert "写月份" in reason("STAR_PAY", 3, ..., ..., table)


def test_true_is_no_number() -> None:
    """Also in the cache, though True == 1 to Python; 1 and 0 are answers to a question all the same."""
    assert call("FULL_ATTENDANCE_BONUS", True) == [[200]]
    assert call("FULL_ATTENDANCE_BONUS", 1) == [[200]]
    with pytest.raises(Refused, match="不能填「2」"):
        call("FULL_ATTENDANCE_BONUS", 2)
    assert call("STAR_PAY", 3) == [[1200]]
    with pytest.raises(Refused, match="逻辑值"):
        call("FULL_ATTENDANCE", True, 0, 0, 0, 0)
    assert call("FULL_ATTENDANCE", 1, 0, 0, 0, 0) == [[False]]


# -- shapes -----------------------------------------------------------------------------------------------------------

def test_one_row_and_one_column() -> None:
    assert call("STAR_PAY", [3]) == [[1200]]
    assert call("STAR_PAY", [[3]], [["rep"]]) == [[1200]]
    assert "有 2 列" in reason("STAR_PAY", [[3, 3]])
    assert column(call("STAR_PAY", [3, 3], "rep")) == [1200, 1200]
    assert column(call("STAR_PAY", 2, ["lead", "lead"])) == [2000, 2000]
    assert "行数不同" in reason("STAR_PAY", [3, 3], ["rep", "rep", "rep"])


def test_ten_thousand_rows_are_ten_thousand_calls() -> None:
    rng = random.Random(7)
    count = 10_000
    rows = [(rng.choice([None, 55.5, 80, 88, 90.25, 96, "x"]), rng.choice([True, False, None, "是"]),
             rng.choice([None, 60, 75, 90])) for _ in range(count)]
    found = column(call("STAR_LEVEL", *map(list, zip(*rows, strict=True)), ..., ..., PARAMS))
    assert len(found) == count
    alone: dict[Any, Any] = {}
    for row, answer in zip(rows, found, strict=True):
        if row not in alone:
            try:
                ((alone[row],),) = call("STAR_LEVEL", *row, ..., ..., PARAMS)
            except Refused:
                alone[row] = SENTINEL
        assert answer == alone[row]
    assert SENTINEL in found and "" in found                                                # noqa: PT018


def test_a_refused_row_leaves_the_others() -> None:
    assert column(call("MONTHLY_PAY", [2000, 2000, None, 2000], [3, 9, None, 3], [85, 85, None, 101.5],
                       [True, True, None, False])) == [3220, SENTINEL, "", 3218]


# -- the policy of the range ------------------------------------------------------------------------------------------

def test_params_of_another_policy() -> None:
    other = [["参数", "键", "值"], ["policy", None, "s001-b-110-points"]]
    assert reason("STAR_PAY", 3, ..., ..., other) == (
        "《客户服务管理制度（110 分制）》没有函数 STAR_PAY，有 GRADE、FLOAT_PAY、KPI_CALC")
    wrong = [["参数", "键", "值"], ["policy", None, "bozhen"]]
    assert "没有制度「bozhen」" in reason("STAR_PAY", 3, ..., ..., wrong)


def test_params_that_are_no_parameters() -> None:
    assert "没有「参数」一列" in reason("STAR_PAY", 3, ..., ..., [["x", "y"], [1, 2]])
    twice = [*PARAMS, ["rep.star_pay", 3, 1300]]
    assert "同一个月有 2 个值" in reason("STAR_PAY", 3, ..., ..., twice)
    assert call("STAR_PAY", 4, ..., ..., twice) == [[1500]]


# -- stars in force ---------------------------------------------------------------------------------------------------

def ranges(department: dict, form: str = REP_STARS) -> list[Any]:
    return [sheet(department, name) for name in ("花名册", form, "奖惩台账", "考勤")]


def test_star_in_force_and_its_refusals() -> None:
    department = base_department()
    params = parameters(department)

    def star(person: Any, month: Any = "2016-11", monthly: Any = ..., given: dict | None = None) -> Any:
        try:
            return call("STAR_IN_FORCE", person, month, *ranges(given or department), monthly, ..., params)[0][0]
        except Refused as refusal:
            return str(refusal)

    assert star("101") == 3
    assert star(101) == 3
    assert star("107") == "", "试用"
    assert "花名册的区域里没有工号 999" in star("999")
    assert "「月份」是空的" in star("101", ...)
    assert "施行的 2016-11" in star("101", "2016-10")
    assert "没有工作表 月度考核_客服领班" in star("901")
    assert star(None) == ""
    assert column(call("STAR_IN_FORCE", ["101", None, "999"], "2016-11", *ranges(department), ..., ..., params)) == [
        3, "", SENTINEL]
    late = dict(department, 奖惩台账=[{"日期": dt.date(2016, 11, 5), "工号": "101", "事项": "违反制度"}])
    assert star("101", given=late) == 0
    unknown = dict(department, 奖惩台账=[{"日期": dt.date(2016, 11, 5), "工号": "777", "事项": "违反制度"}])
    assert "没有工号 777" in star("101", given=unknown), "nobody knows whose entry it is"
    away = dict(department, 考勤=[row for row in department["考勤"] if row["工号"] != "101"])
    assert star("101", given=away) == 3, "no attendance is asked for by a rep's star"
    gone = dict(department, 花名册=[row | {"离职日期": dt.date(2016, 10, 5)} if row["工号"] == "101" else row
                                for row in department["花名册"]])
    assert "2016-11 不在册" in star("101", given=gone)
    blank = [[["工号", "姓名"]], *ranges(department)[1:]]
    assert "没有「岗位」一列" in reason("STAR_IN_FORCE", "101", "2016-11", *blank)


# -- the cache --------------------------------------------------------------------------------------------------------

def test_a_repeated_call_is_answered_from_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    first = call("STAR_PAY", 3, ..., ..., PARAMS)
    with pytest.raises(Refused):
        call("STAR_PAY", 3, "nobody", ..., PARAMS)
    monkeypatch.setattr(calls, "call", None)                # nothing is worked out any more
    assert call("STAR_PAY", 3, ..., ..., PARAMS) == first
    with pytest.raises(Refused):
        call("STAR_PAY", 3, "nobody", ..., PARAMS)
    with pytest.raises(TypeError):
        call("STAR_PAY", 2, ..., ..., PARAMS)


def test_a_changed_parameter_changes_the_answer() -> None:
    table = [list(row) for row in PARAMS]
    assert call("STAR_PAY", 3, ..., ..., table) == [[1200]]
    next(row for row in table if row[:2] == ["rep.star_pay", 3])[2] = 1201
    assert call("STAR_PAY", 3, ..., ..., table) == [[1201]]


def test_the_cache_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    functions._answers.clear()
    monkeypatch.setattr(functions, "_size", 0)
    monkeypatch.setattr(functions, "KEPT", 2000)
    for k in range(200):
        call("RMB_UPPER", k)
    assert sum(map(len, functions._answers)) <= 2000


def test_answers_cannot_be_changed_through_the_cache() -> None:
    found = call("STAR_PAY", [3, 3])
    found[0][0] = 0
    assert column(call("STAR_PAY", [3, 3])) == [1200, 1200]


# -- why a call is refused --------------------------------------------------------------------------------------------

def test_reason_of_a_call_that_is_no_call() -> None:
    with pytest.raises(Refused, match="没有函数「STAR」"):
        call("KPI_REASON", "STAR", 3)
    with pytest.raises(Refused, match="最多 1 个参数"):
        call("KPI_REASON", "RMB_UPPER", 3, 4)
    with pytest.raises(Refused, match="没有函数「KPI_REASON」"):
        call("KPI_REASON", "KPI_REASON", "STAR_PAY")
    assert call("KPI_REASON", "star_pay", 3) == [[""]]
    assert call("KPI_REASON", "KPI_VERSION") == [[""]]


def test_a_reason_says_all_that_is_wrong_with_the_arguments() -> None:
    assert reason("MONTHLY_PAY", "x", 3, ..., "不知") == (
        "「岗位工资」填的是「x」，不是数字；岗位工资只填数字；没有就留空。「全勤」不能填「不知」；填 是、否 之一。"
        "「月度得分」是空的；填上月度得分")
    rows = [["参数", "键", "值"], ["全勤将", None, 5], ["rep.star_pay", 9, 5]]
    assert reason("STAR_PAY", 3, ..., ..., rows).count("。") == 1, "both rows of params"
    assert column(call("KPI_REASON", "PERFORMANCE_PAY", [3, 2.5], [None, "x"])) == ["「月度得分」是空的；填上月度得分",
        "「执行星级」填的是 2.5，不是整数；填整数。「月度得分」填的是「x」，不是数字；月度得分只填数字；没有就留空"]


def test_reasons_of_a_column() -> None:
    assert [bool(text) for text in column(call("KPI_REASON", "STAR_PAY", [3, 9, None]))] == [False, True, False]
