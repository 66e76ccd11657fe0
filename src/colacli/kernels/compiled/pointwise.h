/* GELU and layer norm, for states of the type STATE. */

void NAMED(gelu)(const STATE *x, STATE *y, int64_t count, int64_t threads) {
#pragma omp parallel for simd num_threads(threads)
  for (int64_t i = 0; i < count; i++) y[i] = NARROW(gelu(WIDEN(x[i])));
}

/* for_x = gradient times the slope at x */
void NAMED(gelu_backward)(const STATE *x, const STATE *gradient, STATE *for_x, int64_t count, int64_t threads) {
#pragma omp parallel for simd num_threads(threads)
  for (int64_t i = 0; i < count; i++) for_x[i] = NARROW(WIDEN(gradient[i]) * gelu_slope(WIDEN(x[i])));
}

/* A row y = (x - mean) / deviation * weight + bias, (d) each; `statistics`, its mean and 1 / deviation, are written. */
INLINE void NAMED(normalise)(const STATE *x, const float *weight, const float *bias, STATE *y, float *statistics,
                             int64_t d, float epsilon) {
  float row[d];
  NAMED(read_row)(x, d, row);
  float mean = dot(row, 0, d) / d;
#pragma omp simd
  for (int64_t c = 0; c < d; c++) row[c] -= mean;
  float inverse = 1 / sqrtf(dot(row, row, d) / d + epsilon);
#pragma omp simd
  for (int64_t c = 0; c < d; c++) row[c] = row[c] * inverse * weight[c] + bias[c];
  NAMED(write_row)(row, d, y);
  statistics[0] = mean, statistics[1] = inverse;
}

/* The same of each row: x and y (N, d), statistics (N, 2). */
void NAMED(layer_norm)(const STATE *x, const float *weight, const float *bias, STATE *y, float *statistics, int64_t n,
                       int64_t d, float epsilon, int64_t threads) {
#pragma omp parallel for num_threads(threads)
  for (int64_t i = 0; i < n; i++)
    NAMED(normalise)(x + i * d, weight, bias, y + i * d, statistics + 2 * i, d, epsilon);
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
