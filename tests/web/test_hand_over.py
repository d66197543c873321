"""A training that ran in JavaScript and is handed over by it: the server keeps it as it was."""

import base64

import numpy as np
import pytest
from device_tasks import READ_IN_NODE, task
from node import run_in_node

from denoiser.config import TrainConfig
from denoiser.jobs import device_run
from denoiser.runs.store import RunStore

CONFIG = TrainConfig(
    network="unet-small", data="bundled", limit=40, epochs=3, batch_size=16, learning_rate=0.02
)
MODULES = {
    "training_loop.js": "{ TrainingLoop }",
    "../ui/components/device_training/hand_over.js": "{ handedOver }",
}
TRAINED = (
    READ_IN_NODE
    + """
const shown = (value) => new Uint8Array(8 * 28 * 28).fill(value);
const record = {
  id: "abcdefghijkl", name: "Anna's", begun: 1.7e12, status: "paused", history: [], times: [],
  losses: [], task: { config: input.config, count: input.digits.train.length / 784 },
  shown: { noisy: shown(100), clean: shown(200) }, samples: [shown(0)],
};
const snapshots = {};
const loop = new TrainingLoop(input, (told) => {
  if (told.event === "steps") record.losses.push(...told.losses);
  if (told.event === "ended") record.status = "ended";
  if (told.event !== "epoch") return;
  record.history.push(told.epoch);
  record.times.push(1.7e9 + 10 * told.number);
  record.samples[told.number] = shown(told.number);
  snapshots[told.number] = told.tensors;
});
while (loop.isRunning && loop.training.done < input.steps) loop.step();
record.losses.push(...(input.after ?? []).map((loss) => loss ?? NaN));
if (input.after) {
  record.status = "diverged";
  record.history.push({ loss: NaN, val_loss: NaN });
  record.times.push(1.7e9 + 1000);
  record.samples.push(shown(9));
}
const lab = { snapshot: async (id, epoch) => snapshots[epoch] };
const sent = await handedOver(record, lab, true);
return { record, sent: Buffer.from(sent).toString("base64") };
"""
)


@pytest.mark.parametrize("steps", [9, 7], ids=["to its end", "until it was paused"])
def test_what_javascript_hands_over_is_kept(tmp_path, steps):
    made = run_in_node(MODULES, TRAINED, task(CONFIG, 32) | {"steps": steps})
    record, sent = made["record"], base64.b64decode(made["sent"])
    run = RunStore(tmp_path).run(device_run.keep(str(tmp_path), sent, "me"))
    status, history = run.status(), run.history()
    assert (status.state, status.device) == ("finished" if steps == 9 else "stopped", True)
    assert (status.steps_per_epoch, status.digits, status.created) == (3, 40, 1.7e9)
    assert run.config == CONFIG
    assert [step.loss for step in history.steps] == record["losses"]
    assert [{"loss": e.loss, "val_loss": e.val_loss} for e in history.epochs] == record["history"]
    assert [epoch.time for epoch in history.epochs] == record["times"]
    assert run.snapshots() == [*range(len(history.epochs) + 1)]
    best, card = history.best, run.card()
    assert (card["kept_epoch"], card["trained_on"]) == (best.epoch, "device")
    for name, tensor in run.snapshot(best.epoch).tensors.items():
        np.testing.assert_array_equal(run.model().tensors[name], tensor)
    assert card["measured_val_loss"] == pytest.approx(best.val_loss, rel=0.1)


def test_one_that_went_astray_is_cut_back_to_its_last_numbers(tmp_path):
    data = task(CONFIG, 32) | {"steps": 6, "after": [0.5, None]}
    sent = base64.b64decode(run_in_node(MODULES, TRAINED, data)["sent"])
    run = RunStore(tmp_path).run(device_run.keep(str(tmp_path), sent, "me"))
    history = run.history()
    assert (len(history.steps), len(history.epochs)) == (7, 2)
    assert history.steps[-1].loss == 0.5
    assert run.status().state == "stopped"
    assert run.card()["kept_epoch"] == history.best.epoch
