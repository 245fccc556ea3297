"""Pages of one's own: found beside the workbook, kept when a month is closed, and able to do nothing but compute."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from tests.command import run, run_json
from xl_kpi.functions import Refused
from xl_kpi.functions.context import context_of
from xl_kpi.policy.load import load, load_file
from xl_kpi.policy.shelf import Shelf
from xl_kpi.rules.base import PolicyError

PAGE = """---
编号: 小店
用: 人 工资
---
# 小店的工资

## 一

    表 花名册 —— 一人一行。
      月薪 元 必填 变
    参数 奖金比例{bonus.rate} % = 10
    表 业绩（每月，当月在册） —— 每人每月一行。
      销售额 元 —— 当月的销售额
      缺行 → 补上这一行
    奖金 元 = 四舍五入(销售额 × 奖金比例%，2)
    工资表 当月在册：+月薪 销售额^ +奖金
"""


@pytest.fixture(autouse=True)
def nothing_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def write(folder: Path, name: str, text: str = PAGE) -> Path:
    file = folder / "制度" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Path]:
    def make(policy: str = "小店", parameters: tuple[tuple[Any, ...], ...] = ()) -> Path:
        path = tmp_path / "小店2016.xlsx"
        with xlsxwriter.Workbook(str(path), {"in_memory": True}) as workbook:
            day = workbook.add_format({"num_format": "yyyy-mm-dd"})
            for name, rows in (
                    ("参数", [("参数", "键", "值"), ("policy", None, policy), *parameters]),
                    ("花名册", [("工号", "姓名", "月薪", "入职日期", "离职日期"),
                              ("A1", "甲", 3000, date(2015, 1, 1), None), ("A2", "乙", 4000, date(2015, 1, 1), None)]),
                    ("业绩", [("月份", "工号", "姓名", "销售额"), ("2016-11", "A1", "甲", 1234.56),
                            ("2016-11", "A2", "乙", 999)])):
                sheet = workbook.add_worksheet(name)
                for r, row in enumerate(rows):
                    for c, value in enumerate(row):
                        if isinstance(value, date):
                            sheet.write_datetime(r, c, value, day)      # type: ignore[arg-type]
                        else:
                            sheet.write(r, c, value)
        return path
    return make


def net(book: Path) -> dict[str, str]:
    code, result = run_json("payroll", book, "--month", "2016-11")
    assert code == 0, result
    return {line["工号"]: line["实发合计"] for line in result["lines"]}


def errors(book: Path) -> list[str]:
    code, result = run_json("payroll", book, "--month", "2016-11")
    assert code == 1
    return [f"{p['text']}；{p['do']}" for p in result["problems"] if p["level"] == "error"]


# -- why an amount cannot be computed ---------------------------------------------------------------------------------

BY_GRADE = """    等级 = 良 若 销售额 ≥ 1000；无
    参数 每级 元：优 200，良 100
    奖金 元 = 每级[等级]
