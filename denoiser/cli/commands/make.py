"""`ship`, `map`, `latent-map` and `benchmark`: what the lab shows, made and measured again."""

import argparse
import json
import sys
from collections.abc import Collection
from pathlib import Path

from denoiser import assets
from denoiser.cli import flags, inputs
from denoiser.cli.parser import Parser, one_of, whole
from denoiser.cli.progress import Progress
from denoiser.config import CLASSIFIER
from denoiser.data import digits, filters
from denoiser.errors import DigitsError
from denoiser.files.atomic import write_whole
from denoiser.jobs import comparison
from denoiser.jobs.latent_map import latent_map_of
from denoiser.jobs.ship import ship
from denoiser.models import latent_map
from denoiser.models import store as models


def add(parser: Parser) -> None:
    """Add the four commands."""
    shipped = parser.add_command(
        "ship", _ship, "Train shipped models again: MNIST without the bundled digits.", "[NAME...]"
    )
    _add_names(shipped, models.BLUEPRINTS, models.SHIPPED)
    made = parser.add_command(
        "map",
        _map,
        "Score every shipped model and filter under every kind of noise, for the Compare page.",
    )
    flags.add_data(made, "mnist")
    made.add_argument(
        "-o", "--output", type=Path, default=assets.NOISE_MAP, metavar="FILE",
        help=".json file; without it, the one that the page shows",
    )  # fmt: skip
    _add_latent_map(parser)
    _add_benchmark(parser)


def _add_latent_map(parser: Parser) -> None:
    made = parser.add_command(
        "latent-map",
        _latent_map,
        "Map the codes that a shipped autoencoder gives to 1,000 bundled digits.",
        "[NAME...]",
    )
    _add_names(made, latent_map.NAMES, assets.LATENT_MAPS)


def _add_names(command: Parser, names: Collection[str], folder: Path) -> None:
    """Add which of the shipped things are made, and where they go."""
    command.add_argument(
        "names", nargs="*", metavar="NAME", type=one_of(names),
        help=f"{', '.join(names)}; without names all of them",
    )  # fmt: skip
    command.add_argument(
        "--folder", type=Path, default=folder, metavar="FOLDER",
        help="where they go; without it, to the shipped ones",
    )  # fmt: skip


def _add_benchmark(parser: Parser) -> None:
    benchmark = parser.add_command(
        "benchmark",
        _benchmark,
        "Time training and inference beside stock Keras, in turns, on this machine.",
    )
    flags.add_data(benchmark, "mnist")
    benchmark.add_argument(
        "--seeds", type=whole(0), nargs="+", default=[0, 1, 2], metavar="N",
        help="of the timed trainings (0 1 2)",
    )  # fmt: skip
    benchmark.add_argument(
        "--rounds", type=whole(1), default=5, metavar="N",
        help="turns of each side for a rate (5)",
    )  # fmt: skip
    flags.add_json(benchmark, "print every figure as JSON")


def _ship(options: argparse.Namespace) -> None:
    inputs.check_folder(options.folder)
    names = options.names or list(models.BLUEPRINTS)
    # The classifier comes first, because the others' cards say how readable their pictures are.
    for name in sorted(names, key=lambda name: name != CLASSIFIER):
        config = models.BLUEPRINTS[name].config
        count = len(digits.load(config.data, "train"))
        print(f"{name}: {count:,} digits, {config.epochs} epochs")
        with Progress(count, config.batch_size, config.epochs) as bar:
            ship(name, options.folder, bar.step, bar.epoch)


def _map(options: argparse.Namespace) -> None:
    inputs.check_writable(options.output, {".json"})
    inputs.check_folder(options.output.absolute().parent)  # a file beside it takes its place
    test_digits = digits.load(options.data, "test")
    if test_digits.labels is None:
        raise DigitsError("data: expected digits with labels, {data} has none", data=options.data)
    denoisers = [name for name in models.names() if name != CLASSIFIER]
    methods = [filters.NOISY, *denoisers, *filters.FILTERS]
    found = comparison.noise_map(
        methods, test_digits, lambda method, kind: print(f"{kind}: {method}", flush=True)
    )
    command = f"python -m denoiser map --data {options.data}"
    text = json.dumps({"command": command} | found, indent=1)
    write_whole(options.output, f"{text}\n".encode())


def _latent_map(options: argparse.Namespace) -> None:
    inputs.check_folder(options.folder)
    for name in options.names or latent_map.NAMES:
        made = latent_map_of(name)
        path = latent_map.path_of(name, options.folder)
        latent_map.save(made, path, f"python -m denoiser latent-map {name}")
        print(f"{name}: {len(made.codes):,} codes, {made.shares.sum():.0%} of their variance drawn")


def _benchmark(options: argparse.Namespace) -> None:
    from denoiser.benchmark import benchmark, report

    found = benchmark.benchmark(
        options.data, options.seeds, options.rounds, lambda text: print(text, file=sys.stderr)
    )
    print(report.to_json(found) if options.json else report.text(found))
