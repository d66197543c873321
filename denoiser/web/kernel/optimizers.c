// How weights change by their gradients.
#include "kernel.h"

#define STEPS 5  // of Newton and Schulz

// One step of Adam: Kingma and Ba (2015); `rate` has the corrections of both moments in it.
EXPORT(adam)(int count, float *weights, const float *gradient, float *first, float *second, float rate,
             float beta_1, float beta_2, float epsilon) {
  EACH(count, {
    f4 g = load(gradient + i);
    f4 m = load(first + i) + (g - load(first + i)) * splat(1 - beta_1);
    f4 v = load(second + i) + (g * g - load(second + i)) * splat(1 - beta_2);
    store(first + i, m);
    store(second + i, v);
    store(weights + i, load(weights + i) - m * splat(rate) / (__builtin_elementwise_sqrt(v) + splat(epsilon)));
  })
}

// Makes a matrix nearly orthogonal by five Newton-Schulz iterations, as ConvMuon in
// denoiser/nn/muon.py does: polynomials of its Gram matrix are multiplied first, and it once.
static void orthogonalize(int rows, int columns, float *matrix, float *scratch) {
  int is_tall = rows > columns, side = is_tall ? columns : rows, size = side * side;
  int room = size + 3 & ~3;
  float *gram = scratch, *square = gram + room, *factor = square + room, *product = factor + room;
  float *copy = product + room, *rest = copy + (rows * columns + 3 & ~3);
  double norm = 0;
  for (int i = 0; i < rows * columns; i++) norm += (double)matrix[i] * matrix[i];
  float scale = 1 / ((float)__builtin_sqrt(norm) + 1e-7f);
  EACH(rows * columns, store(copy + i, load(matrix + i) * splat(scale));)
  for (int i = 0; i < columns; i++)  // turned, for one of the two products
    for (int j = 0; j < rows; j++) matrix[i * rows + j] = copy[j * columns + i];
  if (is_tall) times(columns, columns, rows, matrix, copy, gram, rest);
  else times(rows, rows, columns, copy, matrix, gram, rest);
  for (int step = 0; step < STEPS; step++) {
    float *to = step ? factor : product;
    times(side, side, side, gram, gram, square, rest);
    EACH(size, store(to + i, splat(2.0315f) * load(square + i) - splat(4.7750f) * load(gram + i));)
    for (int i = 0; i < size; i += side + 1) to[i] += 3.4445f;
    if (step < STEPS - 1) {
      times(side, side, side, to, gram, square, rest);
      times(side, side, side, square, to, gram, rest);
    }
    if (step) {
      times(side, side, side, factor, product, square, rest);
      copy_run(square, product, size);
    }
  }
  if (is_tall) times(rows, columns, columns, copy, product, matrix, rest);
  else times(rows, columns, rows, product, copy, matrix, rest);
}

// One step of Muon, scaled to Adam's size: Jordan and others (2024), Liu and others (2025), section 2.2.
EXPORT(muon)(int rows, int columns, float *weights, const float *gradient, float *momentum, float rate, float beta,
             float *scratch) {
  int count = rows * columns, longer = rows > columns ? rows : columns;
  float *update = scratch, size = rate * 0.2f * __builtin_sqrtf((float)longer);
  EACH(count, {
    f4 g = load(gradient + i), m = load(momentum + i) * splat(beta) + g;
    store(momentum + i, m);
    store(update + i, g + splat(beta) * m);
  })
  orthogonalize(rows, columns, update, scratch + (count + 3 & ~3));
  EACH(count, store(weights + i, load(weights + i) - splat(size) * load(update + i));)
}
