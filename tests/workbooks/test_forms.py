"""附表1–4: their titles, 填表说明 and the line on which the review group signs; also once the review filled them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from tests.books import demo_book
from tests.command import run
from tests.office import Office, pdf_pages
from workbooks import demo, standard
from xl_kpi.policy.load import load

TITLES = {"附表1": "客服代表季度星级评定表", "附表2": "客服代表月度绩效考核表", "附表3": "客服领班季度星级评定表",
          "附表4": "客服领班绩效考核表"}
SHEETS = {"附表1": "季度星级_客服代表", "附表2": "月度考核_客服代表", "附表3": "季度星级_客服领班",
          "附表4": "月度考核_客服领班"}
GROUP = {"附表1": True, "附表2": True, "附表3": False, "附表4": False}     # whether leads sit in the review group


@pytest.mark.parametrize("form", TITLES)
def test_each_form_has_its_title_how_to_fill_it_in_and_who_signs(form: str) -> None:
    book = openpyxl.load_workbook(BytesIO(standard.as_bytes(load("bozhen-2016"), year=2016, company="某某公司")))
    sheet = book[SHEETS[form]]
    assert sheet["A1"].value == f"某某公司 2016 年　{TITLES[form]}"
    told, blank, signed = sheet["A2"].value.split("\n")
    assert told.startswith(f"{form}　填表说明：")
    assert not blank
    assert signed.startswith("评审小组签字　客服部负责人：＿")
    assert ("客服领班：" in signed) == GROUP[form]
    assert signed.endswith("日期：＿＿＿＿年＿＿月＿＿日")
    assert sheet.print_title_rows == "$1:$3", "on every page"


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo company's workbook before its review, then reviewed."""
    book = tmp_path_factory.mktemp("forms") / "客服部2016.xlsx"
    demo.build(book)
    before = len(rows_of(book))
    code, out, _ = run("review", book, "--quarter", "2016Q4")
    assert code == 0, out
    assert len(rows_of(book)) > before + 20
    return book


def rows_of(book: Path) -> list[tuple[object, ...]]:
    sheet = openpyxl.load_workbook(book)["季度星级_客服代表"]
    return [row for row in sheet.iter_rows(min_row=4, values_only=True) if any(row)]


def test_the_review_fills_below_and_leaves_the_head_alone(reviewed: Path, office: Office) -> None:
    sheet = openpyxl.load_workbook(reviewed)["季度星级_客服代表"]
    assert sheet["A1"].value.endswith(TITLES["附表1"])
    assert "评审小组签字" in sheet["A2"].value
    assert all(row[0] and row[1] for row in rows_of(reviewed)), "nothing of the head below the headings"
    assert run("check", reviewed, "--quarter", "2016Q4")[0] == 0
    pages = ["".join(page.split()) for page in pdf_pages(office.to_pdf(reviewed))]
    mine = [page for page in pages if TITLES["附表1"] in page]
    assert len(mine) > 1
    assert all("评审小组签字" in page for page in mine), "signed on every page"


def test_a_form_that_the_book_lacks_is_made_with_them_too(tmp_path: Path) -> None:
    book = demo_book(tmp_path)
    opened = openpyxl.load_workbook(book)
    del opened["季度星级_客服领班"]
    opened.save(book)
    code, out, _ = run("review", book, "--quarter", "2016Q4", "-o", tmp_path / "o.xlsx")
    assert code == 0, out
    sheet = openpyxl.load_workbook(tmp_path / "o.xlsx")["季度星级_客服领班"]
    texts = [str(row[0].value or "") for row in sheet.iter_rows(max_row=5)]
    assert texts[0] == "示例客服中心2016年第4季度客服领班季度星级评定表"
    assert any(text.startswith("附表3　填表说明：") for text in texts)
    assert any(text.startswith("评审小组签字") for text in texts)
