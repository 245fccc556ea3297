"""Fixtures for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest

from tests import office as harness

# How long one example takes says something about the machine, nothing about the program.
hypothesis.settings.register_profile("steady", deadline=None)
hypothesis.settings.load_profile("steady")


@pytest.fixture(scope="session")
def office() -> Iterator[harness.Office]:
    """One LibreOffice for the whole session; tests that need it are skipped where there is none."""
    ok, why = harness.available()
    if not ok:
        pytest.skip(f"LibreOffice: {why}")
    with harness.Office() as running:
        yield running


@pytest.fixture(scope="session")
def excel(office: harness.Office) -> Iterator[Any]:
    """LibreOffice in the place of Excel: the one application of xlwings."""
    from tests.xlwings_office import running

    with running(office) as app:
        yield app
