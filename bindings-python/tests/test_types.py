"""The types: what they promise, and that they are those of the native module."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


def run(*command: str) -> None:
    result = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, cwd=ROOT, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_package_and_its_promises_hold_in_strict_mode() -> None:
    run("mypy", "--config-file", "pyproject.toml", "-p", "kakunin")
    run("mypy", "--config-file", "pyproject.toml", "--warn-unused-ignores", str(HERE / "types_promised.py"))


def test_the_stub_is_that_of_the_native_module(tmp_path: Path) -> None:
    # What only the build for the vectors has.
    allowed = tmp_path / "allowed"
    allowed.write_text("kakunin._native._vector\nkakunin._native.__all__\n")
    options = ["--mypy-config-file", "pyproject.toml", "--allowlist", str(allowed), "--ignore-unused-allowlist"]
    run("mypy.stubtest", "kakunin._native", *options)
