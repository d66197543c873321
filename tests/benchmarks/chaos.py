"""What becomes of runs and engine when processes die, and when many visitors come at once.

    python tests/benchmarks/chaos.py kills      kill -9 of the training process, also inside a save
    python tests/benchmarks/chaos.py server     kill -9 of the web server, then of everything
    python tests/benchmarks/chaos.py resume     stopped and resumed against trained in one go
    python tests/benchmarks/chaos.py starts     ten visitors start a run within five seconds
    python tests/benchmarks/chaos.py cycles     start and stop fifty times under the web server

Each uses the real engine, in a folder of its own, and the bundled digits, prints
a line for everything that has to hold, with figures, and ends with status 1 if
one of them does not. Linux only: who trains is read from the locks the kernel lists.
"""

import argparse
import asyncio
import contextlib
import ctypes
import hashlib
import json
import os
import random
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "browser")]

import engine_tools  # noqa: E402
from app_server import Server, running_app  # noqa: E402
from engine_tools import opened, processes, trainer, trainers  # noqa: E402
from raw_session import RawSession  # noqa: E402

from denoiser.config import RECIPES  # noqa: E402
from denoiser.engine.client import Engine  # noqa: E402
from denoiser.engine.place import EngineLock  # noqa: E402
from denoiser.engine.server import GROWN, MEMORY  # noqa: E402
from denoiser.engine.tasks import TRAINING  # noqa: E402
from denoiser.runs.history import ENDED  # noqa: E402
from denoiser.runs.run import HISTORY, Run  # noqa: E402
from denoiser.runs.store import HOME_VARIABLE, ID, RunStore  # noqa: E402

QUICK = RECIPES["quick"]
SHORT = replace(QUICK, limit=600, epochs=5)
STARTED_WITHIN_S = 5
STOPPED_WITHIN_S = 3
SAME_LOSS = 0.02
SAME_STEP = 0.001
FLAT = 0.10
TIGHT_S = 0.0005
SAVES, ANY = ["checkpoint", "snapshots"], "any"
IN_CREATE = 0x100  # of inotify.h
wait_until = partial(engine_tools.wait_until, patience_s=600)


class Verdicts:
    """Prints what holds and what does not, and remembers whether all did."""

    def __init__(self) -> None:
        self.all_hold = True

    def say(self, holds: bool, what: str) -> None:
        """Print one result."""
        self.all_hold &= bool(holds)
        print(f"{'holds ' if holds else 'BROKEN'}  {what}", flush=True)


# Who trains, as the kernel and the disk see it


def lock_holders(store: RunStore) -> list[tuple[int, str]]:
    """Return process and run id of every lock of a run that is held."""
    inodes = {}
    for path in store.folder.glob("*/lock"):
        with contextlib.suppress(FileNotFoundError):
            inodes[str(path.stat().st_ino)] = path.parent.name
    found = []
    for line in Path("/proc/locks").read_text().splitlines():
        fields = line.split()
        if fields[1] == "FLOCK" and (run_id := inodes.get(fields[5].rpartition(":")[2])):
            found.append((int(fields[4]), run_id))
    return [(pid, run_id) for pid, run_id in found if ID.fullmatch(run_id)]


class Lookout(threading.Thread):
    """Looks all the time how many train at once; a context that ends with the looking."""

    def __init__(self, store: RunStore) -> None:
        super().__init__(daemon=True)
        self._store = store
        self._done = threading.Event()
        self.looks = self.max_holders = self.max_running = 0

    def run(self) -> None:
        while not self._done.wait(0.02):
            running = sum(run.status().state == "running" for run in self._store.runs())
            self.max_running = max(self.max_running, running)
            self.max_holders = max(self.max_holders, len(lock_holders(self._store)))
            self.looks += 1

    def __enter__(self) -> "Lookout":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self.join()

    def report(self, verdicts: Verdicts) -> None:
        """Say whether there was ever more than one training."""
        verdicts.say(
            self.max_holders == 1 and self.max_running == 1,
            f"one trainer at a time: at most {self.max_holders} held a run's lock and "
            f"{self.max_running} runs were running, in {self.looks} looks",
        )


