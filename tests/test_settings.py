"""A setting is described once: one that is added by one edit is found wherever settings are."""

import json
from dataclasses import dataclass

import catalogs
import pytest
import settings_table
from streamlit.testing.v1 import AppTest

from denoiser.cli import flags
from denoiser.cli.parser import Parser
from denoiser.config import RECIPES, SETTINGS, TrainConfig, from_values, setting, settings
from denoiser.errors import ConfigError
from denoiser.runs.store import RunStore


@dataclass(frozen=True)
class Pretend(TrainConfig):
    """The settings, and one more, which is this one edit."""

    warm_up: int = setting(
        5, "Warm-up", "Steps at a low rate. More: safer.", row="steps", unit="steps",
        minimum=0, maximum=500, step=5, summary="warm-up {value}",
    )  # fmt: skip


def test_a_new_setting_is_checked_within_its_bounds():
    assert Pretend(warm_up=500).warm_up == 500
    for bad in (-1, 501, 1.5, None, True, "5"):
        with pytest.raises(
            ConfigError, match=r"^warm_up: expected a whole number from 0 to 500"
        ) as e:
            Pretend(warm_up=bad)
        assert e.value.field == "warm_up"


def test_a_new_setting_goes_through_json_and_old_files_have_its_default():
    config = Pretend(warm_up=7, epochs=3)
    assert json.loads(config.to_json())["warm_up"] == 7
    assert Pretend.from_json(config.to_json()) == config
    assert Pretend.from_json(TrainConfig(epochs=3).to_json()) == Pretend(epochs=3)
    with pytest.raises(ConfigError, match="warm_up"):
        TrainConfig.from_json(config.to_json())


def test_a_new_setting_has_a_flag_with_its_help_bounds_unit_and_default(capsys):
    parser = Parser(prog="train")
    flags.add_settings(parser, settings(Pretend), Pretend())
    options = parser.parse_args(["--warm-up", "7", "--epochs", "3"])
    values = flags.setting_values(options, settings(Pretend))
    assert from_values(Pretend(), values) == Pretend(warm_up=7, epochs=3)
    help = " ".join(parser.format_help().split())
    assert "--warm-up N Steps at a low rate. More: safer. 0 to 500 steps (5)" in help


def test_a_new_setting_is_in_the_docs_table():
    row = "| `--warm-up` | Steps at a low rate. More: safer. | 0 to 500 steps | 5 |\n"
    assert settings_table.table(settings(Pretend), Pretend()).endswith(row)
    assert row not in settings_table.table()


def test_the_texts_of_a_new_setting_are_translated():
    texts = set(catalogs.of_settings(settings(Pretend))) - set(catalogs.of_settings(SETTINGS))
    assert texts == {"Warm-up", "Steps at a low rate. More: safer.", "warm-up {value}"}


def page(kind, store, started):
    import streamlit as st

    from denoiser.ui.pages.train.form import fill_from, train_form
    from denoiser.ui.pages.train.settings_text import summary

    if started:
        st.caption(summary(started[-1]))
        st.button("again", on_click=fill_from, args=(started[-1],))
    train_form(store, lambda config: started.append(config) or "", kind)


@pytest.fixture
def started():
    return []


@pytest.fixture
def form(tmp_path, started):
    """The form of the pretended settings, with its neighbours in the row called "steps"."""
    app = AppTest.from_function(page, args=(Pretend, RunStore(tmp_path), started))
    app.session_state["train_where"] = "lab"
    app.run()
    assert not app.exception
    return app


def test_a_new_setting_has_a_field_in_its_row_with_title_help_and_default(form):
    field = form.number_input(key="train_warm_up")
    assert (field.label, field.value, field.step) == ("Warm-up", 5, 5)
    assert "Steps at a low rate. More: safer." in [caption.value for caption in form.caption]
    keys = [each.key for each in form.number_input]
    assert keys.index("train_warm_up") == keys.index("train_learning_rate") + 1


def test_a_new_settings_field_refuses_says_what_changed_and_starts(form, started):
    form.number_input(key="train_warm_up").set_value(501).run()
    assert [text.value for text in form.markdown if ":red[" in text.value] == [
        ":red[:material/error: 0 to 500 is possible.]"
    ]
    assert form.button(key="train_start").disabled
    form.number_input(key="train_warm_up").set_value(7).run()
    assert "changed: warm-up" in [caption.value for caption in form.caption]
    form.button(key="train_start").click().run()
    assert started == [from_values(Pretend(warm_up=7), vars(RECIPES["device"]))]


def test_a_new_setting_is_in_a_runs_summary_and_its_settings_fill_the_form_again(form, started):
    started.append(Pretend(data="bundled", warm_up=40))
    form.run()
    assert form.caption[0].value.endswith(" · learning rate 0.001 · warm-up 40")
    form.button[0].click().run()
    assert form.number_input(key="train_warm_up").value == 40


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
def test_every_settings_title_and_help_are_there_for_every_field_that_is_shown(recipe):
    for name, described in SETTINGS.items():
        assert described.title
        assert described.help.endswith(".")
        described.validate(name, getattr(recipe, name))
        for choice in described.choices:
            assert choice.title
            assert choice.help.endswith(".")
