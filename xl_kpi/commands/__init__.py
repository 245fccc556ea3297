"""The commands: workbook in, result out.  One module a command (or two that are one).

A command takes the parsed arguments and gives the exit code.  Its module is imported only when it runs.
"""

from __future__ import annotations

import argparse
import importlib
import keyword
import os
import sys
from collections.abc import Callable

from xl_kpi.commands.say import advised, say_json, say_problems, with_command
from xl_kpi.exits import EXIT_DONE, EXIT_HOST, EXIT_REFUSED, EXIT_USAGE, pipe_is_gone
from xl_kpi.problems import Advice, Incomplete, Refusal, Stop, UsageError
from xl_kpi.rules.base import PolicyError

# command → the module here that has a function of that name
MODULES = {
    "demo": "demo", "new": "new", "check": "check", "review": "results", "payroll": "results", "result": "results",
    "explain": "explain",
    "month": "month", "slips": "slips", "close": "closing", "verify": "closing", "reopen": "closing",
    "policies": "policies", "policy": "policies", "addin": "addin", "doctor": "doctor",
    "tidy": "tidy", "card": "card", "install-shortcut": "shortcut", "drop": "drop", "try": "trial",
    "compare": "compare", "calendar": "calendar", "raters": "raters", "forms": "forms",
    "import": "importing", "group": "group",
}


# the commands that only read, whatever their options
READING = ("explain", "verify", "policies", "policy", "doctor", "try", "compare", "calendar")
FORMS_READING = ("inspect",)


def _writes(arguments: argparse.Namespace) -> bool:
    if arguments.command == "check":
        return bool(arguments.sheet)
    if arguments.command == "group":
        return bool(arguments.payroll)
    if arguments.command == "forms":
        return arguments.action not in FORMS_READING and getattr(arguments, "write", True)
    return arguments.command not in READING and not getattr(arguments, "json", False)


def command_of(name: str) -> Callable[[argparse.Namespace], int]:
    """The function behind a command (``install-shortcut`` is ``install_shortcut``, ``try`` is ``try_``)."""
    function = name.replace("-", "_")
    function += "_" * keyword.iskeyword(function)
    found: Callable[[argparse.Namespace], int] = getattr(
        importlib.import_module(f"xl_kpi.commands.{MODULES[name]}"), function)
    return found


def run(arguments: argparse.Namespace) -> int:
    """One command with its errors turned into exit codes and words."""
    as_json = getattr(arguments, "json", False)
    try:
        return command_of(arguments.command)(arguments)
    except Refusal as refusal:
        if as_json:
            say_json({"problems": [p.as_json() for p in refusal.problems]})
        else:
            say_problems(refusal.problems, arguments)
            if not any(p.level == "error" for p in refusal.problems):
                return EXIT_REFUSED
            incomplete = isinstance(refusal, Incomplete) and arguments.command in ("payroll", "result")
            draft = advised(Advice("；数据不全时可以先试算", again="--draft"), arguments) if incomplete else ""
            nothing = "，没有写任何文件" if _writes(arguments) else ""
            print(f"\n有错误{nothing}。改正后再运行{draft or '。'}")
        return EXIT_REFUSED
    except PolicyError as error:
        print(error, file=sys.stderr)
        return EXIT_USAGE
    except Stop as error:
        print(with_command(str(error), error, arguments), file=sys.stderr)
        return EXIT_USAGE if isinstance(error, UsageError) else EXIT_HOST
    except KeyboardInterrupt:       # Ctrl-C: whatever is written is written whole or not at all
        whole = "文件要么没有动，要么已经写完整；再运行一次即可。" if _writes(arguments) else ""
        print(f"\n已中断。{whole}", file=sys.stderr)
        return EXIT_HOST
    except OSError as error:
        if not pipe_is_gone(error):
            raise
        # the reader of our output has gone; nothing was left half done
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_DONE
