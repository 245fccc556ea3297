"""What a command and a button both do: HR's workbook in, what is to change in it out.

An action knows no file and no Excel: it takes an ``Opened`` and gives an ``Outcome``, or raises Refusal with every
reason.  The command line (``xl_kpi.commands``) and the ribbon (``xl_kpi.addin.ribbon``) are its two fronts.
"""
