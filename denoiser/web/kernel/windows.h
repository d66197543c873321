// Windows that slide over pictures with room around them, place after place, some pictures at a time.
//
// Pictures get room first, so that no patch hangs over an edge.
#pragma once
#include "kernel.h"

// Pictures with room around them, one after another.
typedef struct {
  float *first;
  int line, size;  // numbers of a row and of a picture
  int is_copy;
} Roomy;

INLINE int longest(int count, int stride, int kernel) { return (count - 1) * stride + kernel; }

// Numbers of a picture with room around it.
INLINE int roomy_size(const Window *w) {
  return longest(w->out_height, w->down, w->kernel_height) * longest(w->out_width, w->across, w->kernel_width) *
         w->channels;
}

// Where pictures have room around them: where they lie already if no patch hangs over, else at `to`.
INLINE Roomy roomy(const Window *w, float *pictures, float *to) {
  int height = longest(w->out_height, w->down, w->kernel_height);
  int width = longest(w->out_width, w->across, w->kernel_width);
  int fits = !w->top && !w->left && height <= w->height && width <= w->width;
  Roomy own = {pictures, w->width * w->channels, w->height * w->width * w->channels, 0};
  Roomy copy = {to, width * w->channels, height * width * w->channels, 1};
  return fits ? own : copy;
}

// Goes through the places of a window, picture after picture.
typedef struct {
  int row, column, number;
} Place;

INLINE void next_place(const Window *w, Place *at) {
  if (++at->column == w->out_width) {
    at->column = 0;
    if (++at->row == w->out_height) at->row = 0, at->number++;
  }
}

INLINE float *next_patch(const Window *w, const Roomy *from, Place *at) {
  float *patch = from->first + at->number * from->size + at->row * w->down * from->line +
                 at->column * w->across * w->channels;
  next_place(w, at);
  return patch;
}

INLINE Place place_of(const Window *w, int index) {
  Place at = {index / w->out_width % w->out_height, index % w->out_width,
              index / (w->out_width * w->out_height)};
  return at;
}

// How pictures are parted: some at a time, and of their places as many as `most`.
typedef struct {
  int pictures, places;
} Share;

INLINE Share share_of(const Window *w, int most) {
  int all = w->out_height * w->out_width;
  int pictures = most / all;
  if (pictures < 1) pictures = 1;
  if (pictures > w->number) pictures = w->number;
  Share share = {pictures, most < pictures * all ? most : pictures * all};
  return share;
}

// windows.c

Roomy with_room(const Window *w, float *pictures, int count, float *scratch);
