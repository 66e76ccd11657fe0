/* Rows of states of the type STATE, as fp32. */

INLINE void NAMED(read_row)(const STATE *x, int64_t d, float *row) {
#pragma omp simd
  for (int64_t c = 0; c < d; c++) row[c] = WIDEN(x[c]);
}

INLINE void NAMED(write_row)(const float *row, int64_t d, STATE *x) {
#pragma omp simd
  for (int64_t c = 0; c < d; c++) x[c] = NARROW(row[c]);
}

INLINE void NAMED(add_row)(const float *row, int64_t d, STATE *x) {
#pragma omp simd
  for (int64_t c = 0; c < d; c++) x[c] = NARROW(WIDEN(x[c]) + row[c]);
}

INLINE void NAMED(scale_row)(const float *factors, int64_t d, STATE *x) {
#pragma omp simd
  for (int64_t c = 0; c < d; c++) x[c] = NARROW(WIDEN(x[c]) * factors[c]);
}

INLINE void NAMED(gelu_row)(const STATE *x, int64_t d, STATE *y) {
#pragma omp simd
  for (int64_t c = 0; c < d; c++) y[c] = NARROW(gelu(WIDEN(x[c])));
}

/* y = GELU of x, and its slopes there. */
INLINE void NAMED(gelu_row_with_slopes)(const STATE *x, int64_t d, STATE *y, float *slopes) {
#pragma omp simd
  for (int64_t c = 0; c < d; c++) {
    float number = WIDEN(x[c]);
    y[c] = NARROW(gelu(number));
    slopes[c] = gelu_slope(number);
  }
}
