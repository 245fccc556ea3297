"""``make demo POLICY=ID``: a small workbook of any policy, with its result."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from tests.cased import asked
from tests.command import run
from tests.tools import demo_book


@pytest.mark.parametrize("policy_id", ["s000-d-pay-pool", "card"])
def test_a_workbook_and_its_result(policy_id: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):                  # over what it made before, too
        assert demo_book.main([policy_id, str(tmp_path / "out")]) == 0
    book, result = sorted((tmp_path / "out").glob("*.xlsx"), key=lambda path: len(path.name))
    assert policy_id in book.name
    assert book.name in capsys.readouterr().out
    assert run("check", book, *asked(demo_book.case_of(policy_id)))[0] == 0
    more = set(openpyxl.load_workbook(result).sheetnames) - set(openpyxl.load_workbook(book).sheetnames)
    assert any(name.startswith("核算依据") for name in more)


def test_a_policy_that_there_is_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert demo_book.main(["s999", str(tmp_path)]) == 2
    assert "没有制度 s999" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
