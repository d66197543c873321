// Products of matrices, over tiles of four rows and eight columns.
#include "kernel.h"

// Lays a matrix of rows x columns out in stretches of eight columns, the last filled with zeros.
EXPORT(pack)(int rows, int columns, const float *matrix, int row_stride, int column_stride, float *packed) {
  for (int first = 0; first < columns; first += PANEL) {
    int count = columns - first < PANEL ? columns - first : PANEL;
    const float *from = matrix + first * column_stride;
    for (int row = 0; row < rows; row++, from += row_stride, packed += PANEL) {
      if (column_stride == 1 && count == PANEL) {
        store(packed, load(from));
        store(packed + 4, load(from + 4));
      } else {
        for (int i = 0; i < PANEL; i++) packed[i] = i < count ? from[i * column_stride] : 0;
      }
    }
  }
}

// A tile of a product: four rows, side by side and `step` apart, times a panel of eight columns.
// `from` is what it begins with, null for zeros.
INLINE void whole_tile(int length, const float *rows, int step, const float *panel, const float *from,
                       int from_stride, float *to, int to_stride) {
  f4 s0 = splat(0), t0 = s0, s1 = s0, t1 = s0, s2 = s0, t2 = s0, s3 = s0, t3 = s0;
  if (from) {
    s0 = load(from), t0 = load(from + 4), from += from_stride;
    s1 = load(from), t1 = load(from + 4), from += from_stride;
    s2 = load(from), t2 = load(from + 4), from += from_stride;
    s3 = load(from), t3 = load(from + 4);
  }
  for (const float *end = panel + PANEL * length; panel != end; rows += step, panel += PANEL) {
    f4 left = load(panel), right = load(panel + 4);
    f4 a = splat(rows[0]), b = splat(rows[1]);
    s0 += a * left, t0 += a * right, s1 += b * left, t1 += b * right;
    f4 c = splat(rows[2]), d = splat(rows[3]);
    s2 += c * left, t2 += c * right, s3 += d * left, t3 += d * right;
  }
  store(to, s0), store(to + 4, t0), to += to_stride;
  store(to, s1), store(to + 4, t1), to += to_stride;
  store(to, s2), store(to + 4, t2), to += to_stride;
  store(to, s3), store(to + 4, t3);
}

// The same with a single column.
INLINE f4 column_tile(int length, const float *rows, int step, const float *panel, f4 sum) {
  for (const float *end = panel + PANEL * length; panel != end; rows += step, panel += PANEL)
    sum += load(rows) * splat(panel[0]);
  return sum;
}

// The same at an edge, with fewer rows and columns.
static void part_tile(int count, int width, int length, const float *rows, int step, const float *panel,
                      const float *from, int from_stride, float *to, int to_stride) {
  float part[TILE * PANEL];
  for (int i = 0; i < TILE * PANEL; i++) part[i] = 0;
  if (from)
    for (int i = 0; i < count; i++)
      for (int j = 0; j < width; j++) part[i * PANEL + j] = from[i * from_stride + j];
  if (width == 1) {
    f4 sum = {part[0], part[PANEL], part[2 * PANEL], part[3 * PANEL]};
    sum = column_tile(length, rows, step, panel, sum);
    for (int i = 0; i < count; i++) to[i * to_stride] = sum[i];
    return;
  }
  whole_tile(length, rows, step, panel, part, PANEL, part, PANEL);
  for (int i = 0; i < count; i++)
    for (int j = 0; j < width; j++) to[i * to_stride + j] = part[i * PANEL + j];
}

// product = start + a * b. `b` is packed. Four rows of `a` lie side by side, `step` numbers from one
// to the next, and `group` numbers from these four to the next four. The start's rows are
// `start_stride` apart (0: one row for all); null is none.
void product_of(int rows, int columns, int length, const float *a, int step, int group, const float *packed,
                const float *start, int start_stride, float *product, int product_stride) {
  for (int first = 0; first < columns; first += PANEL, packed += PANEL * length) {
    int width = columns - first < PANEL ? columns - first : PANEL;
    const float *four = a, *from = start ? start + first : 0;
    float *to = product + first;
    for (int row = 0; row < rows; row += TILE, four += group, to += TILE * product_stride) {
      int count = rows - row < TILE ? rows - row : TILE;
      if (count == TILE && width == PANEL)
        whole_tile(length, four, step, packed, from, start_stride, to, product_stride);
      else
        part_tile(count, width, length, four, step, packed, from, start_stride, to, product_stride);
      if (from) from += TILE * start_stride;
    }
  }
}

// Lays rows out for `product_of`, four side by side; what stands in for missing ones is not kept.
void lay_out_rows(int count, int length, const float *rows, float *to) {
  for (int i = 0; i < count; i += TILE, to += TILE * length) {
    const float *p[TILE];
    for (int k = 0; k < TILE; k++) p[k] = rows + (i + k < count ? i + k : i) * length;
    interleave(length, p[0], p[1], p[2], p[3], to);
  }
}

// c = a * b, all row by row.
void times(int rows, int columns, int length, const float *a, const float *b, float *c, float *scratch) {
  float *packed = scratch + (rows + TILE) * length;
  lay_out_rows(rows, length, a, scratch);
  pack(length, columns, b, columns, 1, packed);
  product_of(rows, columns, length, scratch, TILE, TILE * length, packed, 0, 0, c, columns);
}
