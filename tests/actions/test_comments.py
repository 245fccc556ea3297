"""Comments of HR's: on their own sheets never lost; on a result sheet that is written anew, told."""

from __future__ import annotations

from pathlib import Path

import openpyxl
from openpyxl.comments import Comment

from tests.books import demo_book
from tests.command import run


def comments(file: Path) -> dict[tuple[str, str], str]:
    return {(sheet.title, cell.coordinate): cell.comment.text for sheet in openpyxl.load_workbook(file)
            for row in sheet.iter_rows() for cell in row if cell.comment}


def test_comments_stay_where_they_are(tmp_path: Path) -> None:
    file = demo_book(tmp_path)
    book = openpyxl.load_workbook(file)
    for sheet in book:
        for place in ((4, 2), (sheet.max_row, 3)):
            sheet.cell(*place).comment = Comment(f"{sheet.title}的批注", "HR")
    book.save(file)
    before = comments(file)
    assert len(before) > 20
    for command in (["review", file, "--quarter", "2016Q4", "--replace"], ["month", file, "--month", "2017-01"],
                    ["payroll", file, "--month", "2016-12"], ["check", file, "--sheet"]):
        code, out, err = run(*command)
        assert code in (0, 1), err
        assert "批注" not in out
        assert {place: text for place, text in comments(file).items() if place in before} == before, command
    # 体检 is a list that is made anew
    book = openpyxl.load_workbook(file)
    book["体检"]["F5"].comment = Comment("问过张三", "HR")
    book["工资表_2016-12"]["G5"].comment = Comment("核对过", "HR")
    book.save(file)
    out = run("check", file, "--month", "2016-12", "--sheet")[1]
    assert "体检 是重写的结果表，上面的批注没有了；要看的，在备份文件夹“xl-kpi备份”的那一份里" in out
    assert comments(file)["工资表_2016-12", "G5"] == "核对过"
