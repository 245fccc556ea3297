"""Policies written as the compiler takes them: what a page expands to, in TOML for the eyes."""

from __future__ import annotations

import tomllib
from pathlib import Path

from xl_kpi.policy.compiled import Policy
from xl_kpi.policy.load import read

GOOD = Path(__file__).parent / "policy" / "broken_policies" / "good.toml"


def written(file: Path) -> Policy:
    """The policy that a file of this kind says.  Raises PolicyError."""
    return read(tomllib.loads(file.read_text("utf-8-sig")), file.name)
