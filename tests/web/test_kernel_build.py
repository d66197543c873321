"""What the browser computes with is what kernel/ says, byte for byte."""

import importlib.util
import os
import shutil

import build_kernel
import pytest

HAS_TOOLS = bool(
    importlib.util.find_spec("ziglang") and shutil.which("node") and build_kernel.WASM2JS.exists()
)


def test_the_kernel_is_built_from_its_source():
    if not HAS_TOOLS:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("needs ziglang and npm ci")
    for name, text in build_kernel.build().items():
        is_same = (build_kernel.WEB / name).read_text(encoding="utf-8") == text
        assert is_same, f"make {name} anew with: python tests/build_kernel.py"
