/* LoRA's products, for states of the type STATE. */

/* At most TILE columns of x, 0 where dropout does not keep them: kept are those whose 16 random bits are `limit` or more.
 * Eight columns that are an eighth apart are bits of one byte of `kept`. */
INLINE void NAMED(draw_kept)(const STATE *x, const int16_t *first, const int16_t *second, int64_t limit, int64_t d,
                             float *row, uint8_t *kept) {
  uint8_t flags[TILE];
#pragma omp simd
  for (int64_t c = 0; c < d; c++) {
    int is_kept = (int16_t)(first[c] ^ second[c]) >= limit;
    flags[c] = (uint8_t)is_kept;
    row[c] = is_kept ? WIDEN(x[c]) : 0;
  }
  pack_flags(flags, d, kept);
}

/* The same columns of x. */
INLINE void NAMED(read_kept)(const STATE *x, const uint8_t *kept, int64_t d, float *row) {
  int64_t eighth = (d + 7) / 8;
  for (int64_t bit = 0; bit < 8; bit++) {
    int64_t start = bit * eighth, count = least(eighth, d - start);
#pragma omp simd
    for (int64_t c = 0; c < count; c++) row[start + c] = kept[c] >> bit & 1 ? WIDEN(x[start + c]) : 0;
  }
}

/* x += the same columns of a row. */
INLINE void NAMED(add_kept)(const float *row, const uint8_t *kept, int64_t d, STATE *x) {
  int64_t eighth = (d + 7) / 8;
  for (int64_t bit = 0; bit < 8; bit++) {
    int64_t start = bit * eighth, count = least(eighth, d - start);
#pragma omp simd
    for (int64_t c = 0; c < count; c++)
      x[start + c] = NARROW(WIDEN(x[start + c]) + (kept[c] >> bit & 1 ? row[start + c] : 0));
  }
}

/* low = (x where kept) A^T: x (N, d), a (r, d), low (N, r). Unless `first` is null, what dropout keeps is drawn by its
 * and `second`'s bits (N, d), and written to `kept` (N, d / TILE, TILE / 8), d / TILE rounded up. Unless `activated` is
 * null, GELU of x is written to it (N, d) and taken for x. */
void NAMED(project_down)(const STATE *x, STATE *activated, const int16_t *first, const int16_t *second, int64_t limit,
                         uint8_t *kept, const float *a, float *low, int64_t n, int64_t d, int64_t r, int64_t threads) {
  int64_t tiles = (d + TILE - 1) / TILE;
#pragma omp parallel for num_threads(threads)
  for (int64_t i = 0; i < n; i++) {
    float row[TILE];
    for (int64_t k = 0; k < r; k++) low[i * r + k] = 0;
    for (int64_t tile = 0; tile < tiles; tile++) {
      int64_t start = tile * TILE, width = least(TILE, d - start), at = i * d + start;
      const STATE *states = x + at;
      if (activated) {
        NAMED(gelu_row)(states, width, activated + at);
        states = activated + at;
      }
      if (first)
        NAMED(draw_kept)(states, first + at, second + at, limit, width, row, kept + (i * tiles + tile) * (TILE / 8));
      else
        NAMED(read_row)(states, width, row);
      for (int64_t k = 0; k < r; k += 4) add_dots(low + i * r + k, row, a + k * d + start, d, width);
    }
  }
}

/* y += low B^T + other: y (N, d), low (N, r), b (r, d), and unless it is null other (N, d). */
void NAMED(add_projected_up)(STATE *y, const float *low, const float *b, const STATE *other, int64_t n, int64_t d,
                             int64_t r, int64_t threads) {
#pragma omp parallel for num_threads(threads)
  for (int64_t i = 0; i < n; i++) {
    for (int64_t start = 0; start < d; start += TILE) {
      float sum[TILE];
      int64_t width = least(TILE, d - start);
      STATE *row = y + i * d + start;
      NAMED(read_row)(row, width, sum);
      if (other) {
        const STATE *added = other + i * d + start;
#pragma omp simd
        for (int64_t c = 0; c < width; c++) sum[c] += WIDEN(added[c]);
      }
      for (int64_t k = 0; k < r; k += 4) add_rows(sum, low + i * r + k, b + k * d + start, d, width, 0);
      NAMED(write_row)(sum, width, row);
    }
  }
}

