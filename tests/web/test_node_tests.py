"""The tests of the JavaScript that Node runs by itself."""

import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
FILES = sorted(FOLDER.glob("*.test.js"))
PATIENCE_S = 60


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_node_finds_no_fault(path):
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node")
    done = subprocess.run(
        [node, "--no-warnings", "--test", path],
        cwd=FOLDER, capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# pass 0" not in done.stdout  # a file without tests proves nothing
