"""What an export does not say and nobody may guess: questions with choices, each asked once; the answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from xl_kpi.forms.imports.model import Place
from xl_kpi.forms.model import Open
from xl_kpi.hand.texts import squeezed
from xl_kpi.problems import Problem

LATER, EACH = "待查", "逐个看"      # choices: left open; asked for each case


class Asked:
    """The answers that there are, and the questions that are still open, in the order in which they came up."""

    def __init__(self, answers: Mapping[str, str]):
        self._answers = {squeezed(key): answer.strip() for key, answer in answers.items()}
        self._asked: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._places: dict[str, list[Place]] = defaultdict(list)
        self._wrong: dict[str, str] = {}

    def choose(self, key: str, text: str, choices: Sequence[str], place: Place | None = None,
               free: Callable[[str], object] | None = None, also: Sequence[str] = ()) -> str | None:
        """The answer to a question; None: it is open.  ``free``: whether an answer that is no choice will do too;
        ``also``: words that will, of which the text speaks."""
        answer = self._answers.get(squeezed(key), "")
        for choice in (*choices, *also):
            if answer and squeezed(choice) == squeezed(answer):
                return choice
        if answer and free is not None and free(answer):
            return answer
        if answer:
            self._wrong[key] = answer
        self._asked.setdefault(key, (text, tuple(choices)))
        if place is not None and place not in self._places[key]:
            self._places[key].append(place)
        return None

    def answer(self, key: str) -> str:
        """The answer to a question that need not be asked; '' for none."""
        return self._answers.get(squeezed(key), "")

    def answers_of(self, prefix: str) -> list[str]:
        """All answers whose key begins with a word."""
        return [answer for key, answer in self._answers.items() if key.startswith(squeezed(prefix)) and answer]

    @property
    def open(self) -> list[Open]:
        found = []
        for key, (text, choices) in self._asked.items():
            places = self._places[key]
            where = f"（{len(places)} 处，如 {places[0]}）" if len(places) > 1 else f"（{places[0]}）" if places else ""
            found.append(Open(key, f"{text}{where}", choices, places[0].cell if places else ""))
        return found

    def problems(self, file: str) -> list[Problem]:
        """The open questions as HR is told of them; ``file``: where the answers go."""
        found = []
        for one in self.open:
            places = self._places[one.key]
            wrong = self._wrong.get(one.key)
            text = f"“{one.key}”写的是“{wrong}”，不能用：{one.text}" if wrong else one.text
            choices = f"写上其中一个：{'、'.join(one.choices)}" if one.choices else "写上答案"
            found.append(Problem("error", text, f"在 {file} 里“{one.key}”的引号里{choices}",
                                 places[0].sheet if places else "", one.cell, cause=f"asked {one.key}"))
        return found
