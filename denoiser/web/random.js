// Seeded random numbers: the same seed and stream give the same numbers in every browser.

/** Mulberry32 (Tommy Ettinger): uniform numbers in [0, 1) from 32 bits. @param {number} state */
function uniform(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * MurmurHash3's finalizer: near seeds and streams get states far apart.
 * @param {number} seed @param {number} stream
 */
function mix(seed, stream) {
  let h = (seed ^ Math.imul(stream + 1, 0x9e3779b1)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/**
 * Returns a function that gives uniform numbers in [0, 1), one a call.
 * @param {number} seed
 * @param {number} stream - Each seed and stream has numbers of its own.
 */
export function uniforms(seed, stream) {
  return uniform(mix(seed, stream));
}

/**
 * Returns standard normals, by Box and Muller.
 * @param {() => number} next - Gives uniform numbers in [0, 1).
 * @param {number} count - How many.
 */
export function normals(next, count) {
  const values = new Float64Array(count);
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - next()));
    const angle = 2 * Math.PI * next();
    values[i] = radius * Math.cos(angle);
    if (i + 1 < count) values[i + 1] = radius * Math.sin(angle);
  }
  return values;
}

/** Returns a seed that cannot be foreseen. */
export function randomSeed() {
  return Math.floor(Math.random() * 1_000_000);
}
