"""A choice from a list, as a hand types it: the label, or a word that stands for it, in any case and width."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from xl_kpi.hand.texts import squeezed

# A list of just these two is a question, and people tick or cross it.
YES_NO = ("是", "否")
YES_NO_WORDS = {
    **dict.fromkeys(("Y", "YES", "√", "✓", "✔", "☑", "对", "成立", "1", "TRUE"), "是"),
    **dict.fromkeys(("N", "NO", "×", "✗", "✘", "✕", "✖", "x", "不成立", "0", "FALSE"), "否"),
}


def key(text: object) -> str:
    """What a word is compared by."""
    return squeezed(text).casefold()


def codes(choices: Iterable[str], words: Mapping[str, str]) -> dict[str, int]:
    """Key → number of the label; ``words``: further words → the label that they stand for."""
    numbers = {label: number for number, label in enumerate(choices)}
    if tuple(numbers) == YES_NO:
        words = {**YES_NO_WORDS, **words}
    return {**{key(word): numbers[label] for word, label in words.items()},
            **{key(label): number for label, number in numbers.items()}}
