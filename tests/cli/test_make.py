"""`map`: the scores of every method under every noise."""

import json

import numpy as np

from denoiser.cli.main import main
from denoiser.data import filters
from denoiser.data.noise import KINDS
from denoiser.models import store as models


def test_map_scores_every_method_under_every_noise(data, tmp_path, monkeypatch):
    monkeypatch.setattr(filters, "FILTERS", {"median": filters.FILTERS["median"]})
    monkeypatch.setattr(models, "names", lambda _folder=None: ["classifier", "tutorial"])
    assert main(["map", "--data", str(data), "-o", str(tmp_path / "map.json")]) == 0
    made = json.loads((tmp_path / "map.json").read_text(encoding="utf-8"))
    assert made["command"] == f"python -m denoiser map --data {data}"
    assert made["digits"] == 12
    assert set(made["scores"]) == {"noisy", "median", "tutorial"}
    assert set(made["scores"]["tutorial"]) == set(KINDS)


def test_map_wants_digits_with_labels(tmp_path, held_out, capsys):
    np.savez(tmp_path / "x.npz", x_test=held_out.images[:5])
    code = main(["map", "--data", str(tmp_path / "x.npz"), "-o", str(tmp_path / "map.json")])
    assert code == 2
    assert "expected digits with labels" in capsys.readouterr().err
