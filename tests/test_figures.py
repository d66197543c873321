"""The tutorial's picture and plot, and the curves of the compare page."""

import io
import json
import math

import numpy as np
import plotly.graph_objects
import pytest
from PIL import Image

from denoiser import figures

FALLING = {"loss": [0.08, 0.04, 0.03], "val_loss": [0.09, 0.05, 0.04]}


def test_a_montage_has_a_row_a_digit_noisy_left_and_denoised_right(held_out, noisy):
    denoised = held_out.clean
    picture = figures.montage(noisy[:3], denoised[:3])
    assert picture.shape == (3 * 28, 2 * 28)
    assert picture.dtype == np.uint8
    for row in range(3):
        left, right = np.split(picture[28 * row : 28 * (row + 1)] / 255, 2, axis=1)
        np.testing.assert_allclose(left, noisy[row], atol=1 / 255)
        np.testing.assert_allclose(right, denoised[row], atol=1 / 255)


def test_a_montage_keeps_black_and_white():
    picture = figures.montage(np.zeros((1, 28, 28)), np.ones((1, 28, 28)))
    assert (picture[:, :28] == 0).all()
    assert (picture[:, 28:] == 255).all()


def drawn(path, loss, val_loss):
    figures.save_loss_plot(loss, val_loss, path)
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def test_the_plot_shows_both_losses(tmp_path):
    falling = drawn(tmp_path / "plot.png", FALLING["loss"], FALLING["val_loss"])
    other_loss = drawn(tmp_path / "plot.png", [0.08, 0.06, 0.03], FALLING["val_loss"])
    other_val = drawn(tmp_path / "plot.png", FALLING["loss"], [0.09, 0.07, 0.04])
    assert falling.shape == other_loss.shape == other_val.shape
    assert (falling != other_loss).any()
    assert (falling != other_val).any()


def test_the_plot_of_one_epoch_shows_two_points(tmp_path):
    picture = drawn(tmp_path / "plot.png", [0.2], [0.1])
    colors = set(map(tuple, picture[::2, ::2].reshape(-1, 3)))
    saturated = [color for color in colors if max(color) - min(color) > 100]
    assert any(red > blue for red, _, blue in saturated)
    assert any(blue > red for red, _, blue in saturated)


@pytest.mark.parametrize("suffix", sorted(figures.PLOT_SUFFIXES))
def test_a_plot_can_be_written_in_every_format_that_is_offered(tmp_path, suffix):
    figures.save_loss_plot([0.2, 0.1], [0.3, 0.2], tmp_path / f"plot{suffix}")
    assert (tmp_path / f"plot{suffix}").stat().st_size > 1000


def test_a_plot_of_an_unknown_kind_is_refused(tmp_path):
    with pytest.raises(ValueError, match="txt"):
        figures.save_loss_plot([0.2], [0.1], tmp_path / "plot.txt")


def test_train_loss_is_solid_and_val_loss_dashed():
    traces = figures.loss_curves({"U-Net": FALLING})["data"]
    dashes = [(trace["hovertemplate"].split(" %")[0], trace["line"]["dash"]) for trace in traces]
    assert dashes == [("train loss", "solid"), ("val loss", "dash")]


def test_the_legend_names_each_model_once():
    traces = figures.loss_curves({"U-Net": FALLING, "plain": FALLING})["data"]
    assert [trace["name"] for trace in traces if trace["showlegend"]] == ["U-Net", "plain"]


def test_curves_count_epochs_from_one():
    train, val = figures.loss_curves({"U-Net": FALLING})["data"]
    assert train["x"] == val["x"] == [1, 2, 3]
    assert train["y"] == FALLING["loss"]
    assert val["y"] == FALLING["val_loss"]


def test_both_curves_of_a_model_share_a_color_that_no_other_has():
    histories = dict.fromkeys(("a", "b", "c", "d"), FALLING)
    traces = figures.loss_curves(histories)["data"]
    colors = [trace["line"]["color"] for trace in traces]
    assert colors[::2] == colors[1::2]
    assert len(set(colors)) == len(histories)


def test_every_model_is_drawn_however_many_there_are():
    histories = dict.fromkeys("abcdefgh", FALLING)
    names = [trace["name"] for trace in figures.loss_curves(histories)["data"]]
    assert names[::2] == names[1::2] == list(histories)


def test_curves_are_a_valid_plotly_figure_as_plain_data():
    figure = figures.loss_curves({"U-Net": FALLING, "plain": {"loss": [], "val_loss": []}})
    assert len(plotly.graph_objects.Figure(figure).data) == 4
    assert json.loads(json.dumps(figure)) == figure


