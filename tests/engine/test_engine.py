"""The engine: its own processes, found again, shared, restarted, and gone when it should be."""

import contextlib
import json
import math
import operator
import os
import signal
import subprocess
import sys
from pathlib import Path

import dask
import psutil
import pytest
from dask.system import CPU_COUNT
from digit_files import save_digits
from distributed import Client, Security
from engine_tools import (
    PATIENCE_S,
    assert_complete,
    opened,
    processes,
    tls_settings,
    trainer,
    trainers,
    variables,
    wait_for_end,
    wait_until,
)

from denoiser.config import CLASSIFIER, TrainConfig
from denoiser.engine import credentials
from denoiser.engine.client import start
from denoiser.engine.place import EngineLock
from denoiser.runs.history import ENDED
from denoiser.runs.store import RunStore

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def config(tmp_path_factory, train_digits, held_out):
    path = save_digits(tmp_path_factory.mktemp("data"), train_digits[:80], held_out[:40])
    return TrainConfig(data=str(path), filters=(2,), latent_dim=2, batch_size=8, epochs=2)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return RunStore(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def engine(store):
    with pytest.MonkeyPatch.context() as patch:
        # A run survives more deaths of its trainer than the scheduler is set to allow.
        patch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "0")
        patch.delenv("TF_NUM_INTRAOP_THREADS")  # what the engine itself sets is seen
        with opened(store) as engine:
            wait_until(lambda: engine.ready, "the engine is ready")
            yield engine


# Work


def test_work_is_done_in_another_process_and_comes_back(engine):
    assert engine.submit(os.getpid).result(PATIENCE_S) in [p.pid for p in processes(engine.store)]
    assert engine.submit(math.hypot, 3, 4).result(PATIENCE_S) == 5


def test_an_exception_comes_back_too(engine):
    with pytest.raises(ZeroDivisionError):
        engine.submit(operator.truediv, 1, 0).result(PATIENCE_S)


def test_a_training_leaves_a_core_to_the_pages(engine):
    threads = engine._client.run(os.getenv, "TF_NUM_INTRAOP_THREADS").values()
    assert sorted(threads, key=str) == [str(max(1, CPU_COUNT - 1)), None]  # None: as many as cores


def test_queued_runs_train_one_after_another(engine, store, config):
    runs = [store.create(config, owner=str(i)) for i in range(2)]
    engine.wake()
    seen = set()

    def all_ended():
        states = [run.status().state for run in runs]
        seen.add(states.count("running"))
        return set(states) <= set(ENDED)

    wait_until(all_ended, "all ended")
    assert max(seen) == 1
    for run in runs:
        assert_complete(run)
    ends = [run.history().epochs[-1].time for run in runs]
    assert ends == sorted(ends)


def test_work_goes_on_while_a_run_trains(engine, store, config):
    run = store.create(TrainConfig(data="bundled", limit=640, epochs=50))
    engine.wake()
    wait_until(lambda: run.status().steps_per_epoch, "it trains")
    assert engine.submit(math.hypot, 3, 4).result(30) == 5
    assert run.status().state == "running"
    run.request_stop()
    wait_for_end(run)
    assert run.status().state == "stopped"


def test_two_servers_share_one_engine(engine, store):
    pid = EngineLock.of(store).read()[1]
    with opened(store) as other:
        wait_until(lambda: other.ready, "the other server has an engine")
        assert EngineLock.of(store).read()[1] == pid
    assert engine.submit(math.hypot, 3, 4).result(PATIENCE_S) == 5  # it did not leave with it


# Deaths


def test_what_a_trainer_starts_is_not_taken_for_a_trainer(engine, store):
    wait_until(lambda: len(trainers(store)) == 1, "there is a trainer")
    sleep = [sys.executable, "-c", "import time; time.sleep(10)"]
    started = engine._client.run(lambda: subprocess.Popen(sleep).pid).values()
    assert max(psutil.Process(pid).nice() for pid in started) > 0
    assert len(trainers(store)) == 1
    for pid in started:
        os.kill(pid, signal.SIGKILL)


def test_a_run_survives_the_death_of_its_trainer(engine, store, config):
    run = store.create(config)
    engine.wake()
    wait_until(lambda: run.history().steps, "it trains")
    os.kill(trainer(store), signal.SIGKILL)
    wait_for_end(run)
    assert_complete(run)


def test_a_run_survives_the_death_of_the_engine(engine, store, config):
    run = store.create(config)
    engine.wake()
    wait_until(lambda: run.history().steps, "it trains")
    os.kill(EngineLock.of(store).read()[1], signal.SIGKILL)
    wait_for_end(run)
    assert_complete(run)


