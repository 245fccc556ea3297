"""Excel while a button works: still, quick, and as it was before when the button is done."""

from __future__ import annotations

import contextlib
from typing import Any

_WORKING = {"screen_updating": False, "calculation": "manual", "display_alerts": False, "enable_events": False}


class Quiet:
    """Holds Excel still for the time of a ``with``; whatever happens there, every setting comes back, and each of them
    whatever happens to the others.  A class, for errors of Excel go through it untouched."""

    def __init__(self, app: Any):
        self._app = app
        self._before: dict[str, Any] = {}
        self._objects: Any = None

    def __enter__(self) -> Quiet:
        try:
            for name, value in {"status_bar": False, **_WORKING}.items():
                self._before[name] = getattr(self._app, name)
                if name != "status_bar":
                    setattr(self._app, name, value)
            # cells are kept and brought back without the charts that stand on them, which stay where they are
            self._objects = self._app.api.CopyObjectsWithCells
            self._app.api.CopyObjectsWithCells = False
        except BaseException:
            self._restore()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self._restore()

    def say(self, text: str) -> None:
        """Progress, in the status bar."""
        self._app.status_bar = text

    def _restore(self) -> None:
        if self._objects is not None:
            with contextlib.suppress(Exception):
                self._app.api.CopyObjectsWithCells = self._objects
        # the screen last, so that nobody sees the rest
        for name in ("status_bar", "calculation", "display_alerts", "enable_events", "screen_updating"):
            if name in self._before:
                with contextlib.suppress(Exception):
                    setattr(self._app, name, self._before[name])
