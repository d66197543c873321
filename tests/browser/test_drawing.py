"""The Handwriting page as a visitor meets it: drawing, pictures, downloads."""

import base64
import re
from itertools import pairwise

import numpy as np
import photos
import pytest
from panel import LivePanel
from PIL import Image
from playwright.sync_api import expect

from denoiser.data import digits, handwriting

SEVEN = [(0.25, 0.2), (0.75, 0.2), (0.4, 0.85)]  # in shares of the pad
PHONE = {"width": 390, "height": 844}
TWO_FRAMES = "() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"
ENGINE = 60_000  # milliseconds, for an engine that has only just been started


class Drawing(LivePanel):
    """The Handwriting page, once its panel stands."""

    def __init__(self, page, url):
        super().__init__(page, url)
        page.get_by_role("link", name="Handwriting").click()
        self.pad = page.get_by_test_id("live-pad")
        expect(self.pad).to_be_visible()
        self.wait_until_drawn()

    def place(self, point):
        box = self.pad.bounding_box()
        return box["x"] + point[0] * box["width"], box["y"] + point[1] * box["height"]

    def draw(self, points=SEVEN):
        mouse = self.page.mouse
        mouse.move(*self.place(points[0]))
        mouse.down()
        for point in points[1:]:
            mouse.move(*self.place(point), steps=10)
        mouse.up()
        self.page.evaluate(TWO_FRAMES)

    def touch(self, points=SEVEN):
        session = self.page.context.new_cdp_session(self.page)
        path = [
            np.add(a, np.subtract(b, a) * share)
            for a, b in pairwise(points)
            for share in np.linspace(0, 1, 10)
        ]
        for index, point in enumerate(path):
            x, y = self.place(point)
            kind = "touchMove" if index else "touchStart"
            finger = [{"x": x, "y": y}]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": finger})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    def expect_ink(self):
        """Wait until there is a clean digit; return it."""
        return self.expect_clean(lambda picture: picture.max() > 0.5)

    def expect_clean(self, is_so):
        """Wait until the clean digit is as it should be; return it."""
        for _ in range(100):
            if is_so(picture := self.pixels("clean")):
                return picture
            self.page.wait_for_timeout(50)
        pytest.fail("the clean digit is not as it should be")

    def reading(self, which):
        return self.page.locator(f"[data-reading={which}]")

    def bars(self, which):
        return self.page.locator(f"[data-bars={which}]")

    def sheet(self):
        """What is on the pad, as a PNG file."""
        address = self.pad.evaluate("canvas => canvas.toDataURL()")
        return base64.b64decode(address.removeprefix("data:image/png;base64,"))


@pytest.fixture(scope="module")
def opened(shared_page, server):
    """The page, opened once: every test gets it with an empty pad."""
    return Drawing(shared_page, server.url)


@pytest.fixture
def drawing(opened):
    yield opened
    if opened.button("Clear").is_enabled():
        opened.button("Clear").click()
    for step in ("Scale to 20x20", "Centre by mass"):
        opened.page.get_by_label(step).check()


def test_undo_and_clear_take_back_what_was_done(drawing):
    expect(drawing.button("Undo")).to_be_disabled()
    drawing.draw(SEVEN[:2])
    one = drawing.expect_ink()
    drawing.draw(SEVEN[1:])
    drawing.button("Undo").click()
    drawing.expect_clean(lambda picture: np.array_equal(picture, one))
    drawing.button("Clear").click()
    expect(drawing.page.get_by_text("nothing drawn yet")).to_be_visible()
    assert drawing.pixels("clean").max() == 0
    for which in ("noisy", "denoised", "clean"):
        expect(drawing.reading(which)).to_have_text("nothing to read")
        expect(drawing.bars(which)).to_have_accessible_name("How sure the reader is: –")
    for score in drawing.page.locator("[data-score]").all():
        expect(score).to_have_text("–")
    drawing.button("Undo").click()
    np.testing.assert_array_equal(drawing.expect_ink(), one)


def test_without_noise_there_is_no_endless_psnr(drawing):
    drawing.draw()
    expect(drawing.page.locator("[data-score=noisy-psnr]")).to_have_text(re.compile(r"\d dB"))
    for slider in (drawing.mean, drawing.std):
        slider.fill("0")
    expect(drawing.page.locator("[data-score=noisy-mse]")).to_have_text("0.0000")
    expect(drawing.page.locator("[data-score=noisy-psnr]")).to_have_text("–")
    drawing.button("Reset noise").click()


def test_the_network_follows_the_stroke_and_the_server_hears_nothing(drawing):
    mouse, messages = drawing.page.mouse, len(drawing.sent)
    updates = drawing.updates()
    mouse.move(*drawing.place(SEVEN[0]))
    mouse.down()
    for point in SEVEN[1:]:
        mouse.move(*drawing.place(point), steps=10)
        expect(drawing.canvas("denoised")).not_to_have_attribute("data-updates", str(updates))
        updates = drawing.updates()
    mouse.up()
    for which in ("clean", "denoised"):
        expect(drawing.reading(which)).to_have_text("reads 7")
        expect(drawing.bars(which)).to_have_accessible_name(re.compile(r": 7 \d+%"))
    assert len(drawing.sent) == messages


def test_a_drawing_becomes_the_digit_that_handwriting_makes_of_it(drawing):
    drawing.draw()
    shown = drawing.expect_ink()
    (expected,) = handwriting.read(drawing.sheet()).digits / 255
    assert np.abs(shown - expected).max() < 1.5 / 255  # one grey level
    assert np.ptp(np.nonzero(shown > 0.1)[0]) in (18, 19, 20)


