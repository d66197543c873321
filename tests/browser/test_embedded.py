"""The lab inside a page of another site, where browsers keep no cookies for it."""

import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from panel import PATIENCE
from playwright.sync_api import expect


class Site(BaseHTTPRequestHandler):
    def __init__(self, address, *arguments):
        self.address = address
        super().__init__(*arguments)

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        frame = f'<iframe src="{self.address}{self.path}" width="1300" height="700"></iframe>'
        self.wfile.write(frame.encode())

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def site(server):
    """The address of another site, which has the lab's pages in a frame."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Site, server.url)) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{other.server_port}"
        other.shutdown()


def test_inside_another_site_a_tab_of_its_own_is_offered_in_place_of_an_upload(
    chromium, server, site
):
    context = chromium.browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.goto(f"{site}/Handwriting?embed=true&lang=en")
    frame = page.frame_locator("iframe")
    frame.get_by_text("Upload", exact=True).click(timeout=PATIENCE)
    expect(frame.get_by_text("Files cannot be sent from here")).to_be_visible(timeout=PATIENCE)
    expect(frame.locator("input[type=file]")).to_have_count(0)
    with context.expect_page() as opened:
        frame.get_by_role("link", name="Open in a new tab").click()
    tab = opened.value
    expect(tab).to_have_url(f"{server.url}/Handwriting?lang=en")
    tab.get_by_text("Upload", exact=True).click(timeout=PATIENCE)
    expect(tab.locator("input[type=file]")).to_have_count(1, timeout=PATIENCE)
    expect(tab.get_by_text("Files cannot be sent from here")).to_have_count(0)
    context.close()
