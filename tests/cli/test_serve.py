"""`app` and `worker`: the lab from any folder, and what a worker wants to know."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from denoiser import assets
from denoiser.cli.commands.serve import app_command
from denoiser.cli.main import main
from denoiser.engine import server

ROOT = Path(__file__).resolve().parents[2]


STARTUP_SECONDS = 60


@contextlib.contextmanager
def running(folder, port):
    """`denoiser app` as it runs in a folder; -P is what an installed `denoiser` runs with."""
    command = [sys.executable, "-P", "-m", "denoiser", "app", "--port", str(port)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "STREAMLIT_SERVER_HEADLESS": "true"}
    environment.pop("DENOISER_HOME", None)
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def page(process, port):
    """What the server answers on its first page, once there is one."""
    deadline = time.monotonic() + STARTUP_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            return urllib.request.urlopen(f"http://localhost:{port}/", timeout=5).read().decode()
        except OSError:
            time.sleep(0.2)
    process.kill()
    pytest.fail(f"no page: {process.stdout.read().decode()}")


def free_port():
    with socket.socket() as listener:
        listener.bind(("localhost", 0))
        return listener.getsockname()[1]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_app_starts_the_lab_from_any_folder_and_ctrl_c_ends_it(tmp_path):
    (tmp_path / "random.py").write_text("raise RuntimeError('a file of the user was imported')")
    port = free_port()
    with running(tmp_path, port) as process:
        assert "<title>Streamlit</title>" in page(process, port)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["random.py"]


def test_the_labs_own_settings_lie_beside_its_script():
    assert (assets.LAB / ".streamlit" / "config.toml").is_file()
    assert str(assets.LAB / "app.py") in app_command(8501)


# worker


def test_a_worker_wants_to_know_of_which_cluster(capsys):
    assert main(["worker"]) == 2
    assert "tls://host:8786" in capsys.readouterr().err


def test_a_worker_of_an_open_cluster_is_warned_and_one_without_certificates_refused(
    capsys, monkeypatch
):
    monkeypatch.setattr(server, "work", lambda *_arguments: None)
    assert main(["worker", "tcp://127.0.0.1:1"]) == 0
    assert not capsys.readouterr().err
    assert main(["worker", "tcp://10.0.0.4:1"]) == 0
    assert "may run any program" in capsys.readouterr().err
    monkeypatch.undo()
    assert main(["worker", "tls://10.0.0.4:1"]) == 1
    assert "wants certificates" in capsys.readouterr().err


def test_a_worker_that_would_do_nothing_is_refused(capsys):
    assert main(["worker", "tcp://127.0.0.1:1", "--training", "0", "--inference", "0"]) == 2
    assert "worker: expected" in capsys.readouterr().err
