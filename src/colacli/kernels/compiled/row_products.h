/* Products of a few rows in fp32 with a matrix of the type STATE, each of whose numbers is read once: memory is the limit.
 *
 * The matrix (in, out) is in blocks of COLUMNS columns, one after another; in a block are pairs of rows, in fp32 one row
 * and then the other, in 16 bits the numbers of both in turn: (out / COLUMNS, in / 2, 2 COLUMNS). Letters: B texts.
 */

#ifndef PREFETCHED
#define PREFETCHED 3072 /* bytes from what is read to what is fetched: one processor reads 18.8 GB/s so, else 17.2 */
#define APART static __attribute__((noinline)) /* once, for all that call it: else most of compiling is for it */
typedef enum { WRITTEN, ADDED, ACTIVATED } Use; /* of a product: y = it, y += it, y = GELU of it */
typedef struct { Register one, other; } Two;

INLINE Two read_two_fp32(const float *x) {
  Two rows;
  memcpy(&rows.one, x, REGISTER);
  memcpy(&rows.other, x + COLUMNS, REGISTER);
  return rows;
}

INLINE Two read_two_bf16(const uint16_t *x) {
  RegisterBits bits;
  memcpy(&bits, x, REGISTER);
  return (Two){(Register)(bits << 16), (Register)(bits & 0xffff0000)};
}

/* Integers, as numbers. */
INLINE Two read_two_int16(const int16_t *x) {
  RegisterIntegers bits;
  memcpy(&bits, x, REGISTER);
  return (Two){__builtin_convertvector(bits << 16 >> 16, Register), __builtin_convertvector(bits >> 16, Register)};
}

int64_t columns(void) { return COLUMNS; }

/* COLUMNS of a row of y, from the sums and the bias. */
INLINE void use_sums(Register sums, const float *bias, float *y, Use use) {
  Register shift, before;
  memcpy(&shift, bias, REGISTER);
  sums += shift;
  if (use == ADDED) {
    memcpy(&before, y, REGISTER);
    sums += before;
  }
  memcpy(y, &sums, REGISTER);
  if (use == ACTIVATED) gelu_row_fp32(y, COLUMNS, y);
}
#endif

/* COLUMNS columns of x W of `rows` rows x (rows, in). The sums of a row do not depend on how many there are. */
INLINE void NAMED(multiply_rows)(const float *x, const STATE *block, int64_t in, Register *sums, const int rows) {
  Register even[MOST_ROWS] = {0}, odd[MOST_ROWS] = {0};
  for (int64_t i = 0; i < in; i += 2) {
    const STATE *at = block + i * COLUMNS;
    for (int64_t byte = 0; byte < 2 * COLUMNS * (int64_t)sizeof(STATE); byte += 64)
      __builtin_prefetch((const char *)at + PREFETCHED + byte);
    Two pair = NAMED(read_two)(at);
#pragma GCC unroll 8
    for (int row = 0; row < rows; row++) {
      even[row] += x[row * in + i] * pair.one;
      odd[row] += x[row * in + i + 1] * pair.other;
    }
  }
#pragma GCC unroll 8
  for (int row = 0; row < rows; row++) sums[row] = even[row] + odd[row];
}

/* x W + bias, (B, in) with a matrix (in, out), by the threads of a region. */
APART void NAMED(multiply)(const float *x, const STATE *matrix, const float *bias, float *y, int64_t texts, int64_t in,
                           int64_t out, Use use) {
#pragma omp for schedule(static)
  for (int64_t column = 0; column < out; column += COLUMNS) {
    const STATE *block = matrix + column * in;
    for (int64_t first = 0; first < texts;) {
      const float *from = x + first * in;
      int64_t left = texts - first, rows = left >= MOST_ROWS ? MOST_ROWS : left >= 4 ? 4 : left >= 2 ? 2 : 1;
      Register sums[MOST_ROWS];
      if (rows == MOST_ROWS)
        NAMED(multiply_rows)(from, block, in, sums, MOST_ROWS);
      else if (rows == 4)
        NAMED(multiply_rows)(from, block, in, sums, 4);
      else if (rows == 2)
        NAMED(multiply_rows)(from, block, in, sums, 2);
      else
        NAMED(multiply_rows)(from, block, in, sums, 1);
      for (int64_t row = 0; row < rows; row++, first++)
        use_sums(sums[row], bias + column, y + first * out + column, use);
    }
  }
}

/* y (B, out) = x W + bias, from x (B, in). */
void NAMED(row_linear)(const float *x, const STATE *matrix, const float *bias, float *y, int64_t texts, int64_t in,
                       int64_t out, int64_t threads) {
#pragma omp parallel num_threads(threads)
  NAMED(multiply)(x, matrix, bias, y, texts, in, out, WRITTEN);
}
