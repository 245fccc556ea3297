"""How much of what is done for each policy is done in `make test`; `make test-all` (ALL=1) does the whole."""

from __future__ import annotations

import os

from xl_kpi.policy.load import ids

ALL = os.environ.get("ALL") == "1"
# One of each kind: pay with a review, points and an allowance, forced grades, a pool, raters in columns, two outputs,
# an indicator card by quarter, what looks back, a company's own card.
SOME = ("bozhen-2016", "s001-b-110-points", "s004-3-litong", "s000-d-pay-pool", "s002-b-supervisor-scale",
        "s000-h-manager-result", "s000-j-standard-4levels", "s004-2-wangwang", "card")


def some() -> list[str]:
    """The policies that what is slow is done for."""
    return [one for one in ids() if ALL or one in SOME]


def times(whole: int, least: int) -> int:
    """How often, for each policy."""
    return whole if ALL else least
