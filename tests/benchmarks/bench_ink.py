"""What the gradient of an output pixel by the input picture takes in the browser, run by Node.

    python tests/benchmarks/bench_ink.py [rounds]

Prints for each shipped model and kernel the medians of the milliseconds of a forward pass, of a
gradient with its forward pass, and of another gradient of the same picture.
"""

import base64
import statistics
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from node import run_in_node  # noqa: E402

from denoiser.models import store as models  # noqa: E402

RUNS = {"SimdKernel": 200, "PlainKernel": 20}
MODULES = {
    "inside/ink.js": "{ InkNetwork }", "network.js": "{ Network }", "kernel.js": "* as kernels",
    "safetensors.js": "{ parse }",
}  # fmt: skip
TIME = """
const { metadata, tensors } = parse(new Uint8Array(Buffer.from(input.weights, "base64")));
const graph = JSON.parse(metadata.graph);
const [forward, ink] = [Network, InkNetwork].map(
  (Kind) => new Kind(graph, tensors, 1, new kernels[input.kernel]()));
const picture = Float32Array.from({ length: 28 * 28 }, (_, i) => (i % 7) / 7);
const weights = new Float32Array(ink.plan.output.size);
weights[weights.length >> 1] = 1;
const turns = {
  forward: () => forward.run(picture),
  gradient: () => ink.gradient(picture, weights),
  again: () => ink.gradientAgain(weights),
};
const times = Object.fromEntries(Object.keys(turns).map((name) => [name, []]));
for (let i = 0; i < input.runs; i++)
  for (const [name, turn] of Object.entries(turns)) {
    const started = performance.now();
    turn();
    times[name].push(performance.now() - started);
  }
const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];
const bytes = [forward, ink].map((network) => network.room.kernel.size);
return { times: Object.entries(times).map(([, found]) => median(found)), bytes };
"""


def main() -> None:
    """Print a line for each model and kernel."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    for kernel, runs in RUNS.items():
        for name in models.names():
            found = [_measured(name, kernel, runs) for _ in range(rounds)]
            forward, gradient, again = (
                statistics.median(times)
                for times in zip(*(one["times"] for one in found), strict=True)
            )
            small, large = (size / 2**20 for size in found[0]["bytes"])
            print(
                f"{name:10s} {kernel:11s} forward {forward:6.2f} ms, gradient with it "
                f"{gradient:6.2f} ms ({gradient / forward:.2f}x), another {again:6.2f} ms; "
                f"memory {small:.1f} and {large:.1f} MB",
                flush=True,
            )


def _measured(name: str, kernel: str, runs: int) -> Any:
    weights = (models.SHIPPED / f"{name}.safetensors").read_bytes()
    asked = {"weights": base64.b64encode(weights).decode(), "kernel": kernel, "runs": runs}
    return run_in_node(MODULES, TIME, asked)


if __name__ == "__main__":
    main()
