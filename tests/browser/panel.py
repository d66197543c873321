"""What the browser tests know of the live panel: where things are and how they are used."""

import re

import numpy as np
from playwright.sync_api import Locator, Page, expect

PATIENCE = 30_000  # milliseconds, for the first visit to a server that has just started

_PIXELS = "c => Array.from(c.getContext('2d').getImageData(0, 0, 28, 28).data)"


class LivePanel:
    """The live panel on a page, once it has drawn its digit."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.sent: list[bytes | str] = []
        page.on("websocket", lambda socket: socket.on("framesent", self._record))
        page.goto(url)
        self.wait_until_drawn()
        self.mean = page.get_by_label("Mean", exact=True)
        self.std = page.get_by_label("Std", exact=True)

    def _record(self, message: bytes | str) -> None:
        self.sent.append(message)

    def wait_until_drawn(self) -> None:
        root = self.page.locator(".panel")
        expect(root).to_have_attribute("aria-busy", "false", timeout=PATIENCE)
        expect(self.canvas("denoised")).to_have_attribute("data-updates", re.compile(r"\d"))

    def canvas(self, name: str) -> Locator:
        return self.page.get_by_test_id(f"live-{name}")

    def pixels(self, name: str) -> np.ndarray:
        """Return what a canvas shows, float64 in [0, 1], shape (28, 28)."""
        values = np.array(self.canvas(name).evaluate(_PIXELS), np.float64)
        return values.reshape(28, 28, 4)[..., 0] / 255

    def updates(self) -> int:
        return int(self.canvas("denoised").get_attribute("data-updates"))

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def model(self, title: str) -> Locator:
        return self.page.get_by_role("radio", name=title).first  # the others' names go on

    def expect_query(self, pattern: str) -> None:
        """Wait until the address has the query that `pattern` matches whole; "" is none."""
        query = rf"\?{pattern}" if pattern else ""
        expect(self.page).to_have_url(re.compile(rf"^[^?]*/{query}$"))

    def start_drag(self, slider: Locator) -> "Drag":
        return Drag(self.page, slider)


class Drag:
    """The mouse holds a slider's thumb; fractions are along its track."""

    def __init__(self, page: Page, slider: Locator) -> None:
        self.mouse = page.mouse
        self.box = slider.bounding_box()
        self.move(float(slider.input_value()))
        self.mouse.down()

    def move(self, fraction: float) -> None:
        x = self.box["x"] + fraction * self.box["width"]
        self.mouse.move(x, self.box["y"] + self.box["height"] / 2)

    def release(self) -> None:
        self.mouse.up()