"""
RATE = "    参数 奖金比例{bonus.rate} % = 10\n"
OLD_BONUS = "    奖金 元 = 四舍五入(销售额 × 奖金比例%，2)\n"


def test_a_key_that_the_parameter_does_not_have_is_told(book: Callable[..., Path], tmp_path: Path) -> None:
    write(tmp_path, "一.md", PAGE.replace(RATE, "").replace(OLD_BONUS, BY_GRADE).replace(
        "等级 =", "等级 优|良|无 =", 1))
    assert errors(book()) == ["A2 乙：2016-11 的奖金不能计算：参数「每级」没有 无 这一项，有 优、良（一）；"
                              "核对这个人的数据，或者制度里该怎么算"]


def test_a_key_that_the_company_has_not_listed_is_told(book: Callable[..., Path], tmp_path: Path) -> None:
    listed = BY_GRADE.replace("元：优 200，良 100", "元；公司列")
    write(tmp_path, "一.md", PAGE.replace(RATE, "").replace(OLD_BONUS, listed).replace("等级 =", "等级 优|良|无 =", 1))
    assert ("A2 乙：2016-11 的奖金不能计算：参数「每级」没有 无 这一项，一项也没有列（一）；"
            "核对这个人的数据，或者在参数里加上这一项") in errors(book())


def test_a_blank_where_an_amount_must_stand_is_told(book: Callable[..., Path], tmp_path: Path) -> None:
    blank = "    奖金 元 = 销售额 若 销售额 ≥ 1000；不适用\n"
    write(tmp_path, "一.md", PAGE.replace(OLD_BONUS, blank).replace(RATE, ""))
    assert errors(book()) == ["A2 乙：2016-11 的奖金不能计算：按制度不适用，是空白，却要用它（一）；"
                              "核对这个人的数据；这一栏可以空着的，制度里在这一列的后面写 ?"]


# -- where they are found ---------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", ["小店.md", "我们的制度 2016.md"])
@pytest.mark.parametrize("written", ["小店", " 小店 "])
def test_a_page_beside_the_workbook_is_found_by_its_number(
        book: Callable[..., Path], tmp_path: Path, name: str, written: str) -> None:
    write(tmp_path, name)
    assert net(book(written)) == {"A1": "3123.46", "A2": "4099.90"}


def test_without_the_page_the_number_is_unknown(book: Callable[..., Path], tmp_path: Path) -> None:
    assert "没有制度「小店」" in errors(book())[0]
    write(tmp_path, "别的.md", PAGE.replace("编号: 小店", "编号: 小点"))
    assert "没有制度「小店」，是不是「小点」" in errors(book())[0]


def test_the_number_of_a_builtin_policy_names_both(book: Callable[..., Path], tmp_path: Path) -> None:
    write(tmp_path, "我的.md", PAGE.replace("编号: 小店", "编号: s004-3-litong"))
    said = "\n".join(errors(book("s004-3-litong")))
    assert "制度/我的.md" in said
    assert "程序自带的 s004-3-litong" in said
    code, out, err = run("new", tmp_path / "新2016.xlsx", "--policy", tmp_path / "制度" / "我的.md")
    assert code == 2
    assert "s004-3-litong" in out + err


def test_two_pages_of_one_number_are_named(book: Callable[..., Path], tmp_path: Path) -> None:
    write(tmp_path, "一.md")
    write(tmp_path, "二.md")
    said = "\n".join(errors(book()))
    assert "制度/一.md" in said
    assert "制度/二.md" in said


def test_a_page_that_is_wrong_is_told_line_by_line(book: Callable[..., Path], tmp_path: Path) -> None:
    write(tmp_path, "小店.md", PAGE.replace("销售额 × 奖金比例%", "销售客 × 奖金比列%"))
    said = "小店.md：第 15 行第 17 列：没有叫 销售客 的量、列、参数或选项，是不是 销售额；"
    also = "小店.md：第 15 行第 23 列：没有叫 奖金比列 的量、列、参数或选项，是不是 奖金比例、奖金；"
    assert errors(book())[1:] == [said, also]
    code, out, _ = run("policy", tmp_path / "制度" / "小店.md")
    assert code == 1
    assert "第 15 行第 17 列" in out
    assert "2 处要改" in out


def test_a_page_is_printed_in_full(tmp_path: Path) -> None:
    code, out, _ = run("policy", write(tmp_path, "小店.md"))
    assert code == 0
    for part in ("小店的工资", "bonus.rate　奖金比例（%，一）　制度：10", "其他应发", "最低工资标准", "销售额"):
        assert part in out
    assert run_json("policy", tmp_path / "制度" / "小店.md")[1]["id"] == "小店"
    assert run("policy", tmp_path / "没有.md")[0] == 1


def test_a_page_with_packs_and_a_parent_of_its_own(book: Callable[..., Path], tmp_path: Path) -> None:
    write(tmp_path, "packs/加.md", "---\n编号: 加\n---\n# 加\n\n## 二\n\n    加倍(几) 元 = 几 × 2\n")
    doubled = PAGE.replace("用: 人 工资", "用: 人 工资 加").replace("四舍五入(销售额", "四舍五入(加倍(销售额)")
    write(tmp_path, "底.md", doubled.replace("编号: 小店", "编号: 底子"))
    write(tmp_path, "子.md", "---\n编号: 小店\n承: 底\n---\n# 子\n\n## 三\n\n    改 参数 奖金比例{bonus.rate} % = 5\n")
    assert net(book()) == {"A1": "3123.46", "A2": "4099.90"}


# -- new --------------------------------------------------------------------------------------------------------------

def test_new_puts_the_page_beside_the_workbook(tmp_path: Path) -> None:
    page = write(tmp_path / "原稿", "小店.md")
    target = tmp_path / "部门" / "小店2016.xlsx"
    target.parent.mkdir()
    code, out, _ = run("new", target, "--policy", page)
    assert code == 0
    assert "文件夹“制度”" in out
    assert (target.parent / "制度" / "小店.md").read_text("utf-8") == PAGE
    assert openpyxl.load_workbook(target)["参数"]["C4"].value == "小店"
    assert run("check", target)[0] == 0
    assert run("new", tmp_path / "部门" / "小店2017.xlsx", "--policy", "小店")[0] == 0, "by its number from now on"
    page.write_text(PAGE.replace("10", "12"), "utf-8")
    code, _, err = run("new", tmp_path / "部门" / "小店2018.xlsx", "--policy", page)
    assert code == 2, "another page of this name lies there"
    assert "已经有了" in err


# -- closing ----------------------------------------------------------------------------------------------------------

def test_a_closed_month_is_computed_with_the_page_that_was_in_force(book: Callable[..., Path], tmp_path: Path) -> None:
    write(tmp_path, "packs/加.md", "---\n编号: 加\n---\n# 加\n\n## 二\n\n    加倍(几) 元 = 几 × 2\n")
    write(tmp_path, "小店.md", PAGE.replace("用: 人 工资", "用: 人 工资 加").replace(
        "四舍五入(销售额", "四舍五入(加倍(销售额)"))
    path = book()
    assert run("payroll", path, "--month", "2016-11")[0] == 0
    assert run("close", path, "--month", "2016-11")[0] == 0
    assert run("verify", path, "--month", "2016-11")[0] == 0
    pack = tmp_path / "制度" / "packs" / "加.md"
    pack.write_text(pack.read_text("utf-8").replace("× 2", "× 3"), "utf-8")
    code, out, _ = run("verify", path, "--month", "2016-11")
    assert code == 0, out
    assert "奖金" in out, "from today's data something else comes out, and that is told"
    assert "制度 小店 的条文现在与封存 2016-11 时不同（packs/加.md）；已封存的按封存时存下的条文校验" in out
    assert "封存之后有条文改过" in out


def page_unlinked(folder: Path) -> None:
    (folder / "小店.md").unlink()


def folder_renamed(folder: Path) -> None:
    folder.rename(folder.with_name("制度2016"))


def page_broken(folder: Path) -> None:
    (folder / "小店.md").write_text(PAGE.replace("奖金比例%", "奖金比列%"), "utf-8")


def another_of_the_same_number(folder: Path) -> None:
    (folder / "又一份.md").write_text(PAGE, "utf-8")


@pytest.mark.parametrize(("change", "says"), [
    (page_unlinked, "没有制度「小店」"), (folder_renamed, "没有制度「小店」"),
    (page_broken, "采用的制度「小店」不能用"), (another_of_the_same_number, "编号 小店 不止一份")])
def test_what_is_closed_is_verified_without_its_page(
        book: Callable[..., Path], tmp_path: Path, change: Callable[[Path], None], says: str) -> None:
    write(tmp_path, "小店.md")
    path = book()
    assert run("payroll", path, "--month", "2016-11")[0] == 0
    change(tmp_path / "制度")
    assert run("verify", path)[0] == 1, "nothing closed: no page to verify with"
    folder = tmp_path / "制度"
    shutil.rmtree(folder, ignore_errors=True)
    write(tmp_path, "小店.md")
    assert run("close", path, "--month", "2016-11")[0] == 0
    shutil.rmtree(tmp_path / "制度2016", ignore_errors=True)
    change(folder)
    for options in ([], ["--month", "2016-11"]):
        code, out, err = run("verify", path, *options)
        assert code == 0, out + err
        assert says in out
        assert "已封存的按封存时存下的条文校验" in out
        assert "用存档重新核算，一分不差" in out
    code, found = run_json("verify", path)
    assert (code, found["months"][0]["equal"]) == (0, True)
    assert [one["level"] for one in found["problems"]] == ["warning"] * len(found["problems"])
    assert says in "\n".join(one["text"] for one in found["problems"])
    sheet = openpyxl.load_workbook(path)
    sheet["工资表_2016-11"]["D4"] = 1
    sheet.save(path)
    code, out, _ = run("verify", path)
    assert code == 1, "what was altered on the sheet is told as ever"
    assert "处改过（表上 → 封存的）" in out


@pytest.mark.parametrize("new", [
    PAGE.replace("= 10", "= 12"),
    PAGE.replace("工资表 当月在册：+月薪 销售额^ +奖金", "输出 名册（每月，当月在册）：月薪 销售额 奖金").replace(
        "人 工资", "人"),
])
def test_what_is_closed_is_verified_beside_another_page(book: Callable[..., Path], tmp_path: Path, new: str) -> None:
    write(tmp_path, "小店.md")
    path = book()
    assert run("payroll", path, "--month", "2016-11")[0] == 0
    assert run("close", path, "--month", "2016-11")[0] == 0
    write(tmp_path, "小店.md", new)
    code, out, err = run("verify", path)
    assert code == 0, out + err
    assert "制度 小店 的条文现在与封存 2016-11 时不同（小店.md" in out
    assert "用存档重新核算，一分不差" in out
    code, out, err = run("verify", path, "--month", "2016-11")
    assert code == 0, out + err
    assert ("现在没有「工资」这个结果" in out) == ("输出 名册" in new), "an output that is no more is verified too"
    (tmp_path / "制度" / "小店.md").rename(tmp_path / "制度" / "另名.md")
    write(tmp_path, "另名.md")
    _, out, _ = run("verify", path)
    assert "提示" not in out, "the same text in a file of another name"


def test_the_digest_covers_packs_and_parent(tmp_path: Path) -> None:
    write(tmp_path, "packs/加.md", "---\n编号: 加\n---\n# 加\n\n## 二\n\n    加倍(几) 元 = 几 × 2\n")
    page = write(tmp_path, "小店.md", PAGE.replace("用: 人 工资", "用: 人 工资 加").replace("(销售额", "(加倍(销售额)"))
    before = load_file(page).digest
    assert load_file(page).digest == before
    pack = tmp_path / "制度" / "packs" / "加.md"
    pack.write_text(pack.read_text("utf-8").replace("× 2", "× 3"), "utf-8")
    assert load_file(page).digest != before


# -- functions in cells ------------------------------------------------------------------------------------------------

def test_a_function_says_that_it_cannot_use_a_page_of_ones_own() -> None:
    with pytest.raises(Refused) as refused:
        context_of([["参数", "键", "值"], ["policy", None, "小店"]], None)
    assert "没有制度「小店」" in str(refused.value)
    assert "文件夹“制度”里自己写的制度，单元格函数用不了：点“生成工资表”" in str(refused.value)
    assert "xl-kpi payroll" in str(refused.value)


# -- it only computes -------------------------------------------------------------------------------------------------

def refused(page: Path, seconds: float = 10) -> str:
    """What is said about a page that wants too much; within bounded time."""
    begin = time.process_time()
    with pytest.raises(PolicyError) as error:
        load_file(page)
    assert time.process_time() - begin < seconds
    return str(error.value)


BONUS = "    奖金 元 = 四舍五入(销售额 × 奖金比例%，2)\n"


@pytest.mark.parametrize(("old", "new", "says"), [
    ("用: 人 工资", "用: 人 工资 ../../../etc/passwd", "没有包 ../../../etc/passwd"),
    ("用: 人 工资", "用: 人 工资 /etc/hostname", "没有包 /etc/hostname"),
    ("用: 人 工资", "用: 人 工资\n承: ../../s004-3-litong", "没有制度 ../../s004-3-litong"),
    ("用: 人 工资", "用: 人 工资\n承: https://example.com/a", "没有制度 https://example.com/a"),
    ("用: 人 工资", "用: 人 工资\n承: 小店", "承 成了一圈"),
    ("奖金比例%，2", "奖金比例%，9" * 5000, "最多 20000 个"),
    (BONUS, "    奖金 元 = " + "(" * 5000 + "1" + ")" * 5000 + "\n", "括号嵌套太深"),
    (BONUS, "    奖金 元 = " + "非 " * 6000 + "1\n", "嵌套太深"),
    (BONUS, "    奖金 元 = " + "1 + " * 4500 + "1\n", "嵌套太深"),
    (BONUS, "    奖金 元 = 销售额 × " + "9" * 400 + "\n", "太长，最多 15 位"),
    (BONUS, "    奖金 元 = 销售额 ** 999999999\n", "这里是「*」"),
    (BONUS, "    奖金 元 = 1e999999\n", "没有叫 1e999999"),
    (BONUS, "    奖金 元 = __import__(\"os\")\n", "没有函数 __import__"),
    (BONUS, "    奖金 元 = 销售额.__class__\n", "这里是「.__class__」"),
    ("参数 奖金比例{bonus.rate} % = 10", "参数 奖金比例{bonus.rate} % = " + "1" * 300, "太长，最多 15 位"),
    ("参数 奖金比例{bonus.rate} % = 10", "参数 奖金比例{bonus.rate} %：" + "，".join(
        f"k{n} 1" for n in range(3000)), "最多"),
    (BONUS, BONUS + "".join(f"    甲{n} 元 = 销售额\n" for n in range(20_000)), "条规则，最多 1500 条"),
    (BONUS, BONUS + "    (\n" * 50_000, "条规则，最多 1500 条"),
    (BONUS, BONUS + "    甲 元 = 销售额\n" + "         ，\n" * 80_000, "最多 20000 个"),
    (BONUS, BONUS + "    甲 元 = 销售额" + " " * 300_000 + "+ 1\n", "最多 20000 个"),
    (BONUS, BONUS + "说明" + "\t" * 200_000 + "。\n    甲 元 = x\n", "没有叫 x 的"),
    (BONUS, BONUS + "".join(f"    甲{n} 元 = {' + '.join(f'乙{n}丙{k}' for k in range(100))}\n" for n in range(400)),
     "还有别的要改：先改以上各处，再核对"),
    (BONUS, BONUS + "".join(f"    表 表{n}（每月，当月在册）\n" + "".join(f"      列{n}列{k} 元\n" for k in range(500))
                            for n in range(10)), "最多 1000 列"),
    (BONUS, "    奖金 元 = 甲2000\n    甲0 元 = 销售额\n" + "".join(
        f"    甲{n} 元 = 甲{n - 1} + 甲{n - 1}\n" for n in range(1, 1200)) + "    甲2000 元 = 甲1199\n", "超过 100 层"),
])
def test_a_hostile_page_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert PAGE.count(old) == 1
    assert says in refused(write(tmp_path, "小店.md", PAGE.replace(old, new)))


def test_rules_over_rules_do_not_grow_without_bound(tmp_path: Path) -> None:
    """Billion laughs: each of sixty shared rules uses the next one ten times."""
    laughs = "".join(f"    f{n}(x) 元 = {' + '.join([f'f{n + 1}(x)'] * 10)}\n" for n in range(60))
    page = PAGE.replace(BONUS, laughs + "    f60(x) 元 = x\n    奖金 元 = f0(销售额)\n")
    assert "写全了太长" in refused(write(tmp_path, "小店.md", page))


def test_numbers_do_not_grow_without_bound(tmp_path: Path) -> None:
    """Sixty quantities, each the square of the one before."""
    squares = "".join(f"    q{n} 元 = q{n - 1} × q{n - 1}\n" for n in range(1, 60))
    page = PAGE.replace(BONUS, "    q0 元 = 销售额\n" + squares + "    奖金 元 = 四舍五入(q59 × 奖金比例%，2)\n")
    assert "相乘、相除的数超过 60 个" in refused(write(tmp_path, "小店.md", page))


@pytest.mark.parametrize(("name", "front", "at"), [
    ("我的.md", "编号: s004-3-litong", "制度/我的.md、程序自带的 s004-3-litong.md"),
    ("packs/我的.md", "编号: 工资", "packs/我的.md、程序自带的 pay.md")])
def test_what_stands_beside_is_never_taken_for_what_comes_with_the_program(
        tmp_path: Path, name: str, front: str, at: str) -> None:
    """A page or pack of the 编号 of a built-in one would else be another parent or pack for all pages beside it."""
    page = write(tmp_path, "小店.md", "---\n编号: 小店\n承: s004-3-litong\n用: 工资\n---\n# 小店\n")
    assert load_file(page).id == "小店"
    write(tmp_path, name, f"---\n{front}\n---\n# 我的\n")
    assert f"不止一份：{at}；给自己的制度换一个编号" in refused(page)


def test_circles_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "甲.md", "---\n编号: 甲\n承: 乙\n---\n# 甲\n")
    write(tmp_path, "乙.md", "---\n编号: 乙\n承: 甲\n---\n# 乙\n")
    assert "承 成了一圈" in refused(tmp_path / "制度" / "甲.md")


def test_a_chain_of_pages_is_short(tmp_path: Path) -> None:
    for n in range(40):
        write(tmp_path, f"p{n}.md", f"---\n编号: p{n}\n承: p{n + 1}\n---\n# p\n")
    write(tmp_path, "p40.md", PAGE)
    assert "承和用一共最多 20 个文件" in refused(tmp_path / "制度" / "p0.md")


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("---\n编号: 密\n---\n# 密\n", "utf-8")
    write(tmp_path, "小店.md", PAGE.replace("用: 人 工资", "用: 人 工资 密"))
    (tmp_path / "制度" / "packs").mkdir()
    try:
        (tmp_path / "制度" / "packs" / "密.md").symlink_to(secret)
    except OSError:
        pytest.skip("no links here")
    assert "没有包 密" in refused(tmp_path / "制度" / "小店.md")


def test_a_page_of_ten_megabytes_is_refused_unread(tmp_path: Path) -> None:
    page = write(tmp_path, "小店.md", PAGE + "说明\n" * 1_200_000)
    assert page.stat().st_size > 8_000_000
    assert "最多 4,000,000 字节" in refused(page, seconds=2)
    assert "最多 1000000 个" in refused(write(tmp_path, "小店.md", PAGE + "说明\n" * 400_000), seconds=2)


def test_a_page_opens_no_file_and_no_socket(tmp_path: Path) -> None:
    """Loading reads the page, its packs, the program and what it kept: nothing else, and nothing is started."""
    page = write(tmp_path, "小店.md")
    code = f"""
