"""The latent desk by mouse, finger and keys, with the tutorial's network behind it."""

import re

import latent_page
import numpy as np
import pytest
from axe import RULES, faults
from playwright.sync_api import expect

from denoiser.models import latent_map

CODE = "() => Array.from(desk.code)"
PICTURE = """c => {
  const data = c.getContext('2d').getImageData(0, 0, 28, 28).data;
  return Array.from({ length: 784 }, (_, i) => data[4 * i]);
}"""
PLACE = """digit => {
  const { places, chart } = desk.section;
  const { left, top } = chart.chart.getBoundingClientRect();
  const { fit } = chart;
  return [left + 1 + fit.left + places[2 * digit] * fit.scale,
          top + 1 + fit.top - places[2 * digit + 1] * fit.scale];
}"""
MADE_UP = """size => {
  const count = 60;
  const codes = Float32Array.from({ length: count * size }, (_, i) => Math.sin(i * i));
  const components = new Float32Array(2 * size);
  components[0] = components[size + 1] = 1;
  const map = {
    size, codes, components, mean: new Float32Array(size), shares: Float32Array.of(0.5, 0.2),
    labels: Uint8Array.from({ length: count }, (_, digit) => digit % 10),
  };
  desk.stop();
  window.desk = new LatentDesk(document.querySelector(".panel"), {
    ...desk.options, map,
    change: (code) => desk.showDecoded(new Float32Array(784).fill(Math.abs(code[0]))),
    decode: (code) => new Float32Array(784).fill(Math.abs(code[0])),
  });
  desk.show(codes.slice(0, size));
}"""
SIZES = {"phone": (390, 844), "wide": (1182, 900)}  # 358 and 1150 px for the desk


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("latent")
    for name, with_map in (("desk", True), ("without", False)):
        page = latent_page.page_of("tutorial", folder, with_map=with_map)
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    return folder.as_uri()


@pytest.fixture
def desk(page, address):
    page.set_viewport_size({"width": 1182, "height": 900})
    page.emulate_media(reduced_motion="no-preference", color_scheme="light")
    page.goto(f"{address}/desk.html")
    page.wait_for_function("desk.section.pictures.sheet && desk.section.chart.size.width")
    return page


def code(page):
    return np.array(page.evaluate(CODE))


def picture(page, selector=".latent-decoded canvas"):
    return np.array(page.locator(selector).evaluate(PICTURE))


def fader(page, number):
    return page.get_by_role("slider", name=f"Number {number} of the code", exact=True)


def point(page):
    return page.locator(".latent-point")


