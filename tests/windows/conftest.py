"""The Windows computer of the session, with xl-kpi installed from its wheel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.windows.machine import Windows, available

Host = Callable[..., list[Any]]


@pytest.fixture(scope="session")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Windows]:
    ok, why = available()
    if not ok:
        pytest.skip(why)
    base = tmp_path_factory.getbasetemp()
    with Windows.session(f"{base.parent.name}-{base.name}") as machine:
        yield machine


@pytest.fixture(scope="session")
def host(windows: Windows) -> Host:
    """Runs steps of host.py with the library loaded; gives what each gave."""
    return windows.host
