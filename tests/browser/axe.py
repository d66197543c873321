"""axe-core: what it finds on a page in both themes."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

AXE = Axe()
SERIOUS = ("serious", "critical")
RULES = {  # by theme: the second one differs in its colours alone
    "light": {},
    "dark": {"runOnly": {"type": "rule", "values": ["color-contrast"]}},
}


def faults(page, rules):
    """Return the serious faults of a page as it is."""
    options = {"resultTypes": ["violations"], **rules}
    found = AXE.run(page, options=options).response["violations"]
    return [
        f"{fault['id']}: {fault['help']}\n  " + "\n  ".join(node["html"] for node in fault["nodes"])
        for fault in found
        if fault["impact"] in SERIOUS
    ]


def expect_no_faults(page):
    """Fail if there is a serious fault on the page, in either theme."""
    for theme, rules in RULES.items():
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        expect(page.locator(".stApp")).to_have_css("color-scheme", theme)
        # Streamlit's own button to stop a script that runs has too little contrast.
        expect(page.get_by_test_id("stStatusWidget")).to_be_hidden()
        assert not (found := faults(page, rules)), f"{theme}:\n" + "\n".join(found)