# What a run's folder holds


def raw_history(run: Run) -> list[dict]:
    """Return the lines of a history as they are in its file; a torn last one is left out."""
    with contextlib.suppress(FileNotFoundError):
        lines = (run.folder / HISTORY).read_bytes().split(b"\n")[:-1]
        return [json.loads(line) for line in lines]
    return []


def last_step(run: Run) -> int:
    """Return the last step that the history's file holds; 0 before the first."""
    return max((line["step"] for line in raw_history(run) if "step" in line), default=0)


def is_unbroken(run: Run) -> bool:
    """Whether each step and each epoch is in the file once, in the order they were made."""
    size, epochs = run.status().steps_per_epoch, run.config.epochs
    expected = []
    for epoch in range(1, epochs + 1):
        expected += [("step", step) for step in range((epoch - 1) * size + 1, epoch * size + 1)]
        expected.append(("epoch", epoch))
    found = [
        ("step", line["step"]) if "step" in line else ("epoch", line["epoch"])
        for line in raw_history(run)
    ]
    return bool(size) and found == expected


def damaged_checkpoints(run: Run) -> list[str]:
    """Return the checkpoints whose content is not what their name says."""
    damaged = []
    for path in (run.folder / "checkpoint").glob("*.safetensors"):
        if hashlib.sha256(path.read_bytes()).hexdigest()[:32] != path.stem.partition("-")[2]:
            damaged.append(path.name)
    return damaged


def checkpoint_step(run: Run) -> int:
    """Return how far the newest checkpoint that can be read got; 0 where there is none."""
    checkpoint = run.load_checkpoint()
    return checkpoint.step if checkpoint else 0


def half_written(run: Run) -> set[str]:
    """Return the files that are being saved, or were when their process died."""
    names = set()
    for folder in ("checkpoint", "snapshots"):
        with contextlib.suppress(FileNotFoundError), os.scandir(run.folder / folder) as entries:
            names |= {f"{folder}/{entry.name}" for entry in entries if entry.name[0] == "."}
    return names


def loads_whole(run: Run) -> bool:
    """Whether the model, every snapshot and the last checkpoint can be read."""
    steps = run.status().steps_per_epoch * run.config.epochs
    run.model()
    for epoch in run.snapshots():
        run.snapshot(epoch)
        run.samples(epoch)
    all_there = run.snapshots() == list(range(run.config.epochs + 1))
    return all_there and checkpoint_step(run) == steps and not damaged_checkpoints(run)


def has_ended(run: Run) -> bool:
    return run.status().state in ENDED


# Kills of the training's process


@dataclass(frozen=True)
class Strike:
    """A kill and what it left.

    Attributes:
        moment: What the process was doing.
        torn: Files it had begun to save.
        lost: Steps that have to be done again.
        damaged: Unreadable checkpoints.
    """

    moment: str
    torn: set[str]
    lost: int
    damaged: list[str]


