"""The tab 「绩效薪酬」: one table of buttons, from which the ribbon's XML and its VBA callbacks are made.

A button's handler is a function without arguments in ``xl_kpi.addin.ribbon``; its name is the button's only id.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree
from lxml.builder import ElementMaker

NAMESPACE = "http://schemas.microsoft.com/office/2009/07/customui"
TAB_LABEL, TAB_KEYTIP = "绩效薪酬", "K"


@dataclass(frozen=True, slots=True)
class Button:
    """A button.  ``icon`` is the name of a picture that Excel 2013 and every later one has."""

    handler: str
    label: str
    tip: str
    keytip: str
    icon: str
    large: bool = False
    needs_book: bool = True

    @property
    def callback(self) -> str:
        """The VBA procedure; Excel looks it up among those of all open add-ins, hence the prefix."""
        return f"XlKpi_{self.handler}"


@dataclass(frozen=True, slots=True)
class Group:
    id: str
    label: str
    buttons: tuple[Button, ...]


GROUPS = (
    Group("prepare", "准备", (
        Button("new_workbook", "新建工作簿", "建一个空白的标准工作簿：参数写明条款和怎么填，要填的格子有颜色。",
               "N", "FileNew", needs_book=False),
        Button("new_month", "新建月份", "按花名册为一个月补上每个人的空行，已有的行不动。",
               "M", "TableRowsInsertAboveExcel"),
        Button("check", "体检", "一次列出全部问题：谁、哪一格、错在哪、怎么改。写在“体检”表，别的都不动。",
               "C", "ErrorChecking", large=True),
    )),
    Group("forms", "附表", (
        Button("recognise_forms", "识别附表",
               "看公司自己的附表：哪一列、哪一格是什么；说不准的问一次，答案记在表旁边。", "G", "NameManager"),
        Button("read_forms", "读入附表",
               "把填好的附表读进工作簿的表：空格填上，没有的行加上；与已填的不同时说出两边，不写。",
               "J", "Copy"),
        Button("fill_forms", "填写附表",
               "把结果填进公司自己的附表：只动认出来的格，公式不动；行不够时 Excel 插入行。", "Y", "FillDown"),
        Button("import_attendance", "导入考勤",
               "把钉钉、企业微信、打卡机的导出和画勾的考勤表填进考勤；不清楚的问一次，已填的不同时由你决定。",
               "Q", "Paste"),
    )),
    Group("calculate", "核算", (
        Button("review", "季度评星", "按上季度的数据评出本季度的星级。会改变已有内容时先列出来，由你决定。",
               "R", "ShapeStar", large=True),
        Button("payroll", "生成工资表", "算出一个月的工资，连同工资条、依据、汇总。数据有错就不生成，原因见“体检”表。",
               "P", "AccountingFormat", large=True),
        Button("result", "其他结果", "制度里别的结果：月度、季度、半年、年度的，或从某月到某月的。先问哪一个、哪一期。",
               "X", "CalculateNow"),
        Button("undo", "撤销上次生成", "把上一次按钮改动的内容恢复成改动之前的样子。", "U", "Undo"),
    )),
    Group("output", "输出", (
        Button("slips", "工资条", "生成可以裁开的工资条，一人一条。", "S", "Cut"),
        Button("basis", "核算依据", "每个人每一笔钱怎么算出来的，依据哪一条、哪个参数。", "B", "TracePrecedents"),
        Button("print_setup", "打印设置", "给结果表设好纸张、方向、标题行和页码。", "T", "PageOrientationGallery"),
        Button("to_values", "函数转为数值",
               "工作簿要发给没装加载项的人时用：用到本程序函数的公式换成现在的值，别的公式不动。", "W", "PasteValues"),
    )),
    Group("examine", "核对", (
        Button("explain_selection", "解释选中项", "选中一个人的金额或一个公式，说明它怎么来的；给不出值时说明原因。",
               "E", "FormulaEvaluate", large=True),
        Button("compare_formulas", "与公式核对", "把工资表里的公式逐格重算，列出与程序不一致的。",
               "F", "ShowFormulas"),
        Button("compare_last_month", "与上月比较", "每个人比上月多了还是少了，差在哪一项，为什么。",
               "L", "ViewSideBySide"),
    )),
    Group("close", "结账", (
        Button("close_month", "封存", "把一个月的数据、参数和结果封存；封存之后不再改写。", "K", "Lock"),
        Button("verify", "校验", "用封存的数据重新计算，核对与当时的结果是否分毫不差。", "V", "FileMarkAsFinal"),
        Button("reopen_month", "重开", "重新打开最后封存的一个月，写明原因；改正后重新生成工资表，再封存。",
               "O", "FileOpen"),
        Button("tidy", "整理", "把已封存的月份的结果表隐藏起来；都隐藏了的，再点一次全部显示。", "Z", "WindowHide"),
    )),
    Group("settings", "设置", (
        Button("parameters", "制度参数", "转到参数表，看哪些值还没有填、依据哪一条。", "A", "PropertySheet"),
        Button("environment", "环境检查", "检查这台电脑上加载项能不能正常工作，写明怎么解决。",
               "D", "FileCompatibilityChecker", needs_book=False),
        Button("help", "帮助", "每月的步骤、每个按钮和每个函数的说明。", "H", "Help", needs_book=False),
        Button("about", "关于", "版本、许可和隐私说明。", "I", "FileProperties", needs_book=False),
    )),
)


def buttons() -> Iterator[Button]:
    """All buttons in their order on the tab."""
    for group in GROUPS:
        yield from group.buttons


def ribbon_xml() -> bytes:
    """The part customUI14.xml."""
    make = ElementMaker(namespace=NAMESPACE, nsmap={None: NAMESPACE})
    groups = (
        make.group(
            *(make.button(id=button.callback, label=button.label, screentip=button.label, supertip=button.tip,
                          keytip=button.keytip, imageMso=button.icon, size="large" if button.large else "normal",
                          onAction=button.callback)
              for button in group.buttons),
            id=f"XlKpiGroup_{group.id}", label=group.label)
        for group in GROUPS)
    tab = make.tab(*groups, id="XlKpiTab", label=TAB_LABEL, keytip=TAB_KEYTIP)
    root = make.customUI(make.ribbon(make.tabs(tab)))
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True, pretty_print=True)


def callbacks() -> str:
    """The VBA procedures that the buttons call; they stand in the module ``XlKpi``."""
    return "".join(
        f"\nPublic Sub {button.callback}(ByVal control As Object)\n"
        f'    RunButton "{button.handler}", {button.needs_book}\n'
        "End Sub\n"
        for button in buttons())
