"""The command line: `python -m denoiser train | denoise | evaluate | models | ship`.

Reads flags, calls the package, prints. Bad input ends with exit code 2 and one
line that says what was expected. TensorFlow is loaded only by the commands
that run a network.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from denoiser import __version__, digits, figures, models, progress, runs
from denoiser.config import DENOISERS, READER, RECIPES, SCHEDULES, TrainConfig, from_values
from denoiser.digits import SIDE, Digits
from denoiser.errors import ConfigError, DenoiserError, DigitsError, ModelError
from denoiser.noise import KINDS, kind_named

if TYPE_CHECKING:
    from denoiser.training import History

HOME_VARIABLE = "DENOISER_HOME"
TEST_SEED = 0
INTERRUPTED = 130  # as shells have it: 128 + SIGINT
ARRAY_SUFFIX = ".npy"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, 2 after a message about bad input, 130 after Ctrl-C."""
    options = _parser().parse_args(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
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
    # From here on a flag replaces one setting of the recipe; without it, the recipe's stays.
    quiet = argparse.SUPPRESS
    add("--network", choices=DENOISERS, default=quiet, help="the architecture")
    add("--filters", type=int, nargs="+", default=quiet, help="channels of each convolution")
    add("--latent-dim", type=int, default=quiet, help="numbers in the latent vector")
    add("--epochs", type=int, default=quiet, help="times through all digits")
    add("--batch-size", type=int, default=quiet, help="digits a step")
    add("--learning-rate", type=float, default=quiet, help="Adam's; the highest of a schedule")
    add("--schedule", choices=SCHEDULES, default=quiet, help="how the learning rate changes")
    add("--fresh-noise", action=argparse.BooleanOptionalAction, default=quiet,
        help="draw the noise again every epoch")  # fmt: skip
    add("--seed", type=int, default=quiet, help="of weights, noise and order")
    add("--data", default=quiet, help=DATA_HELP)
    add("--limit", type=int, default=quiet, help="train on the first so many digits")
    _add_noise_flags(parser)


DATA_HELP = (
    "bundled, mnist, mnist-held-out (mnist without the bundled digits), "
    "an .npz file or a folder of pictures"
)


def _add_noise_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--noise", choices=KINDS, default=argparse.SUPPRESS, help="the kind of noise"
    )
    for kind in KINDS.values():
        for parameter in kind.parameters:
            parser.add_argument(
                f"--noise-{parameter.name}",
                type=float,
                default=argparse.SUPPRESS,
                help=f"{kind.name}: {parameter.help}, "
                f"{parameter.minimum:g} to {parameter.maximum:g}",
            )


def _noise_values(options: argparse.Namespace, kind: str) -> dict[str, float]:
    """Collect the noise parameters that were given as flags, by name."""
    given = vars(options)
    names = [parameter.name for parameter in kind_named(kind).parameters]
    return {name: given[f"noise_{name}"] for name in names if f"noise_{name}" in given}


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
    parser.add_argument("--model", required=True, help="a shipped model's name or a run's folder")


def _add_models(commands: Any) -> None:
    parser = _command(commands, "models", _models, "List the shipped models with their scores.")
    parser.add_argument("--json", action="store_true", help="print the cards as JSON")


def _add_ship(commands: Any) -> None:
    parser = _command(
        commands, "ship", _ship, "Train shipped models again: MNIST without the bundled digits."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(models.BLUEPRINTS)}")
    parser.add_argument("--folder", type=Path, default=models.SHIPPED, help="where they go")


# Commands


def _train(options: argparse.Namespace) -> None:
    config = _train_config(options)
    if options.samples < 1:
        raise ConfigError(f"--samples: expected a number above zero, got {options.samples}")
    _check_writable(options.output, digits.PICTURE_SUFFIXES)
    _check_writable(options.plot, figures.PLOT_SUFFIXES)
    train_digits = digits.load(config.data, "train")
    test_digits = digits.load(config.data, "test")

    from denoiser import networks, training

    networks.build(config)  # settings that make no network are refused before a run exists
    home = Path(os.environ.get(HOME_VARIABLE, "runs"))
    run = runs.Run.create(config, options.run_dir or runs.new_folder(home))
    network, history, stopped = _fit(config, train_digits, test_digits, run)
    run.finish(  # first of all, so that no picture that fails can cost what was learned
        _as_model(run.id, config, network, {"history": asdict(history)}),
        "stopped" if stopped else "finished",
    )
    noisy = training.validation_noise(config, test_digits.clean)
    _write_pictures(options, network, history, noisy)
    print(f"val_loss {history.val_loss[-1]:.4f} after {len(history.loss)} epochs")
    print(f"pictures: {options.output}, {options.plot}; run: {run.folder}")


