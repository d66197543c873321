"""What all tests of pages without a browser share: no page starts an engine."""

import pytest
from engine_tools import IdleEngine

from denoiser.engine import client


@pytest.fixture(autouse=True)
def _no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give pages an engine without processes.

    Each of a real one's three loads TensorFlow, and Streamlit's cache would leave it running for
    the rest of the session.
    """
    monkeypatch.setattr(client, "Engine", IdleEngine)
