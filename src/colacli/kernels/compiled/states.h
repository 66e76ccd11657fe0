/* The functions of kernels.c for states of the type STATE. */

INLINE void NAMED(read_row)(const STATE *x, int64_t d, float *row) {
#pragma omp simd
  for (int64_t c = 0; c < d; c++) row[c] = WIDEN(x[c]);
}

INLINE void NAMED(write_row)(const float *row, int64_t d, STATE *x) {
#pragma omp simd
  for (int64_t c = 0; c < d; c++) x[c] = NARROW(row[c]);
}

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

INLINE void NAMED(add_row)(const float *row, int64_t d, STATE *x) {
#pragma omp simd
  for (int64_t c = 0; c < d; c++) x[c] = NARROW(WIDEN(x[c]) + row[c]);
}

/* low = (x where kept) A^T: x (N, d), a (r, d), low (N, r). Unless `first` is null, what dropout keeps is drawn by its
 * and `second`'s bits (N, d), and written to `kept` (N, d / TILE, TILE / 8), d / TILE rounded up. */
void NAMED(project_down)(const STATE *x, const int16_t *first, const int16_t *second, int64_t limit, uint8_t *kept,
                         const float *a, float *low, int64_t n, int64_t d, int64_t r, int64_t threads) {
  int64_t tiles = (d + TILE - 1) / TILE;
#pragma omp parallel for num_threads(threads)
  for (int64_t i = 0; i < n; i++) {
    float row[TILE];
    for (int64_t k = 0; k < r; k++) low[i * r + k] = 0;
    for (int64_t tile = 0; tile < tiles; tile++) {
      int64_t start = tile * TILE, width = least(TILE, d - start), at = i * d + start;
      if (first)
        NAMED(draw_kept)(x + at, first + at, second + at, limit, width, row, kept + (i * tiles + tile) * (TILE / 8));
      else
        NAMED(read_row)(x + at, width, row);
      for (int64_t k = 0; k < r; k += 4) add_dots(low + i * r + k, row, a + k * d + start, d, width);
    }
  }
}

/* y += low B^T + other: y (N, d), low (N, r), b (r, d), and unless it is null other (N, d). */
void NAMED(add_projected_up)(STATE *y, const float *low, const float *b, const STATE *other, int64_t n,
                             int64_t d, int64_t r, int64_t threads) {
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
 * multiple of 4; sums has room for (parts, r, d). */
void NAMED(backward_down)(const STATE *x, const uint8_t *kept, const float *low_gradient, const float *a, float *for_a,
                          STATE *for_x, float *sums, int64_t n, int64_t d, int64_t r, int64_t threads) {
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
          float *row = rows + (token - i) * TILE, sum[TILE];
          if (token >= end) {
            memset(row, 0, width * sizeof(float));
            continue;
          }
          const STATE *states = x + token * d + start;
          const uint8_t *bits = kept + (token * tiles + tile) * (TILE / 8);
          if (kept)
            NAMED(read_kept)(states, bits, width, row);
          else
            NAMED(read_row)(states, width, row);
          if (!for_x) continue;
          for (int64_t k = 0; k < r; k += 4)
            add_rows(sum, low_gradient + token * r + k, a + k * d + start, d, width, k == 0);
          STATE *to = for_x + token * d + start;
          if (kept)
            NAMED(add_kept)(sum, bits, width, to);
          else
            NAMED(add_row)(sum, width, to);
        }
        for (int64_t k = 0; k < r; k += 4) add_outer(own + k * d + start, low_gradient + i * r + k, rows, r, d, width);
      }
    }
  }
  sum_parts(sums, parts, r * d, for_a, threads);
}

void NAMED(gelu)(const STATE *x, STATE *y, int64_t count, int64_t threads) {
#pragma omp parallel for simd num_threads(threads)
  for (int64_t i = 0; i < count; i++) y[i] = NARROW(gelu(WIDEN(x[i])));
}

/* for_x = gradient times the slope at x */
void NAMED(gelu_backward)(const STATE *x, const STATE *gradient, STATE *for_x, int64_t count, int64_t threads) {
#pragma omp parallel for simd num_threads(threads)
  for (int64_t i = 0; i < count; i++) for_x[i] = NARROW(WIDEN(gradient[i]) * gelu_slope(WIDEN(x[i])));
}

/* y = (x - mean) / deviation * weight + bias of each row: x and y (N, d), weight and bias (d); `statistics` (N, 2), each
 * row's mean and 1 / deviation, are written. */
