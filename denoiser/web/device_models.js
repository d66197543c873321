// Models of this device as panels use them: they change while they learn.
import { deviceLab } from "./device_lab.js";
import { deviceModel } from "./device_names.js";
import { OpenNetwork } from "./inside/open_network.js";
/** @import { DeviceRecord, Tensors } from "./device_store.js" */

/**
 * @typedef {{ network: OpenNetwork, title: string }} Found
 */

/**
 * Hands a panel one of the device's models, now and whenever its weights are others.
 *
 * @param {string} name - Of any model; nothing happens where it is none of the device's.
 * @param {(found: Found | null) => void} take - Gets null where this device has no such model.
 * @returns {() => void} Ends it.
 */
export function followDeviceModel(name, take) {
  const wanted = deviceModel(name);
  if (!wanted) return () => {};
  const { id, epoch } = wanted;
  const lab = deviceLab();
  let isOver = false;
  /** @type {OpenNetwork | undefined} */
  let network;
  const give = (/** @type {Tensors} */ tensors, /** @type {DeviceRecord} */ record) => {
    if (isOver) return;
    if (network) network.load(tensors);
    else network = new OpenNetwork(record.task.graph, tensors);
    const title = epoch === null ? record.name : `${record.name} · ${epoch}`;
    take({ title, network });
  };
  lab.open(id).then(async (record) => {
    const tensors = record && epoch !== null ? await lab.snapshot(id, epoch) : undefined;
    if (record && tensors) give(tensors, record);
    else if (!isOver && (!record || epoch !== null)) take(null);
  });
  const stop =
    epoch === null ? lab.followWeights(id, ({ tensors }, record) => give(tensors, record)) : () => {};
  return () => {
    isOver = true;
    stop();
  };
}
