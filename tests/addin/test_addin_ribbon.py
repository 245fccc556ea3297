"""The tab 「绩效薪酬」: buttons, callbacks, icons, key tips, in the table and in the built file."""

from __future__ import annotations

import itertools
import re
from xml.etree import ElementTree

import pytest

from tests.addin import built
from xl_kpi.addin.buttons import GROUPS, NAMESPACE, buttons

TABS = {
    "准备": ["新建工作簿", "新建月份", "体检"],
    "附表": ["识别附表", "读入附表", "填写附表", "导入考勤"],
    "核算": ["季度评星", "生成工资表", "其他结果", "撤销上次生成"],
    "输出": ["工资条", "核算依据", "打印设置", "函数转为数值"],
    "核对": ["解释选中项", "与公式核对", "与上月比较"],
    "结账": ["封存", "校验", "重开", "整理"],
    "设置": ["制度参数", "环境检查", "帮助", "关于"],
}
HANDLERS = {
    "new_workbook", "new_month", "check", "review", "payroll", "result", "slips", "basis", "print_setup", "to_values",
    "explain_selection", "compare_formulas", "compare_last_month", "undo", "close_month", "verify", "reopen_month",
    "tidy", "parameters", "environment", "help", "about",
    "recognise_forms", "read_forms", "fill_forms", "import_attendance"}

# Looked up in Microsoft's published lists of Excel's controls of 2013, 2016, 2019 and the three channels of 365
# (office-fluent-ui-command-identifiers): every one has these.
IN_EVERY_EXCEL = {
    "About", "AccountingFormat", "CalculateNow", "Copy", "Cut", "ErrorChecking", "FileCompatibilityChecker",
    "FileMarkAsFinal", "FileNew", "FileOpen", "FileProperties", "FillDown", "FormulaEvaluate", "Help", "Lock",
    "NameManager", "PageOrientationGallery", "Paste", "PasteValues", "PropertySheet", "ShapeStar", "ShowFormulas",
    "TableRowsInsertAboveExcel", "TracePrecedents", "Undo", "ViewSideBySide", "WindowHide"}


def ribbon() -> ElementTree.Element:
    return ElementTree.fromstring(built.part("customUI/customUI14.xml"))


def elements(name: str) -> list[ElementTree.Element]:
    return list(ribbon().iter(f"{{{NAMESPACE}}}{name}"))


def test_the_file_has_the_tab_with_its_groups_and_buttons() -> None:
    assert [tab.get("label") for tab in elements("tab")] == ["绩效薪酬"]
    shown = {group.get("label"): [button.get("label") for button in group] for group in elements("group")}
    assert shown == TABS
    assert list(shown) == list(TABS)


def test_every_callback_exists_in_vba_and_every_one_there_has_a_button() -> None:
    called = [button.get("onAction") for button in elements("button")]
    defined = re.findall(r"^Public Sub (\w+)\(ByVal control As Object\)$", built.modules()["XlKpi"], re.MULTILINE)
    assert called == defined
    assert len(set(called)) == len(called)


def test_every_callback_runs_the_handler_of_its_button() -> None:
    runs = re.findall(r'^Public Sub XlKpi_(\w+)\(.*\n    RunButton "(\w+)", (?:True|False)\nEnd Sub$',
                      built.modules()["XlKpi"], re.MULTILINE)
    assert {handler for _, handler in runs} == HANDLERS
    assert all(callback == handler for callback, handler in runs)


def test_ids_are_unique_and_valid() -> None:
    ids = [element.get("id") for name in ("tab", "group", "button") for element in elements(name)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[A-Za-z_]\w*", text or "", re.ASCII) for text in ids)


@pytest.mark.parametrize("button", list(buttons()), ids=lambda button: button.handler)
def test_a_button_is_complete(button: object) -> None:
    assert button.icon in IN_EVERY_EXCEL                    # type: ignore[attr-defined]
    assert button.tip.endswith("。")                         # type: ignore[attr-defined]
    assert len(button.tip) <= 1024                          # type: ignore[attr-defined]


def test_no_two_buttons_look_alike() -> None:
    icons = [button.icon for button in buttons()]
    assert len(set(icons)) == len(icons)


def test_key_tips_are_unique_and_none_begins_another() -> None:
    tips = [button.get("keytip") or "" for button in elements("button")]
    assert all(re.fullmatch("[A-Z0-9]{1,3}", tip) for tip in tips)
    assert not [pair for pair in itertools.permutations(tips, 2) if pair[1].startswith(pair[0])]
    # those of Excel's own tabs: file, home, insert, draw, page layout, formulas, data, review, view, developer, help
    own_tabs = {"F", "H", "N", "JI", "P", "M", "A", "R", "W", "L", "Y"}
    assert [tab.get("keytip") for tab in elements("tab")] == ["K"]
    assert "K" not in own_tabs


def test_only_known_attributes_and_sizes_are_used() -> None:
    known = {"id", "label", "screentip", "supertip", "keytip", "imageMso", "size", "onAction"}
    assert all(set(button.keys()) == known for button in elements("button"))
    assert {button.get("size") for button in elements("button")} == {"normal", "large"}
    assert ribbon().tag == f"{{{NAMESPACE}}}customUI"


def test_every_group_has_its_place() -> None:
    assert sum(len(group.buttons) for group in GROUPS) == len(HANDLERS) == 26