def _train_config(options: argparse.Namespace) -> TrainConfig:
    names = {field.name for field in fields(TrainConfig)}
    values = {name: value for name, value in vars(options).items() if name in names}
    base = RECIPES[options.recipe]
    kind = values.get("noise", base.noise)
    inherited = base.noise_parameters if kind == base.noise else {}
    values["noise_parameters"] = {**inherited, **_noise_values(options, kind)}
    return from_values(base, values)


def _fit(
    config: TrainConfig, train_digits: Digits, test_digits: Digits, run: runs.Run
) -> tuple[Any, "History", bool]:
    """Train with a progress bar; the first Ctrl-C ends the training and keeps what was learned."""
    interrupt = progress.Interrupt()
    try:
        with interrupt.listening():
            network, history = _fit_with_bar(
                config, train_digits, test_digits, run.append, interrupt
            )
    except BaseException:
        run.set_status("failed")
        raise
    return network, history, interrupt.requested


def _fit_with_bar(
    config: TrainConfig,
    train_digits: Digits,
    test_digits: Digits,
    on_epoch: Callable[[int, Mapping[str, float]], None],
    interrupt: progress.Interrupt,
) -> tuple[Any, "History"]:
    from denoiser import training

    images = min(len(train_digits), config.limit or len(train_digits))
    bar = progress.Progress(images, config.batch_size, config.epochs)

    def epoch_done(epoch: int, logs: Mapping[str, float]) -> None:
        bar.epoch(epoch, logs)
        on_epoch(epoch, logs)

    watcher = training.Watcher(bar.step, epoch_done, lambda: interrupt.requested)
    try:
        return training.train(config, train_digits, test_digits, [watcher])
    finally:
        bar.close()


def _write_pictures(
    options: argparse.Namespace, network: Any, history: "History", noisy: np.ndarray
) -> None:
    from denoiser import inference

    samples = noisy[: options.samples]
    denoised = inference.denoise(network, samples)
    Image.fromarray(figures.montage(samples, denoised)).save(options.output)
    figures.save_loss_plot(history.loss, history.val_loss, options.plot)


def _as_model(name: str, config: TrainConfig, network: Any, extra: dict[str, Any]) -> models.Model:
    from denoiser import networks

    card = {
        "name": name,
        "network": config.network,
        "parameters": network.count_params(),
        "multiply_adds": networks.multiply_adds(network),
        "config": asdict(config),
        **extra,
    }
    return models.Model(name, card, config, networks.weights(network), networks.graph(network))


def _denoise(options: argparse.Namespace) -> None:
    model = _find_model(options.model)
    noisy, layout = _read_digits(options.input)
    _check_writable(options.output, {ARRAY_SUFFIX, *digits.PICTURE_SUFFIXES})

    from denoiser import inference

    denoised = inference.denoise(inference.to_keras(_denoiser(model)), noisy)
    if options.output.suffix.lower() == ARRAY_SUFFIX:
        with options.output.open("wb") as file:  # np.save would change a name it does not like
            np.save(file, denoised)
    else:
        pixels = np.rint(_tile(denoised, layout) * 255).astype(np.uint8)
        Image.fromarray(pixels).save(options.output)
    print(f"{len(denoised)} digits denoised by {model.name}: {options.output}")


def _evaluate(options: argparse.Namespace) -> None:
    model = _find_model(options.model)
    kind = getattr(options, "noise", "gaussian")
    parameters = kind_named(kind).validate(_noise_values(options, kind))
    if options.seed < 0:
        raise ConfigError(f"--seed: expected a number of at least zero, got {options.seed}")
    test_digits = digits.load(options.data, "test")

    from denoiser import inference

    reader = inference.load_keras(READER)
    if model.config.network == READER:
        accuracy = inference.evaluate_reader(inference.to_keras(model), test_digits)
        result = {"reading_accuracy": accuracy, "count": len(test_digits)}
    else:
        evaluation = inference.evaluate(
            inference.to_keras(model), reader, test_digits, kind, parameters, options.seed
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
            f"ship: expected names among {', '.join(models.BLUEPRINTS)}, got {sorted(unknown)}"
        )
    # The reader comes first, because the others' cards say how readable their pictures are.
    for name in sorted(names, key=lambda name: name != READER):
        _ship_one(name, options.folder)