def middle(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_dragging_a_fader_changes_the_picture_and_nothing_else(desk):
    before, given = picture(desk), code(desk)
    x, y = middle(fader(desk, 3))
    desk.mouse.move(x, y)
    desk.mouse.down()
    desk.mouse.move(x + 90, y, steps=4)
    desk.mouse.up()
    assert np.flatnonzero(code(desk) != given).tolist() == [2]
    assert np.abs(picture(desk) - before).max() > 20
    desk.get_by_role("button", name="Number 3: back to what the encoder gives").click()
    assert np.array_equal(code(desk), given)
    assert np.array_equal(picture(desk), before)


def test_a_fader_is_moved_by_keys_and_put_back_by_a_double_click(desk):
    given = code(desk)
    fader(desk, 16).focus()
    desk.keyboard.press("ArrowRight")
    assert code(desk)[15] > given[15]
    expect(fader(desk, 16)).to_have_attribute("aria-valuetext", re.compile("the encoder gives"))
    fader(desk, 16).dblclick()
    assert np.array_equal(code(desk), given)


def test_what_the_visitor_holds_stays_when_the_encoder_gives_something_else(desk):
    fader(desk, 1).fill("400")
    held = code(desk)[0]
    desk.evaluate("open(new Float32Array(784).fill(0.5))")
    assert code(desk)[0] == held
    desk.get_by_role("button", name="Back to what the encoder gives", exact=True).click()
    assert np.array_equal(code(desk), np.array(desk.evaluate("Array.from(desk.given)")))
    assert desk.evaluate("desk.held") == []


def test_a_sweep_goes_there_and_back_and_changes_nothing_in_the_end(desk):
    given = code(desk)
    swept = latent_page.codes("tutorial")[:, 4]
    desk.evaluate("""() => {
      const { change } = desk.options;
      window.seen = [];
      desk.options.change = (code) => { seen.push(code[4]); change(code); };
    }""")
    desk.get_by_role("button", name="What does number 5 do?").click()
    expect(desk.get_by_role("button", name="Stop showing what number 5 does")).to_be_visible()
    expect(desk.get_by_role("button", name="What does number 5 do?")).to_be_visible(timeout=5000)
    seen = np.array(desk.evaluate("seen"))
    low, high = np.percentile(swept, (2, 98))
    assert abs(seen[0] - low) < 0.01 * (high - low)
    assert seen.max() > high - 0.05 * (high - low)
    assert np.array_equal(code(desk), given)


def test_where_nothing_may_move_a_sweep_is_five_pictures(desk):
    desk.emulate_media(reduced_motion="reduce")
    given = code(desk)
    desk.get_by_role("button", name="What does number 5 do?").click()
    row = desk.get_by_role("list", name="Number 5 at five values, from low to high")
    expect(row.get_by_role("listitem")).to_have_count(5)
    pictures = [row.locator("canvas").nth(i).evaluate(PICTURE) for i in range(5)]
    assert len({tuple(one) for one in pictures}) == 5
    assert np.array_equal(code(desk), given)
    desk.get_by_role("button", name="Stop showing what number 5 does").click()
    expect(row).to_have_count(0)


def test_the_mouse_over_a_dot_shows_its_digit(desk):
    known = latent_map.mapped_digits()
    places = desk.evaluate("Array.from(desk.section.places)")
    digit = int(np.argmax(places[::2]))  # the outermost one has no other near
    desk.mouse.move(*desk.evaluate(PLACE, digit))
    tip = desk.locator(".latent-tip")
    expect(tip).to_be_visible()
    expect(tip).to_have_text(str(known.labels[digit]))
    shown = picture(desk, ".latent-tip canvas")
    assert np.abs(shown - known.images[digit].ravel().astype(int)).max() <= 9  # of 16 greys
    desk.mouse.move(5, 5)
    expect(tip).to_be_hidden()


def test_dragging_on_the_map_walks_in_the_plane_only(desk):
    given, before = code(desk), picture(desk)
    x, y = middle(point(desk))
    desk.mouse.move(x, y)
    desk.mouse.down()
    desk.mouse.move(x + 120, y - 60, steps=5)
    desk.mouse.up()
    moved = code(desk) - given
    components = latent_map.load("tutorial").components
    assert np.linalg.norm(moved) > 100
    assert np.allclose(components.T @ (components @ moved), moved, atol=1)
    assert not np.array_equal(picture(desk), before)
    assert np.allclose(middle(point(desk)), (x + 120, y - 60), atol=2)


def test_the_keys_walk_and_choose_digits(desk):
    x, y = middle(point(desk))
    point(desk).focus()
    desk.keyboard.press("ArrowRight")
    desk.keyboard.press("Shift+ArrowUp")
    desk.evaluate("() => new Promise(requestAnimationFrame)")
    new_x, new_y = middle(point(desk))
    assert new_x > x + 5
    assert new_y < y - 30
    expect(desk.locator(".latent-tip")).to_have_text(re.compile(r"nearest: \d"))
    expect(desk.locator(".spoken")).to_have_text(re.compile("the nearest digit is"))
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("button", name=re.compile(r"From: digit \d"))).to_be_visible()
    for _ in range(8):
        desk.keyboard.press("Shift+ArrowDown")
    desk.keyboard.press(" ")
    expect(desk.get_by_role("button", name=re.compile(r"To: digit \d"))).to_be_visible()


