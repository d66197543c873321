"""The live panel as a visitor meets it."""

import re
from pathlib import Path

import numpy as np
import pytest
from panel import PATIENCE, LivePanel
from playwright.sync_api import Error, expect

from denoiser.ui.session.state import Settings

DEFAULT = Settings("tutorial")
GRID = 20


def mse(a, b):
    return np.square(a - b).mean()


def test_shows_a_digit_its_noise_and_the_answer(page, server):
    panel = LivePanel(page, server.url)
    noisy, denoised, clean = map(panel.pixels, ("noisy", "denoised", "clean"))
    assert min(np.ptp(noisy), np.ptp(denoised), np.ptp(clean)) > 0.5
    assert mse(denoised, clean) < mse(noisy, clean) / 2
    shown = float(page.locator("[data-score=noisy-mse]").inner_text())
    assert shown == pytest.approx(mse(noisy, clean), abs=1e-3)
    expect(page.locator("[data-reading=denoised]")).to_contain_text(re.compile(r"reads \d [✓✗]$"))
    expect(
        page.get_by_role("img", name=re.compile(r"How sure the reader is: \d \d+%"))
    ).not_to_have_count(0)
    for element in (*map(panel.canvas, ("noisy", "denoised", "clean")), panel.mean, panel.std):
        expect(element).to_be_in_viewport(ratio=1)
    assert panel.mean.input_value() == panel.std.input_value() == "0.5"


def test_drag_stays_in_the_browser_until_it_is_released(page, server):
    panel = LivePanel(page, server.url)
    before, updates, messages = panel.pixels("noisy"), panel.updates(), len(panel.sent)
    drag = panel.start_drag(panel.std)
    for step in range(1, 11):
        drag.move(0.5 + 0.04 * step)
        expect(panel.canvas("denoised")).not_to_have_attribute("data-updates", str(updates))
        updates = panel.updates()
    assert not np.array_equal(panel.pixels("noisy"), before)
    assert len(panel.sent) == messages
    assert "?" not in page.url

    drag.release()
    panel.expect_query(r"std=0\.\d+")
    assert len(panel.sent) == messages + 1


def test_link_reopens_what_was_seen(page, server):
    panel = LivePanel(page, server.url)
    panel.button("New digit").click()
    panel.expect_query(r"digit=\d+")
    panel.button("New noise").click()
    panel.expect_query(r"digit=\d+&seed=\d+")
    panel.mean.fill("0.2")
    panel.expect_query(r"digit=\d+&seed=\d+&mean=0\.2")
    panel.model("U-Net").check()
    panel.expect_query(r"model=unet&digit=\d+&seed=\d+&mean=0\.2")
    panel.wait_until_drawn()
    seen = [panel.pixels(name) for name in ("noisy", "denoised", "clean")]

    again = LivePanel(page, page.url)
    expect(again.model("U-Net")).to_be_checked()
    for name, pixels in zip(("noisy", "denoised", "clean"), seen, strict=True):
        np.testing.assert_array_equal(again.pixels(name), pixels)


@pytest.mark.parametrize(
    "query",
    [
        "model=reader&digit=200&mean=nan&std=-0.1&seed=4294967296",
        "model=<script>&digit=%00&mean=&std=0x1&seed=" + "9" * 5000,
    ],
)
def test_broken_link_falls_back_to_the_defaults(page, server, query):
    panel = LivePanel(page, f"{server.url}/?{query}")
    panel.expect_query("")
    assert panel.mean.input_value() == panel.std.input_value() == "0.5"
    expect(panel.model("Tutorial autoencoder")).to_be_checked()
    expect(page.get_by_text(f"test digit {DEFAULT.digit}")).to_be_visible()


def test_settings_survive_a_visit_to_another_page(page, server):
    panel = LivePanel(page, server.url)
    panel.std.fill("0.3")
    panel.expect_query(r"std=0\.3")
    link = page.get_by_role("link", name="Compare")
    link.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    expect(link).to_be_focused()
    assert link.evaluate("(link) => getComputedStyle(link).outlineStyle") != "none"
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{server.url}/Compare")
    page.get_by_role("link", name="Denoise").click()
    panel.wait_until_drawn()
    expect(panel.std).to_have_value("0.3")
    panel.expect_query(r"std=0\.3")


def test_keyboard_alone_is_enough(page, server):
    panel = LivePanel(page, server.url)
    panel.mean.focus()
    page.keyboard.press("ArrowLeft")
    panel.expect_query(r"mean=0\.49")
    page.keyboard.press("Tab")
    expect(panel.std).to_be_focused()
    page.keyboard.press("End")
    panel.expect_query(r"mean=0\.49&std=1")
    for name in ("New digit", "New noise", "Reset noise"):
        page.keyboard.press("Tab")
        expect(panel.button(name)).to_be_focused()
    page.keyboard.press("Enter")
    panel.expect_query("")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Look inside")).to_be_focused()
    page.keyboard.press("Tab")
    expect(panel.model("Tutorial autoencoder")).to_be_focused()
    page.keyboard.press("ArrowDown")
    panel.expect_query("model=unet")


def test_grid_digit_becomes_the_large_one(page, server):
    panel = LivePanel(page, server.url)
    cells = page.get_by_role("button", name=re.compile("^Enlarge"))
    expect(cells).to_have_count(GRID)
    cells.nth(7).click()
    expect(cells.nth(7)).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-label-of-hero]")).to_have_text("7")
    panel.expect_query(r"digit=\d+")


