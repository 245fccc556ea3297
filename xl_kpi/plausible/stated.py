"""Parameters that the document states and the sheet 参数 does not: which value counts."""

from __future__ import annotations

from collections.abc import Iterator

from xl_kpi.plausible.look import Look
from xl_kpi.policy.words import cited
from xl_kpi.problems import Problem

NAMED = 4               # so many are named of rows that are not there


def stated_but_blank(look: Look) -> Iterator[Problem]:
    """The row of a stated parameter is blank, or gone: the stated value counts.  Rows that are gone have no cell: they
    are told together."""
    settings = look.settings
    if not settings.sheet:
        return
    gone = []
    for name, parameter in look.policy.parameters.items():
        for key, text in parameter.stated_values().items():
            used = settings.values.get((name, key), [])
            if len(used) != 1 or used[0].cell:
                continue                # HR's own value, or one that cannot be used
            title = f"{parameter.title}{f'（{key}）' if key is not None else ''}"
            cell = settings.cells.get((name, key), "")
            if cell:
                yield Problem("warning",
                              f"{title}没有填值，按{used[0].source}写的 {text} 算（{cited(parameter.clause)}）",
                              "要用别的值就填上；就用这个值的也填上，免得误会", settings.sheet, cell)
            else:
                gone.append(f"{title} {text}")
    if gone and not look.policy.written_on:     # else the sheets that say the rules state them
        more = f" 等 {len(gone)} 项" if len(gone) > NAMED else ""
        yield Problem("warning", f"参数表里没有这些参数的行，按制度写的值算：{'、'.join(gone[:NAMED])}{more}",
                      "要用别的值，加一行填上；就用这些值的不用改", settings.sheet)
