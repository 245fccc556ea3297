"""``python -m xl_kpi``."""

import sys

from xl_kpi.cli import console

if __name__ == "__main__":
    sys.exit(console())
