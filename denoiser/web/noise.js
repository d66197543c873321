// The kinds of noise of denoiser/noise.py, in the browser.
//
// Each kind draws its random numbers once for a seed and gives back what is done with them:
// (clean, parameters, noisy) fills `noisy` from `clean`. So a slider changes the noise smoothly.
// A picture is 28x28 numbers in [0, 1], white ink on black. A test holds that Python does the same.
import { normals, uniforms } from "./random.js";
import { PIXELS, SIDE } from "./picture.js";

const MOST_PHOTONS = 512;
const MOST_CREASES = 8;
const STAINS = 3;

// Draw the noise of one picture. `kinds` are all there are, as Python describes them; of seeds and
// streams, each pair has numbers of its own.
export function drawNoise(kind, kinds, seed, stream) {
  const apply = DRAWS[kind](uniforms(seed, stream), kinds);
  return (clean, parameters, noisy) => {
    apply(clean, parameters, noisy);
    for (let i = 0; i < PIXELS; i++) noisy[i] = Math.min(1, Math.max(0, noisy[i]));
  };
}

const DRAWS = {
  gaussian(next) {
    const noise = normals(next, PIXELS);
    return (clean, { mean, std }, noisy) => {
      for (let i = 0; i < PIXELS; i++) noisy[i] = clean[i] + mean + std * noise[i];
    };
  },

  poisson(next) {
    const chance = draw(next, PIXELS);
    return (clean, { stops, dark }, noisy) => {
      const white = MOST_PHOTONS / 2 ** stops;
      for (let i = 0; i < PIXELS; i++) noisy[i] = photons(clean[i] * white + dark, chance[i]) / white;
    };
  },

  "salt-pepper"(next) {
    const [hit, colour] = [draw(next, PIXELS), draw(next, PIXELS)];
    return (clean, { amount, salt }, noisy) => {
      for (let i = 0; i < PIXELS; i++) noisy[i] = hit[i] < amount ? Number(colour[i] < salt) : clean[i];
    };
  },

  speckle(next) {
    const noise = normals(next, PIXELS);
    return (clean, { std }, noisy) => {
      for (let i = 0; i < PIXELS; i++) noisy[i] = clean[i] * (1 + std * noise[i]);
    };
  },

  drift(next) {
    const [lost, shift] = draw(next, 2);
    return (clean, { brightness, contrast }, noisy) => {
      const factor = 1 - contrast * lost;
      const offset = brightness * (2 * shift - 1);
      for (let i = 0; i < PIXELS; i++) noisy[i] = 0.5 + (clean[i] - 0.5) * factor + offset;
    };
  },

  quantization() {
    return (clean, { bits }, noisy) => {
      const highest = 2 ** (8 - Math.round(bits)) - 1;
      for (let i = 0; i < PIXELS; i++) noisy[i] = Math.round(clean[i] * highest) / highest;
    };
  },

  jpeg() {
    return (clean, { compression }, noisy) => throughJpeg(clean, Math.round(100 - compression), noisy);
  },

  masking(next) {
    const chance = draw(next, PIXELS);
    return (clean, { fraction }, noisy) => {
      for (let i = 0; i < PIXELS; i++) noisy[i] = chance[i] < fraction ? 0 : clean[i];
    };
  },

  paper(next) {
    const stained = Array.from({ length: STAINS }, () => stain(...draw(next, 3)));
    const folds = Array.from({ length: MOST_CREASES }, () => crease(...draw(next, 2)));
    return (clean, { creases, stains }, noisy) => {
      for (let i = 0; i < PIXELS; i++) {
        let light = 1 - clean[i]; // what the paper sends back
        for (const dark of stained) light *= 1 - stains * dark[i];
        for (const { bare, shadow } of folds.slice(0, Math.round(creases))) {
          light = (light + (1 - light) * bare[i]) * (1 - 0.5 * shadow[i]);
        }
        noisy[i] = 1 - light;
      }
    };
  },

  scanner(next) {
    const [hit, colour] = [draw(next, SIDE), draw(next, SIDE)];
    return (clean, { threshold, streaks }, noisy) => {
      for (let i = 0; i < PIXELS; i++) {
        const column = i % SIDE;
        noisy[i] = Number(hit[column] < streaks ? colour[column] < 0.5 : clean[i] > threshold);
      }
    };
  },

  any(next, kinds) {
    const { name, parameters } = chosen(next(), kinds);
    const parts = draw(next, parameters.length);
    const apply = DRAWS[name](next);
    return (clean, { strength }, noisy) => {
      const values = parameters.map(({ name, minimum, maximum }, i) => [
        name,
        minimum + strength * parts[i] * (maximum - minimum),
      ]);
      apply(clean, Object.fromEntries(values), noisy);
    };
  },
};

