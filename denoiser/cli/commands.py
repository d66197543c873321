"""The command line: `python -m denoiser COMMAND`.

Reads flags, calls the package, prints. Bad input ends with exit code 2 and one
line that says what was expected. TensorFlow is loaded only by the commands
that run a network.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from denoiser import __version__, figures
from denoiser.cli import progress
from denoiser.config import (
    CLASSIFIER,
    DENOISERS,
    RECIPES,
    SETTINGS,
    TrainConfig,
    from_values,
)
from denoiser.data import digits, filters
from denoiser.data.digits import SIDE, Digits
from denoiser.data.noise import KINDS, kind_named
from denoiser.engine import memory
from denoiser.errors import ConfigError, DenoiserError, DigitsError, ModelError, RunError
from denoiser.files import pictures
from denoiser.files.atomic import write_whole
from denoiser.jobs import comparison
from denoiser.models import store as models
from denoiser.runs import store as runs

TEST_SEED = 0
INTERRUPTED = 130  # as shells have it: 128 + SIGINT
ARRAY_SUFFIX = ".npy"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, 2 after a message about bad input, 130 after Ctrl-C."""
    options = _parser().parse_args(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    memory.keep_freed()
    try:
        options.command(options)
    except (DenoiserError, OSError) as error:
        print(f"denoiser: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("denoiser: interrupted", file=sys.stderr)
        return INTERRUPTED
    return 0


# Flags


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m denoiser", description="Train and use denoising autoencoders."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_train(commands)
    _add_denoise(commands)
    _add_evaluate(commands)
    _add_models(commands)
    _add_ship(commands)
    _add_map(commands)
    _add_benchmark(commands)
    _add_worker(commands)
    _add_engine(commands)
    return parser


def _command(commands: Any, name: str, run: Callable, help_: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name, help=help_, description=help_, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.set_defaults(command=run)
    return parser


def _add_train(commands: Any) -> None:
    parser = _command(commands, "train", _train, "Train a network, as the tutorial's script does.")
    add = parser.add_argument
    add("-s", "--samples", type=int, default=8, help="test digits in the output picture")
    add("-o", "--output", type=Path, default=Path("output.png"), help="picture: noisy | denoised")
    add("-p", "--plot", type=Path, default=Path("plot.png"), help="plot of train and val loss")
    add("--recipe", choices=RECIPES, default="tutorial", help="settings to start from")
    add("--run-dir", type=Path, help="new folder for the run; default: a new one in ./runs")
    add("--distribute", choices=("mirrored", "multi-worker"),
        help="on all GPUs of this machine, or on all machines that TF_CONFIG names")  # fmt: skip
    add(
        "--resume", metavar="RUN", help="go on with a run, named by its id or folder, as it was set"
    )
    # From here on a flag replaces one setting of the recipe; without it, the recipe's stays.
    quiet = argparse.SUPPRESS
    add("--network", choices=DENOISERS, default=quiet, help="the architecture")
    add("--filters", type=int, nargs="+", default=quiet, help="channels of each convolution")
    add("--latent-dim", type=int, default=quiet, help="numbers in the latent vector")
    add("--epochs", type=int, default=quiet, help="times through all digits")
    add("--batch-size", type=int, default=quiet, help="digits a step")
    add(
        "--optimizer",
        choices=[c.value for c in SETTINGS["optimizer"].choices],
        default=quiet,
        help="turns gradients into steps",
    )
    add("--learning-rate", type=float, default=quiet, help="the highest of a schedule")
    add(
        "--schedule",
        choices=[c.value for c in SETTINGS["schedule"].choices],
        default=quiet,
        help="how the learning rate changes",
    )
    add("--fresh-noise", action=argparse.BooleanOptionalAction, default=quiet,
        help="draw the noise again every epoch")  # fmt: skip
    add("--growing-noise", action=argparse.BooleanOptionalAction, default=quiet,
        help="begin with weak noise that grows to its strength in the first half")  # fmt: skip
    add("--seed", type=int, default=quiet, help="of weights, noise and order")
    add("--data", default=quiet, help=DATA_HELP)
    add("--limit", type=int, default=quiet, help="train on the first so many digits")
    _add_noise_flags(parser)


NOISE_FLAG = "noise_"
DATA_HELP = (
    "bundled, mnist, mnist-held-out (mnist without the bundled digits), "
    "an .npz file or a folder of pictures"
)


def _add_noise_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--noise", choices=KINDS, default=argparse.SUPPRESS, help="the kind of noise"
    )
    for name, uses in _noise_parameters().items():
        parser.add_argument(
            f"--noise-{name}", type=float, default=argparse.SUPPRESS, help="; ".join(uses)
        )


def _noise_parameters() -> dict[str, list[str]]:
    """Return what each parameter does to each kind that has it, by the parameter's name."""
    found: dict[str, list[str]] = {}
    for kind in KINDS.values():
        for parameter in kind.parameters:
            use = (
                f"{kind.name}: {parameter.help}, "
                f"{parameter.minimum:g} to {parameter.maximum:g}, default {parameter.default:g}"
            )
            found.setdefault(parameter.name, []).append(use)
    return found


def _noise_values(options: argparse.Namespace) -> dict[str, float]:
    """Collect the noise parameters that were given as flags, by name."""
    flags = {k: v for k, v in vars(options).items() if k.startswith(NOISE_FLAG)}
    return {name.removeprefix(NOISE_FLAG): value for name, value in flags.items()}


def _add_denoise(commands: Any) -> None:
    parser = _command(commands, "denoise", _denoise, "Denoise digits in an array or a picture.")
    parser.add_argument("input", type=Path, help=".npy (n, 28, 28) in [0, 1], or a picture")
    parser.add_argument("output", type=Path, help=".npy or a picture")
    _add_model_flag(parser)


def _add_evaluate(commands: Any) -> None:
    parser = _command(commands, "evaluate", _evaluate, "Score a model on test digits under noise.")
    _add_model_flag(parser)
    parser.add_argument("--data", default="bundled", help=DATA_HELP)
    parser.add_argument("--seed", type=int, default=TEST_SEED, help="of the noise")
    parser.add_argument("--json", action="store_true", help="print JSON")
    _add_noise_flags(parser)


def _add_model_flag(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", required=True, help="a shipped model's name, a run's id or its folder"
    )


def _add_models(commands: Any) -> None:
    parser = _command(commands, "models", _models, "List the shipped models with their scores.")
    parser.add_argument("--json", action="store_true", help="print the cards as JSON")


def _add_ship(commands: Any) -> None:
    parser = _command(
        commands, "ship", _ship, "Train shipped models again: MNIST without the bundled digits."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(models.BLUEPRINTS)}")
    parser.add_argument("--folder", type=Path, default=models.SHIPPED, help="where they go")


def _add_map(commands: Any) -> None:
    parser = _command(
        commands,
        "map",
        _map,
        "Score every shipped model and filter under every kind of noise, for the Compare page.",
    )
    parser.add_argument("--data", default="mnist", help=DATA_HELP)
    parser.add_argument(
        "-o", "--output", type=Path, default=comparison.NOISE_MAP, help="a .json file"
    )


def _add_benchmark(commands: Any) -> None:
    parser = _command(
        commands,
        "benchmark",
        _benchmark,
        "Time training and inference beside stock Keras, in turns, on this machine.",
    )
    add = parser.add_argument
    add("--data", default="mnist", help=DATA_HELP)
    add("--seeds", type=int, nargs="+", default=[0, 1, 2], help="of the timed trainings")
    add("--rounds", type=int, default=5, help="turns of each side for a rate")
    add("--json", action="store_true", help="print every figure as JSON")


def _add_worker(commands: Any) -> None:
    parser = _command(
        commands,
        "worker",
        _worker,
        "Let this machine train and denoise for a Dask cluster. It needs the same version of the "
        f"lab, and the folder of runs that {runs.HOME_VARIABLE} names as shared storage.",
    )
    parser.add_argument("address", nargs="?", help="the scheduler's; default: Dask's setting")
    parser.add_argument("--training", type=int, default=1, help="trainings at a time")
    parser.add_argument("--inference", type=int, default=1, help="other tasks at a time")


def _add_engine(commands: Any) -> None:
    _command(
        commands,
        "engine",
        _engine,
        "Be the local engine, which the pages start by themselves. It ends when nobody needs it.",
    )


# Commands


def _train(options: argparse.Namespace) -> None:
    if options.samples < 1:
        raise ConfigError(
            "--samples: expected a number above zero, got {samples}", samples=options.samples
        )
    _check_writable(options.output, pictures.SUFFIXES)
    _check_writable(options.plot, figures.PLOT_SUFFIXES)
    if options.distribute == "multi-worker":
        from denoiser.nn import distribute

        if options.resume:
            raise ConfigError("--resume: expected a training on one machine, got --distribute")
        if not distribute.is_first_worker():
            _help_to_train(_train_config(options))
            return
    run = _resumed_run(options.resume) if options.resume else _new_run(options)
    _carry_out(run, options.distribute)
    status, history = run.status(), run.history()
    if status.state == "failed":
        raise RunError("run {id}: {reason}", id=run.id, reason=status.reason)
    _write_pictures(options, run)
    if history.epochs:
        print(f"val_loss {history.epochs[-1].val_loss:.4f} after {len(history.epochs)} epochs")
    print(f"pictures: {options.output}, {options.plot}; run: {run.folder}")


def _help_to_train(config: TrainConfig) -> None:
    """Train beside the first worker, which alone shows and keeps what is learned."""
    from denoiser.nn import distribute
    from denoiser.nn.training import Training

    train_digits = digits.load(config.data, "train")
    replicas = distribute.replicas(distribute.MULTI_WORKER)
    print(f"{replicas.count} devices train together; the first worker keeps what they learn")
    Training(config, train_digits, train_digits[:1], replicas).fit()


def _new_run(options: argparse.Namespace) -> runs.Run:
    """Make the folder of a new run, once it is certain that it can be trained."""
    config = _train_config(options)
    from denoiser.models import sizes

    sizes.parameters(config)
    digits.load(config.data, "train")
    home = runs.default_store()
    home.check_space()
    folder = options.run_dir or runs.new_folder(home.folder)
    return runs.Run.create(config, folder, engine=False)


def _resumed_run(name: str) -> runs.Run:
    run = _find_run(name) or runs.default_store().run(name)
    status = run.status()
    if status.state not in ("stopped", "failed"):
        raise RunError(
            "run {id}: expected one that stopped or failed, it is {state}",
            id=run.id,
            state=status.state,
        )
    run.update(state="queued", engine=False, attempt=status.attempt + 1, deaths=0, reason="")
    return run


def _find_run(name: str) -> runs.Run | None:
    """Return the run that a folder or an id names."""
    for folder in (Path(name), runs.default_store().folder / name):
        if (folder / runs.STATUS).is_file():
            return runs.Run(folder)
    return None


def _train_config(options: argparse.Namespace) -> TrainConfig:
    names = {field.name for field in fields(TrainConfig)}
    values = {name: value for name, value in vars(options).items() if name in names}
    base = RECIPES[options.recipe]
    kind = values.get("noise", base.noise)
    inherited = base.noise_parameters if kind == base.noise else {}
    values["noise_parameters"] = {**inherited, **_noise_values(options)}
    return from_values(base, values)


def _carry_out(run: runs.Run, distributed: str | None) -> None:
    """Train with a progress bar; the first Ctrl-C ends the training and keeps what was learned."""
    from denoiser.jobs import train_run
    from denoiser.nn import distribute

    config = run.config
    replicas = distribute.replicas(distributed) if distributed else None
    interrupt = progress.Interrupt()
    bar = progress.Progress(
        len(digits.load(config.data, "train")[: config.limit]), config.batch_size, config.epochs
    )
    try:
        with interrupt.listening():
            train_run.train_run(run, bar.step, bar.epoch, lambda: interrupt.requested, replicas)
    finally:
        bar.close()


def _write_pictures(options: argparse.Namespace, run: runs.Run) -> None:
    from denoiser.nn import inference, training

    config, epochs = run.config, run.history().epochs
    clean = digits.load(config.data, "test").clean
    samples = training.validation_noise(config, clean)[: options.samples]
    denoised = inference.denoise(inference.to_keras(run.model()), samples)
    Image.fromarray(figures.montage(samples, denoised)).save(options.output)
    figures.save_loss_plot([e.loss for e in epochs], [e.val_loss for e in epochs], options.plot)


def _denoise(options: argparse.Namespace) -> None:
    model = _find_model(options.model)
    noisy, layout = _read_digits(options.input)
    _check_writable(options.output, {ARRAY_SUFFIX, *pictures.SUFFIXES})

    from denoiser.nn import inference

    denoised = inference.denoise(inference.to_keras(_denoiser(model)), noisy)
    if options.output.suffix.lower() == ARRAY_SUFFIX:
        with options.output.open("wb") as file:  # np.save would change a name it does not like
            np.save(file, denoised)
    else:
        Image.fromarray(digits.as_uint8(_tile(denoised, layout))).save(options.output)
    print(f"{len(denoised)} digits denoised by {model.name}: {options.output}")


def _evaluate(options: argparse.Namespace) -> None:
    model = _find_model(options.model)
    kind = getattr(options, "noise", "gaussian")
    parameters = kind_named(kind).validate(_noise_values(options))
    if options.seed < 0:
        raise ConfigError(
            "--seed: expected a number of at least zero, got {seed}", seed=options.seed
        )
    test_digits = digits.load(options.data, "test")

    from denoiser.nn import inference

    classifier = inference.load_keras(CLASSIFIER)
    if model.config.network == CLASSIFIER:
        accuracy = inference.evaluate_classifier(inference.to_keras(model), test_digits)
        result = {"reading_accuracy": accuracy, "count": len(test_digits)}
    else:
        evaluation = inference.evaluate(
            inference.to_keras(model), classifier, test_digits, kind, parameters, options.seed
        )
        result = {"noise": {"kind": kind, **parameters, "seed": options.seed}, **asdict(evaluation)}
    print(json.dumps(result, indent=2) if options.json else _evaluation_text(result))


def _evaluation_text(result: dict[str, Any]) -> str:
    if "denoised" not in result:
        return f"{result['count']} clean digits, {result['reading_accuracy']:.2%} read right"
    lines = [f"{'':10}{'MSE':>9}{'PSNR dB':>9}{'SSIM':>8}{'read':>9}"]
    for name in ("noisy", "denoised"):
        scores = result[name]
        accuracy = scores["reading_accuracy"]
        read = "-" if accuracy is None else f"{accuracy:.2%}"
        lines.append(
            f"{name:10}{scores['mse']:9.5f}{scores['psnr']:9.2f}{scores['ssim']:8.3f}{read:>9}"
        )
    return "\n".join(lines)


def _models(options: argparse.Namespace) -> None:
    cards = {name: models.load(name).card for name in models.names()}
    if options.json:
        print(json.dumps(list(cards.values()), indent=2))
        return
    for name, card in cards.items():
        print(_card_text(card) if "scores" in card else f"{name}: without a card")


def _card_text(card: dict[str, Any]) -> str:
    scores = {k: v for k, v in card["scores"].items() if k != "command" and v is not None}
    return "\n  ".join(
        [
            f"{card['name']}: {card['title']}. {card['summary']}",
            f"{card['parameters']:,} parameters, {card['multiply_adds']:,} multiply-adds",
            ", ".join(f"{name} {value:.5g}" for name, value in scores.items()),
            card["scores"]["command"],
        ]
    )


def _ship(options: argparse.Namespace) -> None:
    names = options.names or list(models.BLUEPRINTS)
    if unknown := set(names) - set(models.BLUEPRINTS):
        raise ModelError(
            "ship: expected names among {expected}, got {unknown}",
            expected=", ".join(models.BLUEPRINTS),
            unknown=sorted(unknown),
        )
    # The classifier comes first, because the others' cards say how readable their pictures are.
    for name in sorted(names, key=lambda name: name != CLASSIFIER):
        _ship_one(name, options.folder)


def _ship_one(name: str, folder: Path) -> None:
    from denoiser.nn import training

    config = models.BLUEPRINTS[name].config
    train_digits = digits.load(config.data, "train")
    test_digits = digits.load(config.data, "test")

    print(f"{name}: {len(train_digits):,} digits, {config.epochs} epochs")
    started = time.monotonic()
    bar = progress.Progress(len(train_digits), config.batch_size, config.epochs)
    watcher = training.Callbacks(bar.step, bar.epoch)
    try:
        network, history = training.train(config, train_digits, test_digits, watcher)
    finally:
        bar.close()
    seconds = round(time.monotonic() - started)
    made = {"train_digits": len(train_digits), "train_seconds": seconds}
    _keep_shipped(name, network, {**made, "history": asdict(history)}, test_digits, folder)


def _keep_shipped(
    name: str, network: Any, training_facts: dict[str, Any], test_digits: Digits, folder: Path
) -> None:
    """Score a trained network and write it to `folder` with its card."""
    from denoiser.nn import inference

    blueprint = models.BLUEPRINTS[name]
    card = {
        "title": blueprint.title,
        "summary": blueprint.summary,
        "made_with": f"python -m denoiser ship {name}",
        **training_facts,
        **_card_scores(name, network, test_digits, folder),
    }
    model = inference.from_keras(name, blueprint.config, network, card)
    models.save(model, folder / f"{name}.safetensors", folder / f"{name}.json")


def _card_scores(name: str, network: Any, test_digits: Digits, folder: Path) -> dict[str, Any]:
    from denoiser.nn import inference

    command = {"command": f"python -m denoiser evaluate --model {name} --data mnist"}
    if name == CLASSIFIER:
        accuracy = inference.evaluate_classifier(network, test_digits)
        return {
            "scores": {"reading_accuracy": accuracy, "count": len(test_digits)} | command,
        }
    classifier = inference.to_keras(models.load(CLASSIFIER, folder))
    evaluation = inference.evaluate(network, classifier, test_digits, "gaussian", {}, TEST_SEED)
    return {
        "scores": evaluation.denoised.to_dict() | command,
        "noisy_scores": evaluation.noisy.to_dict() | command,
    }


def _map(options: argparse.Namespace) -> None:
    _check_writable(options.output, {".json"})
    test_digits = digits.load(options.data, "test")
    if test_digits.labels is None:
        raise DigitsError("data: expected digits with labels, {data} has none", data=options.data)
    denoisers = [name for name in models.names() if name != CLASSIFIER]
    methods = [comparison.NOISY, *denoisers, *filters.FILTERS]
    found = comparison.noise_map(
        methods, test_digits, lambda who, kind: print(f"{kind}: {who}", flush=True)
    )
    text = json.dumps(
        {"command": f"python -m denoiser map --data {options.data}"} | found, indent=1
    )
    write_whole(options.output, f"{text}\n".encode())


def _benchmark(options: argparse.Namespace) -> None:
    from denoiser.benchmark import benchmark

    if options.rounds < 1:
        raise ConfigError(
            "--rounds: expected a number above zero, got {rounds}", rounds=options.rounds
        )
    found = benchmark.benchmark(
        options.data, options.seeds, options.rounds, lambda text: print(text, file=sys.stderr)
    )
    print(benchmark.to_json(found) if options.json else benchmark.text(found))


def _worker(options: argparse.Namespace) -> None:
    from denoiser.engine import client as engine

    resources = {engine.TRAINING: options.training, engine.INFERENCE: options.inference}
    if min(resources.values()) < 0 or not any(resources.values()):
        raise ConfigError(
            "worker: expected numbers of at least 0, not both 0, got {resources}",
            resources=resources,
        )
    address = options.address or engine.external_scheduler()
    if not address:
        raise ConfigError("worker: expected a scheduler's address, as tcp://host:8786, got none")
    engine.work(address, resources)


def _engine(_options: argparse.Namespace) -> None:
    from denoiser.engine import client as engine

    engine.serve(runs.default_store())


# Files


def _find_model(name: str) -> models.Model:
    if Path(name).is_dir():
        return runs.Run(Path(name)).model()
    run = _find_run(name)
    return run.model() if run else models.load(name)


def _denoiser(model: models.Model) -> models.Model:
    if model.config.network == CLASSIFIER:
        raise ModelError("model: expected one that denoises, got the classifier")
    return model


def _check_writable(path: Path, suffixes: Collection[str]) -> None:
    """Refuse a file that could not be written, before hours of work depend on it."""
    if path.suffix.lower() not in suffixes:
        endings = ", ".join(sorted(suffixes))
        raise ConfigError(
            "{path}: expected a name that ends in one of {endings}", path=path, endings=endings
        )
    if not path.absolute().parent.is_dir():
        raise ConfigError(
            "{path}: expected a folder that exists, got {parent}", path=path, parent=path.parent
        )


def _read_digits(path: Path) -> tuple[np.ndarray, tuple[int, int]]:
    """Read digits from an array or from a picture that is a grid of them.

    Returns:
        float32 in [0, 1], shape (n, 28, 28), and the grid's (rows, columns).
    """
    if path.suffix.lower() != ARRAY_SUFFIX:
        return _split_picture(path, np.asarray(pictures.read(path, side=None).convert("L")))
    try:
        array = np.lib.format.open_memmap(path, mode="r")
    except Exception as error:  # NumPy raises many types on damaged files
        raise DigitsError(
            "{path}: expected a readable .npy file ({error})", path=path, error=error
        ) from error
    if array.ndim != 3 or array.shape[1:] != (SIDE, SIDE) or not len(array):
        raise DigitsError(
            "{path}: expected an array (n, 28, 28), got {shape}", path=path, shape=array.shape
        )
    if not np.issubdtype(array.dtype, np.floating):
        raise DigitsError(
            "{path}: expected floats in [0, 1], got {dtype}", path=path, dtype=array.dtype
        )
    values = np.array(array, np.float32)
    if not (values.min() >= 0 and values.max() <= 1):  # NaN fails this too
        raise DigitsError("{path}: expected values in [0, 1], got values outside", path=path)
    return values, (len(values), 1)


def _split_picture(path: Path, picture: np.ndarray) -> tuple[np.ndarray, tuple[int, int]]:
    height, width = picture.shape
    if height % SIDE or width % SIDE:
        raise DigitsError(
            "{path}: expected 28x28 pixels or a grid of such digits, got {width}x{height}",
            path=path,
            width=width,
            height=height,
        )
    rows, columns = height // SIDE, width // SIDE
    grid = picture.reshape(rows, SIDE, columns, SIDE).swapaxes(1, 2)
    return grid.reshape(-1, SIDE, SIDE).astype(np.float32) / 255, (rows, columns)


def _tile(pictures: np.ndarray, layout: tuple[int, int]) -> np.ndarray:
    rows, columns = layout
    grid = pictures.reshape(rows, columns, SIDE, SIDE).swapaxes(1, 2)
    return grid.reshape(rows * SIDE, columns * SIDE)


if __name__ == "__main__":
    sys.exit(main())
