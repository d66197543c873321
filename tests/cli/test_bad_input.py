"""Wrong use, bad input and failed work: one clear line, an exit code, and no file left behind."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from denoiser.cli import inputs
from denoiser.cli.main import main
from denoiser.data.digits import DOWNLOAD_FAILED
from denoiser.errors import ConfigError, DigitsError, EngineError, ModelError
from denoiser.models import store as models
from denoiser.nn import training
from denoiser.runs import store

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def place(tmp_path_factory, trained, data):
    """A folder of files that are wrong in one way each; `{name}` in a command names them."""
    folder = tmp_path_factory.mktemp("wrong")
    grey = np.full((3, 28, 28), 0.5, np.float32)
    np.save(folder / "good.npy", grey)
    np.save(folder / "size.npy", grey[:, :27])
    np.save(folder / "one.npy", grey[0])
    np.save(folder / "none.npy", grey[:0])
    np.save(folder / "bright.npy", grey * 255)
    np.save(folder / "nan.npy", grey * np.nan)
    np.save(folder / "objects.npy", np.array([{}] * 3, dtype=object))
    (folder / "text.npy").write_text("0.5")
    (folder / "empty.npy").write_bytes(b"")
    (folder / "cut.npy").write_bytes((folder / "good.npy").read_bytes()[:999])
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 28, 28), }" % 10**30
    size = len(header).to_bytes(2, "little")
    (folder / "huge.npy").write_bytes(b"\x93NUMPY\x01\x00" + size + header)
    (folder / "zip.npy").write_bytes(data.read_bytes())
    (folder / "text.png").write_text("a picture")
    Image.new("L", (30, 28)).save(folder / "size.png")
    for name in ("damaged", "folder.png", "folder.json"):
        (folder / name).mkdir()
    shipped = models.SHIPPED / "classifier.safetensors"
    (folder / "reader.safetensors").write_bytes(shipped.read_bytes())
    (folder / "damaged" / "model.safetensors").write_bytes(b"\0" * 100)
    return {"dir": folder, "run": trained.run, "data": data}


BAD_INPUT = [
    ("train --data {dir}/none.npz", "none.npz"),
    ("train --data {dir}/text.png", "text.png"),
    ("train --data {data} --epochs 0", "epochs: expected .* got 0"),
    ("train --data {data} --limit 0", "limit: expected .* got 0"),
    ("train --data {data} --batch-size 0", "batch_size: expected .* got 0"),
    ("train --data {data} --seed -1", "seed: expected .* got -1"),
    ("train --data {data} --learning-rate 0", "learning_rate: expected .* got 0"),
    ("train --data {data} --learning-rate nan", "learning_rate: expected .* got nan"),
    ("train --data {data} --noise-mean 2", "mean: expected .* got 2"),
    ("train --data {data} --noise masking --noise-mean 0", r"masking.*'fraction'.* got .'mean'"),
    ("train --data {data} --noise-std nan", "std: expected .* got nan"),
    ("train --data {data} --filters 0", "filters: expected .* got 0"),
    ("train --data {data} --filters 8 8 8", "multiple of 8"),
    ("train --data {data} --latent-dim 0", "latent_dim: expected .* got 0"),
    ("train --data {data} -o {dir}/picture.txt", r"picture\.txt: expected a name that ends in"),
    ("train --data {data} -o {dir}/none/output.png", "expected a folder that exists"),
    ("train --data {data} -p {dir}/plot", "plot: expected a name that ends in"),
    ("train --data {data} -p {dir}/plot.bmp", r"plot\.bmp: expected a name that ends in"),
    ("train --data {data} -o {dir}/folder.png", r"folder\.png: expected a place .*directory"),
    ("train --data {data} -p {dir}/folder.png", r"folder\.png: expected a place .*directory"),
    ("train --data {data} -o {dir}/" + "x" * 300 + ".png", "expected a place .*too long"),
    ("train --data {data} --run-dir {run}", "expected a new or empty folder"),
    ("train --data {data} --run-dir {dir}", "expected a new or empty folder"),
    ("denoise {dir}/missing.npy {dir}/out.npy --model {run}", r"missing\.npy"),
    ("denoise {dir}/size.npy {dir}/out.npy --model {run}", r"this one has \(3, 27, 28\)"),
    ("denoise {dir}/one.npy {dir}/out.npy --model {run}", "one digit in it"),
    ("denoise {dir}/none.npy {dir}/out.npy --model {run}", r"none\.npy: There is no digit"),
    ("denoise {dir}/bright.npy {dir}/out.npy --model {run}", "neither 0 to 1 nor 0 to 255"),
    ("denoise {dir}/nan.npy {dir}/out.npy --model {run}", "NaN"),
    ("denoise {dir}/objects.npy {dir}/out.npy --model {run}", r"objects\.npy: .* damaged"),
    ("denoise {dir}/text.npy {dir}/out.npy --model {run}", r"text\.npy: .* damaged"),
    ("denoise {dir}/empty.npy {dir}/out.npy --model {run}", r"empty\.npy: .* damaged"),
    ("denoise {dir}/cut.npy {dir}/out.npy --model {run}", r"cut\.npy: .* damaged"),
    ("denoise {dir}/huge.npy {dir}/out.npy --model {run}", r"huge\.npy: .* damaged"),
    ("denoise {dir}/zip.npy {dir}/out.npy --model {run}", r"zip\.npy: .* damaged"),
    ("denoise {dir}/text.png {dir}/out.npy --model {run}", r"text\.png: This file is no picture"),
    ("denoise {dir}/size.png {dir}/out.npy --model {run}", "28x28 pixels .* got 30x28"),
    ("denoise {dir} {dir}/out.npy --model {run}", "cannot be opened"),
    ("denoise {dir}/good.npy {dir}/out.txt --model {run}", r"out\.txt: expected a name"),
    ("denoise {dir}/good.npy {dir}/none/out.png --model {run}", "expected a folder that exists"),
    ("denoise {dir}/good.npy {dir}/none/out.npy --model {run}", "expected a folder that exists"),
    ("denoise {dir}/good.npy {dir}/out.npy --model nobody", "expected one of: .* got 'nobody'"),
    ("denoise {dir}/good.npy {dir}/out.npy --model ../reader", "expected one of: "),
    ("denoise {dir}/good.npy {dir}/out.npy --model classifier", "expected one that denoises"),
    ("denoise {dir}/good.npy {dir}/out.npy --model {dir}", "is no training of the lab"),
    ("denoise {dir}/good.npy {dir}/out.npy --model {dir}/damaged", r"model\.safetensors"),
    ("denoise {dir}/good.npy {dir}/folder.png --model {run}", r"folder\.png: expected a place"),
    ("denoise {dir}/good.npy {dir}/out.npy --model {dir}/none.keras", r"none\.keras: .*No such"),
    ("denoise {dir}/good.npy {dir}/out.npy --model {dir}/text.png", r"text\.png: .*neither"),
    ("denoise {dir}/good.npy {dir}/out.npy --model {dir}/reader.safetensors", "digit reader"),
    ("denoise {dir}/good.npy {dir}/out.npy --model {run}@77", "epoch 77 .*no weights"),
    ("denoise {dir}/good.npy {dir}/out.npy --model {run}@x", "expected one of: .*@x"),
    ("denoise {dir}/good.npy {dir}/out.npy --model nobody@1", "expected one of: .*nobody@1"),
    ("evaluate --model nobody", "expected one of: .* got 'nobody'"),
    ("evaluate --model {run} --data {dir}/none.npz", r"none\.npz"),
    ("evaluate --model {run} --noise-std 5", "std: expected .* got 5"),
    ("noise {dir}/missing.npy {dir}/out.npy", r"missing\.npy"),
    ("noise {dir}/good.npy {dir}/out.txt", r"out\.txt: expected a name"),
    ("noise {dir}/good.npy {dir}/out.npy --noise-mean 2", "mean: expected .* got 2"),
    ("noise {dir}/good.npy {dir}/out.npy --noise jpeg --noise-std 1", "jpeg.*got .'std'"),
    ("noise {dir}/good.npy {dir}/folder.png", r"folder\.png: expected a place"),
    ("map --data {data} -o {dir}/map.txt", r"map\.txt: expected a name"),
    ("map --data {data} -o {dir}/folder.json", r"folder\.json: expected a place"),
    ("ship unet --folder {dir}/text.png", r"text\.png: expected a place"),
]


@pytest.mark.parametrize(("command", "words"), BAD_INPUT)
def test_bad_input_ends_with_one_clear_line_and_leaves_nothing(
    place, command, words, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DENOISER_HOME", raising=False)
    monkeypatch.setattr(training.Training, "fit", lambda *_: pytest.fail("it started to train"))
    before = set(place["dir"].iterdir())
    code = main([word.format(**place) for word in command.split()])
    printed = capsys.readouterr()
    assert code == 2
    lines = printed.err.splitlines()
    assert all(line.startswith("  details: ") for line in lines[1:])
    assert lines[0].startswith("denoiser: ")
    assert re.search(words, lines[0])
    assert not printed.out
    assert not list(tmp_path.iterdir())
    assert set(place["dir"].iterdir()) == before


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("", "required: COMMAND"),
        ("fly", "unknown command 'fly'"),
        ("trian --epochs 3", "unknown command 'trian'; did you mean train?"),
        ("train --epochs many", "--epochs: invalid int value: 'many'"),
        (
            "train --network classifier",
            "--network: expected one of tutorial, unet, unet-small; got 'classifier'",
        ),
        ("train --recipe quik", "got 'quik'; did you mean quick?"),
        ("train --noise gausian", "got 'gausian'; did you mean gaussian?"),
        ("train --wings 2", "unknown option '--wings'"),
        (
            "train --lerning-rate=1",
            "unknown option '--lerning-rate'; did you mean --learning-rate?",
        ),
        ("evaluate --modle unet", "unknown option '--modle'; did you mean --model?"),
        ("train -x", "unrecognized arguments: -x"),
        ("train -s 0", "--samples: expected a whole number of at least 1; got '0'"),
        (
            "evaluate --model unet --seed -1",
            "--seed: expected a whole number of at least 0; got '-1'",
        ),
        ("app --port 70000", "--port: expected a whole number from 1 to 65535; got '70000'"),
        ("worker tcp://127.0.0.1:1 --training -1", "--training: expected a whole number"),
        ("ship nobody", "NAME: expected one of tutorial, .*; got 'nobody'"),
        ("denoise in.npy", "required: OUT, --model"),
        ("read", "required: PICTURE"),
        ("evaluate", "required: --model"),
    ],
)
def test_a_wrong_flag_ends_with_its_usage_and_one_clear_line(command, words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(command.split())
    assert ended.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("usage: denoiser")
    assert re.search(words, lines[-1])


def test_the_beginning_of_an_option_is_enough(capsys):
    assert main(["evaluate", "--mod", "nobody"]) == 2
    assert "got 'nobody'" in capsys.readouterr().err


def test_what_may_not_be_written_is_known_before_work_starts(place, tmp_path, monkeypatch, capsys):
    def forbidden(path, mode="r", *rest, **options):
        if path.parent == tmp_path and mode != "r":
            raise PermissionError(13, "Permission denied", str(path))
        return open_path(path, mode, *rest, **options)

    open_path = Path.open
    monkeypatch.setattr(Path, "open", forbidden)  # root may write everywhere
    monkeypatch.setattr(training.Training, "fit", lambda *_: pytest.fail("it started to train"))
    for command in (
        f"train --data {place['data']} -o {tmp_path}/x.png -p {tmp_path}/y.png",
        f"denoise {place['dir']}/good.npy {tmp_path}/x.png --model {place['run']}",
        f"noise {place['dir']}/good.npy {tmp_path}/x.npy",
        f"map --data {place['data']} -o {tmp_path}/x.json",
    ):
        assert main(command.split()) == 2
        assert "expected a place that can be written to (Permission" in capsys.readouterr().err


def test_trying_whether_a_file_can_be_written_leaves_it_as_it_is(tmp_path):
    old, new = tmp_path / "old.png", tmp_path / "new.png"
    old.write_bytes(b"kept")
    for path in (old, new):
        inputs.check_writable(path, {".png"})
    assert old.read_bytes() == b"kept"
    assert not new.exists()


# Failed work


def outcome(monkeypatch, capsys, problem):
    """What `models` ends with and says when the problem comes up."""
    with monkeypatch.context() as patch:
        patch.setattr(models, "names", problem)
        return main(["models"]), capsys.readouterr().err


def raising(error):
    def problem(*_):
        raise error

    return problem


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("x"), 2),
        (ModelError("x"), 2),
        (DigitsError("x"), 2),
        (DigitsError("x", code=DOWNLOAD_FAILED), 1),
        (EngineError("x"), 1),
        (OSError("x"), 1),
        (PermissionError("x"), 1),
    ],
)
def test_bad_input_ends_with_2_and_failed_work_with_1(monkeypatch, capsys, error, code):
    assert outcome(monkeypatch, capsys, raising(error)) == (code, "denoiser: x\n")


def test_ctrl_c_ends_with_130(monkeypatch, capsys):
    ended = outcome(monkeypatch, capsys, raising(KeyboardInterrupt()))
    assert ended == (130, "denoiser: interrupted\n")


def test_a_full_disk_is_failed_work(tmp_path, data, monkeypatch, capsys):
    monkeypatch.setattr(store, "MIN_FREE_BYTES", 2**62)
    monkeypatch.setenv("DENOISER_HOME", str(tmp_path / "home"))
    pictures = ["-o", str(tmp_path / "output.png"), "-p", str(tmp_path / "plot.png")]
    assert main(["train", "--data", str(data), *pictures]) == 1
    assert "The disk is nearly full" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("asked", ["models --json", "--help", "train --help"])
def test_a_reader_that_has_read_enough_is_no_accident(asked):
    command = [sys.executable, "-m", "denoiser", *asked.split()]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1 or "--help" in asked  # which argparse writes, come what may


def test_an_output_that_is_closed_is_no_accident():
    shell = f"{sys.executable} -m denoiser models >&-"
    done = subprocess.run(shell, shell=True, cwd=ROOT, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_what_the_system_refuses_is_said_without_its_number(monkeypatch, capsys):
    error = OSError(28, "No space left on device", "digits.npy")
    said = outcome(monkeypatch, capsys, raising(error))[1]
    assert said == "denoiser: digits.npy: No space left on device\n"


def test_the_exit_code_reaches_the_shell():
    done = subprocess.run(
        [sys.executable, "-m", "denoiser", "evaluate", "--model", "nobody"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert not done.stdout


def test_the_technical_part_has_a_line_of_its_own(monkeypatch, capsys):
    error = ModelError("It cannot be read.", detail="header: 8 bytes")
    said = "denoiser: It cannot be read.\n  details: header: 8 bytes\n"
    assert outcome(monkeypatch, capsys, raising(error)) == (2, said)
