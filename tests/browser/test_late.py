"""What a component tells once the visitor has turned to another page."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from raw_session import RawSession

RUN = "/Train?device=aaaaaaaaaaaa"
TOLD = [
    ("/", "live_panel", "settings", {"noise": "poisson", "model": "unet"}),
    ("/Train", "device_start", "where", {"place": "lab", "isByHand": True}),
    ("/Train", "device_start", "started", "bbbbbbbbbbbb"),
    (RUN, "device_training", "gone", "aaaaaaaaaaaa"),
    (RUN, "device_training", "started", {"id": "bbbbbbbbbbbb"}),
    (RUN, "device_training", "keep", {"id": "aaaaaaaaaaaa", "content": "????"}),
    ("/Train", "noise_sliders", "noise", {"noise": "poisson"}),
]


def run(coroutine):
    """Run it in a thread: that of a browser test has a loop already."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


@pytest.mark.parametrize(("path", "component", "event", "value"), TOLD)
def test_late_is_nothing_and_breaks_no_page(quiet, path, component, event, value):
    async def leave_and_tell():
        session = await RawSession.open(quiet.url, path)
        id, _fragment = session.components[component]
        await session.visit("/Compare")
        session.components[component] = id, ""
        await session.tell(component, event, value)
        shown = set(session.components)
        await session.close()
        return shown

    assert "visitor" in run(leave_and_tell())


def test_a_slider_let_go_late_breaks_no_page(quiet):
    async def leave_and_let_go():
        session = await RawSession.open(quiet.url, "/Compare")
        slider = session.sliders["Std"]
        await session.visit("/Handwriting")
        await session.set_slider(slider, 0.9)
        await session.visit("/Compare")
        shown = set(session.sliders)
        await session.close()
        return shown

    assert {"Mean", "Std"} <= run(leave_and_let_go())
