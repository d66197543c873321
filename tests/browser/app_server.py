"""The real app on a free port, and where Chromium is."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
STARTUP_SECONDS = 60
CHROMIUM = (
    "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome",
    "google-chrome-stable",
)  # fmt: skip
CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Server:
    """A running app: its address and its process id."""

    url: str
    pid: int


@contextmanager
def running_app(**environment: str) -> Iterator[Server]:
    """Start the app, with variables added to its environment, and stop it at the end.

    Raises:
        RuntimeError: It does not start, or an error of its own went to its log; the message holds
            what it printed.
    """
    port = _free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    command += [f"--server.port={port}", "--server.headless=true", "--server.fileWatcherType=none"]
    with TemporaryFile("w+") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            url = f"http://localhost:{port}"
            if not _becomes_healthy(url, process):
                raise RuntimeError(f"the app did not start:\n{_printed(log)}")
            yield Server(url, process.pid)
        finally:
            process.terminate()
            process.wait()
        if "Traceback" in (printed := _printed(log)):
            raise RuntimeError(f"the app had an error that it did not expect:\n{printed}")


def _printed(log: IO[str]) -> str:
    log.seek(0)
    return log.read()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("localhost", 0))
        return listener.getsockname()[1]


def _becomes_healthy(url: str, process: subprocess.Popen) -> bool:
    deadline = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=1).close()
            return True
        except OSError:
            time.sleep(0.1)
    return False


def chromium_path() -> str | None:
    """Return where Chromium is installed, or None."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)
