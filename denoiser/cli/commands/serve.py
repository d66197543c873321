"""`app`, `worker` and `engine`: the processes of the lab."""

import argparse
import os
import subprocess
import sys

from denoiser import assets
from denoiser.cli.parser import Parser, whole
from denoiser.errors import ConfigError
from denoiser.runs.store import HOME_VARIABLE, default_store

DEFAULT_PORT = 8501  # Streamlit's own


def add(parser: Parser) -> None:
    """Add the three commands."""
    app = parser.add_command(
        "app",
        _app,
        "Start the lab, for a browser on this machine or another. Ctrl-C ends it.",
        details=f"Runs go to ./runs, or to ${HOME_VARIABLE}.\n"
        "Streamlit's own settings are variables such as STREAMLIT_SERVER_ADDRESS.",
    )
    app.add_argument(
        "--port", type=whole(1, 65535), default=DEFAULT_PORT, metavar="N",
        help=f"of the server ({DEFAULT_PORT})",
    )  # fmt: skip
    worker = parser.add_command(
        "worker",
        _worker,
        "Let this machine train and denoise for a Dask cluster.",
        "[ADDRESS]",
        "It needs the same version of the lab, and the folder of runs that "
        f"{HOME_VARIABLE} names\nas shared storage.",
    )
    worker.add_argument(
        "address", nargs="?", metavar="ADDRESS",
        help="of the scheduler, as tls://host:8786; without it, the one in Dask's settings",
    )  # fmt: skip
    worker.add_argument(
        "--training", type=whole(0), default=1, metavar="N", help="trainings at a time (1)"
    )
    worker.add_argument(
        "--inference", type=whole(0), default=1, metavar="N", help="other tasks at a time (1)"
    )
    parser.add_command(
        "engine",
        _engine,
        "Be the local engine, which the pages start by themselves. It ends when nothing needs it.",
    )


def app_command(port: int) -> list[str]:
    """Return the command that starts the lab's server on a port, in any folder.

    Streamlit reads the settings that lie beside the script; `-P` keeps the user's own files
    from being taken for modules.
    """
    run = [sys.executable, "-P", "-m", "streamlit", "run", str(assets.LAB / "app.py")]
    return [*run, f"--server.port={port}", "--server.showEmailPrompt=false"]


def _app(options: argparse.Namespace) -> int | None:
    command = app_command(options.port)
    if os.name == "posix":
        os.execv(command[0], command)  # signals reach the server itself, and so does its exit code
    return subprocess.call(command)


def _worker(options: argparse.Namespace) -> None:
    from denoiser.engine import credentials, server, tasks

    resources = {tasks.TRAINING: options.training, tasks.INFERENCE: options.inference}
    if not any(resources.values()):
        raise ConfigError("worker: expected --training or --inference above zero, got neither")
    address = options.address or tasks.external_scheduler()
    if not address:
        raise ConfigError("worker: expected a scheduler's address, as tls://host:8786, got none")
    if credentials.is_open(address):
        print(f"denoiser: {address}: {credentials.OPEN}", file=sys.stderr)
    server.work(address, resources)


def _engine(_options: argparse.Namespace) -> None:
    from denoiser.engine import server

    server.serve(default_store())
