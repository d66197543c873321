// Reads a safetensors container: https://huggingface.co/docs/safetensors
// Knows nothing of what the tensors mean.

const ARRAYS = { U8: Uint8Array, F32: Float32Array };

// bytes: Uint8Array -> { metadata: {name: text}, tensors: {name: {shape, data}} }
export function parse(bytes) {
  const headerSize = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  const dataStart = 8 + headerSize;
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, dataStart)));
  const { __metadata__: metadata = {}, ...entries } = header;
  const tensors = {};
  for (const [name, { dtype, shape, data_offsets: [begin, end] }] of Object.entries(entries)) {
    const copy = bytes.slice(dataStart + begin, dataStart + end); // aligns it for Float32Array
    tensors[name] = { shape, data: new ARRAYS[dtype](copy.buffer) };
  }
  return { metadata, tensors };
}
