"""axe-core: what it finds on a page in both themes."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

AXE = Axe()
SERIOUS = ("serious", "critical")


def faults(page):
    """Return the serious faults of a page as it is."""
    found = AXE.run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{fault['id']}: {fault['help']}\n  " + "\n  ".join(node["html"] for node in fault["nodes"])
        for fault in found
        if fault["impact"] in SERIOUS
    ]


def expect_no_faults(page):
    """Fail if there is a serious fault on the page, in either theme."""
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        expect(page.locator(".stApp")).to_have_css("color-scheme", theme)
        assert not (found := faults(page)), f"{theme}:\n" + "\n".join(found)