def kills(options: argparse.Namespace, verdicts: Verdicts) -> None:
    """Kill the training's process at random instants, some inside a save."""
    sys.setswitchinterval(0.0005)  # a save is over before a thread would give way
    rng = random.Random(options.seed)
    saves = SAVES * (options.saves * 3 // 4)
    plan = rng.sample([*saves, *[ANY] * (options.kills - len(saves))], options.kills)
    strikes: list[Strike] = []
    runs: list[Run] = []
    with TemporaryDirectory() as folder, opened(store := RunStore(Path(folder))) as engine:
        with Lookout(store) as lookout:
            while plan or sum(bool(strike.torn) for strike in strikes) < options.saves:
                runs.append(store.create(SHORT))
                engine.wake()
                strikes += struck(store, runs[-1], plan, rng)
                wait_until(lambda: has_ended(runs[-1]), "the run ended")
        report_strikes(runs, strikes, options, verdicts)
        lookout.report(verdicts)


def struck(store: RunStore, run: Run, plan: list[str], rng: random.Random) -> Iterator[Strike]:
    """Kill the trainer of `run` again and again, as planned, until the run has ended."""
    while True:
        wait_until(lambda: has_ended(run) or len(trainers(store)) == 1, "a worker trains")
        if has_ended(run):
            return
        pid, before = trainer(store), half_written(run)
        if (plan or SAVES)[0] == ANY:
            instant = time.monotonic() + rng.uniform(0, 15)
            wait_until(lambda: has_ended(run) or time.monotonic() > instant, "it is time")  # noqa: B023
        else:
            wait_for_save(run, (plan or SAVES)[0])
            time.sleep(rng.choice([0, 0.002 * rng.random()]))
        if has_ended(run):
            return
        yield strike(run, pid, before)
        del plan[:1]


def wait_for_save(run: Run, folder: str) -> None:
    """Return at the moment when a file is made in a folder of the run, or when that has ended."""
    watched = run.folder / folder
    watched.mkdir(exist_ok=True)
    libc = ctypes.CDLL(None)
    with open(libc.inotify_init(), "rb", buffering=0) as events:  # noqa: PTH123
        libc.inotify_add_watch(events.fileno(), bytes(watched), IN_CREATE)
        wait_until(lambda: select.select([events], [], [], 0.2)[0] or has_ended(run), "it saves", 0)


def strike(run: Run, pid: int, before: set[str]) -> Strike:
    """Kill a process and see what it leaves, before another one comes."""
    status = run.status()
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(pid), "it is dead", TIGHT_S)
    torn = half_written(run) - before
    done, kept = last_step(run), checkpoint_step(run)
    moment = f"step {done}" if status.steps_per_epoch else "preparing"
    found = Strike(moment, torn, done - kept, damaged_checkpoints(run))
    print(f"        killed {run.id}: {moment}, checkpoint at {kept}, torn {sorted(torn)}")
    return found


def is_alive(pid: int) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def report_strikes(
    runs: list[Run], strikes: list[Strike], options: argparse.Namespace, verdicts: Verdicts
) -> None:
    """Say what the kills did to the runs."""
    torn = sum(bool(strike.torn) for strike in strikes)
    verdicts.say(
        len(strikes) >= options.kills and torn >= options.saves,
        f"{len(strikes)} kills of the training's process in {len(runs)} runs, {torn} of them "
        f"inside a save (a half-written file was left)",
    )
    finished = sum(run.status().state == "finished" for run in runs)
    verdicts.say(finished == len(runs), f"{finished} of {len(runs)} runs finished by themselves")
    unbroken = sum(map(is_unbroken, runs))
    verdicts.say(
        unbroken == len(runs), f"{unbroken} histories have each step and epoch once, in order"
    )
    epoch = max(run.status().steps_per_epoch for run in runs)
    lost = [strike.lost for strike in strikes]
    verdicts.say(
        max(lost) <= epoch,
        f"steps done again per kill: {min(lost)} to {max(lost)}, median {np.median(lost):.0f}; "
        f"an epoch has {epoch}",
    )
    damaged = [name for strike in strikes for name in strike.damaged]
    whole = sum(map(loads_whole, runs))
    verdicts.say(
        not damaged and whole == len(runs),
        f"{len(damaged)} damaged checkpoints at the kills; {whole} runs have a model, all their "
        "snapshots and the last checkpoint whole",
    )
    left = sum(len(half_written(run)) for run in runs)
    verdicts.say(left == 0, f"{left} half-written files are still there at the end")


# Kills of the web server


def server(options: argparse.Namespace, verdicts: Verdicts) -> None:
    """Kill the web server while a run trains; then the server and all of its engine."""
    with TemporaryDirectory() as folder:
        store = RunStore(Path(folder))
        kill_server(store, verdicts)
        kill_everything(store, verdicts)
        left = leftovers(store)
    verdicts.say(not left, f"{len(left)} processes left after the server's normal end")


