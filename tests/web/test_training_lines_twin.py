"""The curves of a training on a device are those that the server draws of the same losses."""

import numpy as np
import pytest
from node import run_in_node

from denoiser import figures

LINES = "return trainingLines(input.losses, input.history, input.per_epoch, input.total);"


@pytest.mark.parametrize(("epochs", "per_epoch", "steps"), [(3, 4, 9), (25, 1406, 9000), (2, 1, 2)])
def test_the_same_losses_make_the_same_curves(epochs, per_epoch, steps):
    generator = np.random.default_rng(steps)
    losses = generator.lognormal(-4, 0.5, steps)
    history = [
        {"loss": float(loss), "val_loss": float(loss) * 1.1}
        for loss in generator.lognormal(-4, 0.1, steps // per_epoch)
    ]
    data = {"losses": losses.tolist(), "history": history, "per_epoch": per_epoch, "total": epochs}
    found = run_in_node({"training_lines.js": "{ trainingLines }"}, LINES, data)
    expected = figures.training_curves(
        [((i + 1) / per_epoch, loss) for i, loss in enumerate(losses)],
        [(i + 1, epoch["loss"], epoch["val_loss"]) for i, epoch in enumerate(history)],
        epochs,
    )
    for name, (x, y) in expected.items():
        assert found[name][0] == pytest.approx(x, abs=1.01e-4)
        assert found[name][1] == pytest.approx(y, rel=2e-5)
    assert len(found["step"][0]) <= figures.MAX_STEP_POINTS + 1
