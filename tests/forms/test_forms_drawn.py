"""Lists drawn at random, with what is true of them (drawn.py): nothing may be recognised wrong."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.forms.drawn import draw, judge
from tests.share import times
from xl_kpi.forms.foreign import open_form
from xl_kpi.forms.recognise import recognise
from xl_kpi.forms.wanted import Wanted


def test_nothing_is_wrong_in_lists_drawn_at_random() -> None:
    """Without a roster and with one; nearly all is recognised, the rest asked."""
    counts: Counter[str] = Counter()
    for seed in range(times(150, 50)):
        drawn = draw(seed)
        for wanted in (None, Wanted(people=drawn.roster)):
            verdict = judge(drawn, recognise(drawn.book(), wanted))
            assert verdict.wrong == [], seed
            counts += verdict.counts
    assert counts["open"] * 200 < counts["right"]


def test_from_a_file_it_is_the_same(tmp_path: Path) -> None:
    for seed in range(1000, 1012):
        drawn = draw(seed)
        from_file = [form.as_json() for form in recognise(open_form(drawn.save(tmp_path)))]
        assert from_file == [form.as_json() for form in recognise(drawn.book())], seed


def test_a_wrong_answer_would_be_seen() -> None:
    """The judge judges."""
    drawn = draw(3)
    drawn.people = drawn.people[1:]
    assert judge(drawn, recognise(drawn.book())).wrong
