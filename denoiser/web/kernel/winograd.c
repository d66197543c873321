// Convolutions of 3x3 with stride 1 by Winograd's minimal filtering: 2x2 places at a time, there and back.
//
// Lavin and Gray: Fast Algorithms for Convolutional Neural Networks (2016), section 4, F(2x2, 3x3). A
// filter g and a tile d of 4x4 pixels give 2x2 places, y = A' ((G g G') * (B' d B)) A, by 16 products,
// number by number, in place of 36. As channels are summed before A' and A, each of these 16 points is a
// product of matrices, of tiles and filters. G has halves, the others 0 and 1 alone: little is rounded.
#include "windows.h"

#define SIDE 4     // pixels of a tile, down and across
#define POINTS 16  // numbers of a tile, and of what is made of it
#define LINE 16    // numbers of a line of the cache

// Loops over the rows of a tile, whose numbers then stay in registers; plain JavaScript is to be short.
#ifdef __wasm_simd128__
#define EACH_ROW(rows, ...) _Pragma("clang loop unroll(full)") for (int k = 0; k < (rows); k++) __VA_ARGS__
#else
#define EACH_ROW(rows, ...) for (int k = 0; k < (rows); k++) __VA_ARGS__
#endif

typedef struct {
  f4 a, b;
} Two;

typedef struct {
  f4 a, b, c;
} Three;

typedef struct {
  f4 a, b, c, d;
} Four;

INLINE Two row_of_two(const float *p, int step) { return (Two){load(p), load(p + step)}; }
INLINE Three row_of_three(const float *p, int step) { return (Three){load(p), load(p + step), load(p + 2 * step)}; }
INLINE Four row_of_four(const float *p, int step) {
  return (Four){load(p), load(p + step), load(p + 2 * step), load(p + 3 * step)};
}

INLINE void store_two(Two x, float *to, int step) { store(to, x.a), store(to + step, x.b); }
INLINE void store_four(Four x, float *to, int step) {
  store(to, x.a), store(to + step, x.b), store(to + 2 * step, x.c), store(to + 3 * step, x.d);
}

static void store_tail(const float *from, float *to, int count) {
  for (int i = 0; i < count; i++) to[i] = from[i];
}

INLINE void store_part(float *to, f4 x, int count) {
  float part[4];
  if (count >= 4) {
    store(to, x);
  } else {
    store(part, x);
    store_tail(part, to, count);
  }
}

INLINE int rounded(int count, int to) { return (count + to - 1) / to * to; }

// What lies in 16 planes, one a point, is used at once: they begin an odd number of lines apart, else
// they would drive each other out of the cache.
INLINE int plane_of(int count) { return ((count + LINE - 1) / LINE | 1) * LINE; }

// The window that sees the tiles: its places are 2x2 of the convolution's.
INLINE Window tiles_of(const Window *w) {
  int down = (w->out_height + 1) / 2, across = (w->out_width + 1) / 2;
  Window t = {w->number, w->height, w->width, w->channels, SIDE, SIDE, 2, 2, w->top, w->left, down, across, w->units};
  return t;
}

INLINE Share share_of_tiles(const Window *t) {
  int most = CHUNK / (POINTS * (t->channels + t->units)) & ~(TILE - 1);
  return share_of(t, most < TILE ? TILE : most);
}

// The 2x2 places of a tile: the first one, and whether there are others.
typedef struct {
  int place, right, below;
} Quad;

INLINE Quad next_quad(const Window *w, const Window *t, Place *at) {
  int row = 2 * at->row, column = 2 * at->column;
  Quad quad = {(at->number * w->out_height + row) * w->out_width + column, column + 1 < w->out_width,
               row + 1 < w->out_height};
  next_place(t, at);
  return quad;
}

// Filters: G g G'

INLINE Four stretched(Three g) {  // G g
  f4 sum = (g.a + g.c) * splat(0.5f), half = g.b * splat(0.5f);
  return (Four){g.a, sum + half, sum - half, g.c};
}

// Makes 16 packed matrices, one a point, of a filter of (3, 3, channel, unit).
EXPORT(winograd_filter)(int channels, int units, const float *filter, float *packed, float *scratch) {
  int count = channels * units, plane = plane_of(count);
  EACH(count, {
    float half[3 * 16];
    EACH_ROW(3, store_four(stretched(row_of_three(filter + 3 * k * count + i, count)), half + 16 * k, 4);)
    EACH_ROW(4, store_four(stretched(row_of_three(half + 4 * k, 16)), scratch + k * plane + i, 4 * plane);)
  })
  for (int k = 0; k < POINTS; k++, packed += channels * rounded(units, PANEL))
    pack(channels, units, scratch + k * plane, units, 1, packed);
}