def test_a_worker_that_has_grown_is_replaced(engine):
    engine.submit(exec, f"from denoiser.nn import inference as i; i.load_keras({CLASSIFIER!r})")
    pid = engine.submit(os.getpid).result(PATIENCE_S)
    engine.submit(exec, "import math; math.kept = b'x' * 700_000_000").result(PATIENCE_S)
    wait_until(lambda: engine.submit(os.getpid).result(PATIENCE_S) != pid, "it is replaced")


OPEN_ENGINE = """
import json, os, pathlib, sys, time
from filelock import FileLock
folder = pathlib.Path(sys.argv[1])
with FileLock(folder / "lock"):
    place = {"address": "tcp://127.0.0.1:9", "pid": os.getpid()}
    (folder / "engine.json").write_text(json.dumps(place))
    time.sleep(100)
"""


def test_an_engine_of_an_open_version_gives_way_and_the_next_ends_with_the_last_server(tmp_path):
    store = RunStore(tmp_path)
    folder = EngineLock.of(store).folder
    before = subprocess.Popen([sys.executable, "-c", OPEN_ENGINE, str(folder)])
    wait_until(lambda: EngineLock.of(store).read(), "the open engine runs")
    with opened(store) as engine:
        assert before.wait(PATIENCE_S) == -signal.SIGTERM
        engine.submit(os.getpid).result(PATIENCE_S)
        started = processes(store)
        assert len(started) >= 3
    psutil.wait_procs(started, timeout=30)
    assert not [p for p in started if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
    assert EngineLock.of(store).read() is None


def test_an_engine_whose_server_was_killed_finishes_its_runs_and_leaves(
    tmp_path, config, monkeypatch
):
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__IDLE_TIMEOUT", "2s")
    store = RunStore(tmp_path)
    runs = [store.create(config) for _ in range(2)]
    code = (
        "from denoiser.engine.client import Engine\nfrom denoiser.runs.store import default_store\n"
    )
    code += "engine = Engine(default_store()); input()"
    environment = os.environ | {"DENOISER_HOME": str(tmp_path)}
    server = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, stdin=subprocess.PIPE
    )
    wait_until(lambda: runs[0].status().state == "running", "the first trains")
    server.kill()
    server.communicate()
    wait_for_end(*runs)
    for run in runs:
        assert_complete(run)
    wait_until(lambda: not EngineLock.of(store).is_taken(), "the engine left")


def test_an_engine_is_not_started_where_there_is_one(engine, store):
    pid = EngineLock.of(store).read()[1]
    assert start(store).wait(PATIENCE_S) == 0
    assert EngineLock.of(store).read()[1] == pid


def test_an_engine_finds_the_mnist_that_the_server_was_given(tmp_path, monkeypatch):
    given = []
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **options: given.append(options))
    monkeypatch.setenv("DENOISER_MNIST", "mnist.npz")
    monkeypatch.chdir(tmp_path)
    start(RunStore(tmp_path / "runs"))
    assert given[0]["env"]["DENOISER_MNIST"] == str(tmp_path / "mnist.npz")
    assert given[0]["cwd"] != tmp_path


# Another cluster


def test_another_cluster_trains_for_those_who_have_its_certificates(tmp_path, config, monkeypatch):
    credentials.make(tmp_path)
    settings = tls_settings(tmp_path)
    for name, value in variables(settings).items():
        monkeypatch.setenv(name, value)
    scheduler_file = tmp_path / "scheduler.json"
    with contextlib.ExitStack() as stack:

        def run(*command: str) -> None:
            process = subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT)
            stack.callback(process.wait)
            stack.callback(process.terminate)

        run("distributed.cli.dask_scheduler", "--host", "tls://127.0.0.1", "--port", "0",
            "--no-dashboard", "--scheduler-file", str(scheduler_file))  # fmt: skip
        wait_until(scheduler_file.exists, "there is a scheduler")
        address = json.loads(scheduler_file.read_text())["address"]
        with pytest.raises(OSError, match="TLS"):
            Client(address, security=Security.temporary(), set_as_default=False, timeout="3s")
        run("denoiser", "worker", address)
        stack.enter_context(dask.config.set({"scheduler-address": address, **settings}))
        store = RunStore(tmp_path / "runs")
        asked_for = store.create(config)
        stack.enter_context(opened(store))
        wait_for_end(asked_for)
        assert_complete(asked_for)
        assert EngineLock.of(store).read() is None
