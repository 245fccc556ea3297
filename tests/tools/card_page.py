"""policies/card.md from the example in data/card.toml: ``card_page.py``."""

from __future__ import annotations

from pathlib import Path

from xl_kpi.card import card_of, page_of
from xl_kpi.card.example import book
from xl_kpi.card.sheets import COLUMNS

FILE = Path(__file__).resolve().parents[2] / "xl_kpi" / "policies" / "card.md"


def text() -> str:
    card, _ = card_of(book())
    return page_of(card, FILE.stem, list(COLUMNS))


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
