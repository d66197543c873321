// The kinds of noise of denoiser/data/noise.py, in the browser.
//
// A kind has two functions. `draw` makes its random numbers, once for a seed: by name, arrays as Python's
// are for one picture, but flat. `apply` prepares what it can of them and gives back the function
// (clean, parameters, noisy) that fills `noisy` from `clean`; so a slider changes the noise smoothly.
// A picture is 28x28 numbers in [0, 1], white ink on black. Tests hold that the same draws make the same
// picture here and in Python, within 1e-6.
import constants from "./noise_constants.json" with { type: "json" };
import { throughJpeg } from "./jpeg.js";
import { PIXELS, SIDE } from "./picture.js";
import { normals, uniforms } from "./random.js";
import { rint } from "./rounding.js";

/** @import { NoiseKind } from "./types.d.ts" */

/** @typedef {Record<string, ArrayLike<number>>} Draws Random numbers by name. */
/** @typedef {Record<string, number>} Parameters By name. */
/** @typedef {(clean: ArrayLike<number>, parameters: Parameters, noisy: Float64Array) => void} AddNoise */
/**
 * @typedef {object} Twin
 * @property {(next: () => number, kinds: NoiseKind[]) => Draws} draw - `next` gives uniform numbers in [0, 1).
 * @property {(draws: Draws, kinds: NoiseKind[]) => AddNoise} apply
 */

/**
 * Draws the noise of one picture.
 * @param {string} kind - Its name.
 * @param {NoiseKind[]} kinds - All there are, as Python describes them.
 * @param {number} seed
 * @param {number} stream - Each seed and stream has numbers of its own.
 * @returns {AddNoise}
 */
export function drawNoise(kind, kinds, seed, stream) {
  return applyDraws(kind, kinds, drawsOf(kind, kinds, uniforms(seed, stream)));
}

/**
 * Makes the random numbers of a kind.
 * @param {string} kind
 * @param {NoiseKind[]} kinds
 * @param {() => number} next - Gives uniform numbers in [0, 1).
 */
export function drawsOf(kind, kinds, next) {
  return twin(kind).draw(next, kinds);
}

/**
 * Returns the noise that comes of random numbers; it clips to [0, 1].
 * @param {string} kind
 * @param {NoiseKind[]} kinds
 * @param {Draws} draws
 * @returns {AddNoise}
 */
export function applyDraws(kind, kinds, draws) {
  const addNoise = twin(kind).apply(draws, kinds);
  return (clean, parameters, noisy) => {
    exact.set(clean);
    addNoise(exact, parameters, noisy);
    for (let i = 0; i < PIXELS; i++) noisy[i] = Math.min(1, Math.max(0, noisy[i]));
  };
}

const exact = new Float32Array(PIXELS); // as precise as Python has clean pictures

/** @type {Record<string, Twin>} */
export const TWINS = {
  gaussian: {
    draw: (next) => ({ noise: normals(next, PIXELS) }),
    apply: overPixels(
      ({ noise }, clean, { mean, std }) =>
        (i) =>
          clean[i] + mean + std * noise[i],
    ),
  },

  poisson: {
    draw: (next) => ({ chance: draw(next, PIXELS) }),
    apply: overPixels(({ chance }, clean, { stops, dark }) => {
      const white = constants.photons / 2 ** stops;
      return (i) => photons(clean[i] * white + dark, chance[i]) / white;
    }),
  },

  "salt-pepper": {
    draw: (next) => ({ hit: draw(next, PIXELS), colour: draw(next, PIXELS) }),
    apply: overPixels(
      ({ hit, colour }, clean, { amount, salt }) =>
        (i) =>
          hit[i] < amount ? Number(colour[i] < salt) : clean[i],
    ),
  },

  speckle: {
    draw: (next) => ({ noise: normals(next, PIXELS) }),
    apply: overPixels(
      ({ noise }, clean, { std }) =>
        (i) =>
          clean[i] * (1 + std * noise[i]),
    ),
  },

  drift: {
    draw: (next) => ({ lost: draw(next, 1), shift: draw(next, 1) }),
    apply: overPixels(({ lost, shift }, clean, { brightness, contrast }) => {
      const [kept, more] = [1 - contrast * lost[0], brightness * (2 * shift[0] - 1)];
      return (i) => 0.5 + (clean[i] - 0.5) * kept + more;
    }),
  },

  quantization: {
    draw: () => ({}),
    apply: overPixels((_, clean, { bits }) => {
      const highest = 2 ** (8 - rint(bits)) - 1;
      return (i) => rint(clean[i] * highest) / highest;
    }),
  },

  jpeg: {
    draw: () => ({}),
    apply:
      () =>
      (clean, { compression }, noisy) => {
        const levels = Uint8Array.from(clean, (value) => rint(value * 255));
        throughJpeg(levels, rint(100 - compression), noisy);
        for (let i = 0; i < PIXELS; i++) noisy[i] /= 255;
      },
  },

  masking: {
    draw: (next) => ({ chance: draw(next, PIXELS) }),
    apply: overPixels(
      ({ chance }, clean, { fraction }) =>
        (i) =>
          chance[i] < fraction ? 0 : clean[i],
    ),
  },

  paper: {
    draw: (next) => ({
      stains: draw(next, 3 * constants.stain.count),
      creases: draw(next, 2 * constants.crease.count),
    }),
    apply: (draws) => {
      const stained = groups(draws.stains, 3).map(([x, y, size]) => stain(x, y, size));
      const folds = groups(draws.creases, 2).map(([angle, place]) => crease(angle, place));
      return (clean, { creases, stains }, noisy) => {
        const seen = folds.slice(0, rint(creases));
        for (let i = 0; i < PIXELS; i++) {
          let light = 1 - clean[i]; // what the paper sends back
          for (const dark of stained) light *= 1 - stains * dark[i];
          for (const { bare, lit } of seen) light = (light + (1 - light) * bare[i]) * lit[i];
          noisy[i] = 1 - light;
        }
      };
    },
  },

  scanner: {
    draw: (next) => ({ hit: draw(next, SIDE), colour: draw(next, SIDE) }),
    apply: overPixels(({ hit, colour }, clean, { threshold, streaks }) => {
      // A digit's grey may be just the threshold: compared as Python does, in float32.
      const least = Math.fround(threshold);
      return (i) => Number(hit[i % SIDE] < streaks ? colour[i % SIDE] < 0.5 : clean[i] > least);
    }),
  },

  any: {
    draw: (next, kinds) => {
      const mixed = mixture(kinds);
      const kind = chosen(next(), mixed);
      const { name, parameters } = mixed[kind];
      const own = { parts: draw(next, parameters.length), ...drawsOf(name, kinds, next) };
      const named = Object.entries(own).map(([key, numbers]) => [`${name}.${key}`, numbers]);
      return { kind: [kind], ...Object.fromEntries(named) };
    },
    apply: (draws, kinds) => {
      const { name, parameters } = mixture(kinds)[draws.kind[0]];
      const own = Object.entries(draws).map(([key, numbers]) => [key.slice(name.length + 1), numbers]);
      const { parts, ...drawn } = Object.fromEntries(own.filter(([key]) => key));
      const addNoise = twin(name).apply(drawn, kinds);
      return (clean, { strength }, noisy) => {
        const values = parameters.map(({ name: parameter, minimum, maximum }, i) => [
          parameter,
          minimum + strength * parts[i] * (maximum - minimum),
        ]);
        addNoise(clean, Object.fromEntries(values), noisy);
      };
    },
  },
};

