"""The person before the screen, in a test: answers what was arranged, and remembers what was said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Person:
    """``answers``: to the questions, in order; a question nobody arranged an answer for is a failure."""

    def __init__(self, *answers: Any):
        self._answers: Iterator[Any] = iter(answers)
        self.asked: list[str] = []
        self.told: list[str] = []
        self.offered: list[str] = []        # the defaults of the questions

    def __call__(self, app: Any) -> Person:
        return self

    def tell(self, text: str, bad: bool = False) -> None:
        self.told.append(text)

    def confirm(self, text: str) -> bool:
        return bool(self._answer(text))

    def text(self, prompt: str, default: str = "") -> str | None:
        self.offered.append(default)
        answer = self._answer(prompt)
        return default if answer is ... else answer

    def save_as(self, default: str) -> str | None:
        return self._answer(default)

    def files(self, title: str) -> list[str]:
        return [str(path) for path in self._answer(title)]

    def _answer(self, question: str) -> Any:
        self.asked.append(question)
        return next(self._answers)

    @property
    def last(self) -> str:
        return self.told[-1]
