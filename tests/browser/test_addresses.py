"""What the address of a page holds: Back, links to what is gone, and the form after a reload."""

import re

import pytest
from panel import PATIENCE, LivePanel
from playwright.sync_api import expect


@pytest.fixture
def visitor(chromium):
    """A tab that may log errors: Streamlit does on direct visits to a page's link."""
    with chromium.new_page() as page:
        page.goto("about:blank")
        yield page


def entries(page):
    return page.evaluate("history.length")


def test_settings_replace_their_entry_and_back_returns_to_the_page_with_them(visitor, quiet):
    panel = LivePanel(visitor, quiet.url)
    start = entries(visitor)
    for _ in range(2):
        url = visitor.url
        panel.button("New digit").click()
        expect(visitor).not_to_have_url(url)
    panel.mean.focus()
    for value in ("0.49", "0.48"):
        visitor.keyboard.press("ArrowLeft")
        panel.expect_query(rf".*mean={value}")
    panel.model("U-Net").check()
    panel.expect_query(".*model=unet.*")
    visitor.get_by_role("button", name="中文").click()
    panel.expect_query(".*lang=zh.*")
    visitor.get_by_role("button", name="English").click()
    panel.expect_query(".*lang=en.*")
    assert entries(visitor) == start
    seen = set(re.split("[?&]", visitor.url))

    visitor.get_by_role("link", name="Compare").click()
    chosen = visitor.get_by_role("combobox", name="Models and filters")
    expect(chosen).to_be_visible(timeout=PATIENCE)  # the home page has a slider of that name, too
    visitor.get_by_role("slider", name="Mean").press("ArrowLeft")
    expect(visitor).to_have_url(re.compile("/Compare.*mean=0.45"), timeout=PATIENCE)
    chosen.press("Backspace")
    expect(visitor).to_have_url(re.compile("names=tutorial%2Cunet%2Cmedian"), timeout=PATIENCE)
    visitor.get_by_role("link", name="Train").click()
    epochs = visitor.get_by_role("spinbutton", name="Epochs")
    for value in ("6", "7"):
        expect(epochs).to_be_visible(timeout=PATIENCE)
        epochs.fill(value)
        epochs.press("Enter")
        expect(visitor).to_have_url(re.compile(f"/Train.*epochs={value}"), timeout=PATIENCE)
    visitor.get_by_role("link", name="Lessons").click()
    visitor.get_by_role("button", name="Begin").first.click(timeout=PATIENCE)
    expect(visitor).to_have_url(re.compile("lesson="), timeout=PATIENCE)
    assert entries(visitor) == start + 4
    visitor.get_by_role("spinbutton").fill("40")
    visitor.get_by_role("button", name="That is my prediction").click()
    expect(visitor.get_by_role("button", name="See what is true")).to_be_visible(timeout=PATIENCE)
    visitor.get_by_role("button", name="All lessons").click()
    expect(visitor.get_by_role("button", name="Begin").first).to_be_visible(timeout=PATIENCE)
    assert entries(visitor) == start + 6

    for place, name in (
        ("step=1", "See what is true"),
        (r"lesson=(?!.*step)", "That is my prediction"),
        (r"/Lessons\?(?!.*lesson=)", "Begin"),
        ("/Train.*epochs=7", "Start training"),
        ("/Compare", "Table as CSV"),
    ):
        visitor.evaluate("history.back()")
        expect(visitor).to_have_url(re.compile(place), timeout=PATIENCE)
        expect(visitor.get_by_role("button", name=name).first).to_be_visible(timeout=PATIENCE)
        if place.startswith("/Train"):
            expect(epochs).to_have_value("7")
    visitor.evaluate("history.back()")
    panel.wait_until_drawn()
    expect(panel.mean).to_have_value("0.48")
    expect(panel.model("U-Net")).to_be_checked()
    assert set(re.split("[?&]", visitor.url)) == seen


# Links to what is gone


