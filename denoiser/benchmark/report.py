"""What the benchmark found, written for people and for programs."""

import json
from typing import Any


def text(found: dict[str, Any]) -> str:
    """Write what `benchmark` found for people, ratios first."""
    step, tutorial = found["training_step"], found["tutorial"]
    lines = [
        f"training step    {step['ratio']:6.2f}x   {step['our_images_per_s']:,.0f} images/s, stock "
        f"{step['stock_images_per_s']:,.0f}; {step['our_of_matmul']:.0%} and "
        f"{step['stock_of_matmul']:.0%} of {step['matmul_gflops']:.0f} GFLOP/s",
        f"the tutorial                {tutorial['epochs']} epochs of "
        f"{tutorial['seconds_per_epoch']:.0f} s: {tutorial['seconds']:,.0f} s",
    ]
    for name, quality in found["time_to_quality"].items():
        trainings = ", ".join(
            f"{training['seconds']:.0f} s to {training['mse']:.5f}"
            for training in quality["trainings"]
        )
        lines.append(
            f"{name:16} {quality['ratio']:6.1f}x   {quality['network']}: {trainings}; "
            f"{quality['ratio_to_first_arrival']:.1f}x to the tutorial's first arrival"
        )
    for part in found["inference"]:
        lines.append(
            f"{part['batch']:4} at a time   {part['ratio']:6.2f}x   "
            f"{part['our_images_per_s']:,.0f} images/s, stock {part['stock_images_per_s']:,.0f}; "
            f"largest difference {part['largest_difference']:.1e}"
        )
    for name, milliseconds in (found["live_panel"] or {}).items():
        lines.append(f"live panel                  {name}: {milliseconds:.1f} ms a digit")
    return "\n".join(lines)


def to_json(found: dict[str, Any]) -> str:
    """Write what `benchmark` found for programs."""
    return json.dumps(found, indent=1)