import sys
seen = []
import xl_kpi.policy.load as load, lark, os
import xl_kpi.policy.page.parse as parse
from xl_kpi.calendar_cn import Calendar
def watch(event, arguments):
    if event.split(".")[0] in ("socket", "subprocess") or event in ("os.system", "os.exec", "os.fork"):
        seen.append((event, str(arguments)[:200]))
    elif event == "open":
        seen.append((event, str(arguments[0])))
from pathlib import Path
sys.addaudithook(watch)
load.load_file(Path({str(page)!r}))
for event, what in seen:
    print(event, what)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    root = str(Path(load_file.__code__.co_filename).parents[1])
    opened = [line.removeprefix("open ") for line in done.stdout.splitlines() if line.startswith("open ")]
    own = (str(page.parent), root, str(tmp_path / "cache"), sys.prefix, sys.base_prefix)
    assert [one for one in opened if not one.startswith(own)] == []
    assert [line for line in done.stdout.splitlines() if not line.startswith("open ")] == []


def test_what_is_kept_is_the_users_own(tmp_path: Path) -> None:
    page = write(tmp_path, "小店.md")
    first = load_file(page)
    kept = list((tmp_path / "cache" / "xl-kpi" / "pages").glob("*.json"))
    assert len(kept) == 1
    assert load_file(page).parameters == first.parameters
    if sys.platform != "win32":
        assert kept[0].parent.stat().st_mode & 0o077 == 0
    kept[0].write_text("{", "utf-8")
    assert load_file(page).parameters == first.parameters, "what is damaged is made again"
    if sys.platform != "win32":
        kept[0].parent.chmod(0o777)
        kept[0].write_text('{"raw": {}, "where": {}}', "utf-8")
        assert load_file(page).parameters == first.parameters, "a folder that others write to is not trusted"


def test_a_shelf_without_a_folder_has_the_programs_policies() -> None:
    assert Shelf().load("s004-3-litong") is load("s004-3-litong")
    with pytest.raises(PolicyError, match="没有制度 s004-3，是不是 s004-3-litong"):
        Shelf().load("s004-3")
