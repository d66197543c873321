// Batch normalization.
#include "kernel.h"

// y = x * scale + shift, one of each a channel.
EXPORT(scale_channels)(int rows, int channels, const float *x, const float *scale, const float *shift, float *y) {
  for (; rows > 0; rows--, x += channels, y += channels) {
    int c = 0;
    for (; c + 4 <= channels; c += 4) store(y + c, load(x + c) * load(scale + c) + load(shift + c));
    for (; c < channels; c++) y[c] = x[c] * scale[c] + shift[c];
  }
}

// Adds up each channel of a and of a * b, b less `center` (null: of (a - center) squared, as b is a).
INLINE void sums_of(int rows, int channels, const float *a, const float *b, const float *center, double *sums,
                    double *products, float *scratch) {
  float *sum = scratch, *product = scratch + channels;
  for (int c = 0; c < channels; c++) sums[c] = products[c] = 0;
  while (rows > 0) {
    int block = rows < BLOCK ? rows : BLOCK;
    zero_run(scratch, 2 * channels);
    for (int i = 0; i < block; i++, a += channels, b += channels) {
      int c = 0;
      for (; c + 4 <= channels; c += 4) {
        f4 x = load(a + c), z = load(b + c) - load(center + c);
        store(sum + c, load(sum + c) + x);
        store(product + c, load(product + c) + x * z);
      }
      for (; c < channels; c++) {
        sum[c] += a[c];
        product[c] += a[c] * (b[c] - center[c]);
      }
    }
    for (int c = 0; c < channels; c++) sums[c] += sum[c], products[c] += product[c];
    rows -= block;
  }
}

// Normalizes by the batch's own mean and variance, and lets the moving ones follow. `kept` gets the
// mean and 1 / sqrt(variance + epsilon) for the way back; `scratch` has room for 8 numbers a channel.
EXPORT(normalize)(int rows, int channels, const float *x, const float *gamma, const float *beta, float *moving_mean,
                  float *moving_variance, float momentum, float epsilon, float *kept, float *y, float *scratch) {
  double *sums = (double *)scratch, *products = sums + channels;
  float *left = scratch + 4 * channels, *mean = kept, *inverse = kept + channels;
  // Products are taken less the first row: numbers far from zero would lose their digits.
  sums_of(rows, channels, x, x, x, sums, products, left);
  for (int c = 0; c < channels; c++) {
    double m = sums[c] / rows, v = (products[c] + sums[c] * x[c]) / rows - m * m;
    v = v > 0 ? v : 0;
    mean[c] = (float)m;
    inverse[c] = 1 / __builtin_sqrtf((float)v + epsilon);
    moving_mean[c] = moving_mean[c] * momentum + (float)m * (1 - momentum);
    moving_variance[c] = moving_variance[c] * momentum + (float)v * (1 - momentum);
    left[c] = gamma[c] * inverse[c];
    left[channels + c] = beta[c] - (float)m * left[c];
  }
  scale_channels(rows, channels, x, left, left + channels, y);
}

EXPORT(normalize_backward)(int rows, int channels, const float *x, const float *dy, const float *gamma,
                           const float *kept, float *dgamma, float *dbeta, float *dx, int adds, float *scratch) {
  double *sums = (double *)scratch, *products = sums + channels;
  const float *mean = kept, *inverse = kept + channels;
  float *a = scratch + 4 * channels, *b = a + channels, *d = b + channels;
  sums_of(rows, channels, dy, x, mean, sums, products, a);
  for (int c = 0; c < channels; c++) {  // dx = a * dy + b * x + d
    dbeta[c] = (float)sums[c];
    dgamma[c] = (float)products[c] * inverse[c];
    a[c] = gamma[c] * inverse[c];
    b[c] = -a[c] * inverse[c] * dgamma[c] / rows;
    d[c] = -a[c] * dbeta[c] / rows - b[c] * mean[c];
  }
  for (; rows > 0; rows--, x += channels, dy += channels, dx += channels) {
    int c = 0;
    for (; c + 4 <= channels; c += 4) {
      f4 g = load(a + c) * load(dy + c) + load(b + c) * load(x + c) + load(d + c);
      store(dx + c, adds ? load(dx + c) + g : g);
    }
    for (; c < channels; c++) dx[c] = a[c] * dy[c] + b[c] * x[c] + d[c] + (adds ? dx[c] : 0);
  }
}

// Adds up each channel: the gradient of a bias.
EXPORT(sum_channels)(int rows, int channels, const float *dy, float *sum, float *scratch) {
  double *total = (double *)scratch;
  for (int c = 0; c < channels; c++) total[c] = 0;
  while (rows > 0) {
    int block = rows < BLOCK ? rows : BLOCK;
    zero_run(sum, channels);
    for (int i = 0; i < block; i++, dy += channels) add_run(dy, sum, channels);
    for (int c = 0; c < channels; c++) total[c] += sum[c];
    rows -= block;
  }
  for (int c = 0; c < channels; c++) sum[c] = (float)total[c];
}
