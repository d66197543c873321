"""`train`: the tutorial's script, and every recipe and setting besides."""

import argparse
from functools import cache
from pathlib import Path

from PIL import Image

from denoiser import figures
from denoiser.cli import flags, inputs, terminal
from denoiser.cli.parser import Parser, one_of, whole
from denoiser.cli.progress import Interrupt, Progress
from denoiser.config import RECIPES, TrainConfig, from_values
from denoiser.data import digits
from denoiser.data.digits import Digits
from denoiser.errors import ConfigError, DenoiserError, RunError
from denoiser.files import pictures
from denoiser.models import sizes
from denoiser.runs.run import Run
from denoiser.runs.store import HOME_VARIABLE, RunStore, default_store, new_folder

TRAINING_FAILED = "training-failed"  # code of an error
MIRRORED, MULTI_WORKER = "mirrored", "multi-worker"


def add(parser: Parser) -> None:
    """Add `train`."""
    train = parser.add_command("train", _train, "Train a network, as the tutorial's script does.")
    tutorial = train.add_argument_group("flags of the tutorial's script")
    tutorial.add_argument(
        "-s", "--samples", type=whole(1), default=8, metavar="N",
        help="test digits in the output picture (8)",
    )  # fmt: skip
    tutorial.add_argument(
        "-o", "--output", type=Path, default=Path("output.png"), metavar="FILE",
        help="picture of noisy | denoised digits (output.png)",
    )  # fmt: skip
    tutorial.add_argument(
        "-p", "--plot", type=Path, default=Path("plot.png"), metavar="FILE",
        help="plot of train and val loss (plot.png)",
    )  # fmt: skip
    _add_run(train)
    flags.add_settings(train)
    flags.add_noise(train)


def _add_run(train: Parser) -> None:
    run = train.add_argument_group("the run")
    run.add_argument(
        "--recipe", type=one_of(RECIPES), default="tutorial", metavar="NAME",
        help=f"settings to start from: {', '.join(RECIPES)} (tutorial)",
    )  # fmt: skip
    run.add_argument(
        "--run-dir", type=Path, metavar="FOLDER",
        help=f"new folder for the run; without it, one in ./runs or ${HOME_VARIABLE}",
    )  # fmt: skip
    run.add_argument(
        "--resume", metavar="RUN", help="go on with a run, by its id or folder, as it was set"
    )
    run.add_argument(
        "--distribute", type=one_of([MIRRORED, MULTI_WORKER]), metavar="HOW",
        help=f"{MIRRORED}: all GPUs; {MULTI_WORKER}: machines in TF_CONFIG",
    )  # fmt: skip


def _train(options: argparse.Namespace) -> None:
    inputs.check_writable(options.output, pictures.SUFFIXES)
    inputs.check_writable(options.plot, figures.PLOT_SUFFIXES)
    if options.distribute == MULTI_WORKER:
        from denoiser.nn import distribute

        if options.resume:
            raise ConfigError("--resume: expected a training on one machine, got --distribute")
        if not distribute.is_first_worker():
            _help_to_train(_config(options))
            return
    run = _resumed_run(options.resume) if options.resume else _new_run(options)
    _train_with_progress(run, options.distribute)
    status, history = run.status(), run.history()
    if status.state == "failed":
        reason = status.reason or DenoiserError("no reason is known")
        raise RunError("run {id}: {reason}", code=TRAINING_FAILED, id=run.id, reason=reason)
    with terminal.reader_may_leave():
        if history.epochs:
            print(f"val_loss {history.epochs[-1].val_loss:.4f} after {len(history.epochs)} epochs")
        print(f"run: {run.folder}", flush=True)
    _write_pictures(options, run)
    print(f"pictures: {options.output}, {options.plot}")


def _help_to_train(config: TrainConfig) -> None:
    """Train beside the first worker, which alone shows and keeps what is learned."""
    from denoiser.nn import distribute
    from denoiser.nn.training import Training

    train_digits = digits.load(config.data, "train")
    replicas = distribute.replicas(distribute.MULTI_WORKER)
    print(f"{replicas.count} devices train together; the first worker keeps what they learn")
    Training(config, train_digits, train_digits[:1], replicas).fit()


def _new_run(options: argparse.Namespace) -> Run:
    """Make the folder of a new run, once it is certain that it can be trained."""
    config = _config(options)
    sizes.parameters(config)
    _loaded(config.data)
    store = default_store()
    store.check_space()
    return Run.create(config, options.run_dir or new_folder(store.folder), engine=False)


@cache
def _loaded(source: str) -> tuple[Digits, Digits]:
    return digits.both(source)


def _resumed_run(name: str) -> Run:
    run = inputs.find_run(name) or default_store().run(name)
    RunStore(run.folder.parent).resume(run, engine=False)
    return run


def _config(options: argparse.Namespace) -> TrainConfig:
    """Return the recipe's settings with those of the flags put over them."""
    base = RECIPES[options.recipe]
    values = flags.setting_values(options)
    kind = getattr(options, "noise", base.noise)
    inherited = base.noise_parameters if kind == base.noise else {}
    parameters = {**inherited, **flags.noise_parameters(options)}
    return from_values(base, values | {"noise": kind, "noise_parameters": parameters})


def _train_with_progress(run: Run, distributed: str | None) -> None:
    """Train with a progress bar; the first Ctrl-C ends the training and keeps what was learned."""
    from denoiser.jobs import train_run
    from denoiser.nn import distribute

    config = run.config
    replicas = distribute.replicas(distributed) if distributed else None
    interrupt = Interrupt()
    count = len(_loaded(config.data)[0][: config.limit])
    with interrupt.listening(), Progress(count, config.batch_size, config.epochs) as bar:
        train_run.train_run(run, bar.step, bar.epoch, lambda: interrupt.requested, replicas)


def _write_pictures(options: argparse.Namespace, run: Run) -> None:
    from denoiser.nn import inference, training

    config, epochs = run.config, run.history().epochs
    clean = _loaded(config.data)[1].clean
    samples = training.validation_noise(config, clean)[: options.samples]
    denoised = inference.denoise(inference.to_keras(run.model()), samples)
    Image.fromarray(figures.montage(samples, denoised)).save(options.output)
    figures.save_loss_plot([e.loss for e in epochs], [e.val_loss for e in epochs], options.plot)
