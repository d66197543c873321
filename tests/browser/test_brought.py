"""Pictures that a visitor brings: framed, corrected by hand, told apart, kept, or refused."""

import numpy as np
import photos
import pytest
from panel import PATIENCE, LivePanel
from playwright.sync_api import expect
from test_layout import OVERLAPS, PHONE, SMALL, WIDTHS, ZOOMED, viewport

from denoiser.data import digits, handwriting

ENGINE = 60_000  # milliseconds, for an engine that has only just been started
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)
SHOWN = digits.bundled("test").images[:8]


@pytest.fixture(scope="module")
def sheet():
    """Six digits in two rows, and the digits that are read from them."""
    photo = photos.sheet([list(SHOWN[:3]), list(SHOWN[3:6])], np.random.default_rng(1))
    return photo, handwriting.read(photo).digits / 255


class Brought(LivePanel):
    """The Handwriting page with pictures."""

    def __init__(self, page, url):
        super().__init__(page, url)
        page.get_by_role("link", name="Handwriting").click()
        self.source("Upload")
        self.frames = page.locator(".frame.digit")
        self.told = page.locator("[data-told]")
        self.names = page.locator(".pictures b")

    def source(self, name):
        self.page.get_by_text(name, exact=True).click()

    def bring(self, *contents):
        files = [{"name": "image.jpg", "mimeType": "image/jpeg", "buffer": c} for c in contents]
        self.page.locator("input[type=file]").set_input_files(files)

    def expect_found(self, count):
        expect(self.frames).to_have_count(count, timeout=ENGINE)

    def expect_chosen(self, label, digit):
        """A digit is chosen on the picture, and it is the large one in the panel."""
        chosen = self.page.locator(".frame[aria-pressed=true]")
        expect(chosen).to_have_attribute("aria-label", label, timeout=PATIENCE)
        self.wait_until_drawn()
        for _ in range(100):
            if np.allclose(self.pixels("clean"), digit, atol=1e-6):
                return
            self.page.wait_for_timeout(50)
        pytest.fail("another digit is in the panel")


@pytest.fixture(scope="module")
def opened(shared_page, server, sheet):
    """The page with two pictures of one name, the first of which is shown."""
    brought = Brought(shared_page, server.url)
    brought.bring(sheet[0], photos.sheet([list(SHOWN[6:])], np.random.default_rng(2)))
    brought.expect_found(6)
    return brought


@pytest.fixture
def brought(opened):
    yield opened
    if opened.page.get_by_role("button", name="Reset what I tapped").is_visible():
        opened.button("Reset what I tapped").click()
    opened.expect_found(6)


def test_a_tap_chooses_a_digit_and_others_take_it_out_and_back(brought, sheet):
    brought.frames.nth(4).click()
    brought.expect_chosen("Digit 5 of 6", sheet[1][4])
    brought.button("Leave this digit out").click()
    brought.expect_found(5)
    expect(brought.told).to_have_text("Taken as digits: 5. Left out: 1.", timeout=PATIENCE)
    expect(brought.page.locator("[data-notes]")).to_have_text("1 × removed: you took it out")
    brought.page.locator(".left-out").click()
    brought.expect_found(6)
    brought.expect_chosen("Digit 5 of 6", sheet[1][4])
    brought.page.get_by_role("button", name="Enlarge your digit 2").click()  # in the panel
    brought.expect_chosen("Digit 2 of 6", sheet[1][1])


def test_it_works_by_keyboard_and_can_be_undone(brought, sheet):
    keyboard = brought.page.keyboard
    brought.frames.nth(3).focus()
    keyboard.press("Tab")
    expect(brought.frames.nth(4)).to_be_focused()  # in reading order
    brought.frames.nth(2).focus()
    keyboard.press("Enter")
    brought.expect_chosen("Digit 3 of 6", sheet[1][2])
    keyboard.press("Delete")
    brought.expect_found(5)
    brought.page.locator(".left-out").focus()
    keyboard.press("Enter")
    brought.expect_found(6)
    expect(brought.frames.nth(2)).to_be_focused(timeout=PATIENCE)
    brought.page.locator("[data-undo]").click()
    brought.expect_found(5)
    brought.button("Reset what I tapped").click()
    brought.expect_found(6)
    expect(brought.button("Reset what I tapped")).to_be_hidden()


def test_pictures_and_taps_stay_over_sources_and_pages(brought):
    brought.frames.nth(5).focus()
    brought.page.keyboard.press("Delete")
    brought.expect_found(5)
    brought.source("Draw")
    expect(brought.frames).to_have_count(0)
    brought.source("Camera")
    brought.expect_found(5)
    brought.page.get_by_role("link", name="Compare").click()
    expect(brought.frames).to_have_count(0)
    brought.page.get_by_role("link", name="Handwriting").click()
    brought.expect_found(5)
    brought.source("Upload")


def test_pictures_of_one_name_are_told_apart_and_can_be_removed(brought):
    two = ["image.jpg", "image.jpg (2)"]
    expect(brought.names).to_have_text(two)
    brought.bring(HEIC)
    expect(brought.names).to_have_text([*two, "image.jpg (3)"], timeout=ENGINE)
    alert = brought.page.get_by_role("alert")
    expect(alert).to_contain_text("image.jpg (3): This photo is in Apple's HEIC format")
    expect(alert).to_contain_text("Send it as JPEG")
    details = brought.page.locator(".problem-detail")
    expect(details.locator("pre")).to_be_hidden()
    details.locator("summary").click()
    expect(details.locator("pre")).to_contain_text("ftypheic")
    brought.button("Remove image.jpg (3)").click()
    expect(alert).to_have_count(0, timeout=PATIENCE)
    brought.page.locator(".show").nth(1).click()
    brought.expect_found(2)
    brought.page.locator(".show").nth(0).click()


def test_nothing_lies_over_anything_on_small_screens(brought):
    for size in (ZOOMED, PHONE):
        brought.page.set_viewport_size(viewport(size))
        brought.wait_until_drawn()
        *widths, inner = brought.page.evaluate(WIDTHS)
        assert max(widths) <= inner
        small = brought.page.evaluate(SMALL)  # a frame's room for a finger is larger than itself
        assert [name for name in small if not name.startswith("Digit")] == []
        assert brought.page.evaluate(OVERLAPS, ".st-key-handwriting_made, .pictures") == []
        sheet = brought.page.locator(".marked .sheet").bounding_box()
        assert sheet["x"] >= 0
        assert sheet["x"] + sheet["width"] <= size[0]
    brought.page.set_viewport_size({"width": 1366, "height": 768})