// Tiles: B' d B. Four channels at a time: behind a picture's last ones, what lies there comes along.

INLINE Four spread(Four d) { return (Four){d.a - d.c, d.b + d.c, d.c - d.b, d.b - d.d}; }  // B' d

static void spread_tile(const float *d, int line, int channels, float *to, int plane) {
  float half[POINTS * 4];
  EACH_ROW(4, store_four(spread(row_of_four(d + k * line, channels)), half + 16 * k, 4);)
  EACH_ROW(4, store_four(spread(row_of_four(half + 4 * k, 16)), to + k * plane, 4 * plane);)
}

// Lays tiles out row by row.
static void spread_tiles(const Window *t, const Roomy *from, int first, int count, int length, float *to, int plane) {
  Place at = place_of(t, first);
  for (; count > 0; count--, to += length) {
    const float *tile = next_patch(t, from, &at);
    EACH(t->channels, spread_tile(tile + i, from->line, t->channels, to + i, plane);)
  }
}

// The same for `product_of`, four side by side.
static void lay_out_tiles(const Window *t, const Roomy *from, int first, int count, float *to, int plane) {
  float four[POINTS * 16];
  Place at = place_of(t, first);
  for (int i = 0; i < count; i += TILE) {
    const float *p[TILE];
    for (int k = 0; k < TILE; k++) p[k] = i + k < count ? next_patch(t, from, &at) : p[0];
    for (int c = 0; c < t->channels; c += 4, to += 16) {
      for (int k = 0; k < TILE; k++) spread_tile(p[k] + c, from->line, t->channels, four + 4 * k, 16);
      for (int k = 0; k < POINTS; k++) {
        const float *point = four + 16 * k;
        interleave_four(load(point), load(point + 4), load(point + 8), load(point + 12), to + k * plane);
      }
    }
  }
}

// Products: A' m A

INLINE Two gathered(Four m) { return (Two){m.a + m.b + m.c, m.b - m.c - m.d}; }  // A' m

INLINE void put(f4 x, int place, int unit, int units, const float *start, int start_stride, float *y) {
  f4 sum = start ? load(start + place * start_stride + unit) + x : x;
  store_part(y + place * units + unit, sum, units - unit);
}

// Makes places of products, which lie tile by tile.
static void gather_tiles(const Window *w, const Window *t, int first, int count, const float *products,
                         const float *start, int start_stride, float *y) {
  int units = w->units;
  Place at = place_of(t, first);
  for (; count > 0; count--, products += POINTS * units) {
    Quad quad = next_quad(w, t, &at);
    for (int unit = 0; unit < units; unit += 4) {
      const float *m = products + unit;
      float half[2 * 16];
      EACH_ROW(4, store_two(gathered(row_of_four(m + 4 * k * units, units)), half + 4 * k, 16);)
      EACH_ROW(2, {
        Two column = gathered(row_of_four(half + 16 * k, 4));
        int place = quad.place + k, is_there = k == 0 || quad.right;
        if (is_there) put(column.a, place, unit, units, start, start_stride, y);
        if (is_there && quad.below) put(column.b, place + w->out_width, unit, units, start, start_stride, y);
      })
    }
  }
}

// As `convolve`, with a filter from `winograd_filter`.
EXPORT(winograd_convolve)(const Window *w, const float *x, const float *packed, const float *start, int start_stride,
                          float *y, float *scratch) {
  Window t = tiles_of(w);
  Share share = share_of_tiles(&t);
  int channels = w->channels, units = w->units, all = t.out_height * t.out_width;
  int size = w->height * w->width * channels, places = w->out_height * w->out_width;
  int group = TILE * rounded(channels, 4), plane = plane_of((share.places + TILE - 1) / TILE * group);
  float *laid = scratch + share.pictures * roomy_size(&t), *products = laid + POINTS * plane;
  for (int picture = 0; picture < w->number; picture += share.pictures) {
    int count = w->number - picture < share.pictures ? w->number - picture : share.pictures;
    const float *begin = start ? start + picture * places * start_stride : 0;
    Roomy from = with_room(&t, (float *)x + picture * size, count, scratch);
    for (int first = 0; first < count * all; first += share.places) {
      int rows = count * all - first < share.places ? count * all - first : share.places;
      lay_out_tiles(&t, &from, first, rows, laid, plane);
      for (int k = 0; k < POINTS; k++)
        product_of(rows, units, channels, laid + k * plane, TILE, group,
                   packed + k * channels * rounded(units, PANEL), 0, 0, products + k * units, POINTS * units);
      gather_tiles(w, &t, first, rows, products, begin, start_stride, y + picture * places * units);
    }
  }
}

