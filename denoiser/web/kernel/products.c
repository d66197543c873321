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

// Returns in `sums` what they were plus four rows, side by side and `step` apart, times a panel.
INLINE void tile_product(int length, const float *rows, int step, const float *panel, f4 sums[TILE][2]) {
  f4 s00 = sums[0][0], s01 = sums[0][1], s10 = sums[1][0], s11 = sums[1][1];
  f4 s20 = sums[2][0], s21 = sums[2][1], s30 = sums[3][0], s31 = sums[3][1];
  for (const float *end = panel + PANEL * length; panel != end; rows += step, panel += PANEL) {
    f4 left = load(panel), right = load(panel + 4);
    f4 a = splat(rows[0]), b = splat(rows[1]);
    s00 += a * left, s01 += a * right, s10 += b * left, s11 += b * right;
    f4 c = splat(rows[2]), d = splat(rows[3]);
    s20 += c * left, s21 += c * right, s30 += d * left, s31 += d * right;
  }
  sums[0][0] = s00, sums[0][1] = s01, sums[1][0] = s10, sums[1][1] = s11;
  sums[2][0] = s20, sums[2][1] = s21, sums[3][0] = s30, sums[3][1] = s31;
}

// product = start + a * b. `b` is packed. Four rows of `a` lie side by side, `step` numbers from one
// to the next, and `group` numbers from these four to the next four. The start's rows are
// `start_stride` apart (0: one row for all); null is none.
void product_of(int rows, int columns, int length, const float *a, int step, int group,
                       const float *packed, const float *start, int start_stride, float *product,
                       int product_stride) {
  for (int first = 0; first < columns; first += PANEL, packed += PANEL * length) {
    int width = columns - first < PANEL ? columns - first : PANEL;
    const float *four = a, *from = start + first;
    float *to = product + first;
    for (int row = 0; row < rows; row += TILE, four += group) {
      int count = rows - row < TILE ? rows - row : TILE;
      f4 sums[TILE][2];
      for (int i = 0; i < TILE; i++) {
        sums[i][0] = sums[i][1] = splat(0);
        if (!start || i >= count) continue;
        if (width == PANEL) sums[i][0] = load(from), sums[i][1] = load(from + 4);
        else for (int j = 0; j < width; j++) sums[i][j >> 2][j & 3] = from[j];
        from += start_stride;
      }
      tile_product(length, four, step, packed, sums);
      for (int i = 0; i < count; i++, to += product_stride) {
        if (width == PANEL) store(to, sums[i][0]), store(to + 4, sums[i][1]);
        else for (int j = 0; j < width; j++) to[j] = sums[i][j >> 2][j & 3];
      }
    }
  }
}

// Lays rows out for `product_of`, four side by side.
void lay_out_rows(int count, int length, const float *rows, float *to) {
  for (int i = 0; i < count; i += TILE)
    interleave(count - i < TILE ? count - i : TILE, length, rows + i * length, length, to + i * length);
}

// c = a * b, all row by row.
void times(int rows, int columns, int length, const float *a, const float *b, float *c, float *scratch) {
  float *packed = scratch + (rows + TILE) * length;
  lay_out_rows(rows, length, a, scratch);
  pack(length, columns, b, columns, 1, packed);
  product_of(rows, columns, length, scratch, TILE, TILE * length, packed, 0, 0, c, columns);
}