def test_two_digits_are_the_ends_of_a_straight_walk(desk):
    codes = latent_page.codes("tutorial")
    places = np.array(desk.evaluate("Array.from(desk.section.places)")).reshape(-1, 2)
    ends = int(places[:, 0].argmax()), int(places[:, 1].argmin())
    for end in ends:
        desk.mouse.click(*desk.evaluate(PLACE, end))
    way = desk.get_by_role("slider", name="How far on the way between the two digits")
    pictures = []
    for share in (0, 0.5, 1):
        way.fill(str(share))
        expected = codes[ends[0]] + share * (codes[ends[1]] - codes[ends[0]])
        assert np.allclose(code(desk), expected, atol=0.1)
        pictures.append(picture(desk))
    assert not np.array_equal(pictures[0], pictures[1])
    assert not np.array_equal(pictures[1], pictures[2])
    expect(desk.locator(".latent-line")).to_be_visible()
    desk.get_by_role("button", name="Clear").click()
    expect(desk.locator(".latent-line")).to_be_hidden()


def test_the_meter_tells_how_far_it_is(desk):
    meter = desk.get_by_role("meter")
    desk.evaluate("desk.take(desk.options.map.codes.slice(0, 16))")
    expect(meter).to_have_attribute("aria-valuetext", re.compile(r"^Among the digits\. 0\.0 times"))
    desk.evaluate("desk.take(Array(16).fill(3000))")
    expect(meter).to_have_attribute("aria-valuetext", re.compile(r"^Far from all digits\."))


def test_one_class_can_be_shown_alone(desk):
    only = desk.get_by_role("button", name="Only the 7s")
    only.click()
    expect(only).to_have_attribute("aria-pressed", "true")
    expect(desk.locator(".latent-numeral:not(.is-faint)")).to_have_text("7")


@pytest.mark.parametrize("size", [2, 64])
def test_a_code_may_have_few_or_many_numbers(desk, size):
    desk.evaluate(MADE_UP, size)
    expect(desk.get_by_role("slider", name=re.compile("of the code$"))).to_have_count(size)
    desk.wait_for_function("desk.section.chart.size.width")
    before = code(desk)
    desk.mouse.click(*desk.evaluate(PLACE, 7))  # without a sheet, the decoder draws the digit
    expect(desk.get_by_role("button", name="From: digit 7")).to_be_visible()
    assert not np.array_equal(code(desk), before)
    fader(desk, size).fill("0")
    assert abs(code(desk)[-1]) < 0.1
    assert desk.evaluate("document.documentElement.scrollWidth") <= SIZES["wide"][0]
    assert fader(desk, 1).bounding_box()["width"] > 150


def test_without_a_map_there_are_faders_only(page, address):
    page.goto(f"{address}/without.html")
    expect(page.locator(".latent-chart")).to_have_count(0)
    expect(page.get_by_role("meter")).to_have_count(0)
    expect(page.locator(".latent-now .latent-why")).to_contain_text("There is no map")
    before = picture(page)
    fader(page, 2).focus()
    for _ in range(20):
        page.keyboard.press("ArrowLeft")
    assert not np.array_equal(picture(page), before)


def test_a_finger_drags_the_point_and_taps_digits(chromium, address):
    context = chromium.browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(f"{address}/desk.html")
    page.wait_for_function("desk.section.chart.size.width")
    page.touchscreen.tap(*page.evaluate(PLACE, 20))
    expect(page.get_by_role("button", name="From: digit 0")).to_be_visible()
    given = code(page)
    x, y = middle(point(page))
    touches = context.new_cdp_session(page)
    for kind, dx in (("touchStart", 0), ("touchMove", 20), ("touchMove", 45), ("touchEnd", None)):
        points = [] if dx is None else [{"x": x + dx, "y": y}]
        touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert np.linalg.norm(code(page) - given) > 50
    context.close()


def test_on_a_phone_the_picture_stays_in_sight_beside_the_last_fader(page, address):
    page.set_viewport_size({"width": 390, "height": 600})
    page.goto(f"{address}/desk.html")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(page.locator(".latent-decoded canvas")).to_be_in_viewport(ratio=1)
    expect(fader(page, 16)).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_and_is_accessible(chromium, address, size, theme):
    width, height = SIZES[size]
    context = chromium.browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme
    )
    page = context.new_page()
    page.goto(f"{address}/desk.html")
    page.get_by_role("button", name="Two random digits").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.evaluate("""() => [...document.querySelectorAll("button, input, [tabindex='0']")]
        .map((each) => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])
        .filter(([, { width, height }]) => width < 24 || height < 24).map(([name]) => name)""")
    assert small == []
    assert not faults(page, RULES["light"])
    context.close()