// The gradient by the filter is the same turned round, g = G' ((B' d B) * (A y A')) G, F(3x3, 2x2) there.
// As tiles are summed before G' and G, each point is a product of matrices again.

INLINE Four scattered(Two y) { return (Four){y.a, y.a + y.b, y.a - y.b, -y.b}; }  // A y

// Packs what is made of places, as `pack` does it; those that are not there count as zeros.
static void scatter_tiles(const Window *w, const Window *t, int first, int count, const float *y, float *packed,
                          int plane) {
  int units = w->units, under = w->out_width * units;
  Place at = place_of(t, first);
  for (int row = 0; row < count; row++) {
    Quad quad = next_quad(w, t, &at);
    const float *from = y + quad.place * units;
    for (int unit = 0; unit < units; unit += 4, from += 4) {
      float half[2 * 16], *to = packed + (unit / PANEL * count + row) * PANEL + unit % PANEL;
      f4 none = splat(0), right = quad.right ? load(from + units) : none;
      Two lower = {quad.below ? load(from + under) : none, none};
      if (quad.right && quad.below) lower.b = load(from + under + units);
      store_four(scattered((Two){load(from), right}), half, 4);
      store_four(scattered(lower), half + 16, 4);
      EACH_ROW(4, store_four(scattered(row_of_two(half + 4 * k, 16)), to + k * plane, 4 * plane);)
    }
  }
}

INLINE Three shrunk(Four g) {  // G' g
  f4 sum = (g.b + g.c) * splat(0.5f);
  return (Three){g.a + sum, (g.b - g.c) * splat(0.5f), sum + g.d};
}

INLINE void store_three(Three x, float *to, int step, int count) {
  store_part(to, x.a, count), store_part(to + step, x.b, count), store_part(to + 2 * step, x.c, count);
}

// Makes a filter of sums, a plane a point.
static void shrink_filter(int count, const float *sums, int plane, float *filter) {
  for (int i = 0; i < count; i += 4) {
    float half[3 * 16];
    EACH_ROW(4, store_three(shrunk(row_of_four(sums + 4 * k * plane + i, plane)), half + 4 * k, 16, 4);)
    EACH_ROW(3, store_three(shrunk(row_of_four(half + 16 * k, 4)), filter + k * count + i, 3 * count, count - i);)
  }
}

// As `correlate`.
EXPORT(winograd_correlate)(const Window *w, const float *x, const float *y, float *filter, float *scratch) {
  Window t = tiles_of(w);
  Share share = share_of_tiles(&t);
  int channels = w->channels, units = w->units, all = t.out_height * t.out_width, length = rounded(channels, 4);
  int size = w->height * w->width * channels, places = w->out_height * w->out_width;
  int plane = plane_of(share.places * length), other = plane_of(share.places * rounded(units, PANEL));
  int of_sums = plane_of(channels * units), is_first = 1;
  float *rows = scratch + share.pictures * roomy_size(&t);
  float *packed = rows + POINTS * plane, *sums = packed + POINTS * other;
  for (int picture = 0; picture < w->number; picture += share.pictures) {
    int count = w->number - picture < share.pictures ? w->number - picture : share.pictures;
    Roomy from = with_room(&t, (float *)x + picture * size, count, scratch);
    for (int first = 0; first < count * all; first += share.places, is_first = 0) {
      int depth = count * all - first < share.places ? count * all - first : share.places;
      spread_tiles(&t, &from, first, depth, length, rows, plane);
      scatter_tiles(w, &t, first, depth, y + picture * places * units, packed, other);
      for (int k = 0; k < POINTS; k++) {
        float *sum = sums + k * of_sums;
        product_of(channels, units, depth, rows + k * plane, length, TILE, packed + k * other,
                   is_first ? 0 : sum, units, sum, units);
      }
    }
  }
  shrink_filter(channels * units, sums, of_sums, filter);
}
