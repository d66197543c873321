"""The strip: the network opened below its pictures, and each map opened into its arithmetic."""

import re

import numpy as np
import pytest
from axe import expect_no_faults
from panel import PATIENCE, LivePanel
from playwright.sync_api import expect

from denoiser.models import store as models

STAGES = {"tutorial": 8, "unet": 17}
UPDATES = 10


@pytest.fixture
def open_strip(page, server):
    def opened(query="", width=1366, height=900):
        page.set_viewport_size({"width": width, "height": height})
        panel = LivePanel(page, f"{server.url}/?{query}")
        page.get_by_role("button", name="Look inside").click()
        expect(strip(page)).to_have_attribute("data-updates", re.compile("."))
        return panel

    return opened


def strip(page):
    return page.get_by_test_id("strip")


def stage(page, name):
    return page.locator(f"[data-stage={name}] canvas").first


def mse(page):
    return page.locator('[data-score="denoised-mse"]').inner_text()


def updates(page):
    return int(strip(page).get_attribute("data-updates"))


def choose(page, name, across=0.1, down=0.1):
    box = stage(page, name).bounding_box()
    position = {"x": box["width"] * across, "y": box["height"] * down}
    stage(page, name).click(position=position)
    expect(page.locator("[data-detail]")).to_be_visible()


@pytest.mark.parametrize("model", STAGES)
def test_every_layer_is_there_and_follows_the_slider_without_the_server(open_strip, model):
    panel = open_strip(f"model={model}")
    expect(panel.page.locator(".stage")).to_have_count(STAGES[model])
    before, sent = updates(panel.page), len(panel.sent)
    drag = panel.start_drag(panel.std)
    for i in range(2 * UPDATES):
        drag.move(0.5 + i / 100)
        panel.page.wait_for_timeout(20)
    assert updates(panel.page) >= before + UPDATES
    assert len(panel.sent) == sent
    drag.release()


def numbers(line):
    """The numbers of a line, as they are read: a minus sign is as long as a plus."""
    text = line.inner_text().replace("\n", " ").replace("−", "-")
    return [float(found.replace(" ", "")) for found in re.findall(r"-? ?\d+\.?\d*", text)]


def test_a_map_opens_into_its_arithmetic_and_the_formula_holds(open_strip):
    page = open_strip().page
    choose(page, "encoder_conv_1")
    detail = page.locator("[data-detail]")
    expect(detail.get_by_role("heading", name="How map 1 of 32 is made")).to_be_visible()
    lines = detail.locator(".formula-line")
    expect(lines).to_have_count(4)
    scale, before, shift, after = numbers(lines.nth(3))
    assert abs(scale * before + shift - after) < 0.02 + 0.01 * abs(before)
    cell = detail.locator("[data-detail-cell]")
    detail.locator(".result canvas").last.hover(position={"x": 3, "y": 3})
    expect(cell).to_have_text("Row 1, column 1")
    expect(page.locator("[data-stage=picture] canvas.lit")).to_be_visible()
    page.mouse.move(2, 2)
    expect(page.locator("[data-stage=picture] canvas.lit")).to_be_hidden()
    steered = detail.get_by_role("slider", name="Batch normalization")
    steered.press("ArrowDown")
    steered.press("ArrowRight")
    expect(steered).to_have_attribute("aria-valuetext", "Row 2, column 2")
    expect(page.locator("[data-stage=picture] canvas.lit")).to_be_visible()
    expect(lines).to_have_count(4)


def test_a_term_leads_to_its_words(open_strip):
    page = open_strip("model=unet").page
    choose(page, "half_up")
    page.get_by_role("button", name="Skip connection").click()
    expect(page.locator("[data-glossary] dt").filter(has_text="Skip connection")).to_be_focused()
    expect(page.get_by_text("fine strokes need not pass")).to_be_visible()


def test_from_a_map_one_walks_back_to_what_came_in(open_strip):
    page = open_strip().page
    choose(page, "encoder_conv_2", 0.9, 0.9)
    detail = page.locator("[data-detail]")
    expect(detail.locator(".terms li")).to_have_count(5)
    detail.get_by_role("button", name="27 more").click()
    expect(detail.locator(".terms li")).to_have_count(32)
    first = detail.locator(".terms .from-map").first
    name = first.inner_text().removeprefix("map ")
    first.click()
    expect(detail.get_by_role("heading", name=f"How map {name} of 32 is made")).to_be_visible()
    detail.locator(".terms .from-map").first.click()
    expect(detail.locator("[data-detail-way]")).to_contain_text("nothing has happened to it yet")


def test_the_window_slides_and_stops(open_strip):
    page = open_strip().page
    choose(page, "decoder_conv_1")
    cell = page.locator("[data-detail-cell]")
    page.get_by_role("button", name="Slide the window").click()
    before = cell.inner_text()
    expect(cell).not_to_have_text(before)
    page.get_by_role("button", name="Stop", exact=True).click()
    stopped = cell.inner_text()
    page.wait_for_timeout(300)
    assert cell.inner_text() == stopped


