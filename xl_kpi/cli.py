"""The command line: reads the arguments, nothing else; each command lives in ``xl_kpi.commands``.

Only argparse is imported until a command runs: ``xl-kpi --help`` must not wait for pandas.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NoReturn

from xl_kpi.exits import EXIT_DONE, EXIT_HOST, EXIT_USAGE, pipe_is_gone

# argparse says these in English; HR reads Chinese.
MESSAGES = (
    (r"the following arguments are required: (.+)", r"缺少 \1"),
    (r"one of the arguments (\S+) (\S+) is required", r"缺少 \2（或者 \1）"),
    (r"unrecognized arguments: (.+)", r"不认识 \1"),
    (r"argument (\S+): expected one argument", r"\1 后面要跟一个值"),
    (r"argument (\S+): not allowed with argument (\S+)", r"\1 不能与 \2 同时用"),
    (r"argument (\S+): (.+)", r"\1：\2"),
)


_CHOICE = re.compile(r"argument \S+: invalid choice: '(.*)' \(choose from .+\)")
DASHES = "-—–－−﹣"        # what a Chinese keyboard and a word processor make of one
# the arguments that are paths
FILES = ("book", "out", "dir", "old", "page", "collect", "forms", "beside", "exports", "books", "table")


class Parser(argparse.ArgumentParser):
    """argparse in Chinese, with near matches for what it does not know."""

    def __init__(self, *args: object, **kwargs: object):
        kwargs["add_help"] = False
        super().__init__(*args, **kwargs)           # type: ignore[arg-type]
        self._positionals.title, self._optionals.title = "参数", "选项"
        self.add_argument("-h", "--help", action="help", help="显示这个说明")
        self._given: list[str] = []

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        self._given = list(sys.argv[1:] if args is None else args)
        found, rest = super().parse_known_args(args, namespace)
        if isinstance(values := getattr(found, "values", None), list):      # 名称=值 may stand behind options too
            values += [word for word in rest if word[:1] not in DASHES]
            rest = [word for word in rest if word[:1] in DASHES]
        return found, rest

    def commands(self) -> dict[str, tuple[Parser, str]]:
        """The commands below: name → (its parser, what its help says)."""
        found = next((a for a in self._actions if isinstance(a, argparse._SubParsersAction)), None)
        told = {a.dest: a.help or "" for a in found._choices_actions} if found else {}
        return {name: (parser, told[name]) for name, parser in found.choices.items() if name in told} if found else {}

    def _options(self) -> list[str]:
        """The options that may stand in the line given: of the commands named in it."""
        below = [parser for name, (parser, _) in self.commands().items() if name in self._given]
        return [*self._option_string_actions, *(one for parser in below for one in parser._options())]

    def _guesses(self) -> str:
        """，是不是 …: for the options in the line that there are not."""
        known, said = self._options(), []
        for word in self._given:
            option = word.split("=")[0]
            if option[:1] in DASHES and len(option) > 1 and not any(one.startswith(option) for one in known):
                name = "-" * (1 if len(option.lstrip(DASHES)) == 1 else 2) + option.lstrip(DASHES)
                like = near(name.lower(), known)
                said += [f"{word}{f'，是不是 {like}' if like else ''}"] if like or option[0] == "-" else []
        return f"；不认识 {'、'.join(said)}" if said else ""

    def unknown_command(self, name: str) -> NoReturn:
        known = self.commands()
        like = near(name, known) or next((one for one, (_, text) in known.items() if text.startswith(name)), "")
        self._stop(f"没有 {name}{f'，是不是 {like}' if like else ''}；可用的有 {'、'.join(known)}")

    def format_usage(self) -> str:
        return super().format_usage().replace("usage: ", "用法：", 1)

    def format_help(self) -> str:
        return super().format_help().replace("usage: ", "用法：", 1)

    def error(self, message: str) -> NoReturn:
        if choice := _CHOICE.fullmatch(message):
            self.unknown_command(choice[1])
        guesses = self._guesses()
        for pattern, chinese in MESSAGES:
            if re.fullmatch(pattern, message):
                said = re.sub(pattern, chinese, message)
                message = guesses[1:] if guesses and said.startswith("不认识") else said + guesses
                break
        self._stop(message)

    def _stop(self, message: str) -> NoReturn:
        self.exit(EXIT_USAGE, f"{self.format_usage()}用法不对：{message}\n")


def near(word: str, known: Iterable[str]) -> str:
    """The one that a word resembles most, or ''."""
    import difflib

    return next(iter(difflib.get_close_matches(word, list(known), 1, 0.6)), "")


@cache
def build_parser() -> Parser:
    parser = Parser(prog="xl-kpi", description="客服部门的绩效、星级与工资：从工作簿算出，每笔有依据。")
    parser.add_argument("--version", action=_Version, nargs=0, help="显示版本")
    commands = parser.add_subparsers(dest="command", title="命令", metavar="命令", parser_class=Parser, required=True)

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text)

    def book(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("book", metavar="BOOK", help="标准工作簿（.xlsx 或 .xlsm）")

    def signed(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--yes", action="store_true", help="工作簿有数字签名也写入（签名会失效）")

    def writes(sub: argparse.ArgumentParser) -> None:
        out = sub.add_mutually_exclusive_group()
        out.add_argument("-o", dest="out", metavar="OUT", help="BOOK 不动，结果写到它的一份副本")
        out.add_argument("--json", action="store_true", help="输出 JSON，不写文件")
        signed(sub)

    def reads_forms(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--forms", dest="beside", metavar="FOLDER",
                         help="公司自己填好的附表放在这个文件夹里：连同工作簿一起读，工作簿里的表不动")

    def asks(sub: argparse.ArgumentParser) -> None:
        """Which output, and for which period."""
        sub.add_argument("--of", metavar="结果", help="制度里哪一个结果，如 xl-kpi policy 所列；只有一个的不用写")
        when = sub.add_mutually_exclusive_group(required=sub.prog.split()[-1] != "verify")
        when.add_argument("--period", metavar="期间", help="2016-11、2016Q4、2016H2、2016 或 2016-07..2016-09")
        when.add_argument("--month", metavar="月份", help="按月的，如 2016-11")

    demo = command("demo", "写出一家示例公司的工作簿，并做体检、季度评星和工资表")
    demo.add_argument("dir", metavar="DIR", nargs="?", default="xl-kpi-demo", help="放在哪个文件夹（默认 xl-kpi-demo）")

    new = command("new", "新建工作簿：空白的标准工作簿，带全部参数、下拉列表和使用说明")
    new.add_argument("book", metavar="BOOK", help="新文件的名字，如 客服部2016.xlsx；已有的文件不会被覆盖")
    new.add_argument("--policy", metavar="ID", help="制度的编号，如 xl-kpi policies 所列（不写就用默认的）；"
                                                    "或者自己的一页制度 FILE.md，会放进工作簿旁边的文件夹“制度”")
    new.add_argument("--from", dest="old", metavar="OLD", help="去年的工作簿：把花名册、参数和还用得到的月份带过来")
    new.add_argument("--year", metavar="年份", help="月份下拉列表的年份（默认看文件名里的年份）")

    check = command("check", "体检：一次列出工作簿里的所有问题")
    book(check)
    check.add_argument("--month", metavar="月份", help="连同按月的结果所需的数据，如 2016-11")
    check.add_argument("--quarter", metavar="季度", help="连同按季的结果所需的数据，如 2016Q4")
    check.add_argument("--period", metavar="期间", help="2016-11、2016Q4、2016H2、2016 或 2016-07..2016-09")
    check.add_argument("--of", metavar="结果", help="只查这一个结果的")
    reads_forms(check)
    out = check.add_mutually_exclusive_group()
    out.add_argument("--sheet", action="store_true", help="把问题写进工作簿的工作表“体检”")
    out.add_argument("--json", action="store_true", help="输出 JSON，不写文件")
    signed(check)

    review = command("review", "季度评星：按上季度的数据评出本季度的星级")
    book(review)
    review.add_argument("--quarter", metavar="季度", required=True, help="如 2016Q4")
    reads_forms(review)
    review.add_argument("--replace", action="store_true", help="表上已填的与这次评出的不同时，改成这次的")
    writes(review)

    payroll = command("payroll", "工资表：算出一个月的工资，附工资条、核算依据、汇总、体检")
    book(payroll)
    payroll.add_argument("--month", metavar="月份", required=True, help="如 2016-11")
    reads_forms(payroll)
    payroll.add_argument("--draft", action="store_true", help="数据不全也往下算：试算，算不出的是 #N/A")
    payroll.add_argument("--replace", action="store_true", help="已有的工资表不同时重写，旧表另存为 工资表_月份_旧1")
    writes(payroll)

    result = command("result", "制度里的任何一个结果：算出一个期间的，写进工作簿")
    book(result)
    result.add_argument("--of", metavar="结果", help="哪一个结果，如 xl-kpi policy 所列；只有一个的不用写")
    result.add_argument("--period", metavar="期间", required=True,
                        help="2016-11、2016Q4、2016H2、2016 或 2016-07..2016-09")
    reads_forms(result)
    result.add_argument("--draft", action="store_true", help="数据不全也往下算：试算，算不出的是 #N/A")
    result.add_argument("--replace", action="store_true", help="已有的不同时重写，旧表另存为 …_旧1")
    writes(result)

    month = command("month", "新建月份：给在册的每个人加上考勤、月度考核、技能考核等表的行")
    book(month)
    month.add_argument("--month", metavar="月份", required=True, help="如 2016-11")
    month.add_argument("-o", dest="out", metavar="OUT", help="写到工作簿的一份副本")
    signed(month)

    close = command("close", "封存一个月（期间）：数据、参数和结果记进结账记录，以后不再重写")
    book(close)
    asks(close)
    close.add_argument("-o", dest="out", metavar="OUT", help="写到工作簿的一份副本")
    signed(close)

    verify = command("verify", "校验：用封存时的存档重新核算，说明一分不差还是哪里不同；"
                               "不写期间：所有封存的，写了 --of 是这一个结果的")
    book(verify)
    asks(verify)
    verify.add_argument("--json", action="store_true", help="输出 JSON")

    reopen = command("reopen", "重开最后封存的一个月（期间）：写明原因，改正后再封存")
    book(reopen)
    asks(reopen)
    reopen.add_argument("--reason", metavar="原因", required=True, help="为什么重开，记进结账记录")
    reopen.add_argument("-o", dest="out", metavar="OUT", help="写到工作簿的一份副本")
    signed(reopen)

    tidy = command("tidy", "整理：把已封存的月份的结果表隐藏起来，或者再显示")
    book(tidy)
    tidy.add_argument("--show", action="store_true", help="显示，而不是隐藏")
    tidy.add_argument("-o", dest="out", metavar="OUT", help="写到工作簿的一份副本")
    signed(tidy)

    explain = command("explain", "一个人的每笔金额怎么来的，依据哪一条")
    book(explain)
    asks(explain)
    explain.add_argument("--id", metavar="工号", required=True, help="这个人的工号；没有重名的也可以写姓名")

    slips = command("slips", "工资条：一人一个文件，可以逐人加密")
    book(slips)
    asks(slips)
    slips.add_argument("--out", "-o", dest="out", metavar="FOLDER", required=True, help="放在哪个文件夹，没有的话新建")
    slips.add_argument("--password-column", metavar="列",
                       help="用花名册里这一列作各人的密码（表头的原文，如 身份证后六位）；不写则不加密")
    slips.add_argument("--replace", action="store_true", help="文件夹里这个月的旧工资条换成新的")

    addin = command("addin", "Excel 加载项：安装、移除、查看、生成文件")
    actions = addin.add_subparsers(dest="action", title="动作", metavar="动作", parser_class=Parser, required=True)
    for name, text in (("install", "装进 Excel，下次打开时出现“绩效薪酬”"),
                       ("remove", "从 Excel 移除，恢复成安装之前的样子"), ("status", "装了没有，装在哪里，是不是最新")):
        actions.add_parser(name, help=text, description=text)
    text = "只生成加载项文件，不安装"
    build = actions.add_parser("build", help=text, description=text)
    build.add_argument("-o", dest="out", metavar="FILE.xlam", default="xl-kpi.xlam",
                       help="写到哪里（默认 xl-kpi.xlam）")

    doctor = command("doctor", "环境检查：这台电脑上加载项能不能用，怎么解决")
    doctor.add_argument("--json", action="store_true", help="输出 JSON")

    command("install-shortcut", "在桌面放一个文件，把工作簿拖上去就做体检，再按它的制度出结果")

    # what that file on the desktop runs; not in the list of commands
    drop = commands.add_parser("drop", description="体检、核算，一步一步问着做")
    drop.add_argument("book", metavar="BOOK", nargs="?", help="标准工作簿（.xlsx 或 .xlsm）")

    card = command("card", "自己的指标卡：把工作簿里 指标、评分人、等级、计薪 几张表写成一页制度，接着改")
    book(card)
    card.add_argument("--page", metavar="OUT.md", help="写到这个文件，文件名是制度的编号；不写就打印出来")

    policies = command("policies", "有哪些制度")
    policies.add_argument("--json", action="store_true", help="输出 JSON")

    policy = command("policy", "一份制度的全文：规则、输入、输出、参数、读法、条款、缺什么")
    policy.add_argument("id", metavar="ID", help="制度的编号，如 xl-kpi policies 所列；"
                                                 "或者自己的一页制度 FILE.md：核对它")
    policy.add_argument("--json", action="store_true", help="输出 JSON")

    trial = command("try", "试算一个人：给几个数，看按一份制度是多少、怎么来的、还缺什么；不要工作簿")
    trial.add_argument("id", metavar="ID", help="制度的编号，或者自己的一页制度 FILE.md")
    trial.add_argument("values", metavar="名称=值", nargs="*",
                       help="输入、参数、读法或量，名称如 xl-kpi policy 所列；有键的写 名称[键]=值，"
                            "某一期的写 名称@2016-10=值")
    trial.add_argument("--of", metavar="结果", help="只算这一个结果")
    trial.add_argument("--period", metavar="期间", help="2016-11、2016Q4、2016H2、2016（默认这个月）")
    trial.add_argument("--json", action="store_true", help="输出 JSON")

    compare = command("compare", "比较：换一种读法、一个参数或者一份制度，谁会得多少，各班组和合计差多少")
    book(compare)
    asks(compare)
    compare.add_argument("--with", dest="others", metavar="什么", action="append", default=[],
                         help="reading.x=y、参数=值（可以写几个 --with）；或者另一个工作簿，或者另一份制度的编号")
    out = compare.add_mutually_exclusive_group()
    out.add_argument("-o", dest="out", metavar="OUT", help="写成一个新工作簿：各项、各班组、每个人的差额，带图")
    out.add_argument("--json", action="store_true", help="输出 JSON")

    calendar = command("calendar", "期限：这个月（期间）谁要在哪一天以前做什么")
    calendar.add_argument("id", metavar="ID", help="制度的编号，或者自己的一页制度 FILE.md")
    calendar.add_argument("book", metavar="BOOK", nargs="?", help="按这个工作簿的参数和读法")
    when = calendar.add_mutually_exclusive_group()
    when.add_argument("--month", metavar="月份", help="如 2016-11（默认这个月）")
    when.add_argument("--period", metavar="期间", help="2016-11、2016Q4、2016H2、2016 或 2016-07..2016-09")
    out = calendar.add_mutually_exclusive_group()
    out.add_argument("-o", dest="out", metavar="FILE.ics", help="写成日历文件，可以导入 Outlook、手机日历")
    out.add_argument("--json", action="store_true", help="输出 JSON")

    raters = command("raters", "评分表：发给各个评分人填，收回来写进评分的表")
    book(raters)
    raters.add_argument("--period", metavar="期间", required=True,
                        help="2016-11、2016Q4、2016H2、2016 或 2016-07..2016-09")
    raters.add_argument("--of", metavar="结果", help="评哪一个结果里的人；只有一个的不用写")
    way = raters.add_mutually_exclusive_group(required=True)
    way.add_argument("--out", dest="dir", metavar="DIR", help="发：写进这个文件夹，没有的话新建")
    way.add_argument("--collect", metavar="DIR", help="收：这个文件夹里填好的，写进工作簿")
    raters.add_argument("--replace", action="store_true",
                        help="发：换掉文件夹里没有填的，填了的不动；收：表里已有的不同时改成收来的")
    raters.add_argument("--filled", metavar="文件名", action="append", default=[],
                        help="发：这一个已经填了也重新发（可以写几个），填过的那份留在 xl-kpi备份 里")
    raters.add_argument("-o", dest="out", metavar="OUT", help="收：BOOK 不动，写到它的一份副本")
    signed(raters)

    text = "公司自己的附表、考核表、工资表：认出哪一格是什么"
    actions = command("forms", text).add_subparsers(dest="action", title="动作", metavar="动作", parser_class=Parser,
                                                    required=True)
    text = "识别：是哪种表、哪一列（格）是什么、有多大把握、为什么；说不准的列出来问"
    inspect = actions.add_parser("inspect", help=text, description=text)
    inspect.add_argument("forms", metavar="FORM|DIR", nargs="+", help="表格文件，或者放着它们的文件夹")
    inspect.add_argument("--book", metavar="BOOK", help="标准工作簿：按它的制度、花名册来认")
    inspect.add_argument("--json", action="store_true", help="输出 JSON")

    text = "读取：表里每个人的每一格；写明 BOOK 的，是它制度的哪张表、哪一列"
    read = actions.add_parser("read", help=text, description=text)
    read.add_argument("forms", metavar="FORM|DIR", nargs="+", help="填好的表，或者放着它们的文件夹")
    read.add_argument("--book", metavar="BOOK", help="标准工作簿：按它的制度、花名册来认")
    out = read.add_mutually_exclusive_group()
    out.add_argument("--json", action="store_true", help="输出 JSON")
    out.add_argument("--write", action="store_true", help="读进 BOOK 的表：空格填上，没有的行加上，不同的说出来、不写")
    read.add_argument("-o", dest="out", metavar="OUT", help="与 --write 一起：BOOK 不动，写到它的一份副本")
    signed(read)

    text = "填写：把结果填进公司自己的附表、卡片、工资表；只动认出来的格，公式不动"
    fill = actions.add_parser("fill", help=text, description=text)
    fill.add_argument("forms", metavar="FORM|DIR", nargs="+", help="要填的表；没有姓名的空白卡片，一人填一份")
    fill.add_argument("--from", dest="book", metavar="BOOK", required=True, help="标准工作簿：填它算出来的结果")
    when = fill.add_mutually_exclusive_group(required=True)
    when.add_argument("--month", metavar="月份", help="如 2016-11")
    when.add_argument("--quarter", metavar="季度", help="如 2016Q4")
    when.add_argument("--period", metavar="期间", help="2016-11、2016Q4、2016H2、2016 或 2016-07..2016-09")
    fill.add_argument("--of", metavar="结果", help="填哪一个结果，如 xl-kpi policy 所列；只有一个的不用写")
    fill.add_argument("-o", dest="out", metavar="OUT", help="表不动，写到另一个文件；几张表或一人一份的写一个文件夹")
    fill.add_argument("--replace", action="store_true", help="表上已填的与结果不同时，改成结果的")
    signed(fill)

    text = "新建附表：按一份制度画出空白的附表，名单和卡片，带公式"
    blank = actions.add_parser("new", help=text, description=text)
    blank.add_argument("id", metavar="ID", help="制度的编号，或者自己的一页制度 FILE.md")
    blank.add_argument("-o", dest="out", metavar="OUT", help="新文件的名字（默认 附表_ID.xlsx）")
    blank.add_argument("--functions", action="store_true", help="算的列用加载项的函数（默认用 Excel 自带的公式）")
    blank.add_argument("--with", dest="given", metavar="什么", action="append", default=[],
                       help="reading.x=y、参数=值、参数[键]=值（可以写几个 --with）")
    blank.add_argument("--company", metavar="单位", default="", help="单位名称，印在标题里")
    blank.add_argument("--rows", metavar="行数", type=int, default=24, help="名单空几行（默认 24）")

    bring = command("import", "导入考勤：钉钉、企业微信、打卡机的导出和画勾的考勤表，填进工作簿的考勤")
    bring.add_argument("exports", metavar="EXPORT", nargs="+", help="考勤导出，可以几个：.xlsx、.xls、.csv")
    book(bring)
    bring.add_argument("--month", metavar="月份", required=True, help="如 2016-11")
    bring.add_argument("--replace", action="store_true", help="表里已填的与导出不同时，改成导出的")
    writes(bring)

    text = "集团：一次核算许多工作簿，各部门写成一张汇总；一个有错不影响别的，再运行只做没有做完和改过的"
    many = command("group", text)
    many.add_argument("books", metavar="DIR|BOOK", nargs="+", help="放着工作簿的文件夹，或者一个个工作簿")
    when = many.add_mutually_exclusive_group(required=True)
    when.add_argument("--month", metavar="月份", help="如 2016-11")
    when.add_argument("--period", metavar="期间", help="2016-11、2016Q4、2016H2、2016 或 2016-07..2016-09")
    many.add_argument("--payroll", action="store_true", help="写进各个工作簿，与 payroll、result 一样；不写只核算")
    many.add_argument("--jobs", metavar="N", type=int, help="同时几个进程（默认电脑有几核就几个）")
    many.add_argument("--people", action="store_true", help="汇总里列出每个人；不写的话哪里都没有姓名")
    many.add_argument("-o", dest="out", metavar="OUT.xlsx", help="汇总工作簿，如 集团汇总.xlsx")
    many.add_argument("--table", metavar="OUT", help="每人每项一行的数据表，.csv 或 .parquet，给 DuckDB、pandas、BI 用")
    many.add_argument("--json", action="store_true", help="输出 JSON")

    about = command("help", "一个命令的说明；不写命令：全部命令")
    about.add_argument("topic", metavar="COMMAND", nargs="*", help="命令，如 payroll")
    return parser


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from importlib.metadata import version

        print(f"xl-kpi {version('xl-kpi')}")
        parser.exit()


def _help(parser: Parser, topic: Sequence[str]) -> int:
    """The help of a command, of a command's command (addin build), or of all."""
    for name in topic:
        found = parser.commands().get(name)
        if found is None:
            parser.unknown_command(name)
        parser = found[0]
    parser.print_help()
    return EXIT_DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0 done, 1 refused, 2 wrong usage, 3 environment."""
    for stream in (sys.stdout, sys.stderr):
        # a console that cannot show a character must not stop the month's pay
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        parser = build_parser()
        arguments = parser.parse_args(argv)
        arguments.line = list(sys.argv[1:] if argv is None else argv)       # as it was given, to be given again
        if arguments.command == "help":
            return _help(parser, arguments.topic)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else EXIT_USAGE
    for name in FILES:
        given = getattr(arguments, name, None)              # cmd does not replace ~
        if isinstance(given, list):
            setattr(arguments, name, [os.path.expanduser(one) if one.startswith("~") else one for one in given])
        elif isinstance(given, str) and given.startswith("~"):
            setattr(arguments, name, os.path.expanduser(given))
    from xl_kpi.commands import run

    arguments.again = main              # of a command that is made of others
    return run(arguments)


def console() -> int:
    """The installed command: a short-lived process, what it makes lives to its end, so nothing needs collecting."""
    import gc

    gc.disable()
    try:
        code = main()
        sys.stdout.flush()
    except KeyboardInterrupt:       # before a command began
        return EXIT_HOST
    except OSError as error:
        if not pipe_is_gone(error):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return EXIT_DONE
    return code


if __name__ == "__main__":
    sys.exit(console())
