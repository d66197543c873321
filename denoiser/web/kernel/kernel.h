// What the parts of the kernel share: four numbers at a time, windows, products.
//
// The kernel is the arithmetic of networks, forward and backward, on float32 in one memory. It is
// built for the browser twice (tests/build_kernel.py): as WebAssembly with SIMD, and as plain
// JavaScript where that is not to be had. Both do the same operations in the same order, so they give
// the same bits. Pictures are (number, height, width, channels), channels last; matrices are row by
// row. It knows nothing of networks: layers.js calls what is exported.

#pragma once

#define EXPORT(name) __attribute__((export_name(#name))) void name
#define INLINE static inline __attribute__((always_inline))
#define PANEL 8      // columns of a tile of a product
#define TILE 4       // its rows
#define CHUNK 32768  // numbers of patches that are laid out at a time: they stay in the cache
#define DEEPEST 128  // places that a filter's gradient sums at a time
#define BLOCK 64     // rows that are summed in float32 before their sum is added to a double

typedef float f4 __attribute__((vector_size(16)));
typedef int i4 __attribute__((vector_size(16)));
typedef float f4u __attribute__((vector_size(16), aligned(4)));

INLINE f4 load(const float *p) { return *(const f4u *)p; }
INLINE void store(float *p, f4 x) { *(f4u *)p = x; }
INLINE f4 splat(float x) { return (f4){x, x, x, x}; }
INLINE f4 choose(i4 mask, f4 yes, f4 no) { return (f4)(((i4)yes & mask) | ((i4)no & ~mask)); }

INLINE void copy_run(const float *from, float *to, int count) {
  int i = 0;
  for (; i + 4 <= count; i += 4) store(to + i, load(from + i));
  for (; i < count; i++) to[i] = from[i];
}

INLINE void add_run(const float *from, float *to, int count) {
  int i = 0;
  for (; i + 4 <= count; i += 4) store(to + i, load(to + i) + load(from + i));
  for (; i < count; i++) to[i] += from[i];
}

INLINE void zero_run(float *to, int count) {
  int i = 0;
  for (; i + 4 <= count; i += 4) store(to + i, splat(0));
  for (; i < count; i++) to[i] = 0;
}

// Runs a statement on four numbers at a time, and on the last ones with what is beyond them.
#define EACH(count, ...) \
  for (int i = 0; i < (count); i += 4) __VA_ARGS__

// Buffers are as long as their numbers rounded up to four: what is beyond may be written.

// Which numbers a window sees that slides over pictures, as convolutions and pools use it.
typedef struct {
  int number, height, width, channels;
  int kernel_height, kernel_width, down, across, top, left;
  int out_height, out_width, units;
} Window;

INLINE int patch_length(const Window *w) { return w->kernel_height * w->kernel_width * w->channels; }
INLINE int is_plain(const Window *w) {  // each pixel is its own patch
  return w->kernel_height == 1 && w->kernel_width == 1 && w->down == 1 && w->across == 1;
}

// Lays four numbers of each of four rows side by side, number by number.
INLINE void interleave_four(f4 p, f4 q, f4 r, f4 s, float *to) {
  f4 pq = __builtin_shufflevector(p, q, 0, 4, 1, 5), rs = __builtin_shufflevector(r, s, 0, 4, 1, 5);
  f4 tu = __builtin_shufflevector(p, q, 2, 6, 3, 7), vw = __builtin_shufflevector(r, s, 2, 6, 3, 7);
  store(to, __builtin_shufflevector(pq, rs, 0, 1, 4, 5));
  store(to + 4, __builtin_shufflevector(pq, rs, 2, 3, 6, 7));
  store(to + 8, __builtin_shufflevector(tu, vw, 0, 1, 4, 5));
  store(to + 12, __builtin_shufflevector(tu, vw, 2, 3, 6, 7));
}

// The same for rows of any length.
INLINE void interleave(int length, const float *a, const float *b, const float *c, const float *d, float *to) {
  int k = 0;
  for (; k + 4 <= length; k += 4, to += 16) interleave_four(load(a + k), load(b + k), load(c + k), load(d + k), to);
  for (; k < length; k++, to += 4) to[0] = a[k], to[1] = b[k], to[2] = c[k], to[3] = d[k];
}

// products.c

void pack(int rows, int columns, const float *matrix, int row_stride, int column_stride, float *packed);
void lay_out_rows(int count, int length, const float *rows, float *to);
void product_of(int rows, int columns, int length, const float *a, int step, int group, const float *packed,
                const float *start, int start_stride, float *product, int product_stride);
void times(int rows, int columns, int length, const float *a, const float *b, float *c, float *scratch);
