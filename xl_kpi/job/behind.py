"""Which columns stand behind an amount: read off the policy's rules, so that a change can be told with its reason."""

from __future__ import annotations

from dataclasses import replace

from xl_kpi.comparison import outcome
from xl_kpi.engine import NodeKey
from xl_kpi.job.context import Job
from xl_kpi.results import Result
from xl_kpi.rules.expression import Ref


def add_behind(job: Job, result: Result) -> None:
    """Say of each amount that is earned or held back, or of the score that a result without such comes to, which other
    columns it is made of (``ResultColumn.behind``).

    From the amount back along the rules, breadth first, and no further where a column that is no money is met: what
    lies behind that column shows in it.
    """
    run = job.run
    known: dict[NodeKey, str] = {}
    roots: dict[str, list[NodeKey]] = {}
    for column in job.output.columns:
        if column.value is None:
            continue
        roots[column.heading] = [(n, run.period_for(n, job.period)) for n in run.names_in(column.value)]
        if column.type != "money" and isinstance(column.value, Ref):
            known[roots[column.heading][0]] = column.heading
    behind: dict[NodeKey, list[NodeKey]] = {}

    def columns_behind(heading: str) -> tuple[str, ...]:
        queue, found = list(roots[heading]), []
        seen = set(queue)
        for node in queue:          # grows while it is walked
            if known.get(node, heading) != heading:
                found.append(known[node])
            elif node[0] in job.policy.quantities:
                if node not in behind:
                    behind[node] = run.names_behind(node)
                queue += [n for n in dict.fromkeys(behind[node]) if n not in seen]
                seen.update(behind[node])
        return tuple(found)

    main = outcome(result.columns)
    told = [c for c in result.columns if (c.part or c is main) and c.heading in roots]
    result.columns = [replace(c, behind=columns_behind(c.heading)) if c in told else c for c in result.columns]
