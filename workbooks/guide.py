"""使用说明, the first sheet: what an HR clerk does once and every month, and what each sheet is for.

Plain data; ``workbooks.standard`` draws it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xl_kpi.workbooks.beside import beside
from xl_kpi.workbooks.card import NOTES

from xl_kpi.forms.imports.wanted import table_of
from xl_kpi.parameters import SHEET as PARAMETERS
from xl_kpi.period import AnyPeriod, Month, Span
from xl_kpi.policy.compiled import Output, Policy, Table, form_by_hand
from xl_kpi.policy.names import PERIODIC, THIS
from xl_kpi.target import Target

SHEET = "使用说明"
# When the rows of a sheet are due, by its grain.
WHEN = {"roster": "有人入职、转正、离职或变动时", "changes": "有变动时", "month": "每月，一人一行",
        "quarter": "每季", "half": "每半年", "year": "每年", "period": "每月或每季", "events": "发生时，一件一行",
        "items": "每月，有才填"}
# A period in a workbook that is of no year, as it stands in a command.
ANY = {"month": "月份", "quarter": "季度", "half": "半年", "year": "年份", "span": "起始月份..截止月份"}
DUE = {"quarter": "季度结束后", "half": "半年结束后", "year": "年底", "span": "一段时间结束后"}
REQUIRED, PLAIN, MADE, BLANK = "必填的栏", "其他的栏", "程序填的栏", "还没有填"


@dataclass(frozen=True)
class Step:
    """Something to do: on which sheets, with which button or command (without the workbook's name)."""

    title: str
    text: str
    sheets: tuple[str, ...] = ()
    button: str = ""
    command: str = ""
    options: str = ""

    def line(self, book: str) -> str:
        """The command as typed."""
        return " ".join(filter(None, ("xl-kpi", self.command, book, self.options))) if self.command else ""


def once(policy: Policy) -> list[Step]:
    roster, changes = _of(policy, "roster"), _of(policy, "changes")
    own = Step("写指标卡", "现在是一个填好的例子：改成公司自己的指标、评分人、等级和计薪，再删去花名册等表里示例的人。"
               "加了指标的，评分表、考核数据里也加一列。改完点“体检”。", tuple(policy.written_on))
    steps = [
        *([own] if policy.written_on else []),
        Step("填参数", "黄色的格由公司定，填“值”；制度写明的已经填好。“读法”是制度没写清的地方，按公司的做法选一种。",
             (PARAMETERS,)),
        Step("填花名册", "一人一行，写今天的情况。" + ("中途变动过的，另在人事变动里记一行。" if changes else ""),
             (*roster, *changes)),
    ]
    if policy.review:
        steps.append(Step("补前几个月的数据",
                          f"{policy.review.naming.what}看上一季度，奖惩看前几个月：这些月份的数据也要填进来。",
                          tuple(table.sheet for name, table in policy.sheets.items()
                                if table.grain in ("month", "events") and name not in _melted(policy))))
    if policy.review and policy.review.forms:
        what = policy.review.naming.what
        steps.append(Step("年中开始用，没有以前的数据",
                          f"这个季度不{what}：下面的表里一人一行，写上季度、工号，{'、'.join(_by_hand(policy))}填现在执行的结果和依据"
                          "（如 沿用原来的）。没有补前几个月的，体检会提醒更早的奖惩没有计入；"
                          "还在起作用的奖惩按原来的日期补记。",
                          tuple(policy.tables[form.table].sheet for form in policy.review.forms)))
    steps.append(Step("第二年起：接着去年的工作簿",
                      "花名册、参数和还用得到的月份带到新的一年，不用重填；去年的工作簿不动。",
                      command="new 明年的工作簿.xlsx --from"))
    return steps


def monthly(policy: Policy, month: str) -> list[Step]:
    period, main = f"--month {month}", policy.main
    naming, options = main.naming, _options(main, month)
    steps = []
    if made := tuple(table.sheet for table in policy.sheets.values() if table.people):
        steps.append(Step("新建月份", "每个在册的人自动加一行，数据空着等填。", made, "新建月份", "month", period))
    if wanted := table_of(policy)[1]:
        counted = "、".join(dict.fromkeys(thing for one in wanted for thing in one.things))
        steps.append(Step("考勤有导出的：导入考勤",
                          f"钉钉、企业微信、打卡机的导出，画勾的考勤表，变成{counted}的数；不清楚的问一次，来历记在“考勤来源”。",
                          (policy.sheets[table_of(policy)[0]].sheet,), "导入考勤", "import 导出.xlsx", period))
    if data := _of(policy, "month", "period"):
        steps.append(Step("填当月的数据", "每人一行；没有发生的次数空着即可。", data))
    for grain, due in DUE.items():
        named = tuple(table.sheet for name, table in policy.sheets.items()
                      if table.grain == grain and name not in policy.forms)
        if named:
            steps.append(Step(f"{due}：填{THIS[grain]}的数据", "每人一行。", named))
    events, items = _of(policy, "events"), (*_of(policy, "items"),
                                            *(policy.tables[name].sheet for name in _melted(policy)))
    if events or items:
        also = "加班费、社保、个税等也是一笔一行，或者写在一列一个项目的表里"
        steps.append(Step(f"记{'当月' if by_month(policy) else '这一期'}的事",
                          "；".join(filter(None, ("一件事一行" if events else "", also if items else ""))) + "。",
                          (*events, *items)))
    steps += [
        Step("体检", "一次列出全部问题：谁、哪一格、错在哪、怎么办。错误要先改，警告和提示看一眼。",
             button="体检", command="check", options=options if main.period != "month" else period),
    ]
    if policy.review and policy.review.forms:
        quarter = f"{month[:4]}Q{(int(month[5:]) + 2) // 3}" if month[:1].isdigit() else "季度"
        steps.append(Step(f"季度第一个月：{policy.review.naming.what}",
                          f"程序填灰色的栏；评审小组改定的，填{'和'.join(_by_hand(policy))}。",
                          tuple(policy.tables[form.table].sheet for form in policy.review.forms),
                          "季度评星", "review", f"--quarter {quarter}"))
    for output in policy.outputs.values():
        if output is not policy.review or not output.forms:
            steps.append(_computed(output, month))
    return [
        *steps,
        Step(f"发{naming.slip}", f"一人一个文件，可以用花名册里自己加的一列逐人加密；表“{naming.slip}”可以打印裁开。",
             button="工资条" if naming.plain else "", command="slips", options=f"{options} --out {naming.slip}"),
        Step(f"{'发放' if naming.plain else '确定'}以后：封存",
             "数据、参数和结果记进“结账记录”，以后不再改写；“校验”随时重新核对。",
             button="封存", command="close", options=options),
        Step("有人问起", f"一个人的每{'笔钱' if naming.plain else '项结果'}怎么来的，依据哪一条。",
             button="解释选中项", command="explain", options=f"{options} --id 工号"),
    ]


def by_month(policy: Policy) -> bool:
    """Whether something of the policy is done every month."""
    return any(output.period == "month" for output in policy.outputs.values()) or any(
        table.grain in ("month", "items") for table in policy.tables.values())


def _by_hand(policy: Policy) -> list[str]:
    """What people write in the forms of the review themselves."""
    assert policy.review is not None
    return list(dict.fromkeys(heading for form in policy.review.forms
                              for heading in form_by_hand(policy.review, policy.tables[form.table])))


def _options(output: Output, month: str) -> str:
    """The options of a command that say which result is meant."""
    if month[:1].isdigit():
        return Target.of(output, main_period(output, month)).options
    name = Target.name_of(output)
    return f"--of {name} --period {ANY[output.period]}" if name and output.period != "month" else f"--month {month}"


def main_period(output: Output, month: str) -> AnyPeriod:
    """The period of an output in which a month lies; from–to: the month itself."""
    found = Month.parse(month) if month[:1].isdigit() else Month.of(2016, 12)
    return Span.of(found, found) if output.period == "span" else found.within(output.period)


def _computed(output: Output, month: str) -> Step:
    """How an output is made."""
    button = "生成工资表" if output.role == "payroll" else "其他结果"
    if month[:1].isdigit():
        command, _, options = Target.of(output, main_period(output, month)).command.partition(" ")
    elif output.role == "review":
        command, options = "review", f"--quarter {ANY['quarter']}"
    else:
        command, options = output.role or "result", _options(output, month)
    naming = output.naming
    tables = "填进附表" if output.forms else f"得到{naming.title}、{naming.slip}、核算依据、汇总和体检"
    return Step(f"{'' if output.period == 'month' else f'{DUE[output.period]}：'}算{naming.what}",
                f"{tables}。数据有错时只列出错误，什么都不改。", button=button, command=command, options=options)


def sheets(policy: Policy, note: str) -> Iterator[tuple[str, str, str]]:
    """(sheet, when it is filled in, how).  ``note``: of the sheet 参数."""
    yield PARAMETERS, "开始时一次，有调整时", note
    for name in policy.written_on:
        yield name, "开始时一次，有调整时", NOTES[name]
    for table in policy.sheets.values():
        when = "每月，有才填" if table.grain == "month" and table.optional else WHEN[table.grain]
        yield table.sheet, when, said(table)
    for one in beside(policy):
        yield one.name, one.when, one.note


def legend(policy: Policy) -> Iterator[tuple[str, str]]:
    """(what, its meaning): the colours first."""
    yield REQUIRED, "一行里这一格不能空着；空着的会变黄。"
    yield PLAIN, "表头要在，格可以空着。"
    if filling := [output.naming.what for output in policy.outputs.values() if output.forms]:
        yield MADE, f"不用填，{'、'.join(filling)}时由程序填写。"
    yield BLANK, "要填的格。"
    used = {grain for table in policy.tables.values() for column in table.columns if column.type in PERIODIC
            for grain in column.grains}
    longer = "".join(f"，{word}" for grain, word in (("half", "半年写成 2016H2"), ("year", "年度写成 2016"))
                     if grain in used)
    yield "写法", (f"工号是文字，前面的 0 照写；月份写成 2016-11，季度写成 2016Q4{longer}，日期写成 2016-11-03；"
                 "金额和分数只填数，不写单位。")
    yield "自己的东西", ("可以加行、加列、加工作表、改颜色、画图；表名和表头不要改。从表头下面一行往下填，"
                    "同一个人同一个月只有一行。")


def said(table: Table) -> str:
    """The sentence about a table, with the form of the policy that it is."""
    return f"{table.form}。{table.fill}" if table.form and table.fill else table.fill or table.form


def _melted(policy: Policy) -> list[str]:
    """The tables whose further columns are items."""
    return [table.melts for table in policy.tables.values() if table.melts]


def _of(policy: Policy, *grains: str) -> tuple[str, ...]:
    return tuple(table.sheet for table in policy.sheets.values() if table.grain in grains)
