// Reads and writes safetensors containers: https://huggingface.co/docs/safetensors
// Knows nothing of what the tensors mean.
/** @import { Tensor } from "./types.js" */

const ARRAYS = { U8: Uint8Array, F32: Float32Array };
const HEADER_AT = 8; // bytes that say how long the header is
const SPACE = 0x20; // fills the header up

/**
 * @typedef {object} Entry - What the header says of one tensor.
 * @property {keyof typeof ARRAYS} dtype
 * @property {number[]} shape
 * @property {[number, number]} data_offsets - Its first byte and the one after its last.
 */

/**
 * Returns the texts and tensors of a container.
 * @param {Uint8Array} bytes @returns {{ metadata: Record<string, string>, tensors: Record<string, Tensor> }}
 * @throws {Error} It is damaged, or has a tensor of a dtype that is not read here.
 */
export function parse(bytes) {
  if (bytes.length < HEADER_AT) throw new Error("safetensors: the file is too short");
  const headerSize = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  const dataStart = HEADER_AT + headerSize;
  if (dataStart > bytes.length) throw new Error("safetensors: the header is longer than the file");
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(HEADER_AT, dataStart)));
  const { __metadata__: metadata = {}, ...entries } = header;
  const data = bytes.subarray(dataStart);
  const named = Object.entries(entries).map(([name, entry]) => [name, tensorOf(name, entry, data)]);
  return { metadata, tensors: Object.fromEntries(named) };
}

/** @param {string} name @param {Entry} entry @param {Uint8Array} data @returns {Tensor} */
function tensorOf(name, { dtype, shape, data_offsets: [begin, end] }, data) {
  const ArrayType = ARRAYS[dtype];
  if (!ArrayType) throw new Error(`safetensors: ${name} is of dtype ${dtype}, which is not read here`);
  const size = shape.reduce((product, length) => product * length, ArrayType.BYTES_PER_ELEMENT);
  if (begin < 0 || end > data.length || end - begin !== size)
    throw new Error(`safetensors: ${name} needs ${size} bytes, has ${begin} to ${end} of ${data.length}`);
  const copy = data.slice(begin, end); // aligns it for Float32Array
  return { shape, data: new ArrayType(copy.buffer) };
}

/**
 * Returns a container of texts and tensors; the same ones give the same bytes.
 * @param {Record<string, Tensor>} tensors @param {Record<string, string>} metadata
 */
export function packed(tensors, metadata = {}) {
  // Floats come first, so that they are aligned, then by name, as the reference implementation has them.
  const named = Object.entries(tensors).sort(
    ([one, { data: floats }], [other, { data: others }]) =>
      others.BYTES_PER_ELEMENT - floats.BYTES_PER_ELEMENT || (one < other ? -1 : 1),
  );
  let end = 0;
  const entries = named.map(([name, { shape, data }]) => {
    const dtype = data instanceof Float32Array ? "F32" : "U8";
    const begin = end;
    end += data.byteLength;
    return [name, { dtype, shape, data_offsets: [begin, end] }];
  });
  const texts = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  const header = new TextEncoder().encode(JSON.stringify({ ...texts, ...Object.fromEntries(entries) }));
  const dataStart = Math.ceil((HEADER_AT + header.length) / HEADER_AT) * HEADER_AT;
  const bytes = new Uint8Array(dataStart + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(dataStart - HEADER_AT), true);
  bytes.fill(SPACE, HEADER_AT, dataStart).set(header, HEADER_AT);
  named.forEach(([, { data }], i) => {
    const [begin] = /** @type {Entry} */ (entries[i][1]).data_offsets;
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), dataStart + begin);
  });
  return bytes;
}

/**
 * Returns the bytes of a tensor of dtype uint8.
 * @param {Tensor | undefined} tensor @returns {Uint8Array}
 * @throws {TypeError} There is no such tensor, or it is of another dtype.
 */
export function bytesOf(tensor) {
  if (tensor?.data instanceof Uint8Array) return tensor.data;
  throw new TypeError("safetensors: expected a tensor of bytes");
}
