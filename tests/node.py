"""Runs the browser's modules under Node, so that Python can compare both sides without a browser.

Skips where there is no Node.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from denoiser import web

PATIENCE_S = 60
_PROGRAM = """
import {{ readFileSync }} from "node:fs";
const input = JSON.parse(readFileSync(0, "utf8"));
{imports}
const answer = await (async () => {{ {body} }})();
process.stdout.write(JSON.stringify(answer));
"""


def run_in_node(
    modules: dict[str, str],
    body: str,
    data: Any,
    folder: Path = web.FOLDER,
    patience_s: float = PATIENCE_S,
) -> Any:
    """Return what a piece of JavaScript makes of some data.

    Args:
        modules: What is imported, by file in `folder`: {"noise.js": "{ drawNoise }"}.
        body: Of an async function with `input` in its scope; what it returns has to be JSON.
        data: `input`, as JSON holds it.
        folder: Where the modules lie.
        patience_s: Seconds that it may take.
    """
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node")
    imports = "\n".join(
        f'import {names} from "{(folder / file).as_uri()}";' for file, names in modules.items()
    )
    done = subprocess.run(
        [node, "--no-warnings", "--input-type=module", "-e",
         _PROGRAM.format(imports=imports, body=body)],
        input=json.dumps(data), capture_output=True, text=True, timeout=patience_s, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
