"""How long the live panel's networks take for a digit, run by Node instead of a browser."""

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from denoiser import web
from denoiser.models import store as models

PANEL_RUNS = 200


def live_panel() -> dict[str, float] | None:
    """Return by shipped model the milliseconds of a digit; None where there is no Node."""
    node = shutil.which("node")
    if node is None:
        return None
    with TemporaryDirectory() as folder:
        script = Path(folder, "panel.mjs")
        script.write_text(web.bundle(Path(__file__).with_name("panel.js")), encoding="utf-8")
        return {name: _milliseconds(node, script, name) for name in models.names()}


def _milliseconds(node: str, script: Path, name: str) -> float:
    weights = models.SHIPPED / f"{name}.safetensors"
    run = [node, str(script), str(PANEL_RUNS), str(weights)]
    return float(subprocess.run(run, capture_output=True, text=True, check=True).stdout)
