// What is done number by number: copies, activations, a loss.
#include "kernel.h"

// Copies or adds `columns` numbers of each row.
EXPORT(move)(int rows, int columns, const float *from, int from_stride, float *to, int to_stride, int adds) {
  for (; rows > 0; rows--, from += from_stride, to += to_stride) {
    if (adds) add_run(from, to, columns);
    else copy_run(from, to, columns);
  }
}

EXPORT(fill)(int count, float value, float *to) {
  int i = 0;
  for (; i + 4 <= count; i += 4) store(to + i, splat(value));
  for (; i < count; i++) to[i] = value;
}

EXPORT(leaky_relu)(int count, const float *x, float slope, float *y) {
  EACH(count, {
    f4 a = load(x + i);
    store(y + i, choose(a > splat(0), a, a * splat(slope)));
  })
}

// `x` is what went in.
EXPORT(leaky_relu_backward)(int count, const float *x, const float *dy, float slope, float *dx, int adds) {
  EACH(count, {
    f4 g = load(dy + i);
    g = choose(load(x + i) > splat(0), g, g * splat(slope));
    store(dx + i, adds ? load(dx + i) + g : g);
  })
}

// e to the power of x: 2 to a whole power times a polynomial (Cephes' expf), to 2 units in the last
// place; x within [-87, 88].
INLINE f4 exponential(f4 x) {
  x = choose(x > splat(88), splat(88), choose(x < splat(-87), splat(-87), x));
  f4 shifted = x * splat(1.44269504088896341f) + splat(12582912.0f);
  f4 whole = shifted - splat(12582912.0f);
  f4 r = x - whole * splat(0.693359375f) - whole * splat(-2.12194440e-4f);
  f4 p = splat(1.9875691500e-4f);
  p = p * r + splat(1.3981999507e-3f);
  p = p * r + splat(8.3334519073e-3f);
  p = p * r + splat(4.1665795894e-2f);
  p = p * r + splat(1.6666665459e-1f);
  p = p * r + splat(5.0000001201e-1f);
  p = p * r * r + r + splat(1);
  return p * (f4)(((i4)shifted << 23) + (i4)splat(1));
}

EXPORT(sigmoid)(int count, const float *x, float *y) {
  EACH(count, store(y + i, splat(1) / (splat(1) + exponential(-load(x + i))));)
}

EXPORT(sigmoid_backward)(int count, const float *y, const float *dy, float *dx, int adds) {
  EACH(count, {
    f4 a = load(y + i);
    f4 g = load(dy + i) * a * (splat(1) - a);
    store(dx + i, adds ? load(dx + i) + g : g);
  })
}

INLINE float power(float x) { return exponential(splat(x))[0]; }

EXPORT(softmax)(int rows, int columns, const float *x, float *y) {
  for (; rows > 0; rows--, x += columns, y += columns) {
    float highest = x[0], sum = 0;
    for (int i = 1; i < columns; i++) highest = x[i] > highest ? x[i] : highest;
    for (int i = 0; i < columns; i++) sum += y[i] = power(x[i] - highest);
    for (int i = 0; i < columns; i++) y[i] /= sum;
  }
}

EXPORT(softmax_backward)(int rows, int columns, const float *y, const float *dy, float *dx, int adds) {
  for (; rows > 0; rows--, y += columns, dy += columns, dx += columns) {
    float sum = 0;
    for (int i = 0; i < columns; i++) sum += y[i] * dy[i];
    for (int i = 0; i < columns; i++) dx[i] = y[i] * (dy[i] - sum) + (adds ? dx[i] : 0);
  }
}

// A mean; `gradient` is that of what the network answered.
__attribute__((export_name("mean_squared_error"))) double mean_squared_error(int count, const float *answer,
                                                                             const float *target, float *gradient) {
  double total = 0;
  float scale = 2.0f / count;
  for (int i = 0; i < count; i++) {
    float difference = answer[i] - target[i];
    total += (double)difference * difference;
    gradient[i] = scale * difference;
  }
  return total / count;
}
