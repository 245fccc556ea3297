"""What a command says to whatever started it."""

from __future__ import annotations

import errno

EXIT_DONE, EXIT_REFUSED, EXIT_USAGE, EXIT_HOST = 0, 1, 2, 3


def pipe_is_gone(error: OSError) -> bool:
    """Has whoever read what we say gone (| head)?  Windows calls that an invalid argument."""
    return isinstance(error, BrokenPipeError) or (error.errno == errno.EINVAL and error.filename is None)
