"""`denoise`, `noise`, `read` and `evaluate`: what each writes and prints."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from denoiser.cli.commands import use
from denoiser.cli.main import main
from denoiser.data import handwriting
from denoiser.data.noise import add_noise
from denoiser.nn import inference
from denoiser.runs.run import Run


def picture(path):
    with Image.open(path) as opened:
        return np.asarray(opened)


# denoise


@pytest.fixture
def array(tmp_path, noisy):
    """Six noisy digits in a file."""
    path = tmp_path / "noisy.npy"
    np.save(path, noisy[:6])
    return path


@pytest.fixture(scope="module")
def expected(trained, noisy):
    """What the trained model makes of those six."""
    return inference.denoise(inference.to_keras(Run(trained.run).model()), noisy[:6])


def denoise(path, output, model):
    return main(["denoise", str(path), str(output), "--model", str(model)])


def test_an_array_is_denoised_into_an_array(tmp_path, trained, array, expected):
    assert denoise(array, tmp_path / "out.npy", trained.run) == 0
    out = np.load(tmp_path / "out.npy")
    assert out.dtype == np.float32
    np.testing.assert_allclose(out, expected, atol=1e-6)


def test_an_array_may_be_named_in_capitals(tmp_path, trained, array, expected):
    loud = array.rename(tmp_path / "NOISY.NPY")
    assert denoise(loud, tmp_path / "OUT.NPY", trained.run) == 0
    np.testing.assert_allclose(np.load(tmp_path / "OUT.NPY"), expected, atol=1e-6)


def test_an_array_is_denoised_into_a_picture_with_a_digit_a_row(tmp_path, trained, array, expected):
    assert denoise(array, tmp_path / "out.png", trained.run) == 0
    shown = picture(tmp_path / "out.png") / 255
    np.testing.assert_allclose(shown, expected.reshape(-1, 28), atol=0.51 / 255)


def test_a_grid_of_digits_is_denoised_into_the_same_grid(tmp_path, trained, noisy):
    pixels = np.rint(noisy[:6] * 255).astype(np.uint8)
    grid = np.vstack([np.hstack(pixels[:3]), np.hstack(pixels[3:])])
    Image.fromarray(grid).save(tmp_path / "grid.png")
    assert denoise(tmp_path / "grid.png", tmp_path / "out.png", trained.run) == 0
    network = inference.to_keras(Run(trained.run).model())
    digits = inference.denoise(network, pixels.astype(np.float32) / 255)
    shown = picture(tmp_path / "out.png") / 255
    assert shown.shape == (2 * 28, 3 * 28)
    for i, digit in enumerate(digits):
        row, column = divmod(i, 3)
        tile = shown[28 * row : 28 * (row + 1), 28 * column : 28 * (column + 1)]
        np.testing.assert_allclose(tile, digit, atol=0.51 / 255)


def test_a_shipped_model_denoises_from_the_command_line(tmp_path, held_out, array):
    assert denoise(array, tmp_path / "out.npy", "unet") == 0
    error = np.square(np.load(tmp_path / "out.npy") - held_out.clean[:6]).mean()
    assert error < 0.03


def test_a_large_square_picture_is_one_digit_unless_it_is_said_to_be_a_grid(
    tmp_path, held_out, capsys
):
    digit = Image.fromarray(held_out.images[0]).resize((280, 280), Image.Resampling.NEAREST)
    digit.save(tmp_path / "one.png")
    for flags, said, size in ([], "1 digit denoised", 28), (["--grid"], "100 digits", 280):
        asked = [str(tmp_path / "one.png"), str(tmp_path / "out.png"), "--model", "unet"]
        assert main(["denoise", *asked, *flags]) == 0
        assert said in capsys.readouterr().out
        assert picture(tmp_path / "out.png").shape == (size, size)


# What stands for a model


@pytest.mark.parametrize("name", ["model.keras", "model.safetensors"])
def test_a_file_of_weights_stands_for_a_model(tmp_path, trained, array, expected, name):
    copy = tmp_path / name.replace("model", "copy")
    copy.write_bytes((trained.run / name).read_bytes())
    assert denoise(array, tmp_path / "out.npy", copy) == 0
    np.testing.assert_allclose(np.load(tmp_path / "out.npy"), expected, atol=1e-6)


def test_a_file_of_weights_is_evaluated(trained, data, capsys):
    of_file, of_run = (
        evaluated(capsys, "--model", model, "--data", data)
        for model in (trained.run / "model.keras", trained.run)
    )
    assert of_file["denoised"] == pytest.approx(of_run["denoised"], rel=1e-4)


def test_a_run_stands_for_a_model_by_its_id_and_after_each_epoch(
    tmp_path, trained, array, monkeypatch
):
    monkeypatch.setenv("DENOISER_HOME", str(trained.run.parent))
    for model, kept in (
        (trained.run.name, Run(trained.run).model()),
        (f"{trained.run.name}@1", Run(trained.run).snapshot(1)),
        (f"{trained.run}@2", Run(trained.run).snapshot(2)),
    ):
        assert denoise(array, tmp_path / "out.npy", model) == 0
        made = inference.denoise(inference.to_keras(kept), np.load(array))
        np.testing.assert_allclose(np.load(tmp_path / "out.npy"), made, atol=1e-6)


# noise


def put_noise(path, output, *flags):
    return main(["noise", str(path), str(output), *flags])


@pytest.fixture
def clean_array(tmp_path, held_out):
    """Six clean digits in a file."""
    path = tmp_path / "clean.npy"
    np.save(path, held_out.clean[:6])
    return path


@pytest.mark.parametrize(
    ("asked", "kind", "parameters", "seed"),
    [
        ("", "gaussian", {}, 0),
        ("--seed 3 --noise-std 0.1", "gaussian", {"std": 0.1}, 3),
        ("--noise masking --noise-fraction 0.9", "masking", {"fraction": 0.9}, 0),
    ],
)
def test_noise_is_put_on_an_array(tmp_path, clean_array, held_out, asked, kind, parameters, seed):
    assert put_noise(clean_array, tmp_path / "noisy.npy", *asked.split()) == 0
    made = np.load(tmp_path / "noisy.npy")
    rng = np.random.default_rng(seed)
    np.testing.assert_array_equal(made, add_noise(held_out.clean[:6], rng, kind, **parameters))


def test_noise_is_put_on_a_grid_and_taken_off_again(tmp_path, held_out, capsys):
    clean = np.vstack([np.hstack(held_out.images[:3]), np.hstack(held_out.images[3:6])])
    Image.fromarray(clean).save(tmp_path / "clean.png")
    assert put_noise(tmp_path / "clean.png", tmp_path / "noisy.png") == 0
    assert denoise(tmp_path / "noisy.png", tmp_path / "denoised.png", "unet") == 0
    noisy, denoised = (picture(tmp_path / f"{name}.png") for name in ("noisy", "denoised"))
    assert noisy.shape == denoised.shape == clean.shape
    assert (
        np.abs(denoised / 255 - clean / 255).mean() < np.abs(noisy / 255 - clean / 255).mean() / 3
    )
    assert "6 digits under gaussian noise" in capsys.readouterr().out


# read


@pytest.fixture(scope="module")
def sheet(tmp_path_factory, held_out):
    """A sheet with a 1, a 4 and a 7 in a row, 100 pixels high each, and where each lies."""
    paper = np.full((200, 600), 255, np.uint8)
    places = {}
    for place, digit in enumerate((1, 4, 7)):
        image = held_out.images[np.flatnonzero(held_out.labels == digit)[0]]
        large = np.asarray(Image.fromarray(image).resize((140, 140), Image.Resampling.BICUBIC))
        left = 40 + 180 * place
        paper[30:170, left : left + 140] = 255 - large
        places[digit] = left
    path = tmp_path_factory.mktemp("sheet") / "photo.png"
    Image.fromarray(paper).save(path)
    return path, places


def test_the_digits_on_a_picture_are_named_in_reading_order(sheet, capsys):
    path, _ = sheet
    assert main(["read", str(path), str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: 1 4 7\n" * 2


def test_what_does_not_look_like_one_digit_is_not_named(tmp_path, capsys):
    sheet = Image.new("L", (280, 280), "white")
    ImageDraw.Draw(sheet).text((140, 140), "R", "black", ImageFont.load_default(160), anchor="mm")
    sheet.save(path := tmp_path / "letter.png")
    assert main(["read", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: ?\n"
    assert main(["read", "--json", str(path)]) == 0
    assert json.loads(capsys.readouterr().out)[0]["digits"][0]["digit"] is None


def test_json_says_where_each_digit_is_and_how_sure_it_is(sheet, capsys):
    path, places = sheet
    assert main(["read", "--json", str(path)]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["picture"] == str(path)
    assert found["notes"] == found["left_out"] == []
    assert [digit["digit"] for digit in found["digits"]] == list(places)
    for digit in found["digits"]:
        box = digit["box"]
        left = places[digit["digit"]]
        assert left <= box["x"] < box["x"] + box["width"] <= left + 140
        assert 30 <= box["y"] < box["y"] + box["height"] <= 170
        assert box["height"] > 80
        assert 0.5 < digit["confidence"] <= 1


def test_what_was_left_out_is_noted(tmp_path, sheet, capsys):
    path, _ = sheet
    with Image.open(path) as whole:
        whole.crop((0, 0, 470, 200)).save(tmp_path / "cut.png")
    assert main(["read", str(tmp_path / "cut.png")]) == 0
    printed = capsys.readouterr()
    assert printed.out == f"{tmp_path / 'cut.png'}: 1 4\n"
    assert "left out what runs off the picture and may be a digit: 1" in printed.err
    assert main(["read", "--json", str(tmp_path / "cut.png")]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    (left_out,) = found["left_out"]
    assert left_out["reason"] == "cut off"
    assert left_out["box"]["x"] + left_out["box"]["width"] >= 469


def test_there_are_words_for_whatever_is_left_out():
    assert set(use.LEFT_OUT) == set(handwriting.REASONS)


def test_a_picture_that_cannot_be_read_does_not_keep_others_from_it(tmp_path, sheet, capsys):
    path, _ = sheet
    missing = str(tmp_path / "none.jpg")
    assert main(["read", missing, str(path)]) == 2
    printed = capsys.readouterr()
    assert printed.out == f"{path}: 1 4 7\n"
    assert "none.jpg: It cannot be opened" in printed.err
    Image.new("L", (300, 300), 240).save(tmp_path / "blank.png")
    assert main(["read", str(tmp_path / "blank.png")]) == 2
    assert "blank.png: No digits were found" in capsys.readouterr().err
    assert main(["read", "--json", missing, str(path)]) == 2
    bad, good = json.loads(capsys.readouterr().out)
    assert "cannot be opened" in bad["problem"]
    assert len(good["digits"]) == 3


# evaluate


def evaluated(capsys, *flags):
    assert main(["evaluate", *map(str, flags), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("command", ["denoise {array} out.png", "evaluate --data {data} --json"])
def test_a_network_whose_answers_are_no_numbers_is_refused(
    tmp_path, trained, array, data, command, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    found = Run(trained.run).model()
    tensors = {name: tensor * np.float32(1e30) for name, tensor in found.tensors.items()}
    monkeypatch.setattr(use.inputs, "find_model", lambda _: replace(found, tensors=tensors))
    words = command.format(array=array, data=data).split()
    assert main([*words, "--model", "any"]) == 2
    assert "its answer to a digit is no picture" in capsys.readouterr().err


@pytest.mark.parametrize("files", [["saved_model.pb"], ["network.keras"], []])
def test_a_folder_that_is_no_run_is_said_to_be_none(tmp_path, array, files, capsys):
    for name in files:
        (tmp_path / "folder" / name).parent.mkdir()
        (tmp_path / "folder" / name).write_bytes(b"")
    (tmp_path / "folder").mkdir(exist_ok=True)
    assert denoise(array, tmp_path / "out.png", tmp_path / "folder") == 2
    said = capsys.readouterr().err
    assert ("SavedModel" if "saved_model.pb" in files else "no training of the lab") in said


def test_an_evaluation_is_printed_as_json(trained, data, capsys):
    result = evaluated(capsys, "--model", trained.run, "--data", data, "--noise-std", 0.25)
    assert result["noise"] == {"kind": "gaussian", "mean": 0.5, "std": 0.25, "seed": 0}
    for scores in (result["noisy"], result["denoised"]):
        assert scores["count"] == 12
        assert set(scores) == {"mse", "psnr", "ssim", "reading_accuracy", "count"}


def test_an_evaluation_repeats_for_a_seed(trained, data, capsys):
    asked = ["--model", trained.run, "--data", data]
    first = evaluated(capsys, *asked, "--seed", 1)
    assert evaluated(capsys, *asked, "--seed", 1) == first
    assert evaluated(capsys, *asked, "--seed", 2)["noisy"] != first["noisy"]


def test_an_evaluation_is_printed_as_a_table(trained, data, capsys):
    assert main(["evaluate", "--model", str(trained.run), "--data", str(data)]) == 0
    head, noisy, denoised = capsys.readouterr().out.splitlines()
    assert head.split() == ["MSE", "PSNR", "dB", "SSIM", "read"]
    assert noisy.split()[0] == "noisy"
    assert denoised.split()[0] == "denoised"


def test_without_noise_there_is_no_endless_psnr(data, capsys):
    without = ("--model", "plain", "--data", str(data), "--noise-mean", "0", "--noise-std", "0")
    assert evaluated(capsys, *without)["noisy"]["psnr"] is None
    assert main(["evaluate", *without]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[:3] == ["noisy", "0.00000", "-"]


def test_unlabelled_digits_have_no_reading_accuracy(trained, tmp_path, held_out, capsys):
    np.savez(tmp_path / "x.npz", x_test=held_out.images[:5])
    assert main(["evaluate", "--model", str(trained.run), "--data", str(tmp_path / "x.npz")]) == 0
    assert all(line.split()[-1] == "-" for line in capsys.readouterr().out.splitlines()[1:])


def test_the_classifier_is_evaluated_on_clean_digits(data, capsys):
    result = evaluated(capsys, "--model", "classifier", "--data", data)
    assert result["count"] == 12
    assert result["reading_accuracy"] > 0.8
