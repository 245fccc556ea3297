"""Compiling a policy: its names, expressions, types, periods and uses, each checked; refusals name file and key."""

from __future__ import annotations

from xl_kpi.policy import compiled, model
from xl_kpi.policy.compiled import made
from xl_kpi.policy.compiling import deadlines, functions, indicators, names, outputs, quantities, tables, use
from xl_kpi.policy.compiling.context import Compiling
from xl_kpi.policy.compiling.plausible import plausible


def compile_policy(written: model.Policy) -> compiled.Policy:
    """What is run of what is written.  Raises PolicyError with all that is wrong."""
    wrong = indicators.spell_out(written)
    c = Compiling(written)
    c.errors += wrong
    names.names(c)
    c.stop()
    names.titles(c)
    names.parameters(c)
    tables.tables(c)
    c.open_scopes()
    quantities.parts(c)
    quantities.quantities(c)
    made_tables = tables.compiled_tables(c)
    checks = outputs.checks(c)
    deadline = deadlines.deadlines(c)
    outputs.refusals(c)
    role = plausible(c)
    outputs.roles(c)
    results = {}
    for name, output in written.outputs.items():
        with c.telling():
            results[name] = outputs.output(c, name, output)
    made_functions = {}
    for name, function in written.functions.items():
        with c.telling():
            made_functions[name] = functions.function(c, name, function)
    use.references(c)
    use.labels(c)
    quantities.grains(c)
    order = quantities.order(c)
    quantities.bounded(c, order)
    quantities.typed(c, order, {name: one.given for name, one in made_functions.items()})
    functions.agree(c, {name: written.functions[name] for name in made_functions})
    for name, result in results.items():
        with c.telling():
            results[name] = outputs.with_types(c, result)
    deadlines.of_everybody(c, order)
    use.use(c)
    c.stop()                    # what follows goes through whole chains of rules: they are bounded
    for name, result in results.items():
        with c.telling():
            results[name] = outputs.with_formulas(c, result)
    c.stop()
    return made(compiled.Policy, written, written=written, columns=c.columns, tables=made_tables, checks=checks,
                deadlines=deadline, quantities=c.quantities, functions=made_functions, plausible=role,
                outputs=results, workdays=use.workdays(c))
