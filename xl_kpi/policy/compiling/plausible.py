"""The roles that the section ``plausible`` gives fit what they are given to."""

from __future__ import annotations

from xl_kpi.period import GRAINS
from xl_kpi.policy import compiled
from xl_kpi.policy.compiled import made
from xl_kpi.policy.compiling.context import Compiling
from xl_kpi.policy.names import PERIODIC
from xl_kpi.policy.words import near_to
from xl_kpi.rules.expression import BOOL


def plausible(c: Compiling) -> compiled.Plausible:
    """The roles that the section ``plausible`` gives fit what they are given to."""
    policy, role = c.policy, c.policy.plausible
    monthly, before = ("month", "period"), len(c.errors)
    # of the roster one column each, '' for none; of the others every name has to be one
    for where, names, grains, kinds, what in (
            ("hired", [role.hired] if role.hired else [], ("roster",), ("date",), "花名册的日期列"),
            ("left", [role.left] if role.left else [], ("roster",), ("date",), "花名册的日期列"),
            ("post", [role.post] if role.post else [], ("roster",), ("choice",), "花名册里 type = \"choice\" 的列"),
            ("daily", role.daily, ("month",), ("count",), "按月的表里 type = \"count\" 的列"),
            ("hours", role.hours, ("month",), ("hours",), "按月的表里 type = \"hours\" 的列"),
            ("totals", role.totals, GRAINS, ("score",), "一人一期一行的表里 type = \"score\" 的列"),
            ("varying", role.varying, PERIODIC, ("score", "money"),
             "一人一期一行的表里 type = \"score\" 或 \"money\" 的列"),
            ("wanted", role.wanted, monthly, ("score",), "按月的表里 type = \"score\" 的列")):
        fitting = [name for name, (table, column) in c.columns.items()
                   if policy.tables[table].grain in grains and column.type in kinds and not column.ignored]
        for name in names:
            with c.telling():
                if name not in fitting and name not in c.unknown:
                    raise c.fail(f"plausible.{where}", f"{name or '空的名字'} 不是{what}{near_to(name, fitting)}")
    both, wanted = {}, {}
    if len(c.errors) > before:              # what follows asks for what they are
        return made(compiled.Plausible, role, hours={}, wanted={}, appeals={})
    months = [name for name, table in policy.tables.items() if table.grain == "month"]
    if role.attendance and role.attendance not in months:
        c.tell("plausible.attendance",
               f"{role.attendance} 不是 grain = \"month\" 的表{near_to(role.attendance, months)}")
    forms = [name for name, table in policy.tables.items() if table.grain in GRAINS]
    posts = c.columns[role.post][1].choices if role.post else []
    for name, post in role.posts.items():
        with c.telling():
            if name not in forms:
                raise c.fail("plausible.posts", f"{name} 不是一人一期一行的表{near_to(name, forms)}")
            if post not in posts:
                raise c.fail(f"plausible.posts.{name}",
                                f"「{post}」不是 plausible.post 那一列的选项{near_to(post, posts)}")
    for name, hours in role.hours.items():
        with c.telling():
            counts = [c.name for c in policy.tables[c.columns[name][0]].columns if c.type == "count"]
            if hours.count not in counts:
                raise c.fail(f"plausible.hours.{name}.count",
                                f"{hours.count} 不是同一张表里 type = \"count\" 的列{near_to(hours.count, counts)}")
            c.used |= {name, hours.count}
            if hours.both:
                both[name] = c.parse(f"plausible.hours.{name}.both", hours.both, BOOL)
    for name in role.scores:
        with c.telling():
            rule = c.quantities.get(name)
            if name not in c.unknown and (rule is None or rule.rows or rule.period != "month"):
                raise c.fail("plausible.scores", f"{name} 不是按人、按月的量{near_to(name, c.quantities)}")
    for name, text in role.wanted.items():
        with c.telling():
            wanted[name] = c.parse(f"plausible.wanted.{name}", text, BOOL)
    for name in role.shares:
        with c.telling():
            if name not in policy.parameters or policy.parameters[name].unit != "%":
                known = [n for n, p in policy.parameters.items() if p.unit == "%"]
                raise c.fail("plausible.shares", f"{name} 不是 unit = \"%\" 的参数{near_to(name, known)}")
    appeals = {}
    for name, appeal in role.appeals.items():
        with c.telling():
            if name not in policy.tables or policy.tables[name].grain != "events":
                raise c.fail("plausible.appeals", f"{name} 不是 grain = \"events\" 的表")
            texts = [column.name for column in policy.tables[name].columns if column.type in ("text", "choice")]
            for column in (appeal.item, appeal.old, appeal.new):
                if column not in texts:
                    raise c.fail(f"plausible.appeals.{name}", f"{column} 不是这张表里文字的列{near_to(column, texts)}")
                c.used.add(column)
            appeals[name] = made(compiled.Appeal, appeal, upheld=c.parse(
                f"plausible.appeals.{name}.upheld", appeal.upheld, BOOL, rows=name))
    hours_of = {name: made(compiled.Hours, hours, both=both.get(name)) for name, hours in role.hours.items()}
    return made(compiled.Plausible, role, hours=hours_of, wanted=wanted, appeals=appeals)
