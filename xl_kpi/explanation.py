"""How an amount came about: one Chinese sentence with numbers, through the branches that only pass a value on."""

from __future__ import annotations

from typing import Any

from xl_kpi.engine import Run, View
from xl_kpi.rules.expression import Case, Default, If, Node, Ref
from xl_kpi.rules.periods import Period


class Explainer:
    """Explains quantities for person after person; what does not depend on the person is worked out once."""

    def __init__(self, run: Run, period: Period, sheets: dict[str, str]):
        """``sheets``: input column → the sheet it stands on."""
        self.run, self.period, self.sheets = run, period, sheets
        self.views: dict[Period, View] = {}
        self.known: dict[str, tuple[View, Any, Node | None]] = {}
        self.tests: dict[int, list[bool]] = {}

    def quantity(self, name: str) -> tuple[View, Any, Node | None]:
        """(the view of its period, its rule, its expression)."""
        found = self.known.get(name)
        if found is None:
            period = self.run.period_for(name, self.period)
            view = self.views.get(period)
            if view is None:
                view = self.views[period] = self.run.view(period)
            rule = self.run.policy.quantities.get(name)
            found = self.known[name] = view, rule, rule.expression if rule else None
        return found

    def sentence(self, name: str, person: int) -> str:
        view, rule, node = self.quantity(name)
        if rule is None:                        # an input: say where it stands
            sheet = self.sheets.get(name)
            return f"{sheet}的{view.said(name, person)}" if sheet else view.said(name, person)
        if node is None:
            return rule.explain(view, person)
        node, _ = self._taken(view, node, person)
        if isinstance(node, Ref) and (node.name in self.run.policy.quantities or node.name in self.sheets):
            return self.sentence(node.name, person)
        return node.explain(view, person)

    def named(self, name: str, person: int) -> list[str]:
        """The quantities that the sentence speaks of."""
        view, _, node = self.quantity(name)
        if node is None:
            return []
        _, leaf = self._taken(view, node, person)
        names = [one for one in self.run.names_in(leaf) if one in self.run.policy.quantities]
        if isinstance(leaf, Ref) and names:
            return self.named(leaf.name, person)
        return [] if leaf.bare else list(dict.fromkeys(names))

    def _taken(self, view: View, node: Node, person: int) -> tuple[Node, Node]:
        """(the part to explain: with the conditions it stands under, unless it is a name; the part that counts)."""
        outermost: Node | None = None
        while True:
            if isinstance(node, If):
                outermost = outermost or node
                node = node.yes if self.holds(node.test, view)[person] else node.no
            elif isinstance(node, Case):
                node = node.case(self.run.settings.readings[node.reading])
            elif isinstance(node, Default):
                node = node.as_if
            else:
                return node if outermost is None or isinstance(node, Ref) else outermost, node

    def holds(self, test: Node, view: View) -> list[bool]:
        """Where a condition is true."""
        found = self.tests.get(id(test))
        if found is None:
            found = self.tests[id(test)] = view.evaluated(test).true(view.size).tolist()
        return found
