"""No page has a serious fault that axe-core can find, in either theme."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from panel import PATIENCE, LivePanel
from playwright.sync_api import expect

AXE = Axe()
SERIOUS = ("serious", "critical")
HEADINGS = {  # by the page's name in the navigation
    "Train": "Train",
    "Compare": "Compare",
    "Handwriting": "Handwriting",
    "Lessons": "Lessons",
}


def faults(page):
    found = AXE.run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{fault['id']}: {fault['help']}\n  " + "\n  ".join(node["html"] for node in fault["nodes"])
        for fault in found
        if fault["impact"] in SERIOUS
    ]


def check(page):
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        expect(page.locator(".stApp")).to_have_css("color-scheme", theme)
        assert not (found := faults(page)), f"{theme}:\n" + "\n".join(found)


def test_home(page, server):
    LivePanel(page, server.url)
    check(page)


def test_sharing(page, server):
    LivePanel(page, server.url)
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_role("dialog").get_by_role("img")).to_be_visible(timeout=PATIENCE)
    check(page)


def test_projector(page, server):
    LivePanel(page, f"{server.url}/?projector=1")
    check(page)


@pytest.mark.parametrize("name", HEADINGS)
def test_page(page, server, name):
    page.goto(server.url)
    page.get_by_role("link", name=name, exact=True).click(timeout=PATIENCE)
    heading = page.get_by_role("heading", name=HEADINGS[name], level=1)
    expect(heading).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_test_id("stStatusWidget")).to_be_hidden(timeout=PATIENCE)
    check(page)