def kill_server(store: RunStore, verdicts: Verdicts) -> None:
    """Kill the server alone."""
    with serving(store) as first:
        visit(first, "/Train")
        run = train_a_while(store)
        engine_before = EngineLock.of(store).read()
        os.kill(first.pid, signal.SIGKILL)
    killed_at = last_step(run)
    wait_until(lambda: has_ended(run) or last_step(run) > killed_at + 5, "it trains on")
    alone = last_step(run) - killed_at
    with serving(store) as second:
        visit(second, f"/Train?run={run.id}")
        is_same = EngineLock.of(store).read() == engine_before
        state_then = run.status().state
        wait_until(lambda: has_ended(run), "the run ended")
        visit(second, f"/Train?run={run.id}")
    verdicts.say(
        is_same and run.status().state == "finished" and is_unbroken(run) and loads_whole(run),
        f"server killed at step {killed_at}: {alone} steps were made without one, the next server "
        f"found the same engine, the run ({state_then} then) finished unbroken, its link works",
    )


def kill_everything(store: RunStore, verdicts: Verdicts) -> None:
    """Kill the server and every process of its engine, as a power cut does."""
    with serving(store) as first:
        visit(first, "/Train")
        run = train_a_while(store)
        victims = [first.pid, *(process.pid for process in processes(store))]
        for pid in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not any(map(is_alive, victims)), "they are dead")
    killed_at, kept = last_step(run), checkpoint_step(run)
    with serving(store) as second:
        visit(second, f"/Train?run={run.id}")
        began = time.monotonic()
        wait_until(lambda: last_step(run) > killed_at, "it goes on")
        seconds = time.monotonic() - began
        wait_until(lambda: has_ended(run), "the run ended")
        visit(second, f"/Train?run={run.id}")
    verdicts.say(
        run.status().state == "finished" and is_unbroken(run) and loads_whole(run),
        f"server and engine ({len(victims)} processes) killed at step {killed_at}: resumed at "
        f"{kept} by the next server, further than before after {seconds:.0f} s, finished "
        "unbroken, its link works",
    )


@contextlib.contextmanager
def serving(store: RunStore) -> Iterator[Server]:
    """Start the web server for a folder of runs."""
    environment = {"STREAMLIT_CLIENT_SHOW_ERROR_DETAILS": "full", HOME_VARIABLE: str(store.folder)}
    with running_app(**environment) as server:
        yield server


def visit(server: Server, path: str) -> None:
    """Open a page as a visitor; raise RuntimeError where it fails."""

    async def visit() -> None:
        session = await RawSession.open(server.url, path)
        await session.close()

    asyncio.run(visit())


def train_a_while(store: RunStore) -> Run:
    """Start a run and return when it is in its second epoch."""
    run = store.create(SHORT)
    wait_until(lambda: run.history().epochs, "it trained an epoch")
    wait_until(lambda: last_step(run) >= run.status().steps_per_epoch + 5, "it trains")
    return run


