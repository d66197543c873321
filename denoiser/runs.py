"""The run folder: the only code that reads or writes one.

    runs/<id>/config.json        what was asked
              status.json        running, finished, stopped or failed; written whole
              history.jsonl      one line an epoch, appended
              model.safetensors  the weights, once there are some to keep
              card.json          what is known of them

A run's id is 12 characters of a-z0-9. This module trains nothing.
"""

import json
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from denoiser import models
from denoiser.config import TrainConfig
from denoiser.errors import ModelError
from denoiser.files import write_whole

ALPHABET = string.ascii_lowercase + string.digits
WEIGHTS = "model.safetensors"
CARD = "card.json"


@dataclass(frozen=True)
class Run:
    """One training's folder."""

    folder: Path

    @property
    def id(self) -> str:
        """The run's id, its folder's name."""
        return self.folder.name

    @classmethod
    def create(cls, config: TrainConfig, folder: Path) -> "Run":
        """Make the folder of a new run and write down what was asked.

        Raises:
            OSError: The folder cannot be made.
            ModelError: There is a run in it already.
        """
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / "config.json").exists():
            raise ModelError(f"{folder}: expected a new folder, got one with a run in it")
        run = cls(folder)
        write_whole(folder / "config.json", config.to_json().encode())
        run.set_status("running")
        return run

    def set_status(self, state: str) -> None:
        """Write down how the run stands: running, finished, stopped or failed."""
        write_whole(self.folder / "status.json", json.dumps({"state": state}).encode())

    def append(self, epoch: int, logs: Mapping[str, float]) -> None:
        """Append one epoch's losses to the history."""
        line = json.dumps({"epoch": epoch, **{name: float(v) for name, v in logs.items()}})
        with (self.folder / "history.jsonl").open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def finish(self, model: models.Model, state: str) -> None:
        """Keep the weights and the card, and say how the run ended."""
        models.save(model, self.folder / WEIGHTS, self.folder / CARD)
        self.set_status(state)


def new_folder(home: Path) -> Path:
    """Return the path of a run that does not exist yet in `home`."""
    return home / "".join(secrets.choice(ALPHABET) for _ in range(12))


def load_model(folder: Path) -> models.Model:
    """Load the model that a run made; raise `ModelError` where it made none."""
    model = models.load_files(folder / WEIGHTS, folder / CARD)
    return replace(model, name=folder.name)
