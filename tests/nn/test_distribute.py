"""Several devices learn together what one would learn."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from denoiser.errors import ConfigError
from denoiser.nn import distribute
from denoiser.nn.training import Callbacks, train
from denoiser.runs.run import Run

ROOT = Path(__file__).resolve().parents[2]
TRAIN = (
    "train --data bundled --limit 320 --epochs 1 --filters 4 --latent-dim 4 --fresh-noise "
    "--learning-rate 0.01 --run-dir run --distribute multi-worker"
)


def free_ports(count):
    """Ports of this machine that nobody listens to."""
    found = [socket.socket() for _ in range(count)]
    for one in found:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in found]
    for one in found:
        one.close()
    return ports


def start(folder, cluster, index):
    """Start a worker; the first one's run is in `folder`/run."""
    folder.mkdir()
    task = {"type": "worker", "index": index}
    environment = os.environ | {
        "TF_CONFIG": json.dumps({"cluster": {"worker": cluster}, "task": task}),
        "PYTHONPATH": str(ROOT),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "denoiser", *TRAIN.split()],
        cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def ended(processes):
    """Wait for all of them to end well."""
    try:
        found = [process.communicate(timeout=150)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    for process, text in zip(processes, found, strict=True):
        assert process.returncode == 0, text[-2000:]


@pytest.mark.slow
def test_two_workers_learn_what_one_machine_would(tmp_path, train_digits, held_out):
    cluster = [f"127.0.0.1:{port}" for port in free_ports(2)]
    ended([start(tmp_path / str(i), cluster, i) for i in range(2)])
    run = Run(tmp_path / "0" / "run")
    assert run.status().state == "finished"
    together, alone = [step.loss for step in run.history().steps], []
    callbacks = Callbacks(lambda epoch, step, loss: alone.append(loss))
    train(run.config, train_digits, held_out[:1], callbacks)
    assert alone[-1] < alone[0] / 1.1
    assert together == pytest.approx(alone, rel=0.05)
    assert not list((tmp_path / "1").iterdir())  # the first worker keeps what both learned


@pytest.mark.parametrize(
    "described",
    [None, "", "{}", "[]", '{"cluster": {"worker": ["a:1"]}, "task": {"index": 3}}'],
)
def test_a_cluster_that_is_not_described_is_told_how(monkeypatch, described):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    if described is not None:
        monkeypatch.setenv("TF_CONFIG", described)
    with pytest.raises(ConfigError, match="TF_CONFIG: expected the addresses of all workers"):
        distribute.is_first_worker()


def test_the_first_worker_is_number_zero(monkeypatch):
    workers = {"worker": ["10.0.0.1:1", "10.0.0.2:1"]}
    for index, first in ((0, True), (1, False)):
        task = {"type": "worker", "index": index}
        monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": workers, "task": task}))
        assert distribute.is_first_worker() is first
