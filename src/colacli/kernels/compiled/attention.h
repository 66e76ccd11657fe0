/* Attention in which each token reads those that it sees, for states of the type STATE. */

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

/* One head of one token's states y. Its keys and values are `step` states apart: those of the tokens in `seen`, or where
 * that is null the first `count`. */
INLINE void NAMED(attend)(const STATE *query, const STATE *keys, const STATE *values, int64_t step, const int64_t *seen,
                          int64_t count, STATE *y, float *weights, int64_t pairs, float scale) {
  Pair of_query[MOST_PAIRS], sums[MOST_PAIRS] = {0};
  float largest = -INFINITY, total = 0;
  for (int64_t p = 0; p < pairs; p++) of_query[p] = NAMED(read_pair)(query + 32 * p);
  for (int64_t j = 0; j < count; j++) {
    weights[j] = scale * sum_of(NAMED(products)(of_query, keys + (seen ? seen[j] : j) * step, pairs));
    largest = weights[j] > largest ? weights[j] : largest;
  }
#pragma omp simd
  for (int64_t j = 0; j < count; j++) weights[j] = exponential(weights[j] - largest);
  for (int64_t j = 0; j < count; j++) {
    total += weights[j];
    NAMED(add_scaled)(sums, weights[j], values + (seen ? seen[j] : j) * step, pairs);
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
      if (d == 64)
        NAMED(attend)(query, head + width, head + 2 * width, 3 * width, own, count, to, weight, 2, scale);
      else
        NAMED(attend)(query, head + width, head + 2 * width, 3 * width, own, count, to, weight, d / 32, scale);
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