def test_maps_are_switched_off_by_button_and_key_and_all_on_again(open_strip):
    page = open_strip().page
    before = mse(page)
    choose(page, "decoder_conv_2")
    page.get_by_role("button", name="Switch off").click()
    expect(page.locator('[data-score="denoised-mse"]')).not_to_have_text(before)
    one = mse(page)
    stage(page, "decoder_conv_2").press("ArrowDown")
    stage(page, "decoder_conv_2").press("m")
    expect(page.locator('[data-score="denoised-mse"]')).not_to_have_text(one)
    expect(page.locator(".cross")).to_have_count(2)
    page.get_by_role("button", name="Switch all on again (2)").click()
    expect(page.locator('[data-score="denoised-mse"]')).to_have_text(before)
    expect(page.locator(".cross")).to_have_count(0)


def test_keys_lead_through_all_layers(open_strip):
    page = open_strip().page
    canvas = stage(page, "encoder_conv_1")
    canvas.focus()
    expect(page.get_by_role("heading", name="How map 1 of 32 is made")).to_be_visible()
    canvas.press("ArrowDown")
    expect(canvas).to_have_attribute("aria-valuenow", "2")
    for _ in range(40):
        page.keyboard.press("ArrowRight")
    expect(stage(page, "decoder_conv_out")).to_be_focused()


def test_on_a_phone_one_layer_is_shown_at_a_time(open_strip):
    page = open_strip(width=390, height=844).page
    place = page.locator("[data-strip-place]")
    expect(place).to_have_text("1 of 8")
    page.get_by_role("button", name="The next layer").click()
    expect(place).to_have_text("2 of 8")
    expect(stage(page, "encoder_conv_1")).to_be_in_viewport()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390


def test_the_strip_and_a_map_have_no_faults(open_strip):
    page = open_strip().page
    choose(page, "encoder_conv_2")
    page.mouse.move(2, 2)
    expect_no_faults(page)


def test_the_inside_page_has_the_network_open_and_its_program(page, server):
    LivePanel(page, f"{server.url}/?model=unet")
    page.get_by_role("link", name="Inside").click()
    expect(page.locator(".stage")).to_have_count(STAGES["unet"])
    page.get_by_text("This network in Keras").click()
    line = page.get_by_role("button", name='name="half_up"')
    line.click()
    expect(page.get_by_role("heading", name="How map 1 of 32 is made")).to_be_visible()
    expect(page.locator(".marked")).to_have_count(2)  # the layer, and the sum with its skip
    stage(page, "full_1_conv").focus()
    expect(page.locator(".marked")).to_contain_text(["Conv2D(16", "BatchNormalization", "ReLU"])
    page.get_by_text("Show me the code").click()
    expect(page.get_by_text('name="full_1_conv"').first).to_be_visible(timeout=PATIENCE)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as Python").click()
    assert download.value.suggested_filename == "unet.py"


def test_a_number_of_the_code_is_dragged_and_the_digit_is_another(page, server):
    panel = LivePanel(page, f"{server.url}/")
    page.get_by_role("link", name="Inside").click()
    page.get_by_text("What its numbers hold").click()
    fader = page.get_by_role("slider", name="Number 3 of the code")
    expect(fader).to_be_visible(timeout=PATIENCE)
    before, shown = mse(page), panel.pixels("denoised")
    fader.focus()
    for _ in range(3):
        page.keyboard.press("PageUp")
    expect(page.locator('[data-score="denoised-mse"]')).not_to_have_text(before)
    assert abs(panel.pixels("denoised") - shown).max() > 0.05
    page.get_by_role("button", name="Back to what the encoder gives", exact=True).click()
    expect(page.locator('[data-score="denoised-mse"]')).to_have_text(before)
    page.mouse.move(2, 2)
    expect_no_faults(page)


def test_the_inside_of_a_run_replays_over_its_epochs(page, quiet):
    run = quiet.ended_run()
    samples = np.zeros((8, 28, 28), np.uint8)
    for epoch, name in enumerate(("unet-any", "unet"), 1):
        run.save_snapshot(epoch, models.load(name), samples)
    LivePanel(page, f"{quiet.url}/?model={run.id}")
    page.get_by_role("button", name="Look inside").click()
    slider = page.get_by_role("slider", name="Epoch shown")
    expect(slider).to_have_attribute("aria-valuetext", "after epoch 2")
    last = mse(page)
    slider.press("Home")
    page.wait_for_url(lambda url: f"{run.id}@1" in url or f"{run.id}%401" in url)
    expect(page.locator('[data-score="denoised-mse"]')).not_to_have_text(last)
    expect(slider).to_have_attribute("aria-valuetext", "after epoch 1")
    page.locator(".replay").get_by_role("button", name="Play").click()
    expect(slider).to_have_attribute("aria-valuetext", "after epoch 2")
    expect(page.locator('[data-score="denoised-mse"]')).to_have_text(last)


def test_a_lesson_on_the_inside_opens_the_network(page, server):
    LivePanel(page, f"{server.url}/")
    page.get_by_role("link", name="Lessons").click()
    page.locator(".st-key-begin_where-the-noise-dies button").first.click()
    page.get_by_text("Step by step, the same in each layer").click()
    page.get_by_role("button", name="That is my prediction").click()
    expect(page.locator(".stage")).to_have_count(STAGES["tutorial"], timeout=PATIENCE)
