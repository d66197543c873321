"""`denoise`, `noise`, `read` and `evaluate`: digits in files, and models at work on them."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from denoiser import metrics
from denoiser.cli import flags, inputs
from denoiser.cli.parser import BAD_INPUT, Parser, whole
from denoiser.config import CLASSIFIER
from denoiser.data import digits, grids, handwriting
from denoiser.data.handwriting import Handwriting
from denoiser.data.noise import add_noise
from denoiser.errors import DigitsError

# What `read` says of what it left out, by its reason.
LEFT_OUT = {
    "cut off": "what runs off the picture and may be a digit",
    "too many": f"digits after the first {handwriting.MAX_DIGITS}",
    "touching": "digits that touch and could not be told apart",
    "faint": "what is too pale to be told from the paper",
    "line": "lines (rules, boxes, rings)",
    "sign": "signs (plus, minus, slash, dot, comma)",
    "mark": "what does not look like a digit",
    "removed": "what was taken away",
}
IN_HELP = f"{grids.ARRAY_SUFFIX} file of shape (n, 28, 28), or a picture of such digits"
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
    parser.add_argument(
        "--grid", action="store_true",
        help="IN is a grid of digits of 28x28 pixels, even where its sides are as long",
    )  # fmt: skip


def _add_seed(parser: Parser) -> None:
    parser.add_argument(
        "--seed",
        type=whole(0),
        default=metrics.SCORE_SEED,
        metavar="N",
        help=f"of the noise ({metrics.SCORE_SEED})",
    )


def _denoise(options: argparse.Namespace) -> None:
    inputs.check_writable(options.output, grids.SUFFIXES)
    model = inputs.find_denoiser(options.model)
    grid = grids.read(options.input, options.grid)

    from denoiser.nn import inference

    denoised = inference.finite(inference.denoise(inference.to_keras(model), grid.digits))
    grids.write(options.output, replace(grid, digits=denoised))
    print(f"{_count(denoised)} denoised by {model.name}: {options.output}")


def _noise(options: argparse.Namespace) -> None:
    kind, parameters = flags.noise(options)
    inputs.check_writable(options.output, grids.SUFFIXES)
    grid = grids.read(options.input, options.grid)
    noisy = add_noise(grid.digits, np.random.default_rng(options.seed), kind, **parameters)
    grids.write(options.output, replace(grid, digits=noisy))
    print(f"{_count(noisy)} under {kind} noise: {options.output}")


def _count(digits: np.ndarray) -> str:
    return "1 digit" if len(digits) == 1 else f"{len(digits)} digits"


def _read(options: argparse.Namespace) -> int:
    """Read each picture; one that cannot be read is said so, and the others are read."""
    from denoiser.nn import inference

    classifier = inference.load_keras(CLASSIFIER)
    found: list[dict[str, Any]] = []
    for path in options.pictures:
        try:
            sheet = handwriting.read(path)
        except DigitsError as error:
            found.append({"picture": str(path), "digits": [], "left_out": [], "notes": [],
                          "problem": str(error)})  # fmt: skip
            named = str(path) in str(error)
            print(f"denoiser: {error}" if named else f"denoiser: {path}: {error}", file=sys.stderr)
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
            "digit": int(found.argmax()) if is_digit else None,
            "confidence": round(float(found.max()), 4),
            "box": _box(box),
        }
        for found, is_digit, box in zip(
            probabilities, metrics.is_digit(probabilities), sheet.boxes, strict=True
        )
    ]
    left_out = [{"reason": each.reason, "box": _box(each.box)} for each in sheet.left_out]
    notes = list(_notes(sheet))
    if strange := sum(found["digit"] is None for found in named):
        notes.append(f"what does not look like one digit is shown as ?: {strange}")
    return {"picture": str(path), "digits": named, "left_out": left_out, "notes": notes}


def _box(box: Iterable[int]) -> dict[str, int]:
    return dict(zip(("x", "y", "width", "height"), map(int, box), strict=True))


def _notes(sheet: Handwriting) -> Iterator[str]:
    """Yield in words what was left out of a picture, and what is uncertain."""
    counts = Counter(left_out.reason for left_out in sheet.left_out)
    for reason in handwriting.REASONS:
        if count := counts[reason]:
            yield f"left out {LEFT_OUT[reason]}: {count}"
    for place in sheet.doubtful:
        yield f"digit {place + 1} may be two that touch"


def _print_reading(picture: dict[str, Any]) -> None:
    """Print a line with the digits of a picture, and its notes where errors go."""
    said = ("?" if found["digit"] is None else found["digit"] for found in picture["digits"])
    print(f"{picture['picture']}:", *said, flush=True)
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
        result = inference.evaluate_classifier(network, test_digits).to_dict()
    else:
        evaluation = inference.evaluate(
            network, inference.load_keras(CLASSIFIER), test_digits, kind, parameters, options.seed
        )
        result = {
            "noise": {"kind": kind, **parameters, "seed": options.seed},
            "noisy": evaluation.noisy.to_dict(),
            "denoised": evaluation.denoised.to_dict(),
        }
    print(json.dumps(result, indent=2) if options.json else _evaluation_text(result))


def _evaluation_text(result: dict[str, Any]) -> str:
    if "denoised" not in result:
        return (
            f"{result['count']} clean digits, {result['reading_accuracy']:.2%} read right, "
            f"{result['refused']:.2%} taken for no digit"
        )
    lines = [f"{'':10}{'MSE':>9}{'PSNR dB':>9}{'SSIM':>8}{'read':>9}"]
    for name in ("noisy", "denoised"):
        scores = result[name]
        psnr, accuracy = scores["psnr"], scores["reading_accuracy"]
        decibels = "-" if psnr is None else f"{psnr:.2f}"
        read = "-" if accuracy is None else f"{accuracy:.2%}"
        lines.append(f"{name:10}{scores['mse']:9.5f}{decibels:>9}{scores['ssim']:8.3f}{read:>9}")
    return "\n".join(lines)
