"""Runs the command in this process, as from a console."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

from xl_kpi.cli import main


def run(*arguments: str | Path, encoding: str = "utf-8") -> tuple[int, str, str]:
    """(exit code, stdout, stderr)."""
    before = sys.stdout, sys.stderr
    out, err = io.BytesIO(), io.BytesIO()
    wrapped = sys.stdout, sys.stderr = io.TextIOWrapper(out, encoding), io.TextIOWrapper(err, encoding)
    try:
        code = main([str(a) for a in arguments])
        for stream in wrapped:
            stream.flush()
        written = out.getvalue(), err.getvalue()
    finally:
        sys.stdout, sys.stderr = before
    return code, written[0].decode("utf-8" if "--json" in arguments else encoding), written[1].decode(encoding)


def run_json(*arguments: str | Path) -> tuple[int, dict[str, Any]]:
    code, out, _ = run(*arguments, "--json")
    return code, json.loads(out)