def test_long_trainings_have_a_tick_only_every_few_epochs():
    def ticks(epochs):
        history = {"loss": [0.1] * epochs, "val_loss": [0.1] * epochs}
        return figures.loss_curves({"U-Net": history})["layout"]["xaxis"]["dtick"]

    assert [ticks(epochs) for epochs in (0, 1, 12, 13, 25, 1000)] == [1, 1, 1, 2, 3, 84]


# The curves of a training on its way


def falling(count, per_epoch):
    return [(step / per_epoch, 1 / step) for step in range(1, count + 1)]


def test_a_training_has_its_epochs_as_they_were_measured():
    curves = figures.training_curves([], [(1, 0.2, 0.3), (2, 0.1, 0.15)], 8)
    assert curves == {"step": ([], []), "loss": ([1, 2], [0.2, 0.1]),
                      "val_loss": ([1, 2], [0.3, 0.15])}  # fmt: skip


def test_steps_are_smoothed_without_a_bias_at_the_start():
    noisy = [(step / 10, 0.5 + 0.4 * (-1) ** step) for step in range(1, 101)]
    _x, y = figures.training_curves(noisy, [], 10)["step"]
    assert y[0] == pytest.approx(0.1)
    assert np.ptp(y[20:]) < 0.2
    constant = figures.training_curves([(step / 10, 0.3) for step in range(1, 101)], [], 10)
    assert set(constant["step"][1]) == {0.3}


def test_a_long_training_has_few_points_from_its_first_to_its_newest():
    steps = falling(20_000, per_epoch=1000)
    x, y = figures.training_curves(steps, [], 20)["step"]
    assert len(x) == len(y) <= figures.MAX_STEP_POINTS + 2
    assert (x[0], x[-1]) == (0.001, 20)
    assert x == sorted(set(x))


def test_a_point_that_was_drawn_stays_where_it_is():
    def drawn(count):
        x, y = figures.training_curves(falling(count, per_epoch=500), [], 8)["step"]
        return list(zip(x, y, strict=True))[:-1]  # the newest goes on

    early, late = drawn(1_234), drawn(3_999)
    assert late[: len(early)] == early
    assert len(late) > len(early) > 100


def test_a_loss_that_is_no_number_is_left_out_of_the_json():
    curves = figures.training_curves(
        [(0.5, 0.1), (1.0, math.inf), (1.5, math.nan)], [(1, math.nan, math.inf)], 2
    )
    assert curves["step"][1] == [0.1, None, None]
    assert curves["loss"][1] == curves["val_loss"][1] == [None]
    assert json.dumps(curves, allow_nan=False)


# The digits of the compare page


@pytest.mark.parametrize("gap", [0, 1, 3])
def test_pictures_stand_in_one_row_with_nothing_between_them(held_out, gap):
    row = figures.side_by_side(held_out.images[:3], gap)
    assert row.shape == (28, 3 * 28 + 2 * gap, 4)
    for place in range(3):
        start = place * (28 + gap)
        picture = row[:, start : start + 28]
        np.testing.assert_array_equal(picture[..., 1], held_out.images[place])
        assert (picture[..., 3] == 255).all()
        assert (row[:, start + 28 : start + 28 + gap, 3] == 0).all()


def test_pictures_in_one_row_keep_their_colours():
    pictures = np.random.default_rng(0).integers(0, 256, (2, 4, 5, 3), np.uint8)
    row = figures.side_by_side(pictures, 1)
    np.testing.assert_array_equal(row[:, 6:, :3], pictures[1])


def test_colour_of_the_theme_as_numbers():
    assert figures.rgb("#60a5fa") == (96, 165, 250)


def test_comparison_is_a_picture_on_white_with_its_rows_and_colours(held_out):
    lost = (10, 20, 250)
    rows = [("Clean", held_out.images[:8]), ("U-Net\nMSE 0.01", held_out.images[8:16])]
    short = figures.comparison_figure(rows[:1], "Noise", {"lost": lost})
    with Image.open(io.BytesIO(figures.comparison_figure(rows, "Noise", {"lost": lost}))) as image:
        assert image.format == "PNG"
        pixels = np.asarray(image.convert("RGB"))
    with Image.open(io.BytesIO(short)) as image:
        assert image.height < pixels.shape[0]
    assert (pixels[0] == 255).all()
    assert (pixels == np.array(lost)).all(axis=2).any()
    assert (pixels == 0).all(axis=2).mean() > 0.2  # the digits' black
