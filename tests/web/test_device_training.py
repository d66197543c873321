"""A training on the device: it learns real digits, at the server's rates, and can be left."""

from dataclasses import asdict, replace
from functools import cache

import numpy as np
import pytest
from device_tasks import READ_IN_NODE, task
from node import run_in_node

from denoiser.config import TrainConfig
from denoiser.nn import training

SHORT = TrainConfig(
    network="unet-small", limit=400, fresh_noise=True, epochs=1, batch_size=4, optimizer="muon",
    learning_rate=2e-2, schedule="one-cycle",
)  # fmt: skip
LEARN = (
    READ_IN_NODE
    + """
const training = new DeviceTraining(input);
const before = training.validate();
const losses = [];
let left = null;
while (!training.hasEnded) {
  losses.push(training.step());
  if (losses.length === 30) left = structuredClone(training.state());
}
const again = new DeviceTraining(input);
again.restore(left);
const resumed = [];
while (!again.hasEnded) resumed.push(again.step());
return { before, after: training.validate(), again: again.validate(), losses, resumed };
"""
)
TRY = (
    READ_IN_NODE
    + """
const epochs = (count) => ({ ...input, config: { ...input.config, epochs: count } });
return [1, 2].map((count) => {
  let now = 0;
  return secondsFor(epochs(count), () => (now += 100));
});
"""
)
RATES = "return input.steps.map((step) => learningRate(input.config, step, input.total));"


@cache
def learned():
    return run_in_node(
        {"device_training.js": "{ DeviceTraining }"}, LEARN, task(SHORT, validation=100)
    )


def test_four_hundred_digits_are_enough_to_denoise():
    found = learned()
    assert len(found["losses"]) == 100
    assert found["after"] < 0.03 < 0.1 < found["before"]


def test_a_training_that_was_left_goes_on_with_the_same_bits():
    found = learned()
    assert found["resumed"] == found["losses"][30:]
    assert found["again"] == found["after"]


def test_a_trial_counts_steps_and_validation():
    """By a clock with 0.1 s a step: 100 steps an epoch, and 100 digits in a third of that each."""
    one, two = run_in_node({"trial.js": "{ secondsFor }"}, TRY, task(SHORT, validation=100))
    assert one == pytest.approx(0.1 * (100 + 100 / 3 / SHORT.batch_size))
    assert two == pytest.approx(2 * one)


@pytest.mark.parametrize("schedule", ["constant", "one-cycle"])
@pytest.mark.parametrize("steps", [3, 40, 1000])
def test_rates_are_those_of_the_server(schedule, steps):
    config = replace(SHORT, schedule=schedule, epochs=1)
    rate = training.learning_rate(config, steps)
    expected = [float(rate(i)) if callable(rate) else rate for i in range(steps)]
    asked = {"config": asdict(config), "steps": list(range(steps)), "total": steps}
    got = run_in_node({"batches.js": "{ learningRate }"}, RATES, asked)
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-9)
