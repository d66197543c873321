"""A run as one zip file, to keep, to hand in, or to open in another lab.

    config.json, history.jsonl, card.json, status.json, name.txt
    curves.png                     train and val loss
    samples.png, samples/*.npy     the same noisy digits, epoch by epoch
    model.safetensors, model.keras

What comes from a stranger is rebuilt, not kept: settings, numbers and pictures
are read and checked, the network is built by our code and only its tensors are
taken. The Keras file of a zip is never opened.
"""

import io
import json
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from denoiser import figures
from denoiser.config import TrainConfig
from denoiser.errors import ConfigError, DenoiserError, RunError
from denoiser.files import zips
from denoiser.jobs import results
from denoiser.models import imported
from denoiser.runs import claims, datasets, names
from denoiser.runs.history import Epoch, Status, Step
from denoiser.runs.run import CARD, CONFIG, HISTORY, KERAS, STATUS, WEIGHTS, Run
from denoiser.runs.store import NO_SUCH_RUN, RunStore, create_atomically, new_folder

MAX_UNPACKED = 64 * 2**20
MAX_REASON = 200  # letters
SAMPLE_FOLDER = "samples/"
_KEPT_FACTS: Mapping[str, type] = {"kept_epoch": int, results.MEASURED_VAL_LOSS: float}
_OF_PARSERS = (ValueError, TypeError, AttributeError, OverflowError, RecursionError)
_SCORES = ("mse", "psnr", "ssim", "reading_accuracy", "count")


def pack(folder: str) -> bytes:
    """Return a run that has a model as a zip file.

    Raises:
        RunError: It has none yet.
    """
    run = Run(Path(folder))
    if not run.has_model():
        raise RunError("Run {id} has no model yet. Export it once it has trained.", id=run.id)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in (CONFIG, HISTORY, CARD, WEIGHTS, KERAS, names.FILE):
            if (run.folder / name).exists():
                archive.write(run.folder / name, name)
        archive.writestr(STATUS, json.dumps(_described(run), indent=2))
        archive.writestr("curves.png", _curves(run))
        archive.writestr("samples.png", _sheet(run))
        for path in sorted((run.folder / "snapshots").glob("*.npy")):
            archive.write(path, SAMPLE_FOLDER + path.name)
    return buffer.getvalue()


def _described(run: Run) -> dict[str, Any]:
    """Return a run's status without its owner, with its id, and with its reason as a text.

    A lab takes no more than that text from a zip: see `DenoiserError.from_json`.
    """
    status = replace(run.status(), owner="")
    return status.to_json() | {"reason": str(status.reason or ""), "id": run.id}


def _curves(run: Run) -> bytes:
    epochs = run.history().epochs
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "curves.png"
        figures.save_loss_plot([e.loss for e in epochs], [e.val_loss for e in epochs], path)
        return path.read_bytes()


def _sheet(run: Run) -> bytes:
    """Draw the samples: noisy on top, then a row a snapshot, clean at the bottom."""
    rows = [run.noisy_samples(), *map(run.samples, run.snapshots()), run.clean_samples()]
    sheet = np.concatenate([np.concatenate(list(row), axis=1) for row in rows])
    buffer = io.BytesIO()
    Image.fromarray(sheet).save(buffer, "PNG")
    return buffer.getvalue()


def unpack(folder: str, content: bytes, owner: str = "") -> str:
    """Make the run that `pack` made a zip of; return its id.

    It has its old id, unless there is such a run already.

    Args:
        folder: The folder of runs.
        content: The zip, from anywhere.
        owner: Key of the visitor who sent it.

    Raises:
        RunError: No zip of a run, or one too large.
        ModelError: Its weights are not those of its network.
    """
    files = _files(content)
    try:
        config = TrainConfig.from_json(files[CONFIG].decode())
        config = replace(config, data=datasets.sanitize_source(config.data, Path(folder)))
        status = _status(json.loads(files[STATUS]), owner)
        run_folder = _free_folder(Path(folder), json.loads(files[STATUS]).get("id"))
        samples = {
            Path(name).stem: _pictures(data)
            for name, data in files.items()
            if name.startswith(SAMPLE_FOLDER)
        }
        noisy, clean = samples.pop("noisy"), samples.pop("clean")
        by_epoch = {int(name): pictures for name, pictures in samples.items()}
        claims.check_as_many((noisy, clean, *by_epoch.values()))
        lines = [_line(json.loads(line)) for line in files.get(HISTORY, b"").splitlines()]
        facts = _facts(dict(json.loads(files[CARD])))
        weights = files[WEIGHTS]
        name = names.cleaned(files.get(names.FILE, b"").decode(errors="replace"))
    except KeyError as error:
        raise _foreign(f"there is no {error}") from None
    except (*_OF_PARSERS, ConfigError) as error:
        raise _foreign(str(error)) from error
    with create_atomically(config, run_folder, **status) as run:
        names.rename(run, name[: names.MAX_LETTERS])
        for line in lines:
            run.append(line)
        run.save_samples(noisy, clean)
        for epoch, pictures in by_epoch.items():
            run.save_sample(epoch, pictures)
        _save_model(run, run_folder.name, weights, facts)
    return run_folder.name


def _foreign(detail: str) -> RunError:
    return RunError(
        "This is no training that a lab exported, or it is damaged. Bring the zip file that "
        "“Export” makes below a training, as it is.",
        code=claims.FOREIGN,
        detail=detail,
    )


def _files(content: bytes) -> dict[str, bytes]:
    with zips.open_zip(content, RunError, MAX_UNPACKED) as archive:
        return {name: zips.read(archive, name) for name in archive.namelist() if name != KERAS}


def _status(values: Mapping[str, Any], owner: str) -> dict[str, Any]:
    if values["state"] not in ("finished", "stopped"):
        raise RunError(
            "This training had not ended when it was exported. Export it again once it has.",
            detail=f"its state is {values['state']!r}",
        )
    reason = str(values.get("reason", ""))[:MAX_REASON]
    known = Status.from_json({k: v for k, v in values.items() if k not in ("reason", "said")})
    return {
        "state": known.state,
        "reason": DenoiserError(reason) if reason else None,
        "created": claims.moment("created", known.created),
        "steps_per_epoch": int(known.steps_per_epoch),
        "digits": int(known.digits),
        "loaded": bool(known.loaded),
        "device": bool(known.device),
        "owner": owner,
    }


def _free_folder(folder: Path, wanted: Any) -> Path:
    """Return the path of a new run in `folder`: its id is `wanted` where that is one and free."""
    try:
        RunStore(folder).run(wanted)
    except RunError as error:
        if error.code == NO_SUCH_RUN:
            return folder / str(wanted)
    return new_folder(folder)


def _pictures(data: bytes) -> np.ndarray:
    return zips.read_array(data, claims.check_pictures)


def _line(values: Mapping[str, Any]) -> Step | Epoch:
    numbers: dict[str, Any] = {
        name: int(value) if name in ("step", "epoch") else float(value)
        for name, value in values.items()
    }
    return Step(**numbers) if "step" in numbers else Epoch(**numbers)


def _facts(card: Mapping[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {n: kind(card[n]) for n, kind in _KEPT_FACTS.items() if n in card}
    if "scores" in card:
        scores = {name: card["scores"][name] for name in _SCORES}
        facts["scores"] = {k: v if v is None else float(v) for k, v in scores.items()}
    return facts


def _save_model(run: Run, name: str, weights: bytes, facts: Mapping[str, Any]) -> None:
    from denoiser.nn import inference

    network = inference.from_imported(imported.read(weights, run.config))
    results.keep(run, network, {**facts, "name": name})
