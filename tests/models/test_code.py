"""The program of a training as text: complete, tidy, the same each time, and told by layer."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import random_networks

from denoiser.config import RECIPES, TrainConfig
from denoiser.data.noise import KINDS
from denoiser.models import architectures, code
from denoiser.models.code import TITLES, network, noise
from denoiser.models.code.section import Section
from denoiser.models.layers import OPS, Layer
from denoiser.models.store import BLUEPRINTS

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = {
    **{f"recipe {name}": recipe for name, recipe in RECIPES.items()},
    **{f"model {name}": blueprint.config for name, blueprint in BLUEPRINTS.items()},
    **{f"noise {name}": TrainConfig(noise=name) for name in KINDS},
    "fixed growing": TrainConfig(growing_noise=True),
    "own digits": TrainConfig(data="/home/somebody/digits.npz", limit=30),
    "classifier": TrainConfig(network="classifier", limit=100, data="mnist-held-out"),
}
SEEDS = range(20)

over_configs = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)


@pytest.fixture
def unet():
    return code.of_config(RECIPES["quick"], "quick")


# The text


@over_configs
def test_a_program_is_python_in_sections_that_have_their_titles(config):
    program = code.of_config(config)
    compile(program.python, "program.py", "exec")
    names = [section.name for section in program.sections]
    assert len(set(names)) == len(names)
    found = re.findall(r"^# %% (.+)$", program.python, re.MULTILINE)
    assert found == [TITLES[name] for name in names]


@over_configs
def test_a_program_needs_only_tensorflow_keras_and_numpy(config):
    imported = re.findall(r"^\s*(?:import|from) (\w+)", code.of_config(config).python, re.MULTILINE)
    packages = set(imported) - sys.stdlib_module_names
    assert packages <= {"tensorflow", "keras", "numpy", "IPython"}  # the last is in notebooks


def test_programs_are_as_ruff_wants_them(tmp_path):
    for i, config in enumerate(CONFIGS.values()):
        text = code.of_config(config).python
        (tmp_path / f"program_{i}.py").write_text(text, encoding="utf-8")
    for seed in SEEDS:
        made = code.program(random_networks.network(seed), TrainConfig()).python
        (tmp_path / f"random_{seed}.py").write_text(made, encoding="utf-8")
    for command in (["check"], ["format", "--check", "--line-length", "100"]):
        run = [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", str(tmp_path)]
        done = subprocess.run(run, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_same_settings_give_the_same_text():
    config = RECIPES["best"]
    assert code.of_config(config).python == code.of_config(replace(config)).python
    assert code.of_config(config).notebook == code.of_config(replace(config)).notebook


def test_numbers_are_written_to_the_last_bit():
    rate, mean, std = 0.1 + 0.2, 1 / 3, 2 / 3
    config = TrainConfig(learning_rate=rate, noise_parameters={"mean": mean, "std": std})
    text = code.of_config(config).python
    for number in (rate, mean, std):
        assert repr(number) in text


def test_no_path_of_the_server_is_told():
    program = code.of_config(CONFIGS["own digits"])
    assert "somebody" not in program.python
    assert "digits from a file" in program.section("digits").source


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("unet-any", "unet-any"),
        ('a"\\\n b', "a_b"),
        ("../x", "x"),
        ("数字", "model"),
        ("", "model"),
    ],
)
def test_whatever_a_model_is_called_its_file_has_a_plain_name(name, stem):
    program = code.of_config(TrainConfig(), name)
    assert program.name == stem
    assert f'Path("{stem}.safetensors")' in program.section("weights").source


def test_the_version_of_keras_that_is_asked_for_is_one_that_the_lab_runs_with():
    (pinned,) = re.findall(r"^keras==([\d.]+)", (ROOT / "requirements.txt").read_text(), re.M)
    assert [int(n) for n in code.KERAS.split(".")] <= [int(n) for n in pinned.split(".")]


def test_bundled_digits_are_explained(unet):
    source = unet.section("digits").source
    assert "first 500 of each class" in source
    assert "x_train = x_train[:1500]" in source


# Lines and layers


@pytest.mark.parametrize("name", ["tutorial", "unet", "unet-small", "classifier"])
def test_every_layer_has_its_lines_and_every_line_its_layer(name):
    config = TrainConfig(network=name)
    program = code.of_config(config)
    lines = program.section("network").lines
    for layer in architectures.layers_of(config):
        own = program.lines_of(layer.name)
        assert own
        assert f'name="{layer.name}"' in "\n".join(lines[line - 1] for line in own)
        assert {program.layer_of(line) for line in own} == {layer.name}
    free = [line for i, line in enumerate(lines, 1) if program.layer_of(i) is None]
    assert all(re.match(r"#|$|model = |keras\.utils", line) for line in free)


def test_what_is_no_line_and_no_layer_belongs_to_nothing(unet):
    assert unet.lines_of("nothing") == ()
    assert [unet.layer_of(line) for line in (0, -1, 10_000)] == [None] * 3


@pytest.mark.parametrize(("letters", "lines"), [(5, 1), (20, 3), (60, 8)])
def test_a_statement_of_several_lines_is_its_layers(letters, lines):
    long = "x" * letters
    program = code.program(
        [
            Layer("input", "input", shape=(8, 8, 1)),
            Layer(long, "conv2d", units=2, kernel=(3, 2), strides=(2, 1), padding="same",
                  use_bias=False),
        ],
        TrainConfig(),
    )  # fmt: skip
    assert len(program.lines_of(long)) == lines


def test_names_of_layers_never_hide_what_the_program_uses():
    names = ["add_noise", "rng", "np", "print", "lambda", "1 a", "x"]
    layers = [Layer("input", "input", shape=(4, 4, 1))]
    layers += [Layer(name, "relu", ("input",)) for name in names]
    layers.append(Layer("sum", "add", tuple(names)))
    source = code.program(layers, TrainConfig()).section("network").source
    compile(source, "network.py", "exec")
    assigned = set(re.findall(r"^(\w+) = layers", source, re.MULTILINE))
    assert not assigned & {"add_noise", "rng", "np", "print"}
    assert len(assigned) == len(names)  # the last is called x, and so is the sum


def test_every_op_and_every_kind_of_noise_can_be_written():
    assert set(network.KERAS_CODE) == set(OPS) - {"input"}
    assert set(noise.KIND_CODE) == set(KINDS) - {"any"}


def test_functions_of_noise_take_the_parameters_of_their_kind_in_their_order():
    for name in noise.KIND_CODE:
        (taken,) = re.findall(
            rf"^def {noise.function_of(name)}\((.+)\):", noise.code_of(name), re.M
        )
        assert taken.split(", ") == ["clean", *(p.name for p in KINDS[name].parameters)]


# The notebook


@over_configs
def test_the_cells_of_the_notebook_are_the_program(config):
    program = code.of_config(config)
    about, *cells = json.loads(program.notebook)["cells"]
    assert about["source"][0] == f"# {program.title}\n"
    text = "".join(about["source"][2:])
    parts = [f'"""{program.title}.\n\n{text}\n"""\n\n']
    for title, cell in zip(cells[::2], cells[1::2], strict=True):
        assert (title["cell_type"], cell["cell_type"]) == ("markdown", "code")
        named = "".join(title["source"]).replace("## ", "# %% ")
        end = "\n\n" if cell["id"] == "imports" else "\n\n\n"
        parts.append(f"{named}\n{''.join(cell['source'])}{end}")
    assert "".join(parts).rstrip("\n") + "\n" == program.python


@over_configs
def test_the_notebook_is_one_as_the_format_has_it(config):
    made = json.loads(code.of_config(config).notebook)
    assert set(made) == {"cells", "metadata", "nbformat", "nbformat_minor"}
    assert (made["nbformat"], made["nbformat_minor"]) == (4, 5)
    assert made["metadata"]["kernelspec"]["name"] == "python3"
    ids = [cell["id"] for cell in made["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in made["cells"]:
        assert re.fullmatch(r"[a-zA-Z0-9-_]{1,64}", cell["id"])
        of_code = {"execution_count", "outputs"} if cell["cell_type"] == "code" else set()
        assert set(cell) == {"cell_type", "id", "metadata", "source"} | of_code
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None
        assert all(line.endswith("\n") for line in cell["source"][:-1])
        assert not cell["source"][-1].endswith("\n")


def test_between_functions_are_two_empty_lines_and_between_others_one():
    made = Section.of("noise", "a = 1\n", "", "b = 2", "# c\ndef c():\n    pass", "d = 3")
    assert made.source == "a = 1\n\nb = 2\n\n\n# c\ndef c():\n    pass\n\n\nd = 3"
