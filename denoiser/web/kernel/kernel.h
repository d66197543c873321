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
#define EACH(count, statement) \
  for (int i = 0; i < (count); i += 4) statement

// Buffers are as long as their numbers rounded up to four: what is beyond may be written.

// Which numbers a window sees that slides over pictures, as convolutions and pools use it.
typedef struct {
  int number, height, width, channels;
  int kernel_height, kernel_width, down, across, top, left;
  int out_height, out_width, units;
} Window;

INLINE int patch_length(const Window *w) { return w->kernel_height * w->kernel_width * w->channels; }
INLINE int places(const Window *w) { return w->number * w->out_height * w->out_width; }
INLINE int is_plain(const Window *w) {  // each pixel is its own patch
  return w->kernel_height == 1 && w->kernel_width == 1 && w->down == 1 && w->across == 1;
}

// Lays up to four rows of a matrix side by side, number by number; missing ones become zeros.
INLINE void interleave(int count, int length, const float *rows, int stride, float *to) {
  const float *r0 = rows, *r1 = rows + stride, *r2 = r1 + stride, *r3 = r2 + stride;
  int k = 0;
  if (count == TILE)
    for (; k + 4 <= length; k += 4, to += 16) {
      f4 a = load(r0 + k), b = load(r1 + k), c = load(r2 + k), d = load(r3 + k);
      f4 ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
      f4 ef = __builtin_shufflevector(a, b, 2, 6, 3, 7), gh = __builtin_shufflevector(c, d, 2, 6, 3, 7);
      store(to, __builtin_shufflevector(ab, cd, 0, 1, 4, 5));
      store(to + 4, __builtin_shufflevector(ab, cd, 2, 3, 6, 7));
      store(to + 8, __builtin_shufflevector(ef, gh, 0, 1, 4, 5));
      store(to + 12, __builtin_shufflevector(ef, gh, 2, 3, 6, 7));
    }
  for (; k < length; k++, to += 4) {
    to[0] = r0[k];
    to[1] = count > 1 ? r1[k] : 0;
    to[2] = count > 2 ? r2[k] : 0;
    to[3] = count > 3 ? r3[k] : 0;
  }
}

// products.c

void pack(int rows, int columns, const float *matrix, int row_stride, int column_stride, float *packed);
void lay_out_rows(int count, int length, const float *rows, float *to);
void product_of(int rows, int columns, int length, const float *a, int step, int group, const float *packed,
                const float *start, int start_stride, float *product, int product_stride);
void times(int rows, int columns, int length, const float *a, const float *b, float *c, float *scratch);
