"""What all tests of pages without a browser share: no page starts an engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from engine_tools import IdleEngine
from visit import PIN

from denoiser.classroom import store as room
from denoiser.classroom.store import Classroom
from denoiser.engine import client
from denoiser.runs.store import HOME_VARIABLE
from denoiser.ui.components import share
from denoiser.ui.session.visitor import PIN_VARIABLE


@pytest.fixture(autouse=True)
def _no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give pages an engine without processes.

    Each of a real one's three loads TensorFlow, and Streamlit's cache would leave it running for
    the rest of the session.
    """
    monkeypatch.setattr(client, "Engine", IdleEngine)


@pytest.fixture
def classroom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Classroom]:
    """Give pages a folder of their own, a teacher's PIN, and an address in a network."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    monkeypatch.setenv(PIN_VARIABLE, PIN)
    monkeypatch.setattr(share, "lan_addresses", lambda: ["10.0.0.4"])
    monkeypatch.setattr(share, "answers", lambda _address, _port: True)
    st.cache_resource.clear()
    yield Classroom(tmp_path / room.FILE)
    st.cache_resource.clear()
