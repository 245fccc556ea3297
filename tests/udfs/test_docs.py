"""docs/functions.md is the functions' own help."""

from __future__ import annotations

from tests.tools.functions_doc import FILE, page


def test_the_page_is_up_to_date() -> None:
    assert FILE.read_text("utf-8") == page(), "make docs"