def _ship_one(name: str, folder: Path) -> None:
    blueprint = models.BLUEPRINTS[name]
    config = blueprint.config
    train_digits = digits.load(config.data, "train")
    test_digits = digits.load(config.data, "test")

    print(f"{name}: {len(train_digits):,} digits, {config.epochs} epochs")
    started = time.monotonic()
    network, history = _fit_with_bar(
        config, train_digits, test_digits, lambda *_: None, progress.Interrupt()
    )
    seconds = round(time.monotonic() - started)
    made = {"train_digits": len(train_digits), "train_seconds": seconds}
    _keep_shipped(name, network, {**made, "history": asdict(history)}, test_digits, folder)


def _keep_shipped(
    name: str, network: Any, training_facts: dict[str, Any], test_digits: Digits, folder: Path
) -> None:
    """Score a trained network and write it to `folder` with its card."""
    blueprint = models.BLUEPRINTS[name]
    card = {
        "title": blueprint.title,
        "summary": blueprint.summary,
        "made_with": f"python -m denoiser ship {name}",
        **training_facts,
        **_card_scores(name, network, test_digits, folder),
    }
    model = _as_model(name, blueprint.config, network, card)
    models.save(model, folder / f"{name}.safetensors", folder / f"{name}.json")


def _card_scores(name: str, network: Any, test_digits: Digits, folder: Path) -> dict[str, Any]:
    from denoiser import inference

    command = {"command": f"python -m denoiser evaluate --model {name} --data mnist"}
    if name == READER:
        accuracy = inference.evaluate_reader(network, test_digits)
        return {
            "scores": {"reading_accuracy": accuracy, "count": len(test_digits)} | command,
        }
    reader = inference.to_keras(models.load(READER, folder))
    evaluation = inference.evaluate(network, reader, test_digits, "gaussian", {}, TEST_SEED)
    return {
        "scores": evaluation.denoised.to_dict() | command,
        "noisy_scores": evaluation.noisy.to_dict() | command,
    }


# Files


def _find_model(name: str) -> models.Model:
    folder = Path(name)
    return runs.load_model(folder) if folder.is_dir() else models.load(name)


def _denoiser(model: models.Model) -> models.Model:
    if model.config.network == READER:
        raise ModelError("model: expected one that denoises, got the reader")
    return model


def _check_writable(path: Path, suffixes: Collection[str]) -> None:
    """Refuse a file that could not be written, before hours of work depend on it."""
    if path.suffix.lower() not in suffixes:
        endings = ", ".join(sorted(suffixes))
        raise ConfigError(f"{path}: expected a name that ends in one of {endings}")
    if not path.absolute().parent.is_dir():
        raise ConfigError(f"{path}: expected a folder that exists, got {path.parent}")


def _read_digits(path: Path) -> tuple[np.ndarray, tuple[int, int]]:
    """Read digits from an array or from a picture that is a grid of them.

    Returns:
        float32 in [0, 1], shape (n, 28, 28), and the grid's (rows, columns).
    """
    if path.suffix.lower() != ARRAY_SUFFIX:
        return _split_picture(path, np.asarray(digits.read_picture(path)))
    try:
        array = np.lib.format.open_memmap(path, mode="r")
    except Exception as error:  # NumPy raises many types on damaged files
        raise DigitsError(f"{path}: expected a readable .npy file ({error})") from error
    if array.ndim != 3 or array.shape[1:] != (SIDE, SIDE) or not len(array):
        raise DigitsError(f"{path}: expected an array (n, 28, 28), got {array.shape}")
    if not np.issubdtype(array.dtype, np.floating):
        raise DigitsError(f"{path}: expected floats in [0, 1], got {array.dtype}")
    values = np.array(array, np.float32)
    if not (values.min() >= 0 and values.max() <= 1):  # NaN fails this too
        raise DigitsError(f"{path}: expected values in [0, 1], got values outside")
    return values, (len(values), 1)


def _split_picture(path: Path, picture: np.ndarray) -> tuple[np.ndarray, tuple[int, int]]:
    height, width = picture.shape
    if height % SIDE or width % SIDE:
        raise DigitsError(
            f"{path}: expected 28x28 pixels or a grid of such digits, got {width}x{height}"
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
