"""Where the shared reference material lies: beside the checkout, or where WORKBENCH_SHARED says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(os.environ.get("WORKBENCH_SHARED", Path(__file__).resolve().parents[1].parent / "shared"))


def shared(path: str) -> Path:
    """The path of a shared file; skips the test, naming the file, where the material is not there."""
    found = ROOT / path
    if not found.exists():
        if os.environ.get("WORKBENCH_REQUIRE_SHARED"):
            pytest.fail(f"shared reference material is required here, but {path} was not found in {ROOT}")
        pytest.skip(f"shared reference material not found: {path}")
    return found
