/* Products of fp32 matrices whose sizes change from batch to batch: oneDNN compiles anew for each size.
 *
 * The second one, (in, out), is in panels of PANEL columns filled up with zeros, one after another: (panels, in, PANEL).
 * The sums of a row don't depend on how many there are.
 */

#define PANEL (2 * COLUMNS)
#define ROWS 64   /* at once, by a thread */
#define TERMS 128 /* of a sum at once, with a panel in a core's first cache: _TERMS of products.py */

int64_t panel(void) { return PANEL; }

/* x times a panel (in, PANEL): of `rows` rows `stride` apart, whose numbers are `apart`. */
INLINE void multiply_tile(const float *x, int64_t stride, int64_t apart, const float *panel, int64_t in, float *sums,
                          const int rows) {
  Register left[MOST_ROWS] = {0}, right[MOST_ROWS] = {0};
  for (int64_t i = 0; i < in; i++) {
    Register one, other;
    memcpy(&one, panel + i * PANEL, REGISTER);
    memcpy(&other, panel + i * PANEL + COLUMNS, REGISTER);
#pragma GCC unroll 8
    for (int row = 0; row < rows; row++) {
      float number = x[row * stride + i * apart];
      left[row] += number * one;
      right[row] += number * other;
    }
  }
#pragma GCC unroll 8
  for (int row = 0; row < rows; row++) {
    memcpy(sums + row * PANEL, left + row, REGISTER);
    memcpy(sums + row * PANEL + COLUMNS, right + row, REGISTER);
  }
}

/* The same of up to MOST_ROWS rows. */
APART void multiply_tiles(const float *x, int64_t stride, int64_t apart, const float *panel, int64_t in, float *sums,
                          int64_t rows) {
  switch (rows) {
    case 1: return multiply_tile(x, stride, apart, panel, in, sums, 1);
    case 2: return multiply_tile(x, stride, apart, panel, in, sums, 2);
    case 3: return multiply_tile(x, stride, apart, panel, in, sums, 3);
    case MOST_ROWS: return multiply_tile(x, stride, apart, panel, in, sums, MOST_ROWS);
#if MOST_ROWS == 8
    case 4: return multiply_tile(x, stride, apart, panel, in, sums, 4);
    case 5: return multiply_tile(x, stride, apart, panel, in, sums, 5);
    case 6: return multiply_tile(x, stride, apart, panel, in, sums, 6);
    case 7: return multiply_tile(x, stride, apart, panel, in, sums, 7);
#endif
  }
}

/* A tile's sums in `width` of a panel's columns, with the bias: written to y, or added to it. */
INLINE void use_tile(const float *sums, int64_t rows, int64_t width, const float *bias, float *y, int64_t stride,
                     int is_added) {
  for (int64_t row = 0; row < rows; row++)
#pragma omp simd
    for (int64_t i = 0; i < width; i++) {
      float before = (is_added ? y[row * stride + i] : 0) + (bias ? bias[i] : 0);
      y[row * stride + i] = sums[row * PANEL + i] + before;
    }
}

/* y = x W + bias, or that added to y: of `count` rows of x (in) and y (out), `x_stride` and `y_stride` apart; bias (out)
 * may be null. */
APART void multiply_rows_by_panels(const float *x, int64_t x_stride, const float *panels, const float *bias, float *y,
                                   int64_t y_stride, int64_t count, int64_t in, int64_t out, int is_added) {
  for (int64_t column = 0; column < out; column += PANEL)
    for (int64_t term = 0; term < in; term += TERMS)
      for (int64_t first = 0; first < count; first += MOST_ROWS) {
        float sums[MOST_ROWS * PANEL];
        int64_t rows = least(MOST_ROWS, count - first);
        multiply_tiles(x + first * x_stride + term, x_stride, 1, panels + column * in + term * PANEL,
                       least(TERMS, in - term), sums, rows);
        use_tile(sums, rows, least(PANEL, out - column), bias && !term ? bias + column : 0,
                 y + first * y_stride + column, y_stride, is_added || term);
      }
}

/* y (N, out) = x W + bias, from x (N, in) and W in panels; bias (out) may be null. */
void product_fp32(const float *x, const float *panels, const float *bias, float *y, int64_t n, int64_t in, int64_t out,
                  int64_t threads) {
#pragma omp parallel for num_threads(threads) schedule(static)
  for (int64_t first = 0; first < n; first += ROWS)
    multiply_rows_by_panels(x + first * in, in, panels, bias, y + first * out, out, least(ROWS, n - first), in, out, 0);
}

/* sums (in, out) = x^T y, from x (N, in) and y (N, out); `in` is a multiple of MOST_ROWS. `panels` has room for
 * TERMS (out + PANEL) numbers. */
void sum_outer_fp32(const float *x, const float *y, float *sums, float *panels, int64_t n, int64_t in, int64_t out,
                    int64_t threads) {
#pragma omp parallel num_threads(threads)
  for (int64_t term = 0; term < n; term += TERMS) {
    int64_t terms = least(TERMS, n - term);
#pragma omp for schedule(static)
    for (int64_t column = 0; column < out; column += PANEL) {
      int64_t width = least(PANEL, out - column);
      for (int64_t i = 0; i < terms; i++) {
        float *to = panels + column * TERMS + i * PANEL;
        memcpy(to, y + (term + i) * out + column, width * sizeof(float));
        memset(to + width, 0, (PANEL - width) * sizeof(float));
      }
    }
#pragma omp for schedule(static)
    for (int64_t first = 0; first < in; first += ROWS) {
      int64_t end = least(first + ROWS, in);
      float columns[ROWS * TERMS], tile[MOST_ROWS * PANEL]; /* of x, MOST_ROWS at once */
      for (int64_t row = first; row < end; row += MOST_ROWS)
        for (int64_t i = 0; i < terms; i++)
          memcpy(columns + (row - first) * TERMS + i * MOST_ROWS, x + (term + i) * in + row,
                 MOST_ROWS * sizeof(float));
      for (int64_t column = 0; column < out; column += PANEL)
        for (int64_t row = first; row < end; row += MOST_ROWS) {
          multiply_tiles(columns + (row - first) * TERMS, 1, MOST_ROWS, panels + column * TERMS, terms, tile, MOST_ROWS);
          use_tile(tile, MOST_ROWS, least(PANEL, out - column), 0, sums + row * out + column, out, term > 0);
        }
    }
  }
}
