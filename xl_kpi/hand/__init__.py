"""What a hand types and what it means: pure functions, a module a kind (texts, numbers, days, choices, ids).

Nothing here knows a sheet, a policy or Excel, and nothing heavy is imported: a cell in, a value out, or what is wrong
with it.  Reading is as people mean it where they can mean one thing only; the rest is refused with both meanings.
"""
