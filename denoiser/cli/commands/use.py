"""`denoise`, `noise`, `read` and `evaluate`: digits in files, and models at work on them."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from denoiser.cli import flags, inputs
from denoiser.cli.parser import BAD_INPUT, Parser, whole
from denoiser.config import CLASSIFIER
from denoiser.data import digits, grids, handwriting
from denoiser.data.handwriting import Handwriting
from denoiser.data.noise import add_noise
from denoiser.errors import DigitsError
from denoiser.metrics import SCORE_SEED

IN_HELP = f"{grids.ARRAY_SUFFIX} file of shape (n, 28, 28) in [0, 1], or a picture of such digits"
OUT_HELP = f"{grids.ARRAY_SUFFIX} file or a picture"


def add(parser: Parser) -> None:
    """Add the four commands."""
    denoise = parser.add_command(
        "denoise", _denoise, "Denoise digits in an array or a picture.", "IN OUT"
    )
    _add_files(denoise)
    flags.add_model(denoise)
    noise = parser.add_command(
        "noise", _noise, "Put noise on digits in an array or a picture.", "IN OUT"
    )
    _add_files(noise)
    _add_seed(noise)
    flags.add_noise(noise)
    read = parser.add_command(
        "read", _read, "Name the handwritten digits on pictures, in reading order.", "PICTURE..."
    )
    read.add_argument(
        "pictures", type=Path, nargs="+", metavar="PICTURE", help="PNG, JPEG, WebP or BMP file"
    )
    flags.add_json(read, "print boxes, confidence and notes, too, as JSON")
    evaluate = parser.add_command(
        "evaluate", _evaluate, "Score a model on test digits under noise."
    )
    flags.add_model(evaluate)
    flags.add_data(evaluate, "bundled")
    _add_seed(evaluate)
    flags.add_json(evaluate)
    flags.add_noise(evaluate)


def _add_files(parser: Parser) -> None:
    parser.add_argument("input", type=Path, metavar="IN", help=IN_HELP)
    parser.add_argument("output", type=Path, metavar="OUT", help=OUT_HELP)


def _add_seed(parser: Parser) -> None:
    parser.add_argument(
        "--seed",
        type=whole(0),
        default=SCORE_SEED,
        metavar="N",
        help=f"of the noise ({SCORE_SEED})",
    )


def _denoise(options: argparse.Namespace) -> None:
    model = inputs.find_denoiser(options.model)
    grid = grids.read(options.input)
    inputs.check_writable(options.output, grids.SUFFIXES)

    from denoiser.nn import inference

    denoised = inference.denoise(inference.to_keras(model), grid.digits)
    grids.write(options.output, replace(grid, digits=denoised))
    print(f"{len(denoised)} digits denoised by {model.name}: {options.output}")


def _noise(options: argparse.Namespace) -> None:
    kind, parameters = flags.noise(options)
    grid = grids.read(options.input)
    inputs.check_writable(options.output, grids.SUFFIXES)
    noisy = add_noise(grid.digits, np.random.default_rng(options.seed), kind, **parameters)
    grids.write(options.output, replace(grid, digits=noisy))
    print(f"{len(noisy)} digits under {kind} noise: {options.output}")


def _read(options: argparse.Namespace) -> int:
    """Read each picture; one that cannot be read is said so, and the others are read."""
    from denoiser.nn import inference

    classifier = inference.load_keras(CLASSIFIER)
    found: list[dict[str, Any]] = []
    for path in options.pictures:
        try:
            sheet = handwriting.read(path)
        except DigitsError as error:
            found.append({"picture": str(path), "digits": [], "notes": [], "problem": str(error)})
            print(f"denoiser: {error}", file=sys.stderr)
            continue
        probabilities = np.zeros((0, 10))
        if len(sheet.digits):
            probabilities = inference.classify(classifier, digits.Digits(sheet.digits, None).clean)
        found.append(_reading(path, sheet, probabilities))
        if not options.json:
            _print_reading(found[-1])
    if options.json:
        print(json.dumps(found, indent=2))
    return BAD_INPUT if any("problem" in picture for picture in found) else 0


def _reading(path: Path, sheet: Handwriting, probabilities: np.ndarray) -> dict[str, Any]:
    """Return what `read` prints of a picture as JSON; probabilities have the shape (n, 10)."""
    named = [
        {
            "digit": int(found.argmax()),
            "confidence": round(float(found.max()), 4),
            "box": dict(zip(("x", "y", "width", "height"), box.tolist(), strict=True)),
        }
        for found, box in zip(probabilities, sheet.boxes, strict=True)
    ]
    return {"picture": str(path), "digits": named, "notes": list(_notes(sheet))}


def _notes(sheet: Handwriting) -> Iterator[str]:
    """Yield what was left out of a picture, in words."""
    counts = Counter(left_out.reason for left_out in sheet.left_out)
    if many := counts.pop("too many", 0):
        yield f"the first {len(sheet.digits)} digits, {many} more were left out"
    if cut_off := counts.pop("cut off", 0):
        yield f"left out what runs off the picture and may be a digit: {cut_off}"
    for reason, count in counts.items():
        yield f"left out ({reason}): {count}"


def _print_reading(picture: dict[str, Any]) -> None:
    """Print a line with the digits of a picture, and its notes where errors go."""
    print(f"{picture['picture']}:", *(found["digit"] for found in picture["digits"]), flush=True)
    for note in picture["notes"]:
        print(f"denoiser: {picture['picture']}: {note}", file=sys.stderr)


def _evaluate(options: argparse.Namespace) -> None:
    model = inputs.find_model(options.model)
    kind, parameters = flags.noise(options)
    test_digits = digits.load(options.data, "test")

    from denoiser.nn import inference

    network = inference.to_keras(model)
    result: dict[str, Any]
    if model.config.network == CLASSIFIER:
        accuracy = inference.evaluate_classifier(network, test_digits)
        result = {"reading_accuracy": accuracy, "count": len(test_digits)}
    else:
        evaluation = inference.evaluate(
            network, inference.load_keras(CLASSIFIER), test_digits, kind, parameters, options.seed
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
