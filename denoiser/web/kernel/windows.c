// Windows that slide over pictures: convolutions, there and back, and pools.
//
// Pictures get room around them first, so that no patch hangs over an edge; several at a time, as many
// as keep their patches in the cache.
#include "windows.h"

// Copies one picture to where it has room around it, or adds what lies there to it.
static void move_picture(const Window *w, float *picture, float *room, int line, int adds) {
  int height = longest(w->out_height, w->down, w->kernel_height);
  int rows = height - w->top < w->height ? height - w->top : w->height;
  int before = w->left * w->channels, own = w->width * w->channels;
  int seen = line - before < own ? line - before : own;
  if (!adds) zero_run(room, w->top * line);
  float *place = room + w->top * line;
  for (int row = 0; row < rows; row++, place += line, picture += own) {
    if (adds) {
      add_run(place + before, picture, seen);
      continue;
    }
    zero_run(place, before);
    copy_run(picture, place + before, seen);
    zero_run(place + before + seen, line - before - seen);
  }
  if (!adds) zero_run(place, (height - w->top - rows) * line);
}

// Some pictures with room around them, copied to `scratch` where they have none yet.
Roomy with_room(const Window *w, float *pictures, int count, float *scratch) {
  Roomy found = roomy(w, pictures, scratch);
  int size = w->height * w->width * w->channels;
  if (found.is_copy)
    for (int i = 0; i < count; i++) move_picture(w, pictures + i * size, scratch + i * found.size, found.line, 0);
  return found;
}

// Lays patches out for `product_of`, four side by side.
static void lay_out_patches(const Window *w, const Roomy *from, int first, int count, float *to) {
  int run = w->kernel_width * w->channels;
  Place at = place_of(w, first);
  for (int i = 0; i < count; i += TILE) {
    const float *p[TILE];
    for (int k = 0; k < TILE; k++) p[k] = i + k < count ? next_patch(w, from, &at) : p[0];
    for (int k = 0; k < w->kernel_height; k++, to += TILE * run) {
      int line = k * from->line;
      interleave(run, p[0] + line, p[1] + line, p[2] + line, p[3] + line, to);
    }
  }
}

// Copies patches to rows, or adds rows to patches.
INLINE void move_patches(const Window *w, const Roomy *pictures, int first, int count, float *rows, int adds) {
  int run = w->kernel_width * w->channels;
  Place at = place_of(w, first);
  for (int i = 0; i < count; i++) {
    float *patch = next_patch(w, pictures, &at);
    for (int k = 0; k < w->kernel_height; k++, rows += run, patch += pictures->line) {
      if (adds) add_run(rows, patch, run);
      else copy_run(patch, rows, run);
    }
  }
}

INLINE int most_places(const Window *w) {
  int most = CHUNK / (patch_length(w) + w->units) & ~(TILE - 1);
  return most < TILE ? TILE : most;
}

// y = start + patches of x * filter, which is packed from (patch, units).
EXPORT(convolve)(const Window *w, const float *x, const float *packed, const float *start, int start_stride,
                 float *y, float *scratch) {
  int length = patch_length(w), all = w->out_height * w->out_width, units = w->units;
  int size = w->height * w->width * w->channels;
  Share share = share_of(w, most_places(w));
  float *laid = scratch + share.pictures * roomy_size(w);
  for (int picture = 0; picture < w->number; picture += share.pictures) {
    int count = w->number - picture < share.pictures ? w->number - picture : share.pictures;
    Roomy from = with_room(w, (float *)x + picture * size, count, scratch);
    for (int first = 0; first < count * all; first += share.places) {
      int rows = count * all - first < share.places ? count * all - first : share.places;
      int place = picture * all + first;
      if (is_plain(w)) lay_out_rows(rows, length, from.first + first * length, laid);
      else lay_out_patches(w, &from, first, rows, laid);
      product_of(rows, units, length, laid, TILE, TILE * length, packed, start ? start + place * start_stride : 0,
                 start_stride, y + place * units, units);
    }
  }
}

// Turns a filter of (place, channel, unit) round, so that it takes units to channels from the last
// place to the first: to convolve with that is the way back of a convolution with stride 1.
EXPORT(turn_filter)(int places, int channels, int units, const float *filter, float *to) {
  for (int place = places - 1; place >= 0; place--)
    for (int unit = 0; unit < units; unit++)
      for (int channel = 0; channel < channels; channel++)
        *to++ = filter[(place * channels + channel) * units + unit];
}

// Adds to x what each place of y stamps there: y * filter turned, packed from (units, patch).
EXPORT(stamp)(const Window *w, const float *y, const float *packed, float *x, float *scratch) {
  int length = patch_length(w), all = w->out_height * w->out_width, units = w->units;
  int size = w->height * w->width * w->channels;
  Share share = share_of(w, most_places(w));
  float *laid = scratch + share.pictures * roomy_size(w), *patches = laid + (share.places + TILE) * units;
  for (int picture = 0; picture < w->number; picture += share.pictures) {
    int count = w->number - picture < share.pictures ? w->number - picture : share.pictures;
    float *pictures = x + picture * size;
    Roomy to = roomy(w, pictures, scratch);
    if (to.is_copy) zero_run(scratch, count * to.size);
    for (int first = 0; first < count * all; first += share.places) {
      int rows = count * all - first < share.places ? count * all - first : share.places;
      float *own = is_plain(w) ? to.first + first * length : 0;
      lay_out_rows(rows, units, y + (picture * all + first) * units, laid);
      product_of(rows, length, units, laid, TILE, TILE * units, packed, own, length, own ? own : patches, length);
      if (!own) move_patches(w, &to, first, rows, patches, 1);
    }
    if (to.is_copy)
      for (int i = 0; i < count; i++) move_picture(w, pictures + i * size, scratch + i * to.size, to.line, 1);
  }
}

// filter = patches of x turned * y.
EXPORT(correlate)(const Window *w, const float *x, const float *y, float *filter, float *scratch) {
  int length = patch_length(w), all = w->out_height * w->out_width, units = w->units;
  int size = w->height * w->width * w->channels, most = most_places(w);
  Share share = share_of(w, most < DEEPEST ? most : DEEPEST);
  float *rows = scratch + share.pictures * roomy_size(w), *packed = rows + (share.places + TILE) * length;
  int is_first = 1;
  for (int picture = 0; picture < w->number; picture += share.pictures) {
    int count = w->number - picture < share.pictures ? w->number - picture : share.pictures;
    Roomy from = with_room(w, (float *)x + picture * size, count, scratch);
    for (int first = 0; first < count * all; first += share.places, is_first = 0) {
      int depth = count * all - first < share.places ? count * all - first : share.places;
      float *patches = is_plain(w) ? from.first + first * length : rows;
      if (!is_plain(w)) move_patches(w, &from, first, depth, rows, 0);
      pack(depth, units, y + (picture * all + first) * units, units, 1, packed);
      product_of(length, units, depth, patches, length, TILE, packed, is_first ? 0 : filter, units, filter, units);
    }
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
