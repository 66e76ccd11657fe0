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
