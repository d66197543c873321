"""The link and the QR code of what a visitor sees, and the page on a projector."""

import io
import re

import pytest
import zxingcpp
from app_server import running_app
from panel import PATIENCE, LivePanel
from PIL import Image
from playwright.sync_api import expect

from denoiser.ui.components.share.network import lan_address, lan_addresses


@pytest.fixture
def panel(page, server):
    return LivePanel(page, f"{server.url}/?noise=speckle&std=0.3&digit=7")


def test_the_qr_code_holds_the_address_of_what_is_seen(panel):
    page = panel.page
    panel.model("U-Net").click()
    panel.expect_query(".*model=unet.*")
    page.get_by_role("button", name="Share").click()
    code = page.get_by_role("img", name="QR code of the link below")
    expect(code).to_be_visible(timeout=PATIENCE)
    code.scroll_into_view_if_needed()
    read = zxingcpp.read_barcodes(Image.open(io.BytesIO(code.screenshot())))
    link = page.url.replace("localhost", lan_address() or "localhost")
    assert sorted(re.split("[?&]", read[0].text)) == sorted(re.split("[?&]", link))


@pytest.fixture
def alone():
    with running_app(STREAMLIT_SERVER_ADDRESS="127.0.0.1") as server:
        yield server


def test_a_lab_for_this_computer_alone_offers_no_link_that_nobody_can_open(alone, page):
    page.goto(alone.url)
    page.get_by_role("button", name="Share").click(timeout=PATIENCE)
    said = "started for this computer alone" if lan_addresses() else "in no network"
    expect(page.get_by_text(said)).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("img", name="QR code")).to_have_count(0)


def test_a_broken_link_opens_the_usual_page_with_a_note(page, server):
    panel = LivePanel(page, f"{server.url}/?digit=9999&noise=loud")
    expect(page.get_by_text("Part of the link could not be used: digit, noise.")).to_be_visible()
    panel.expect_query("")


def test_a_projector_gets_large_type_and_keys(panel):
    page = panel.page
    font_size = "getComputedStyle(document.documentElement).fontSize"
    before = float(page.evaluate(font_size)[:-2])
    page.get_by_role("button", name="Projector", exact=True).click()
    panel.expect_query(".*projector=1.*")
    expect(page.get_by_role("button", name="Leave the projector")).to_be_visible()
    assert float(page.evaluate(font_size)[:-2]) >= 1.25 * before
    page.keyboard.press("d")
    expect(page).not_to_have_url(re.compile(r"digit=7(&|$)"))
    expect(panel.model("Tutorial")).to_be_checked()
    page.keyboard.press("m")
    expect(panel.model("Tutorial")).not_to_be_checked()
    page.get_by_role("link", name="Lessons").click()
    expect(page.get_by_role("heading", name="Lessons")).to_be_visible()
    expect(page).to_have_url(re.compile("projector=1"))
    page.keyboard.press("Escape")
    expect(page.locator("html")).not_to_have_class(re.compile("projector"))
    assert float(page.evaluate(font_size)[:-2]) == before


def test_single_keys_do_nothing_at_a_desk(panel):
    panel.page.keyboard.press("d")
    panel.page.keyboard.press("m")
    expect(panel.model("Tutorial")).to_be_checked()
    panel.expect_query(".*digit=7.*")
