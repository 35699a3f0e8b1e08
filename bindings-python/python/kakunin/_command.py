"""The command ``kakunin``, as the wheel installs it."""

from __future__ import annotations

import signal
import sys

from kakunin import _native


def main() -> int:
    """Runs the command with the process's arguments and returns its exit code."""
    # The command runs without the interpreter, which could not answer an interrupt meanwhile.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _native.command(["kakunin", *sys.argv[1:]])
