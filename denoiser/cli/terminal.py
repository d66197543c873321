"""Standard output, whatever it can show and however long somebody reads it.

A path may have letters that a terminal has not, or bytes that are no letters at all: they are
printed as escapes. What reads the output, such as `head`, may end before the command does.
"""

import contextlib
import io
import os
import sys
from collections.abc import Iterator


def show_everything() -> None:
    """Let streams escape what they cannot show, where they would raise an error.

    One that was closed before the program began shows nothing.
    """
    sys.stdout = sys.stdout or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    sys.stderr = sys.stderr or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def leave() -> None:
    """Write to nobody from now on, because the reader has gone."""
    with contextlib.suppress(OSError, ValueError):  # tests have outputs that are no files
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextlib.contextmanager
def reader_may_leave() -> Iterator[None]:
    """Go on with what is more important than its output when nobody reads that."""
    try:
        yield
    except BrokenPipeError:
        leave()
