"""The Compare page as a visitor meets it, with the real engine behind it."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

ENGINE = 90_000  # milliseconds, for the first answer of an engine that has just started
# All at once, because the page may still be moving.
BOXES = """strips => strips.map(strip =>
  [".label", "img"].map(part => strip.querySelector(part).getBoundingClientRect().toJSON()))"""
SETTLED = re.compile("Computed on 500")


@pytest.fixture
def compare(page, server):
    """The page, reached by its link: Streamlit logs errors on direct visits."""
    page.goto(server.url)
    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_role("region", name="Scores")).to_be_visible()
    return page


def settle(page):
    expect(page.locator(".compare-status")).to_have_text(SETTLED, timeout=ENGINE)


def rows(page):
    return page.get_by_role("region", name="Scores").get_by_role("row")


def row(page, name):
    return rows(page).filter(has=page.get_by_role("rowheader", name=re.compile(f"^{name}")))


def cells(page, name):
    return row(page, name).get_by_role("cell").all_inner_texts()


def number(text):
    return float(text.rstrip("%"))


def test_engine_scores_the_first_question_and_marks_the_best(compare):
    settle(compare)
    unet, median, noisy = (cells(compare, name) for name in ("U-Net", "Median", "Noisy, nothing"))
    assert number(unet[0]) < number(median[0]) < number(noisy[0])
    assert number(unet[3]) > 95
    best = compare.locator(".compare-table .best").all_inner_texts()
    assert best == unet


def test_digits_stand_in_columns_and_labels_beside_their_rows(compare):
    settle(compare)
    pictures = compare.locator(".compare-digits img")
    expect(pictures).to_have_count(2 + 2 * 4)
    for label, picture in compare.locator(".compare-digits .strip").evaluate_all(BOXES):
        assert picture["top"] <= label["top"] < picture["bottom"]
        assert label["right"] <= picture["left"]
    assert len({picture.bounding_box()["x"] for picture in pictures.all()}) == 1
    assert pictures.first.evaluate("i => getComputedStyle(i).imageRendering") == "pixelated"


def test_link_holds_what_was_chosen_and_opens_it_again(compare):
    settle(compare)
    chosen = compare.get_by_role("combobox", name="Models and filters")
    chosen.press("Backspace")  # the last of the four
    expect(rows(compare)).to_have_count(1 + 3 + 1)
    compare.get_by_role("slider", name="Mean").press("ArrowLeft")
    expect(compare).to_have_url(re.compile(r"names=tutorial%2Cunet%2Cmedian.*mean=0\.45$"))
    again = compare.context.new_page()
    again.goto(compare.url)
    settle(again)
    # What the first page says may still be of the question before.
    expect(row(compare, "U-Net").get_by_role("cell")).to_have_text(
        cells(again, "U-Net"), timeout=ENGINE
    )
    again.close()


def test_table_and_figure_can_be_kept(compare, tmp_path):
    settle(compare)
    for name, start in (("Table as CSV", b"method,mse"), ("Figure as PNG", b"\x89PNG")):
        with compare.expect_download() as download:
            compare.get_by_role("button", name=name).click()
        file = Path(tmp_path / download.value.suggested_filename)
        download.value.save_as(file)
        assert file.read_bytes().startswith(start)


def test_phone_scrolls_the_table_and_not_the_page(compare):
    compare.set_viewport_size({"width": 390, "height": 844})
    settle(compare)
    table = compare.get_by_role("region", name="Scores")
    assert table.evaluate("t => t.scrollWidth > t.clientWidth")
    assert table.bounding_box()["width"] <= 390
    assert compare.evaluate("document.querySelector('.stMain').scrollWidth") <= 390