function draw(next, count) {
  return Float64Array.from({ length: count }, next);
}

// Shares of kinds sum to 1; where `part` falls is the kind.
function chosen(part, kinds) {
  const mixed = kinds.filter(({ share }) => share > 0);
  return mixed.find(({ share }) => (part -= share) < 0) ?? mixed[mixed.length - 1];
}

// The number of photons that fewer than `chance` of all counts have: Poisson's distribution, inverted.
function photons(expected, chance) {
  let count = 0;
  let probability = Math.exp(-expected);
  for (let sum = probability; sum < chance && count < 2 * MOST_PHOTONS; sum += probability) {
    count++;
    probability *= expected / count;
  }
  return count;
}

// How dark a dried drop makes each pixel, in [0, 1].
function stain(x, y, size) {
  const radius = 3 + 5 * size;
  return overPixels((column, row) => {
    const outside = Math.hypot(column - x * SIDE, row - y * SIDE) - radius;
    return 0.6 / (1 + Math.exp(4 * outside)) + 0.4 * Math.exp(-(outside ** 2));
  });
}

// Where a fold has rubbed the ink off, and its shadow beside.
function crease(angle, place) {
  const middle = (SIDE - 1) / 2;
  const [cos, sin] = [Math.cos(Math.PI * angle), Math.sin(Math.PI * angle)];
  const across = overPixels(
    (column, row) => (column - middle) * cos + (row - middle) * sin - (2 * place - 1) * 10,
  );
  return {
    bare: across.map((distance) => Math.exp(-(distance ** 2))),
    shadow: across.map((distance) => Math.exp(-((distance - 2) ** 2))),
  };
}

function overPixels(value) {
  return Float64Array.from({ length: PIXELS }, (_, i) => value(i % SIDE, Math.floor(i / SIDE)));
}

// --- JPEG, without its packing, which loses nothing ---

const BLOCK = 8;
// The standard's table for brightness (ITU-T T.81, table K.1), as libjpeg and Pillow have it.
const STEPS = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56,
  14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
  49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
// The discrete cosine transform of eight numbers: row k holds the k-th wave.
const WAVES = Array.from({ length: BLOCK }, (_, k) =>
  Array.from(
    { length: BLOCK },
    (_, n) => Math.sqrt((k ? 2 : 1) / BLOCK) * Math.cos(((2 * n + 1) * k * Math.PI) / (2 * BLOCK)),
  ),
);

function throughJpeg(clean, quality, noisy) {
  const scale = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality;
  const steps = STEPS.map((step) => Math.min(255, Math.max(1, Math.floor((step * scale + 50) / 100))));
  const block = new Float64Array(BLOCK * BLOCK);
  const inside = (place) => Math.min(place, SIDE - 1); // the last row and column go on beyond the edge
  for (let top = 0; top < SIDE; top += BLOCK) {
    for (let left = 0; left < SIDE; left += BLOCK) {
      for (let i = 0; i < block.length; i++) {
        const at = inside(top + Math.floor(i / BLOCK)) * SIDE + inside(left + (i % BLOCK));
        block[i] = Math.round(clean[at] * 255) - 128;
      }
      const waves = transformed(block, (k, n) => WAVES[k][n]).map(
        (strength, i) => Math.round(strength / steps[i]) * steps[i],
      );
      transformed(waves, (n, k) => WAVES[k][n]).forEach((value, i) => {
        const [row, column] = [top + Math.floor(i / BLOCK), left + (i % BLOCK)];
        if (row < SIDE && column < SIDE) noisy[row * SIDE + column] = Math.round(value + 128) / 255;
      });
    }
  }
}

// Multiply a block by a matrix from the left and by its transpose from the right.
function transformed(block, matrix) {
  return timesFromRight(timesFromRight(block, matrix), matrix);
}

// Each row times the matrix; the result is turned over, so that twice does rows and columns.
function timesFromRight(block, matrix) {
  const result = new Float64Array(BLOCK * BLOCK);
  for (let row = 0; row < BLOCK; row++) {
    for (let to = 0; to < BLOCK; to++) {
      let sum = 0;
      for (let from = 0; from < BLOCK; from++) sum += block[row * BLOCK + from] * matrix(to, from);
      result[to * BLOCK + row] = sum;
    }
  }
  return result;
}