void NAMED(layer_norm)(const STATE *x, const float *weight, const float *bias, STATE *y, float *statistics, int64_t n,
                       int64_t d, float epsilon, int64_t threads) {
#pragma omp parallel for num_threads(threads)
  for (int64_t i = 0; i < n; i++) {
    float row[d];
    NAMED(read_row)(x + i * d, d, row);
    float mean = dot(row, 0, d) / d;
#pragma omp simd
    for (int64_t c = 0; c < d; c++) row[c] -= mean;
    float inverse = 1 / sqrtf(dot(row, row, d) / d + epsilon);
#pragma omp simd
    for (int64_t c = 0; c < d; c++) row[c] = row[c] * inverse * weight[c] + bias[c];
    NAMED(write_row)(row, d, y + i * d);
    statistics[2 * i] = mean, statistics[2 * i + 1] = inverse;
  }
}

/* The gradient of x from that of y: (g - mean(g) - z mean(g z)) / deviation with g = gradient weight and the normalised
 * z. */
void NAMED(layer_norm_backward)(const STATE *x, const STATE *gradient, const float *weight, const float *statistics,
                                STATE *for_x, int64_t n, int64_t d, int64_t threads) {
#pragma omp parallel for num_threads(threads)
  for (int64_t i = 0; i < n; i++) {
    float row[d], given[d], mean = statistics[2 * i], inverse = statistics[2 * i + 1];
    NAMED(read_row)(x + i * d, d, row);
    NAMED(read_row)(gradient + i * d, d, given);
#pragma omp simd
    for (int64_t c = 0; c < d; c++) {
      row[c] = (row[c] - mean) * inverse;
      given[c] *= weight[c];
    }
    float of_given = dot(given, 0, d) / d, of_product = dot(given, row, d) / d;
#pragma omp simd
    for (int64_t c = 0; c < d; c++) row[c] = inverse * (given[c] - of_given - row[c] * of_product);
    NAMED(write_row)(row, d, for_x + i * d);
  }
}

INLINE Sixteen NAMED(products)(const Pair *x, const STATE *y, int64_t pairs) {
  Sixteen sum = {0};
  for (int64_t p = 0; p < pairs; p++) {
    Pair of_y = NAMED(read_pair)(y + 32 * p);
    sum += x[p].one * of_y.one + x[p].other * of_y.other;
  }
  return sum;
}

INLINE void NAMED(add_scaled)(Pair *sums, float scale, const STATE *x, int64_t pairs) {
  for (int64_t p = 0; p < pairs; p++) {
    Pair of_x = NAMED(read_pair)(x + 32 * p);
    sums[p].one += scale * of_x.one;
    sums[p].other += scale * of_x.other;
  }
}

INLINE void NAMED(write_pairs)(const Pair *sums, float scale, int64_t pairs, STATE *x) {
  for (int64_t p = 0; p < pairs; p++)
    NAMED(write_pair)((Pair){scale * sums[p].one, scale * sums[p].other}, x + 32 * p);
}

/* One head of one token's states y, from its query and the keys and values of the tokens that it sees. `qkv` is that
 * head of the first token's query, and `width` states are between the parts of a token's. */
INLINE void NAMED(attend)(const STATE *query, const STATE *qkv, const int64_t *seen, int64_t count, STATE *y,
                          float *weights, int64_t width, int64_t pairs, float scale) {
  Pair of_query[MOST_PAIRS], sums[MOST_PAIRS] = {0};
  float largest = -INFINITY, total = 0;
  for (int64_t p = 0; p < pairs; p++) of_query[p] = NAMED(read_pair)(query + 32 * p);
  for (int64_t j = 0; j < count; j++) {
    weights[j] = scale * sum_of(NAMED(products)(of_query, qkv + (3 * seen[j] + 1) * width, pairs));
    largest = weights[j] > largest ? weights[j] : largest;
  }
#pragma omp simd
  for (int64_t j = 0; j < count; j++) weights[j] = exponential(weights[j] - largest);
  for (int64_t j = 0; j < count; j++) {
    total += weights[j];
    NAMED(add_scaled)(sums, weights[j], qkv + (3 * seen[j] + 2) * width, pairs);
  }
  NAMED(write_pairs)(sums, 1 / total, pairs, y);
  for (int64_t j = 0; j < count; j++) weights[j] /= total;
}

/* Softmax(scale Q K^T) V of what each token sees: qkv (N, 3, H, d), y (N, H, d); in `seen` (P) the tokens that token i
 * sees begin at starts[i] (N + 1); weights (H, P), which are written. */