/* Of the gradient (N, d) of y: that of low, gradient B (N, r), and those of B and the bias, low^T gradient and the sum
 * over tokens (r + 1, d). low has rows of zeros up to a multiple of 4; sums has room for (parts, r + 1, d). */
void NAMED(backward_up)(const STATE *gradient, const float *low, const float *b, float *low_gradient, float *for_b,
                        float *sums, int64_t n, int64_t d, int64_t r, int64_t threads) {
  int64_t parts = (n + PART - 1) / PART;
#pragma omp parallel for num_threads(threads)
  for (int64_t part = 0; part < parts; part++) {
    float *own = sums + part * (r + 1) * d, rows[4 * TILE];
    int64_t first = part * PART, end = least(first + PART, n);
    memset(own, 0, (r + 1) * d * sizeof(float));
    memset(low_gradient + first * r, 0, (end - first) * r * sizeof(float));
    for (int64_t start = 0; start < d; start += TILE) {
      int64_t width = least(TILE, d - start);
      for (int64_t i = first; i < end; i += 4) {
        for (int64_t token = 0; token < 4; token++) {
          float *row = rows + token * TILE;
          if (i + token >= end) {
            memset(row, 0, width * sizeof(float));
            continue;
          }
          NAMED(read_row)(gradient + (i + token) * d + start, width, row);
          for (int64_t k = 0; k < r; k += 4)
            add_dots(low_gradient + (i + token) * r + k, row, b + k * d + start, d, width);
        }
        for (int64_t k = 0; k < r; k += 4) add_outer(own + k * d + start, low + i * r + k, rows, r, d, width);
        add_tokens(own + r * d + start, rows, width);
      }
    }
  }
  sum_parts(sums, parts, (r + 1) * d, for_b, threads);
}

/* Of the gradient (N, r) of low: that of A, low_gradient^T (x where kept) (r, d), and unless for_x is null that of x,
 * for_x += (low_gradient A) where kept (N, d). kept is null without dropout. low_gradient has rows of zeros up to a
 * multiple of 4; sums has room for (parts, r, d). Where `is_activated`, x is what GELU was taken of, and for_x becomes
 * the gradient of that. */
void NAMED(backward_down)(const STATE *x, int64_t is_activated, const uint8_t *kept, const float *low_gradient,
                          const float *a, float *for_a, STATE *for_x, float *sums, int64_t n, int64_t d, int64_t r,
                          int64_t threads) {
  int64_t parts = (n + PART - 1) / PART, tiles = (d + TILE - 1) / TILE;
#pragma omp parallel for num_threads(threads)
  for (int64_t part = 0; part < parts; part++) {
    float *own = sums + part * r * d, rows[4 * TILE];
    int64_t first = part * PART, end = least(first + PART, n);
    memset(own, 0, r * d * sizeof(float));
    for (int64_t tile = 0; tile < tiles; tile++) {
      int64_t start = tile * TILE, width = least(TILE, d - start);
      for (int64_t i = first; i < end; i += 4) {
        for (int64_t token = i; token < i + 4; token++) {
          float *row = rows + (token - i) * TILE, sum[TILE], slopes[TILE];
          STATE values[TILE];
          if (token >= end) {
            memset(row, 0, width * sizeof(float));
            continue;
          }
          const STATE *states = x + token * d + start;
          if (is_activated) {
            NAMED(gelu_row_with_slopes)(states, width, values, slopes);
            states = values;
          }
          const uint8_t *bits = kept ? kept + (token * tiles + tile) * (TILE / 8) : 0;
          if (bits)
            NAMED(read_kept)(states, bits, width, row);
          else
            NAMED(read_row)(states, width, row);
          if (!for_x) continue;
          for (int64_t k = 0; k < r; k += 4)
            add_rows(sum, low_gradient + token * r + k, a + k * d + start, d, width, k == 0);
          STATE *to = for_x + token * d + start;
          if (bits)
            NAMED(add_kept)(sum, bits, width, to);
          else
            NAMED(add_row)(sum, width, to);
          if (is_activated) NAMED(scale_row)(slopes, width, to);
        }
        for (int64_t k = 0; k < r; k += 4) add_outer(own + k * d + start, low_gradient + i * r + k, rows, r, d, width);
      }
    }
  }
  sum_parts(sums, parts, r * d, for_a, threads);
}
