import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOf, packed, parse } from "../../denoiser/web/safetensors.js";

/**
 * Writes a container.
 * @param {unknown} header @param {number[]} data
 */
function container(header, data) {
  const text = typeof header === "string" ? header : JSON.stringify(header);
  const encoded = new TextEncoder().encode(text);
  const size = new Uint8Array(new BigUint64Array([BigInt(encoded.length)]).buffer);
  return Uint8Array.from([...size, ...encoded, ...data]);
}

const FLOATS = [...new Uint8Array(new Float32Array([0.5, -2]).buffer)];
const HEADER = {
  __metadata__: { panel: "{}" },
  digits: { dtype: "U8", shape: [1, 3], data_offsets: [0, 3] },
  weights: { dtype: "F32", shape: [2], data_offsets: [3, 11] },
};
const WHOLE = container(HEADER, [7, 8, 9, ...FLOATS]);

test("texts and tensors of both dtypes are read, wherever they begin", () => {
  // As Streamlit hands it over: a view into a larger buffer, at an odd place.
  const larger = Uint8Array.from([1, ...WHOLE, 1]);
  for (const bytes of [WHOLE, larger.subarray(1, -1)]) {
    const { metadata, tensors } = parse(bytes);
    assert.deepEqual(metadata, { panel: "{}" });
    assert.deepEqual(tensors.digits, { shape: [1, 3], data: Uint8Array.of(7, 8, 9) });
    assert.deepEqual(tensors.weights, { shape: [2], data: Float32Array.of(0.5, -2) });
  }
});

test("a container without texts has none", () => {
  assert.deepEqual(parse(container({}, [])), { metadata: {}, tensors: {} });
});

/** @type {Record<string, [Uint8Array, RegExp]>} */
const DAMAGED = {
  "an empty file": [new Uint8Array(), /too short/],
  "a header that is longer than the file": [WHOLE.subarray(0, 40), /longer than the file/],
  "a header that is no JSON": [container("{", []), /JSON/],
  "data that are cut off": [WHOLE.subarray(0, -1), /weights needs 8 bytes/],
  "a shape that does not fit the data": [
    container({ a: { dtype: "U8", shape: [2, 2], data_offsets: [0, 3] } }, [1, 2, 3]),
    /a needs 4 bytes/,
  ],
  "data before the first byte": [
    container({ a: { dtype: "U8", shape: [2], data_offsets: [-2, 0] } }, [1, 2]),
    /a needs 2 bytes/,
  ],
  "a dtype that is not read": [
    container({ a: { dtype: "F64", shape: [1], data_offsets: [0, 8] } }, new Array(8).fill(0)),
    /a is of dtype F64/,
  ],
};

for (const [what, [bytes, message]] of Object.entries(DAMAGED)) {
  test(`${what} is refused`, () => assert.throws(() => parse(bytes), message));
}

test("bytes are asked for where there are none", () => {
  const { tensors } = parse(WHOLE);
  assert.deepEqual(bytesOf(tensors.digits), Uint8Array.of(7, 8, 9));
  assert.throws(() => bytesOf(tensors.weights), TypeError);
  assert.throws(() => bytesOf(tensors.missing), TypeError);
});

test("what is written is read again, and the same gives the same bytes", () => {
  const larger = Float32Array.of(9, 0.5, -2, 9);
  const tensors = {
    digits: { shape: [1, 3], data: Uint8Array.of(7, 8, 9) },
    weights: { shape: [2], data: larger.subarray(1, 3) },
    none: { shape: [0, 4], data: new Float32Array(0) },
  };
  const metadata = { panel: "{}", name: "数字" };
  const bytes = packed(tensors, metadata);
  const found = parse(bytes);
  assert.deepEqual(found.metadata, metadata);
  assert.deepEqual(Object.keys(found.tensors).sort(), ["digits", "none", "weights"]);
  assert.deepEqual(found.tensors.weights, { shape: [2], data: Float32Array.of(0.5, -2) });
  assert.deepEqual(found.tensors.digits, tensors.digits);
  assert.deepEqual(packed({ ...tensors }, metadata), bytes);
  assert.deepEqual(parse(packed({})), { metadata: {}, tensors: {} });
});