void NAMED(attention)(const STATE *qkv, const int64_t *starts, const int64_t *seen, STATE *y, float *weights, int64_t n,
                      int64_t heads, int64_t d, float scale, int64_t threads) {
  int64_t width = heads * d, every = starts[n];
#pragma omp parallel for num_threads(threads)
  for (int64_t i = 0; i < n; i++) {
    int64_t count = starts[i + 1] - starts[i];
    const int64_t *own = seen + starts[i];
    for (int64_t h = 0; h < heads; h++) {
      const STATE *head = qkv + h * d, *query = head + 3 * i * width;
      STATE *to = y + i * width + h * d;
      float *weight = weights + h * every + starts[i];
      if (d == 64) /* known to the compiler */
        NAMED(attend)(query, head, own, count, to, weight, width, 2, scale);
      else
        NAMED(attend)(query, head, own, count, to, weight, width, d / 32, scale);
    }
  }
}

/* One head of the gradients of one token's query and of its scores, from that of its states. */
INLINE void NAMED(query_gradient)(const STATE *gradient, const STATE *qkv, const int64_t *seen, int64_t count,
                                  const float *weights, float *for_scores, STATE *for_query, int64_t width,
                                  int64_t pairs, float scale) {
  Pair of_state[MOST_PAIRS], sums[MOST_PAIRS] = {0};
  float mean = 0;
  for (int64_t p = 0; p < pairs; p++) of_state[p] = NAMED(read_pair)(gradient + 32 * p);
  for (int64_t j = 0; j < count; j++) {
    for_scores[j] = sum_of(NAMED(products)(of_state, qkv + (3 * seen[j] + 2) * width, pairs));
    mean += weights[j] * for_scores[j];
  }
  for (int64_t j = 0; j < count; j++) {
    for_scores[j] = scale * weights[j] * (for_scores[j] - mean);
    NAMED(add_scaled)(sums, for_scores[j], qkv + (3 * seen[j] + 1) * width, pairs);
  }
  NAMED(write_pairs)(sums, 1, pairs, for_query);
}

/* One head of the gradients of one token's key and value, from the tokens that see it in `numbers` of the P. */
INLINE void NAMED(key_gradient)(const STATE *gradient, const STATE *qkv, const int64_t *seers, const int64_t *numbers,
                                int64_t count, const float *weights, const float *for_scores, STATE *for_key,
                                int64_t width, int64_t pairs) {
  Pair key[MOST_PAIRS] = {0}, value[MOST_PAIRS] = {0};
  for (int64_t j = 0; j < count; j++) {
    NAMED(add_scaled)(key, for_scores[numbers[j]], qkv + 3 * seers[j] * width, pairs);
    NAMED(add_scaled)(value, weights[numbers[j]], gradient + seers[j] * width, pairs);
  }
  NAMED(write_pairs)(key, 1, pairs, for_key);
  NAMED(write_pairs)(value, 1, pairs, for_key + width);
}

/* The gradient of qkv, (N, 3, H, d), from that of y. Token i is seen by those in `seers` (P) from seen_starts[i]
 * (N + 1) on, in these numbers of the P. for_scores (H, P) is written. */
void NAMED(attention_backward)(const STATE *qkv, const STATE *gradient, const int64_t *starts, const int64_t *seen,
                               const int64_t *seen_starts, const int64_t *seers, const int64_t *numbers,
                               const float *weights, float *for_scores, STATE *for_qkv, int64_t n, int64_t heads,
                               int64_t d, float scale, int64_t threads) {
  int64_t width = heads * d, every = starts[n];
#pragma omp parallel for num_threads(threads)
  for (int64_t i = 0; i < n; i++) {
    int64_t count = starts[i + 1] - starts[i];
    const int64_t *own = seen + starts[i];
    for (int64_t h = 0; h < heads; h++) {
      const STATE *given = gradient + i * width + h * d, *head = qkv + h * d;
      const float *weight = weights + h * every + starts[i];
      float *for_score = for_scores + h * every + starts[i];
      STATE *to = for_qkv + 3 * i * width + h * d;
      if (d == 64)
        NAMED(query_gradient)(given, head, own, count, weight, for_score, to, width, 2, scale);
      else
        NAMED(query_gradient)(given, head, own, count, weight, for_score, to, width, d / 32, scale);
    }
  }
#pragma omp parallel for num_threads(threads)
  for (int64_t i = 0; i < n; i++) {
    int64_t first = seen_starts[i], count = seen_starts[i + 1] - first;
    const int64_t *by = seers + first, *number = numbers + first;
    for (int64_t h = 0; h < heads; h++) {
      const STATE *given = gradient + h * d, *head = qkv + h * d;
      const float *weight = weights + h * every, *for_score = for_scores + h * every;
      STATE *to = for_qkv + (3 * i + 1) * width + h * d;
      if (d == 64)
        NAMED(key_gradient)(given, head, by, number, count, weight, for_score, to, width, 2);
      else
        NAMED(key_gradient)(given, head, by, number, count, weight, for_score, to, width, d / 32);
    }
  }
}
