"""Maps that are off: what they cost on 100 digits, solo, which matter, which digits excite one."""

import re

import pytest
from axe import expect_no_faults
from panel import LivePanel
from playwright.sync_api import expect

PATIENCE = 30_000  # milliseconds, for all maps of a network
LAYER = "decoder_conv_2"


@pytest.fixture
def open_map(page, server):
    def opened(query="", width=1366, height=900, layer=LAYER):
        page.set_viewport_size({"width": width, "height": height})
        panel = LivePanel(page, f"{server.url}/?{query}")
        page.get_by_role("button", name="Look inside").click()
        stage(page, layer).focus()
        expect(page.locator("[data-detail]")).to_be_visible()
        return panel

    return opened


def stage(page, name=LAYER):
    return page.locator(f"[data-stage={name}] canvas").first


def line(page):
    return page.locator("[data-mute]")


def mse(page):
    return page.locator("[data-mute-mse]")


def rank_layer(page):
    page.get_by_role("button", name="Rank this layer").click()
    expect(page.locator("[data-rank-least] button")).to_have_count(10, timeout=PATIENCE)


def test_a_line_tells_what_is_lost_on_100_digits_and_goes(open_map):
    panel = open_map()
    page, sent = panel.page, len(panel.sent)
    expect(line(page)).to_be_hidden()
    expect(page.get_by_text("Keys: M switches it off")).to_be_visible()
    stage(page).press("m")
    expect(line(page)).to_contain_text("On 100 digits:")
    expect(mse(page)).to_have_text(re.compile(r"^0\.\d{4} → 0\.\d{4}$"))
    expect(line(page)).to_contain_text(re.compile(r"read rightly \d+ → \d+ of 100"))
    one = mse(page).inner_text()
    stage(page).press("ArrowDown")
    stage(page).press("m")
    stage(page).press("s")
    expect(mse(page)).not_to_have_text(one)
    expect(line(page)).to_contain_text("times as much")
    expect(page.locator("[data-mute-spoken]")).to_contain_text("times as much")
    page.get_by_role("button", name="Switch all on again").click()
    expect(line(page)).to_be_hidden()
    stage(page).focus()
    stage(page).press("ArrowUp")
    stage(page).press("m")
    expect(mse(page)).to_have_text(one)
    assert len(panel.sent) == sent
    assert len(page.workers) == 1


def test_the_line_follows_the_noise(open_map):
    panel = open_map()
    page = panel.page
    stage(page).press("m")
    expect(mse(page)).to_have_text(re.compile("→"))
    before = mse(page).inner_text()
    panel.std.fill("0.2")
    expect(mse(page)).not_to_have_text(before)


def test_without_workers_the_page_measures_itself(page, open_map):
    page.add_init_script("delete globalThis.Worker")
    open_map()
    stage(page).press("m")
    expect(mse(page)).to_have_text(re.compile("→"), timeout=PATIENCE)
    assert not page.workers


def test_solo_leaves_one_map_on_and_gives_back_what_was_on(open_map):
    page = open_map().page
    crosses = page.locator(f"[data-stage={LAYER}] .cross")
    stage(page).press("m")
    stage(page).press("ArrowDown")
    page.get_by_role("button", name="Solo", exact=True).click()
    expect(crosses).to_have_count(31)
    stage(page).press("ArrowDown")
    stage(page).press("s")
    expect(crosses).to_have_count(31)
    button = page.get_by_role("button", name="End solo")
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    expect(crosses).to_have_count(1)


def test_a_layers_maps_are_ranked_and_the_least_important_go_by_a_slider(open_map):
    page = open_map().page
    rank_layer(page)
    expect(page.locator("[data-rank-of]")).to_contain_text("32 maps of layer 6, on 100 digits")
    rises = page.locator("[data-rank-most] b").all_inner_texts()
    assert rises == sorted(rises, key=float, reverse=True)
    first = page.locator("[data-rank-most] button").first
    name = first.locator("small").inner_text()
    first.press("Enter")
    number = name.removeprefix("map ")
    expect(page.get_by_role("heading", name=f"How map {number} of 32 is made")).to_be_visible()
    slider = page.get_by_role("slider", name="Switch off the least important maps of layer 6")
    expect(page.locator(".thin-curve path")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("[data-thin-spared]")).to_contain_text("of 32 can go")
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "2 of 32 off")
    expect(page.locator(f"[data-stage={LAYER}] .cross")).to_have_count(2)
    told = page.locator("[data-thin-told]").inner_text()
    expect(mse(page)).to_have_text(re.compile(re.search(r"MSE (\S+)", told)[1]))


def test_a_ranking_is_cancelled_and_grows_old_with_the_noise(open_map):
    panel = open_map()
    page = panel.page
    page.get_by_role("button", name="Rank them all").click()
    cancel = page.get_by_role("button", name="Cancel")
    expect(cancel).to_be_focused()
    expect(page.locator("[data-rank-share]")).not_to_have_text("0%")
    cancel.click()
    expect(page.locator("[data-rank-progress]")).to_be_hidden()
    expect(page.locator("[data-rank-result]")).to_be_hidden()
    rank_layer(page)
    again = page.get_by_role("button", name="Measure again")
    expect(again).to_be_hidden()
    page.get_by_role("button", name="New noise").click()
    expect(again).to_be_visible()
    again.click()
    expect(again).to_be_hidden()
    expect(page.locator("[data-rank-progress]")).to_be_hidden(timeout=PATIENCE)
    expect(page.locator("[data-rank-least] button")).to_have_count(10)


def test_the_digits_that_excite_a_map_are_shown_and_chosen(open_map):
    panel = open_map()
    page = panel.page
    digits = page.locator("[data-excite-digits] button")
    expect(page.locator("[data-excite-how]")).to_contain_text("Of the 200 digits here")
    expect(digits).to_have_count(9)
    third = digits.nth(2)
    number = int(re.search(r"\d+", third.get_attribute("aria-label"))[0])
    third.click()
    expect(page.locator("[data-source]")).to_have_text(f"test digit {number - 1}")


@pytest.mark.parametrize("width", [358, 1366])
def test_what_is_measured_has_no_faults(open_map, width):
    page = open_map(width=width).page
    rank_layer(page)
    expect(page.locator(".thin-curve path")).to_be_visible(timeout=PATIENCE)
    stage(page).press("m")
    expect(line(page)).to_be_visible()
    expect_no_faults(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sides = page.locator(".ranking button:visible, .excites button:visible").evaluate_all(
        "all => all.map(e => Math.min(e.offsetWidth, e.offsetHeight))"
    )
    assert min(sides) >= 24
