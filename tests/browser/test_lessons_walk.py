"""Lessons in a browser: a sketch that is drawn, and a lesson walked through by keyboard alone."""

import gettext
import re

import pytest
from panel import PATIENCE
from playwright.sync_api import expect

from denoiser.classroom import lessons
from denoiser.ui.session.text import DOMAIN, LANGUAGES, LOCALE

SHIPPED, _PROBLEMS = lessons.lessons()
SKETCH = next(lesson for lesson in SHIPPED if lesson.prediction.kind == "sketch")
MANY_TABS = 60


def list_of_lessons(page, server, say=str, query=""):
    page.goto(f"{server.url}/{query}")
    page.get_by_role("link", name=say("Lessons")).click(timeout=PATIENCE)
    last = page.get_by_role("heading", name=say(SHIPPED[-1].title))
    expect(last).to_be_visible(timeout=PATIENCE)
    return page


@pytest.fixture
def drawn_on(page, server):
    list_of_lessons(page, server).locator(f".st-key-begin_{SKETCH.name} button").first.click()
    expect(page.locator(".sketch").get_by_role("slider").first).to_be_visible(timeout=PATIENCE)
    return page


def values(page):
    points = page.get_by_role("slider").all()
    return [float(point.get_attribute("aria-valuenow")) for point in points]


def test_a_curve_is_drawn_in_one_sweep_and_compared_with_the_true_one(drawn_on):
    page, points = drawn_on, drawn_on.get_by_role("slider")
    box = page.locator(".sketch > svg").bounding_box()
    first, last = points.first.bounding_box(), points.last.bounding_box()
    page.mouse.move(first["x"], box["y"] + 0.1 * box["height"])
    page.mouse.down()
    page.mouse.move(last["x"] + 10, box["y"] + 0.7 * box["height"], steps=3)
    page.mouse.up()
    curve = values(page)
    assert curve == sorted(curve, reverse=True)
    assert len(set(curve)) == len(curve)
    page.get_by_role("button", name="That is my prediction").click()
    page.get_by_role("button", name="See what is true").click()
    expect(page.get_by_text("what happened")).to_be_visible()
    truth = page.locator("[data-truth]").get_attribute("d")
    guess = page.locator("[data-drawn]").get_attribute("d")
    assert truth.count("L") == guess.count("L") == 1 + len(curve)  # the first point is a dot
    assert truth != guess


def test_a_point_is_moved_with_the_arrow_keys(drawn_on):
    point = drawn_on.get_by_role("slider").nth(2)
    before = values(drawn_on)
    point.focus()
    drawn_on.keyboard.press("ArrowUp")
    drawn_on.keyboard.press("PageUp")
    after = values(drawn_on)
    assert after[2] > before[2]
    assert after[:2] + after[3:] == before[:2] + before[3:]


def tab_to(page, name):
    """Press Tab until what has this name is reached."""
    target = page.get_by_role("button", name=re.compile(rf"^(\w+ )?{name}$")).first
    expect(target).to_be_visible(timeout=PATIENCE)
    for _ in range(MANY_TABS):
        if target.evaluate("e => e === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{name}: not reached by Tab")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lesson_is_walked_through_by_keyboard_alone(page, server, language):
    say = gettext.translation(DOMAIN, LOCALE, [language], fallback=True).gettext
    list_of_lessons(page, server, say, f"?lang={language}")
    tab_to(page, say("Begin"))
    page.keyboard.press("Enter")
    field = page.get_by_role("spinbutton")
    expect(field).to_be_visible()
    while not field.evaluate("e => e === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.type("40")
    tab_to(page, say("That is my prediction"))
    page.keyboard.press("Enter")
    tab_to(page, say("See what is true"))
    page.keyboard.press("Enter")
    expect(page.get_by_text(say("You said"))).to_be_visible()
    expect(page.get_by_text(f"40 {say('of 100')}")).to_be_visible()