/** @param {string} kind */
function twin(kind) {
  if (!Object.hasOwn(TWINS, kind)) {
    throw new Error(`the browser cannot draw the noise "${kind}": it has no twin in noise.js`);
  }
  return TWINS[kind];
}

/**
 * Makes an `apply` of a function that returns the function of one pixel.
 * @param {(draws: Draws, clean: ArrayLike<number>, parameters: Parameters) => (i: number) => number} prepare
 * @returns {Twin["apply"]}
 */
function overPixels(prepare) {
  return (draws) => (clean, parameters, noisy) => {
    const pixel = prepare(draws, clean, parameters);
    for (let i = 0; i < PIXELS; i++) noisy[i] = pixel(i);
  };
}

/**
 * @param {() => number} next @param {number} count
 */
function draw(next, count) {
  return Float64Array.from({ length: count }, next);
}

/**
 * @param {ArrayLike<number>} numbers @param {number} size
 */
function groups(numbers, size) {
  const all = Array.from(numbers);
  return Array.from({ length: all.length / size }, (_, i) => all.slice(i * size, (i + 1) * size));
}

/** @param {NoiseKind[]} kinds */
function mixture(kinds) {
  return kinds.filter(({ share }) => share > 0);
}

/**
 * Shares of kinds sum to 1; where `part` falls is the kind.
 * @param {number} part @param {NoiseKind[]} mixed
 */
function chosen(part, mixed) {
  const found = mixed.findIndex(({ share }) => (part -= share) < 0);
  return found < 0 ? mixed.length - 1 : found;
}

/**
 * How many of Poisson's cumulative sums lie below `chance`: the number of photons, by inversion.
 * @param {number} expected @param {number} chance
 */
function photons(expected, chance) {
  let count = 0;
  let probability = Math.exp(-expected);
  for (let sum = probability; sum < chance && probability > 0; sum += probability) {
    count++;
    probability *= expected / count;
  }
  return count;
}

/**
 * How dark a dried drop makes each pixel, in [0, 1]: its rim is darkest.
 * @param {number} x @param {number} y @param {number} size
 */
function stain(x, y, size) {
  const { radius, growth, body, rim, sharpness } = constants.stain;
  return eachPixel((column, row) => {
    const outside = Math.hypot(column - x * SIDE, row - y * SIDE) - (radius + growth * size);
    return body / (1 + Math.exp(sharpness * outside)) + rim * Math.exp(-(outside ** 2));
  });
}

/**
 * Where a fold has rubbed the ink off, and how much light its shadow beside leaves.
 * @param {number} angle @param {number} place
 */
function crease(angle, place) {
  const { reach, shadow, shadow_at } = constants.crease;
  const middle = (SIDE - 1) / 2;
  const [cos, sin] = [Math.cos(Math.PI * angle), Math.sin(Math.PI * angle)];
  const across = eachPixel(
    (column, row) => (column - middle) * cos + (row - middle) * sin - (2 * place - 1) * reach,
  );
  return {
    bare: across.map((distance) => Math.exp(-(distance ** 2))),
    lit: across.map((distance) => 1 - shadow * Math.exp(-((distance - shadow_at) ** 2))),
  };
}

/** @param {(column: number, row: number) => number} value */
function eachPixel(value) {
  return Float64Array.from({ length: PIXELS }, (_, i) => value(i % SIDE, Math.floor(i / SIDE)));
}
