"""`models`, `runs` and `rename`: what there is to use, what was trained, and what it is called."""

import argparse
import json
import time
from collections.abc import Iterable
from typing import Any

from denoiser.cli import flags
from denoiser.cli.inputs import find_run
from denoiser.cli.parser import Parser
from denoiser.errors import RunError
from denoiser.models import store as models
from denoiser.runs import names
from denoiser.runs.run import Run
from denoiser.runs.store import HOME_VARIABLE, default_store

RUN_COLUMNS = "{id:13} {state:9} {network:11} {epochs:>9} {val_loss:>8}  {created:19}  {name}"


def add(parser: Parser) -> None:
    """Add the three commands."""
    listed = parser.add_command("models", _models, "List the shipped models with their scores.")
    flags.add_json(listed, "print the cards as JSON")
    runs = parser.add_command(
        "runs", _runs, f"List the runs in ./runs, or in ${HOME_VARIABLE}, the newest first."
    )
    flags.add_json(runs)
    renamed = parser.add_command(
        "rename", _rename, "Give a run a name, or take it away with an empty one.", "RUN NAME"
    )
    renamed.add_argument("renamed", metavar="RUN", help="its id or its folder")
    renamed.add_argument(
        "name", metavar="NAME", help=f"a line of at most {names.MAX_LETTERS} letters"
    )


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


def _runs(options: argparse.Namespace) -> None:
    store = default_store()
    found = list(_described(store.runs()))
    if options.json:
        print(json.dumps(found, indent=2))
    elif found:
        print("\n".join(_table(found)))
    else:
        print(f"no runs in {store.folder}")


def _rename(options: argparse.Namespace) -> None:
    run = find_run(options.renamed)
    if run is None:
        raise RunError("There is no run called {name}.", name=options.renamed)
    names.rename(run, options.name)
    print(f"{run.id}: {names.name_of(run)}")


def _described(runs: Iterable[Run]) -> Iterable[dict[str, Any]]:
    """Yield what is printed of each run; one that is damaged or just deleted is left out."""
    for run in runs:
        try:
            config, status, history = run.config, run.status(), run.history()
            name = names.name_of(run)
        except RunError:
            continue
        yield {
            "id": run.id,
            "name": name,
            "state": status.state,
            "device": status.device,
            "network": config.network,
            "epochs": len(history.epochs),
            "epochs_asked": config.epochs,
            "val_loss": history.best and history.best.val_loss,
            "created": time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(status.created)),
            "reason": status.reason and str(status.reason),
        }


def _table(runs: list[dict[str, Any]]) -> Iterable[str]:
    heads = ("id", "state", "network", "epochs", "val_loss", "created", "name")
    yield RUN_COLUMNS.format(**{name: name.replace("created", "when") for name in heads})
    for run in runs:
        val_loss = "-" if run["val_loss"] is None else f"{run['val_loss']:.4f}"
        epochs = f"{run['epochs']}/{run['epochs_asked']}"
        name = f"{run['name']} (on a device)" if run["device"] else run["name"]
        yield RUN_COLUMNS.format(**run | {"val_loss": val_loss, "epochs": epochs, "name": name})
