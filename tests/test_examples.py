"""The examples in docstrings run, and the functions that matter most have one."""

import doctest
import importlib
from pathlib import Path

import pytest

import denoiser

PACKAGE = Path(denoiser.__file__).parent
FLAGS = doctest.NORMALIZE_WHITESPACE
# Loading these starts a page or the command line.
LEFT_OUT = ("ui", "__main__.py")
SHOWN = (
    "config.TrainConfig",
    "config.from_values",
    "data.digits.bundled",
    "data.digits.load",
    "data.filters.denoise",
    "data.handwriting.read",
    "data.noise.add_noise",
    "figures.montage",
    "metrics.mse",
    "metrics.psnr",
    "metrics.ssim",
    "models.sizes.parameters",
    "models.store.load",
    "nn.inference.denoise",
    "runs.store.RunStore.create",
    "web.bundle",
)


def module_of(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


MODULES = [
    module_of(path)
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.relative_to(PACKAGE).parts[0] not in LEFT_OUT and ">>> " in path.read_text("utf-8")
]


def examples_in(module):
    found = doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(module))
    return [test for test in found if test.examples]


@pytest.mark.parametrize("module", MODULES)
def test_examples_give_what_they_say(module):
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    for test in examples_in(module):
        runner.run(test)
    assert runner.tries > 0
    assert runner.failures == 0, "the output above says which"


def test_the_functions_that_matter_most_have_an_example():
    found = {test.name for module in MODULES for test in examples_in(module)}
    assert {f"denoiser.{name}" for name in SHOWN} <= found
