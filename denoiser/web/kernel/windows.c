// Windows that slide over pictures: convolutions, there and back, and pools.
#include "kernel.h"

// Copies patches of pictures into rows (`to_pictures` 0), or adds rows to pictures where patches lie.
INLINE void move_patches(const Window *w, int first, int count, float *pictures, float *rows, int to_pictures) {
  int line = w->width * w->channels, run = w->kernel_width * w->channels;
  int column = first % w->out_width, row = first / w->out_width % w->out_height;
  int number = first / (w->out_width * w->out_height);
  for (int i = 0; i < count; i++) {
    int x = column * w->across - w->left, y = row * w->down - w->top;
    int before = x < 0 ? -x * w->channels : 0;
    int beyond = x + w->kernel_width - w->width;
    int after = beyond > 0 ? beyond * w->channels : 0;
    int seen = run - before - after;
    float *picture = pictures + number * w->height * line + x * w->channels + before;
    for (int k = 0; k < w->kernel_height; k++, rows += run) {
      int is_within = y + k >= 0 && y + k < w->height && seen > 0;
      float *place = picture + (y + k) * line;
      if (to_pictures) {
        if (is_within) add_run(rows + before, place, seen);
      } else if (is_within) {
        if (before) zero_run(rows, before);
        copy_run(place, rows + before, seen);
        if (after) zero_run(rows + run - after, after);
      } else {
        zero_run(rows, run);
      }
    }
    if (++column == w->out_width) {
      column = 0;
      if (++row == w->out_height) row = 0, number++;
    }
  }
}

INLINE int chunk_of(const Window *w, int most) {
  int rows = CHUNK / (patch_length(w) + w->units) & ~(TILE - 1);
  if (rows < TILE) rows = TILE;
  return rows < most ? rows : most;
}

INLINE void lay_out_patches(const Window *w, int first, int count, const float *x, float *to, float *scratch) {
  int length = patch_length(w);
  for (int i = 0; i < count; i += TILE) {
    int four = count - i < TILE ? count - i : TILE;
    move_patches(w, first + i, four, (float *)x, scratch, 0);
    interleave(four, length, scratch, length, to + i * length);
  }
}

// y = start + patches of x * filter, which is packed from (patch, units).
EXPORT(convolve)(const Window *w, const float *x, const float *packed, const float *start, int start_stride,
                 float *y, float *scratch) {
  int length = patch_length(w), rows = places(w), chunk = chunk_of(w, rows);
  float *laid = scratch + TILE * length;
  for (int first = 0; first < rows; first += chunk) {
    int count = rows - first < chunk ? rows - first : chunk;
    if (is_plain(w)) lay_out_rows(count, length, x + first * length, laid);
    else lay_out_patches(w, first, count, x, laid, scratch);
    product_of(count, w->units, length, laid, TILE, TILE * length, packed,
               start ? start + first * start_stride : 0, start_stride, y + first * w->units, w->units);
  }
}

// Adds to x what each place of y stamps there: y * filter turned, packed from (units, patch).
EXPORT(stamp)(const Window *w, const float *y, const float *packed, float *x, float *scratch) {
  int length = patch_length(w), rows = places(w), chunk = chunk_of(w, rows), units = w->units;
  float *patches = scratch + (chunk + TILE) * units;
  for (int first = 0; first < rows; first += chunk) {
    int count = rows - first < chunk ? rows - first : chunk;
    float *to = is_plain(w) ? x + first * length : 0;
    lay_out_rows(count, units, y + first * units, scratch);
    product_of(count, length, units, scratch, TILE, TILE * units, packed, to, length, to ? to : patches, length);
    if (!to) move_patches(w, first, count, x, patches, 1);
  }
}

// filter = patches of x turned * y.
EXPORT(correlate)(const Window *w, const float *x, const float *y, float *filter, float *scratch) {
  int length = patch_length(w), rows = places(w), chunk = chunk_of(w, rows < 128 ? rows : 128);
  float *packed = scratch + (length * chunk + 3 & ~3);
  for (int first = 0; first < rows; first += chunk) {
    int count = rows - first < chunk ? rows - first : chunk;
    const float *patches = scratch;
    if (is_plain(w)) patches = x + first * length;
    else move_patches(w, first, count, (float *)x, scratch, 0);
    pack(count, w->units, y + first * w->units, w->units, 1, packed);
    product_of(length, w->units, count, patches, length, TILE, packed, first ? filter : 0, w->units, filter,
               w->units);
  }
}

EXPORT(max_pool)(const Window *w, const float *x, float *y) {
  int line = w->width * w->channels;
  for (int n = 0; n < w->number; n++, x += w->height * line)
    for (int row = 0; row < w->out_height; row++)
      for (int column = 0; column < w->out_width; column++, y += w->channels)
        for (int c = 0; c < w->channels; c++) {
          float highest = -__builtin_inff();
          for (int i = 0; i < w->kernel_height; i++)
            for (int j = 0; j < w->kernel_width; j++) {
              int r = row * w->down + i - w->top, s = column * w->across + j - w->left;
              if (r < 0 || r >= w->height || s < 0 || s >= w->width) continue;
              float value = x[r * line + s * w->channels + c];
              highest = value > highest ? value : highest;
            }
          y[c] = highest;
        }
}

// The first of the highest numbers in a window gets its gradient.
EXPORT(max_pool_backward)(const Window *w, const float *x, const float *y, const float *dy, float *dx) {
  int line = w->width * w->channels;
  for (int n = 0; n < w->number; n++, x += w->height * line, dx += w->height * line)
    for (int row = 0; row < w->out_height; row++)
      for (int column = 0; column < w->out_width; column++, y += w->channels, dy += w->channels)
        for (int c = 0; c < w->channels; c++)
          for (int i = 0; i < w->kernel_height * w->kernel_width; i++) {
            int r = row * w->down + i / w->kernel_width - w->top;
            int s = column * w->across + i % w->kernel_width - w->left;
            if (r < 0 || r >= w->height || s < 0 || s >= w->width) continue;
            int place = r * line + s * w->channels + c;
            if (x[place] != y[c]) continue;
            dx[place] += dy[c];
            break;
          }
}
