"""Where the curves of a training are on its page."""

import re

from playwright.sync_api import Locator, Page, expect


def curve(page: Page, name: str = "step") -> Locator:
    """Return the line called `name` in `figures.training_curves`."""
    return page.locator(f".curves [data-lines] path.{name}")


def expect_point(page: Page, timeout: float) -> None:
    """Wait until the curve of the steps has a point; at most `timeout` milliseconds."""
    expect(curve(page)).to_have_attribute("data-points", re.compile("[1-9]"), timeout=timeout)
