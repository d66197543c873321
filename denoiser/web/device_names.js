// What trainings on the device are called in addresses.

export const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
export const ID_LENGTH = 12;
const MODEL = /^device-([a-z0-9]{12})(?:@(\d{1,5}))?$/;

/**
 * Returns which training a model's name stands for; null where the model is none of this device.
 *
 * @param {string} name - As in an address.
 * @returns {{ id: string, epoch: number | null } | null} `epoch` of a snapshot, from 1; null for the newest.
 */
export function deviceModel(name) {
  const found = MODEL.exec(name);
  return found && { id: found[1], epoch: found[2] === undefined ? null : Number(found[2]) };
}

/** @param {string} id @param {number} [epoch] */
export function modelName(id, epoch) {
  return epoch === undefined ? `device-${id}` : `device-${id}@${epoch}`;
}