def members(store: RunStore) -> list[psutil.Process]:
    """Return all processes, of whatever parent, that belong to a folder of runs."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get(HOME_VARIABLE) == str(store.folder):
                found.append(process)
    return found


def leftovers(store: RunStore) -> list[psutil.Process]:
    """Return what is still there of a lab whose server has ended, after time to leave."""
    with contextlib.suppress(AssertionError):
        wait_until(lambda: not members(store), "all processes left")
    return members(store)


# Stop and resume


def resume(options: argparse.Namespace, verdicts: Verdicts) -> None:
    """Train the same twice, once with stops in between."""
    config = replace(QUICK, epochs=3)
    rng = random.Random(options.seed)
    with TemporaryDirectory() as folder, opened(store := RunStore(Path(folder))) as engine:
        plain, stopped = store.create(config), store.create(config)
        engine.wake()
        wait_until(lambda: has_ended(plain), "the first ended")
        steps = plain.status().steps_per_epoch * config.epochs
        stops = sorted(rng.sample(range(1, steps - 5), 3))
        actual = [stop_and_resume(store, engine, stopped, step) for step in stops]
        wait_until(lambda: has_ended(stopped), "the second ended")
        losses = [run.history().epochs[-1].val_loss for run in (plain, stopped)]
        apart = abs(losses[1] / losses[0] - 1)
        verdicts.say(
            apart <= SAME_LOSS and is_unbroken(plain) and is_unbroken(stopped),
            f"val_loss after {config.epochs} epochs of {steps // config.epochs} steps: "
            f"{losses[0]:.6f} in one go, {losses[1]:.6f} stopped and resumed at steps {actual}: "
            f"{100 * apart:.4f}% apart; both histories unbroken",
        )
        curves = [np.array([step.loss for step in run.history().steps]) for run in (plain, stopped)]
        differences = np.abs(curves[1] / curves[0] - 1)
        first = int(np.argmax(differences > SAME_STEP)) + 1 if differences.max() > SAME_STEP else 0
        verdicts.say(
            not first,
            f"each step's loss is at most {100 * differences.max():.4f}% apart"
            + (f", first at step {first}" if first else ""),
        )


def stop_and_resume(store: RunStore, engine: Engine, run: Run, step: int) -> int:
    """Stop a run at about `step`, and resume it; return the step it stopped at."""
    wait_until(lambda: last_step(run) >= step, "it got so far", 0.005)
    run.request_stop()
    wait_until(lambda: has_ended(run), "it stopped")
    stopped_at = last_step(run)
    store.resume(run)
    engine.wake()
    return stopped_at


# Many visitors


def starts(options: argparse.Namespace, verdicts: Verdicts) -> None:
    """Let ten visitors start a run each within five seconds."""
    rng = random.Random(options.seed)
    config = replace(SHORT, epochs=2)
    with TemporaryDirectory() as folder, opened(store := RunStore(Path(folder))) as engine:
        with Lookout(store) as lookout:
            runs: list[Run] = []
            began = time.monotonic()
            for moment in sorted(rng.uniform(0, STARTED_WITHIN_S) for _ in range(10)):
                time.sleep(max(0.0, began + moment - time.monotonic()))
                runs.append(store.create(config, owner=f"visitor {len(runs)}"))
                engine.wake()
            took = time.monotonic() - began
            looks = watch_queue(store, runs)
        verdicts.say(took < STARTED_WITHIN_S, f"{len(runs)} runs asked for within {took:.1f} s")
        lookout.report(verdicts)
        finished = sum(run.status().state == "finished" and is_unbroken(run) for run in runs)
        seconds = time.monotonic() - began
        verdicts.say(finished == len(runs), f"{finished} finished, after {seconds:.0f} s")
        shown, wrong = count_positions(looks, runs)
        verdicts.say(wrong == 0, f"{shown} positions shown in {len(looks)} looks, {wrong} wrong")


def watch_queue(store: RunStore, runs: list[Run]) -> list[dict[Run, int]]:
    """Return the positions of all runs, as often as they could be read at one moment."""
    looks = []
    while not all(map(has_ended, runs)):
        queue = store.queue()
        positions = {run: store.position(run) for run in runs}
        if queue == store.queue():
            looks.append(positions)
        time.sleep(0.05)
    return looks


def count_positions(looks: list[dict[Run, int]], runs: list[Run]) -> tuple[int, int]:
    """Return how many positions were shown, and how many of them did not come true.

    One came true if as many runs as it says, itself included, began from then
    on until it had begun.
    """
    began: list[Run] = []
    for look in looks:
        began += [run for run in runs if look[run] == 0 and run not in began]
    began += [run for run in runs if run not in began]
    shown = wrong = 0
    for look in looks:
        already = sum(position == 0 for position in look.values())
        for run, position in look.items():
            if position:
                shown += 1
                wrong += position != began.index(run) + 1 - already
    return shown, wrong


# Start and stop, again and again


def cycles(options: argparse.Namespace, verdicts: Verdicts) -> None:
    """Start a run and stop it once it trains, many times, and look at the processes."""
    with TemporaryDirectory() as folder:
        store = RunStore(Path(folder))
        with serving(store) as server:
            visit(server, "/Train")
            sizes: dict[int, dict[str, list[int]]] = {}
            waits, rng = [], random.Random(options.seed)
            for cycle in range(1, options.cycles + 1):
                waits.append(start_and_stop(store, server, rng))
                if cycle % 5 == 0:
                    sizes[cycle] = memory(store, server)
                    print(f"        cycle {cycle}: {describe(sizes[cycle])}", flush=True)
        report_cycles(waits, sizes, leftovers(store), verdicts)


def start_and_stop(store: RunStore, server: Server, rng: random.Random) -> float:
    """Start a run, watch it, stop it; return how many seconds the stop took."""
    run = store.create(QUICK)
    wait_until(lambda: last_step(run), "it trains")
    visit(server, f"/Train?run={run.id}")
    time.sleep(rng.uniform(0, 3))
    asked = time.monotonic()
    run.request_stop()
    wait_until(lambda: has_ended(run), "it stopped", 0.01)
    seconds = time.monotonic() - asked
    if run.status().state != "stopped" or not run.has_model():
        raise RuntimeError(f"expected a stopped run with weights, got {run.status()}")
    return seconds


def memory(store: RunStore, server: Server) -> dict[str, list[int]]:
    """Return the resident bytes of each process of the lab, by what it does."""
    training = trainers(store)
    engine = [process.pid for process in processes(store)]
    found: dict[str, list[int]] = {}
    for process in members(store):
        kind = "engine" if process.pid in engine else "other"
        kind = "training" if process.pid in training else kind
        kind = "server" if process.pid == server.pid else kind
        found.setdefault(kind, []).append(process.memory_info().rss)
    return found


def describe(sizes: dict[str, list[int]]) -> str:
    """Say in a line how large the processes are."""
    return ", ".join(
        f"{kind} {'+'.join(f'{size / 2**20:.0f}' for size in sorted(sizes[kind]))} MiB"
        for kind in sorted(sizes)
    )


def report_cycles(
    waits: list[float],
    sizes: dict[int, dict[str, list[int]]],
    left: list[psutil.Process],
    verdicts: Verdicts,
) -> None:
    """Say how fast runs stopped, and how processes and memory grew."""
    verdicts.say(
        max(waits) <= STOPPED_WITHIN_S,
        f"{len(waits)} stops took at most {max(waits):.2f} s, p95 {np.percentile(waits, 95):.2f}, "
        f"median {np.median(waits):.2f}",
    )
    first, last = sizes[min(sizes)], sizes[max(sizes)]
    counts = [sum(map(len, each.values())) for each in (first, last)]
    verdicts.say(
        counts[0] == counts[1] and not left,
        f"{counts[0]} processes after cycle {min(sizes)}, {counts[1]} after cycle {max(sizes)}, "
        f"{len(left)} after the end",
    )
    for kind in ("server", "training", "engine"):
        growth = sum(last[kind]) / sum(first[kind]) - 1
        megabytes = [sum(each[kind]) / 2**20 for each in (first, last)]
        # TensorFlow keeps something of each network; the engine replaces a worker that has grown.
        may_grow = kind == "training" and sum(last[kind]) <= GROWN * MEMORY[TRAINING]
        verdicts.say(
            may_grow or abs(growth) <= FLAT,
            f"memory, {kind}: {megabytes[0]:.0f} MiB after cycle {min(sizes)}, "
            f"{megabytes[1]:.0f} after cycle {max(sizes)}: {100 * growth:+.1f}%",
        )


SCENARIOS: dict[str, Callable[[argparse.Namespace, Verdicts], None]] = {
    scenario.__name__: scenario for scenario in (kills, server, resume, starts, cycles)
}


def parsed_options() -> argparse.Namespace:
    """Read the flags."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("scenario", choices=SCENARIOS)
    parser.add_argument("--seed", type=int, default=0, help="of all random instants")
    parser.add_argument("--kills", type=int, default=20, help="of the training's process")
    parser.add_argument("--saves", type=int, default=5, help="how many of them inside a save")
    parser.add_argument("--cycles", type=int, default=50, help="starts and stops, 10 or more")
    return parser.parse_args()


def main() -> int:
    """Carry out one scenario; return the exit status."""
    options, verdicts = parsed_options(), Verdicts()
    SCENARIOS[options.scenario](options, verdicts)
    return 0 if verdicts.all_hold else 1


if __name__ == "__main__":
    sys.exit(main())
