"""A training on a device is given up where the server would give it up, and for the same reason."""

import math

import numpy as np
import pytest
from node import run_in_node

from denoiser.jobs.divergence import Divergence

FOUND = """
const divergence = new Divergence();
const found = input.losses.map((loss) => divergence.reason(loss ?? NaN));
return found.map((reason) => reason && [reason.code, reason.high, reason.low]);
"""
AFTER_EPOCHS = """
const divergence = new Divergence();
return input.map(({ loss, level }) =>
  divergence.reasonAfterEpoch(loss ?? NaN, new Uint8Array(8).fill(level)));
"""
TEXTS = {"rose": "rose to", "no_number": "beyond all numbers", "black": "black picture"}


def of_device(body, data):
    return run_in_node({"divergence.js": "{ Divergence }"}, body, data)


@pytest.mark.parametrize("seed", range(6))
def test_the_same_losses_end_it_at_the_same_step(seed):
    generator = np.random.default_rng(seed)
    losses = 0.02 * generator.lognormal(0, 0.4, 120)
    losses[60 + 5 * seed :] *= 1 + seed
    if seed == 5:
        losses[100] = math.inf
    server = Divergence()
    expected = [server.reason(loss) for loss in losses]
    data = {"losses": [loss if math.isfinite(loss) else None for loss in losses]}
    found = of_device(FOUND, data)
    assert [reason is None for reason in found] == [reason is None for reason in expected]
    for mine, theirs in zip(found, expected, strict=True):
        if theirs:
            code, high, low = mine
            assert TEXTS[code] in str(theirs)
            if code == "rose":
                assert [high, low] == pytest.approx([theirs.values["high"], theirs.values["low"]])
    assert any(expected) == (seed > 1)


def test_black_answers_end_it_after_two_epochs():
    levels = [0, 200, 12, 12, 13]
    server = Divergence()
    expected = [server.reason_after_epoch(0.1, np.full(8, level / 255)) for level in levels]
    found = of_device(AFTER_EPOCHS, [{"loss": 0.1, "level": level} for level in levels])
    assert [reason and reason["code"] for reason in found] == [None, None, None, "black", None]
    assert [bool(reason) for reason in found] == [bool(reason) for reason in expected]
    assert of_device(AFTER_EPOCHS, [{"loss": None, "level": 9}])[0]["code"] == "no_number"
