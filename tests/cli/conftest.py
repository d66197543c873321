"""What the tests of commands share: a file of digits, and what a tiny training leaves."""

import contextlib
import io
from types import SimpleNamespace

import pytest
from digit_files import save_digits

from denoiser.cli.main import main

TINY = ["--filters", "2", "--latent-dim", "2", "--batch-size", "16"]


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self):
        return True


@pytest.fixture(scope="session")
def data(tmp_path_factory, train_digits, held_out):
    """A file of 40 digits to train on and 12 to test."""
    return save_digits(tmp_path_factory.mktemp("data"), train_digits[:40], held_out[:12])


@pytest.fixture(scope="session")
def tiny(data):
    """Flags of a training that takes seconds."""
    return ["--data", str(data), *TINY]


@pytest.fixture(scope="session")
def trained(tmp_path_factory, tiny):
    """What a tiny training leaves in the folder it was started in, and what it printed."""
    folder = tmp_path_factory.mktemp("trained")
    out, err = io.StringIO(), Terminal()
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.delenv("DENOISER_HOME", raising=False)
        code = main(["train", "--epochs", "2", *tiny])
    (run,) = (path for path in (folder / "runs").iterdir())
    return SimpleNamespace(
        code=code, folder=folder, run=run, out=out.getvalue(), err=err.getvalue()
    )
