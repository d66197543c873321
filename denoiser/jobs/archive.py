"""A run as one zip file, to keep, to hand in, or to open in another lab.

    config.json, history.jsonl, card.json, status.json
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
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from denoiser import figures
from denoiser.config import TrainConfig
from denoiser.data.digits import SIDE
from denoiser.errors import ConfigError, RunError
from denoiser.files import zips
from denoiser.files.zips import Header
from denoiser.models import imported
from denoiser.runs import datasets
from denoiser.runs.history import Epoch, Status, Step
from denoiser.runs.run import CARD, CONFIG, HISTORY, KERAS, SAMPLES, STATUS, WEIGHTS, Run
from denoiser.runs.store import RunStore, create_atomically, new_folder

MAX_UNPACKED = 64 * 2**20
SAMPLE_FOLDER = "samples/"
_KEPT_FACTS = ("kept_epoch",)
_SCORES = ("mse", "psnr", "ssim", "reading_accuracy", "count")


def pack(folder: str) -> bytes:
    """Return a run that has a model as a zip file.

    Raises:
        RunError: It has none yet.
    """
    run = Run(Path(folder))
    if not run.has_model():
        raise RunError("run {id}: expected one that has a model, it has none yet", id=run.id)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in (CONFIG, HISTORY, CARD, WEIGHTS, KERAS):
            if (run.folder / name).exists():
                archive.write(run.folder / name, name)
        status = asdict(replace(run.status(), owner="")) | {"id": run.id}
        archive.writestr(STATUS, json.dumps(status, indent=2))
        archive.writestr("curves.png", _curves(run))
        archive.writestr("samples.png", _sheet(run))
        for path in sorted((run.folder / "snapshots").glob("*.npy")):
            archive.write(path, SAMPLE_FOLDER + path.name)
    return buffer.getvalue()


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


def unpack(home: str, content: bytes, owner: str = "") -> str:
    """Make the run that `pack` made a zip of; return its id.

    It has its old id, unless there is such a run in `home` already.

    Raises:
        RunError: No zip of a run, or one too large.
        ModelError: Its weights are not those of its network.
    """
    files = _files(content)
    try:
        config = TrainConfig.from_json(files[CONFIG].decode())
        config = replace(config, data=datasets.sanitize_source(config.data, Path(home)))
        status = _status(json.loads(files[STATUS]), owner)
        folder = _free_folder(Path(home), json.loads(files[STATUS]).get("id"))
        samples = {
            Path(name).stem: _pictures(data)
            for name, data in files.items()
            if name.startswith(SAMPLE_FOLDER)
        }
        noisy, clean = samples.pop("noisy"), samples.pop("clean")
        by_epoch = {int(name): pictures for name, pictures in samples.items()}
        lines = [_line(json.loads(line)) for line in files.get(HISTORY, b"").splitlines()]
        facts = _facts(dict(json.loads(files[CARD])))
        weights = files[WEIGHTS]
    except KeyError as error:
        raise RunError(
            "zip: expected one that this lab exported, there is no {error}", error=error
        ) from None
    except (ValueError, TypeError, AttributeError, ConfigError) as error:
        raise RunError("zip: expected one that this lab exported ({error})", error=error) from error
    with create_atomically(config, folder, **status) as run:
        for line in lines:
            run.append(line)
        run.save_samples(noisy, clean)
        for epoch, pictures in by_epoch.items():
            run.save_sample(epoch, pictures)
        _save_model(run, folder.name, weights, facts)
    return folder.name


def _files(content: bytes) -> dict[str, bytes]:
    with zips.open_zip(content, RunError.about("zip"), MAX_UNPACKED) as archive:
        return {name: zips.read(archive, name) for name in archive.namelist() if name != KERAS}


def _status(values: Mapping[str, Any], owner: str) -> dict[str, Any]:
    if values["state"] not in ("finished", "stopped"):
        raise RunError(
            "zip: expected a run that has ended, it is {values}", values=repr(values["state"])
        )
    known = Status(**{k: v for k, v in values.items() if k in asdict(Status("finished"))})
    return {
        "state": known.state,
        "reason": str(known.reason)[:200],
        "created": float(known.created),
        "steps_per_epoch": int(known.steps_per_epoch),
        "digits": int(known.digits),
        "loaded": bool(known.loaded),
        "owner": owner,
    }


def _free_folder(home: Path, wanted: Any) -> Path:
    try:
        RunStore(home).run(wanted)
    except RunError as error:
        if "there is none" in str(error):
            return home / wanted
    return new_folder(home)


def _pictures(data: bytes) -> np.ndarray:
    return zips.read_array(data, _check_pictures)


def _check_pictures(header: Header) -> None:
    if header.dtype != np.uint8 or header.shape != (SAMPLES, SIDE, SIDE):
        raise ValueError(f"samples: expected uint8 {(SAMPLES, SIDE, SIDE)}, got {header.shape}")


def _line(values: Mapping[str, Any]) -> Step | Epoch:
    kind, whole = (Step, ("step", "epoch")) if "step" in values else (Epoch, ("epoch",))
    return kind(**{k: int(v) if k in whole else float(v) for k, v in values.items()})


def _facts(card: Mapping[str, Any]) -> dict[str, Any]:
    facts = {name: int(card[name]) for name in _KEPT_FACTS if name in card}
    if "scores" in card:
        scores = {name: card["scores"][name] for name in _SCORES}
        facts["scores"] = {k: v if v is None else float(v) for k, v in scores.items()}
    return facts


def _save_model(run: Run, name: str, weights: bytes, facts: Mapping[str, Any]) -> None:
    from denoiser.jobs import train_run
    from denoiser.nn import inference

    network = inference.from_imported(imported.read(weights, run.config))
    train_run.keep(run, network, facts | {"name": name})
