// How weights change by their gradients.
#include "kernel.h"

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
  float *gram = scratch, *square = gram + size, *factor = square + size, *product = factor + size;
  float *copy = product + size, *rest = copy + rows * columns;
  double norm = 0;
  for (int i = 0; i < rows * columns; i++) norm += (double)matrix[i] * matrix[i];
  float scale = 1 / ((float)__builtin_sqrt(norm) + 1e-7f);
  for (int i = 0; i < rows * columns; i++) copy[i] = matrix[i] * scale;
  for (int i = 0; i < columns; i++)  // turned, for one of the two products
    for (int j = 0; j < rows; j++) matrix[i * rows + j] = copy[j * columns + i];
  if (is_tall) times(columns, columns, rows, matrix, copy, gram, rest);
  else times(rows, rows, columns, copy, matrix, gram, rest);
  for (int i = 0; i < size; i++) product[i] = i % (side + 1) == 0;
  for (int step = 0; step < 5; step++) {
    times(side, side, side, gram, gram, square, rest);
    for (int i = 0; i < size; i++)
      factor[i] = (i % (side + 1) == 0 ? 3.4445f : 0) - 4.7750f * gram[i] + 2.0315f * square[i];
    times(side, side, side, factor, product, square, rest);
    copy_run(square, product, size);
    times(side, side, side, factor, gram, square, rest);
    times(side, side, side, square, factor, gram, rest);
  }
  if (is_tall) times(rows, columns, columns, copy, product, matrix, rest);
  else times(rows, columns, rows, product, copy, matrix, rest);
}

// One step of Muon, scaled to Adam's size: Jordan and others (2024), Liu and others (2025), section 2.2.
EXPORT(muon)(int rows, int columns, float *weights, const float *gradient, float *momentum, float rate, float beta,
             float *scratch) {
  int count = rows * columns, longer = rows > columns ? rows : columns;
  float *update = scratch, size = rate * 0.2f * __builtin_sqrtf((float)longer);
  for (int i = 0; i < count; i++) {
    momentum[i] = momentum[i] * beta + gradient[i];
    update[i] = gradient[i] + beta * momentum[i];
  }
  orthogonalize(rows, columns, update, scratch + count);
  for (int i = 0; i < count; i++) weights[i] -= size * update[i];
}
