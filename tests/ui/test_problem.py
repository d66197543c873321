"""What every page shows of a problem."""

import pytest
from streamlit.testing.v1 import AppTest

from denoiser.errors import RunError
from denoiser.ui.session.problem import plain


def shown(problem, **options):
    def page(problem, options):
        from denoiser.ui.session.problem import show_problem  # the page's source is run alone

        show_problem(problem, **options)

    app = AppTest.from_function(page, args=(problem, options)).run()
    assert not app.exception
    return app


def folded(app):
    return [html.proto.body for html in app.get("html")]


def test_the_sentence_is_there_and_the_technical_part_folded_below_it():
    app = shown(RunError("The run is damaged.", detail="status.json: <b>{'a': 1}"), lead="run x")
    assert app.error[0].value == "**run x**: The run is damaged."
    (html,) = folded(app)
    assert "<details class" in html
    assert "status.json: &lt;b&gt;{&#x27;a&#x27;: 1}" in html


def test_what_has_no_technical_part_folds_nothing():
    assert folded(shown(RunError("It is gone."))) == folded(shown("Choose one.")) == []


def test_what_the_page_goes_on_without_is_a_warning():
    app = shown("It is gone.", is_warning=True)
    assert (app.warning[0].value, list(app.error)) == ("It is gone.", [])


@pytest.mark.parametrize("error", [OSError(28, "No space left", "/srv/lab/runs"), KeyError("x")])
def test_a_strange_error_is_a_sentence_without_paths_of_the_server(error):
    app = shown(error)
    assert "tell who runs this lab" in app.error[0].value
    (html,) = folded(app)
    assert "/srv" not in app.error[0].value + html


def test_what_somebody_wrote_is_no_markdown_but_reads_as_it_is():
    assert plain("照片（1）.jpg, 3:4 - ok…") == "照片（1）.jpg, 3:4 - ok…"
    assert plain("[a](b) *c* :red[d] $e$") == r"\[a\](b) \*c\* \:red\[d\] \$e\$"
