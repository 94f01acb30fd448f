"""The child process of `Prioritiser`: `python -m workbench.prioritising REVIEW`, lines of JSON in and out."""

import contextlib
import os
import sys
from pathlib import Path


def main() -> int:
    """Serve until standard input ends."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python -m workbench.prioritising REVIEW\n")
        return 2
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not stand between the answers
    from workbench.prioritising.worker import NICENESS, serve

    with contextlib.suppress(AttributeError, OSError):  # no niceness on Windows
        os.nice(NICENESS)
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        serve(Path(sys.argv[1]), sys.stdin.buffer, answers)
    os._exit(0)  # a thread still reads standard input


if __name__ == "__main__":
    sys.exit(main())
