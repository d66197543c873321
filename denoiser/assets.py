"""Where the lab's files lie that are no code: in a checkout, and in an installed package.

A checkout has `assets/`, `pages/` and `app.py` beside the package; a wheel carries the
same tree inside of it, as `denoiser/lab/`. Nothing else in the package asks where it is.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "lab"

LAB = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent  # holds app.py, pages, assets
IMPORTED_FROM = _PACKAGE.parent  # where a new process finds the package
MODELS = LAB / "assets" / "models"
LESSONS = LAB / "assets" / "lessons"
LOCALE = LAB / "assets" / "locale"
LATENT_MAPS = LAB / "assets" / "latent_maps"
NOISE_MAP = LAB / "assets" / "noise_map.json"