@pytest.mark.parametrize("run", ["abcdefghijkl", "ABC", "../../etc/passwd", "%00"])
def test_a_link_to_a_run_that_is_not_here_says_so_and_leads_on(visitor, quiet, run):
    visitor.goto(f"{quiet.url}/Train?run={run}")
    expect(visitor.get_by_role("alert")).to_have_text(re.compile("training"), timeout=PATIENCE)
    assert str(quiet.store.folder) not in visitor.content()
    expect(visitor.get_by_text("Try it")).to_have_count(0)
    visitor.get_by_role("button", name="To all trainings").click()
    expect(visitor.get_by_role("heading", name="Train a network")).to_be_visible()


def test_a_run_that_is_deleted_while_it_is_watched_offers_nothing_any_more(visitor, quiet):
    run = quiet.ended_run()
    run.update(state="stopped")
    visitor.goto(f"{quiet.url}/Train?run={run.id}")
    expect(visitor.get_by_role("link", name="Try it")).to_be_visible(timeout=PATIENCE)
    run.delete()
    expect(visitor.get_by_role("button", name="To all trainings")).to_be_visible(timeout=PATIENCE)
    expect(visitor.get_by_text("Try it")).to_have_count(0)
    expect(visitor.get_by_text("it was deleted")).to_be_visible()
    assert str(quiet.store.folder) not in visitor.content()


def test_a_link_with_a_model_that_is_gone_says_so_and_shows_the_usual_ones(visitor, quiet):
    run = quiet.ended_run()
    for model, words, way in (
        ("abcdefghijkl", "it was deleted", "To all trainings"),
        ("abcdefghijkl@3", "it was deleted", "To all trainings"),
        (f"{run.id}@9", "epoch 9", "To this training"),
    ):
        panel = LivePanel(visitor, f"{quiet.url}/?model={model}")
        expect(visitor.get_by_role("alert").first).to_contain_text(words)
        expect(visitor.get_by_role("link", name=way)).to_be_visible()
        expect(panel.model("Tutorial autoencoder")).to_be_checked()
        assert str(quiet.store.folder) not in visitor.content()


def test_a_comparison_with_a_run_that_is_gone_says_so_and_shows_the_rest(visitor, quiet):
    visitor.goto(f"{quiet.url}/Compare?names=abcdefghijkl,median")
    expect(visitor.get_by_text("Part of what this link compares")).to_be_visible(timeout=PATIENCE)
    shown = visitor.get_by_role("rowheader", name="Median filter").first
    expect(shown).to_be_visible(timeout=PATIENCE)
    visitor.get_by_role("link", name="To all trainings").click()
    expect(visitor.get_by_role("heading", name="Train a network")).to_be_visible(timeout=PATIENCE)


def test_a_link_to_a_lesson_that_is_gone_shows_them_all(visitor, quiet):
    visitor.goto(f"{quiet.url}/Lessons?lesson=nothing&step=2&worksheet=1")
    expect(visitor.get_by_text("names a lesson that is not here")).to_be_visible(timeout=PATIENCE)
    expect(visitor.get_by_role("button", name="Begin").first).to_be_visible()


# The form of a training


def test_the_form_is_as_it_was_after_a_reload(visitor, quiet):
    visitor.goto(f"{quiet.url}/Train")
    visitor.get_by_role("radio", name="Tutorial: to the letter").click(timeout=PATIENCE)
    expect(visitor.get_by_role("spinbutton", name="Epochs")).to_have_value("25", timeout=PATIENCE)
    for label, value in (("Epochs", "7"), ("Latent size", "4")):
        field = visitor.get_by_role("spinbutton", name=label)
        expect(field).to_be_visible(timeout=PATIENCE)
        field.fill(value)
        field.press("Enter")
    visitor.get_by_label("Std", exact=True).fill("0.3")
    expect(visitor).to_have_url(re.compile("recipe=tutorial.*epochs=7.*std=0.3"))
    visitor.reload()
    expect(visitor.get_by_role("spinbutton", name="Epochs")).to_have_value("7", timeout=PATIENCE)
    expect(visitor.get_by_role("spinbutton", name="Latent size")).to_have_value("4")
    expect(visitor.get_by_label("Std", exact=True)).to_have_value("0.3")
    expect(visitor.get_by_role("radio", name="Tutorial: to the letter")).to_be_checked()
