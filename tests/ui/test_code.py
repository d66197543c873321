"""What a page shows of a program, and which files it offers."""

import pytest
from streamlit.testing.v1 import AppTest

from denoiser.config import RECIPES
from denoiser.models import code
from denoiser.ui.session import text


@pytest.fixture(scope="module")
def program():
    return code.of_config(RECIPES["quick"], "quick")


def shown(program, **query):
    def page(program):
        from denoiser.ui.pages.inside.code import show_code  # the page's source is run alone

        show_code(program)

    app = AppTest.from_function(page, args=(program,))
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def test_every_section_is_shown_with_its_title_and_the_numbers_of_its_lines(program):
    app = shown(program)
    assert [each.value for each in app.subheader] == [s.title for s in program.sections]
    assert [each.value for each in app.code] == [s.source for s in program.sections]
    assert {each.language for each in app.code} == {"python"}
    assert all(each.proto.show_line_numbers for each in app.code)


def test_the_program_is_offered_as_a_script_and_as_a_notebook(program):
    python, notebook = shown(program).get("download_button")
    assert python.proto.label == "Download as Python"
    assert notebook.proto.label == "Download as Jupyter notebook"
    for button in (python, notebook):
        assert button.proto.ignore_rerun
        assert button.proto.url


def test_titles_and_buttons_speak_chinese(program):
    app = shown(program, lang="zh")
    told = [each.value for each in app.subheader]
    told += [button.proto.label for button in app.get("download_button")]
    told += [each.value for each in app.caption]
    assert len(told) == len(program.sections) + 3
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in each) for each in told)
    assert app.code[0].value == program.sections[0].source


@pytest.mark.parametrize("title", code.TITLES.values())
def test_every_title_is_translated(title):
    assert text._catalog("zh").gettext(title) != title