def test_a_step_that_is_off_leaves_the_digit_as_it_was_drawn(drawing):
    drawing.draw([(0.05 + x / 4, 0.05 + y / 4) for x, y in SEVEN])
    whole = drawing.expect_ink()
    rows = np.nonzero(whole > 0.1)[0]
    drawing.page.get_by_label("Scale to 20x20").uncheck()
    centered = drawing.expect_clean(lambda picture: not np.array_equal(picture, whole))
    small = np.nonzero(centered > 0.1)[0]
    assert np.ptp(small) < np.ptp(rows) / 2
    drawing.page.get_by_label("Centre by mass").uncheck()
    moved = drawing.expect_clean(lambda picture: not np.array_equal(picture, centered))
    in_the_corner = np.nonzero(moved > 0.1)[0]
    assert in_the_corner.mean() < small.mean() - 5


def test_a_wider_pen_draws_thicker(drawing):
    ink = []
    for width in ("8", "48"):
        drawing.page.get_by_label("Pen").fill(width)
        drawing.draw()
        ink.append(drawing.expect_ink().sum())
        drawing.button("Clear").click()
    drawing.page.get_by_label("Pen").fill("24")
    assert ink[1] > 1.5 * ink[0]


def test_a_digit_comes_onto_the_pad_from_the_keyboard(drawing):
    cell = drawing.page.get_by_role("button", name="Put digit").nth(7)
    cell.focus()
    drawing.page.keyboard.press("Enter")
    shown = drawing.expect_ink()
    number, label = map(int, re.findall(r"\d+", cell.get_attribute("aria-label")))
    np.testing.assert_allclose(shown, digits.bundled("test").clean[number], atol=1e-6)
    expect(drawing.reading("clean")).to_contain_text(f"reads {label} ✓")
    drawing.draw()
    expect(drawing.reading("clean")).not_to_contain_text("✓")  # nobody knows what it is now


def test_a_drawing_survives_a_visit_to_another_page_and_a_change_of_model(drawing):
    drawing.draw()
    before = drawing.expect_ink()
    drawing.page.get_by_role("link", name="Compare").click()
    expect(drawing.pad).to_be_hidden()
    drawing.page.get_by_role("link", name="Handwriting").click()
    np.testing.assert_array_equal(drawing.expect_ink(), before)
    drawing.model("U-Net").check()
    expect(drawing.page).to_have_url(re.compile("model=unet"))
    drawing.wait_until_drawn()
    np.testing.assert_array_equal(drawing.pixels("clean"), before)
    drawing.model("Tutorial autoencoder").check()
    expect(drawing.page).not_to_have_url(re.compile("model=unet"))
    drawing.wait_until_drawn()


def test_drawing_with_a_finger_on_a_phone_does_not_scroll(chromium, server):
    context = chromium.browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    drawing = Drawing(context.new_page(), server.url)
    for which in ("noisy", "denoised", "clean"):
        expect(drawing.canvas(which)).to_be_in_viewport(ratio=1)
    drawing.touch()
    expect(drawing.reading("clean")).to_contain_text("reads 7")
    scrolled = "() => [...document.querySelectorAll('*')].some(element => element.scrollTop > 0)"
    assert not drawing.page.evaluate(scrolled)
    too_wide = "() => document.documentElement.scrollWidth > innerWidth"
    assert not drawing.page.evaluate(too_wide)
    context.close()


def test_what_was_made_can_be_downloaded_as_it_is_and_enlarged(drawing):
    drawing.draw()
    drawing.expect_ink()
    for which, side in (("clean", 28), ("noisy", 28), ("denoised", 560)):
        drawing.page.get_by_label("Download size").select_option(f"{side}x{side}")
        with drawing.page.expect_download() as download:
            drawing.button(f"Download the {which} picture").click()
        assert download.value.suggested_filename == f"digit-drawn-{which}-{side}x{side}.png"
        saved = np.asarray(Image.open(download.value.path()).convert("L")) / 255
        enlarged = np.kron(drawing.pixels(which), np.ones((side // 28, side // 28)))
        np.testing.assert_array_equal(saved, enlarged)


def test_digits_on_a_photo_come_into_the_panel(page, server):
    drawing = Drawing(page, server.url)
    shown = digits.bundled("test")[:6]
    photo = photos.sheet([list(shown.images[:3]), list(shown.images[3:])], np.random.default_rng(1))
    page.get_by_text("Upload", exact=True).click()
    file = {"name": "sheet.jpg", "mimeType": "image/jpeg", "buffer": photo}
    page.locator("input[type=file]").set_input_files([file])
    cells = page.get_by_role("button", name="Enlarge your digit")
    expect(cells).to_have_count(6, timeout=ENGINE)
    drawing.wait_until_drawn()

    found = handwriting.read(photo).digits / 255
    np.testing.assert_allclose(drawing.expect_ink(), found[0], atol=1e-6)
    drawing.mean.fill("0.2")
    cells.nth(4).click()
    expect(page.get_by_text("digit 5 of 6")).to_be_visible()
    np.testing.assert_allclose(drawing.pixels("clean"), found[4], atol=1e-6)
    expect(drawing.reading("denoised")).to_contain_text(re.compile(r"reads \d$"))
    expect(drawing.mean).to_have_value("0.2")

    page.get_by_text("Bright ink").click()
    page.get_by_text("Crop", exact=True).click()
    expect(page.get_by_text("digit 1 of 1")).to_be_visible(timeout=ENGINE)
    drawing.expect_clean(lambda picture: picture.mean() > 0.3)  # bright paper, and all of it