def test_another_model_answers_otherwise_to_the_same_noise(page, server):
    panel = LivePanel(page, server.url)
    noisy, denoised = panel.pixels("noisy"), panel.pixels("denoised")
    panel.model("Autoencoder without noise").check()
    panel.expect_query("model=plain")
    panel.wait_until_drawn()
    np.testing.assert_array_equal(panel.pixels("noisy"), noisy)
    assert not np.array_equal(panel.pixels("denoised"), denoised)


def test_another_model_is_spoken_of_once_it_has_answered(page, server):
    panel = LivePanel(page, server.url)
    panel.model("Autoencoder without noise").check()
    status = page.locator("[data-summary]")
    expect(status).to_contain_text("Autoencoder without noise")
    read = page.locator("[data-reading=denoised]").get_attribute("data-digit") or "no digit"
    expect(status).to_contain_text(f"denoised reads {read};")


# Chooses a model and tells what the panel shows two frames later, before its weights can be here.
CHOOSE = """(radio) => new Promise((done) => {
  const shown = () => radio.getRootNode().querySelector("[data-reading=denoised]").textContent;
  radio.click();
  requestAnimationFrame(() => requestAnimationFrame(() => done(shown())));
})"""


def test_no_other_models_answer_is_shown_while_one_is_loading(page, server):
    panel = LivePanel(page, server.url)
    assert panel.model("U-Net").evaluate(CHOOSE) == "loading …"
    panel.wait_until_drawn()
    expect(page.locator("[data-reading=denoised]")).to_contain_text("reads")


# The page's policy, put there as a proxy's header would: scripts run, nothing is compiled.
FORBID = """new MutationObserver((_, observer) => {
  if (!document.head) return;
  observer.disconnect();
  const policy = document.createElement("meta");
  policy.httpEquiv = "Content-Security-Policy";
  policy.content = "script-src 'self' 'unsafe-inline' blob: data:";
  document.head.append(policy);
}).observe(document, { childList: true, subtree: true });"""
COMPILE = "() => new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))"


def test_where_a_policy_forbids_webassembly_javascript_denoises(page, server):
    page.add_init_script(FORBID)
    panel = LivePanel(page, server.url)
    with pytest.raises(Error, match="Content Security"):
        page.evaluate(COMPILE)
    assert mse(panel.pixels("denoised"), panel.pixels("clean")) < 0.05
    expect(page.locator("[data-reading=denoised]")).to_contain_text("reads")


KEEP_SOCKETS = """globalThis.sockets = [];
globalThis.WebSocket = class extends WebSocket {
  constructor(...given) { super(...given); sockets.push(this); }
};"""


def test_without_network_the_model_before_goes_on_and_the_other_can_be_asked_for_again(
    chromium, server
):
    context = chromium.browser.new_context()
    page = context.new_page()
    page.add_init_script(KEEP_SOCKETS)
    panel = LivePanel(page, server.url)
    missing = page.get_by_role("alert").filter(has_text="U-Net did not arrive")
    streamlits_own = page.get_by_role("dialog").filter(has_text="Connection error")
    page.add_locator_handler(streamlits_own, lambda _: page.keyboard.press("Escape"))
    context.set_offline(True)
    page.evaluate("() => sockets.forEach((socket) => socket.close())")
    panel.model("U-Net").check()
    expect(missing).to_be_visible()
    expect(panel.model("Tutorial autoencoder")).to_be_checked()
    panel.std.fill("0.3")
    expect(page.locator("[data-reading=denoised]")).to_contain_text("reads")

    context.set_offline(False)
    page.wait_for_function("() => sockets.at(-1).readyState === WebSocket.OPEN", timeout=PATIENCE)
    panel.button("Try again").click()
    expect(panel.model("U-Net")).to_be_checked(timeout=PATIENCE)
    panel.wait_until_drawn()
    expect(missing).to_be_hidden()
    expect(panel.std).to_have_value("0.3")
    context.close()


def test_grid_digit_far_below_brings_the_large_one_into_view(page, server):
    page.set_viewport_size({"width": 390, "height": 844})
    panel = LivePanel(page, server.url)
    page.get_by_role("button", name=re.compile("^Enlarge")).last.click()
    expect(panel.canvas("denoised")).to_be_in_viewport(ratio=1)


def test_tiles_stand_side_by_side_on_a_phone(page, server):
    page.set_viewport_size({"width": 390, "height": 844})
    panel = LivePanel(page, server.url)
    boxes = [panel.canvas(name).bounding_box() for name in ("noisy", "denoised", "clean")]
    assert len({box["y"] for box in boxes}) == 1
    assert [box["x"] for box in boxes] == sorted(box["x"] for box in boxes)
    assert boxes[0]["x"] >= 0
    assert boxes[2]["x"] + boxes[2]["width"] <= 390
    assert page.evaluate("document.querySelector('.stMain').scrollWidth") <= 390


def test_server_never_loads_tensorflow(page, server):
    LivePanel(page, server.url)
    maps = Path(f"/proc/{server.pid}/maps")
    if not maps.exists():
        pytest.skip("needs /proc, which only Linux has")
    assert "tensorflow" not in maps.read_text()
