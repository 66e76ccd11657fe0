/* Numbers, and rows of them in fp32, for the functions of all types. */

#define INLINE static inline __attribute__((always_inline))

/* Unless it is told otherwise GCC uses half of a register of AVX-512; with all of it GELU takes two thirds of the time.
 * Sums keep the order that they have in registers of 256 bits. */
#if defined __AVX512F__
#pragma GCC target("prefer-vector-width=512")
#define SUMMED static __attribute__((noinline, target("prefer-vector-width=256")))
#else
#define SUMMED INLINE
#endif

#define TILE 512 /* columns at once: those of a few rows stay in a core's first cache */
#define MOST_PAIRS 4 /* of 32 states each in a head: MOST_HEAD_WIDTH of attention.py */
#define PART 32 /* tokens whose outer products are summed in one part: TOKENS_PER_PART of lora.py */


/* Bytes of a register, and rows that are multiplied at once: the sums of both halves of a pair fill half the registers. */
#if defined __AVX512F__
#define REGISTER 64
#define MOST_ROWS 8
#elif defined __AVX__
#define REGISTER 32
#define MOST_ROWS 4
#else
#define REGISTER 16
#define MOST_ROWS 8
#endif
#define COLUMNS (REGISTER / 4) /* of fp32 in a register */

INLINE int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

/* Vectors of GCC and Clang, which divide them among the registers that there are. */
typedef float Four __attribute__((vector_size(16)));
typedef float Eight __attribute__((vector_size(32)));
typedef float Sixteen __attribute__((vector_size(64)));
typedef uint32_t Bits __attribute__((vector_size(64)));
typedef float Register __attribute__((vector_size(REGISTER)));
typedef uint32_t RegisterBits __attribute__((vector_size(REGISTER)));
typedef int32_t RegisterIntegers __attribute__((vector_size(REGISTER)));

/* 32 states: of fp32 the first 16 and the others, of bf16 those at even places and those at odd ones, which takes no
 * shuffling. In which order they are matters only when they are written. */
typedef struct { Sixteen one, other; } Pair;

/* Not one number after another, as a loop would add them. */
INLINE float sum_of(Sixteen x) {
  union { Sixteen all; Eight halves[2]; } sixteen = {x};
  union { Eight all; Four halves[2]; } eight = {sixteen.halves[0] + sixteen.halves[1]};
  Four four = eight.halves[0] + eight.halves[1];
  return (four[0] + four[2]) + (four[1] + four[3]);
}

INLINE Pair read_pair_fp32(const float *x) {
  Sixteen one, other; /* not both at once, which would go through memory */
  memcpy(&one, x, sizeof(one));
  memcpy(&other, x + 16, sizeof(other));
  return (Pair){one, other};
}

INLINE void write_pair_fp32(Pair pair, float *x) {
  memcpy(x, &pair.one, sizeof(pair.one));
  memcpy(x + 16, &pair.other, sizeof(pair.other));
}

INLINE Pair read_pair_bf16(const uint16_t *x) {
  Bits bits;
  memcpy(&bits, x, sizeof(bits));
  return (Pair){(Sixteen)(bits << 16), (Sixteen)(bits & 0xffff0000)};
}

/* Half a unit of what is left, less a bit unless the last bit of that is set: to the nearest, of two the even one. */
INLINE Bits rounded(Sixteen x) { return (Bits)x + 0x7fff + ((Bits)x >> 16 & 1); }

INLINE void write_pair_bf16(Pair pair, uint16_t *x) {
  Bits bits = rounded(pair.one) >> 16 | (rounded(pair.other) & 0xffff0000);
  memcpy(x, &bits, sizeof(bits));
}

/* x . y, or the sum of x where y is null, in four sums at once: one would wait for itself. */
SUMMED float dot(const float *x, const float *y, int64_t d) {
  int64_t quarter = d / 4;
  float a = 0, b = 0, c = 0, e = 0;
#pragma omp simd reduction(+ : a, b, c, e)
  for (int64_t i = 0; i < quarter; i++) {
    a += x[i] * (y ? y[i] : 1);
    b += x[quarter + i] * (y ? y[quarter + i] : 1);
    c += x[2 * quarter + i] * (y ? y[2 * quarter + i] : 1);
    e += x[3 * quarter + i] * (y ? y[3 * quarter + i] : 1);
  }
  for (int64_t i = 4 * quarter; i < d; i++) e += x[i] * (y ? y[i] : 1);
  return (a + b) + (c + e);
}

/* sums[k] += x . rows[k] of 4 rows, which are `stride` apart. */
SUMMED void add_dots(float *sums, const float *x, const float *rows, int64_t stride, int64_t d) {
  const float *second = rows + stride, *third = second + stride, *fourth = third + stride;
  float a = 0, b = 0, c = 0, e = 0;
#pragma omp simd reduction(+ : a, b, c, e)
  for (int64_t i = 0; i < d; i++) {
    a += x[i] * rows[i];
    b += x[i] * second[i];
    c += x[i] * third[i];
    e += x[i] * fourth[i];
  }
  sums[0] += a, sums[1] += b, sums[2] += c, sums[3] += e;
}

/* y += the sum of weights[k] rows[k] of 4 rows; the first sum is written over what y was before. */
INLINE void add_rows(float *y, const float *weights, const float *rows, int64_t stride, int64_t d, int is_first) {
  const float *second = rows + stride, *third = second + stride, *fourth = third + stride;
  float a = weights[0], b = weights[1], c = weights[2], e = weights[3];
#pragma omp simd
  for (int64_t i = 0; i < d; i++)
    y[i] = (is_first ? 0 : y[i]) + a * rows[i] + b * second[i] + c * third[i] + e * fourth[i];
}

/* sums[k] += the outer products of 4 tokens' weights and states, of 4 ranks k: weights and sums are `r` and `stride`
 * apart, and the tokens' states TILE. */
INLINE void add_outer(float *sums, const float *weights, const float *x, int64_t r, int64_t stride, int64_t d) {
  float w[4][4];
  for (int64_t token = 0; token < 4; token++)
    for (int64_t k = 0; k < 4; k++) w[token][k] = weights[token * r + k];
  float *second = sums + stride, *third = second + stride, *fourth = third + stride;
#pragma omp simd
  for (int64_t i = 0; i < d; i++) {
    float a = x[i], b = x[TILE + i], c = x[2 * TILE + i], e = x[3 * TILE + i];
    sums[i] += w[0][0] * a + w[1][0] * b + w[2][0] * c + w[3][0] * e;
    second[i] += w[0][1] * a + w[1][1] * b + w[2][1] * c + w[3][1] * e;
    third[i] += w[0][2] * a + w[1][2] * b + w[2][2] * c + w[3][2] * e;
    fourth[i] += w[0][3] * a + w[1][3] * b + w[2][3] * c + w[3][3] * e;
  }
}

/* sums += the states of 4 tokens, which are TILE apart. */
INLINE void add_tokens(float *sums, const float *x, int64_t d) {
#pragma omp simd
  for (int64_t i = 0; i < d; i++) sums[i] += x[i] + x[TILE + i] + x[2 * TILE + i] + x[3 * TILE + i];
}

/* Flags of at most TILE columns as bits: eight that are an eighth of the columns apart make a byte. */
INLINE void pack_flags(uint8_t *flags, int64_t d, uint8_t *bits) {
  int64_t eighth = (d + 7) / 8;
  memset(flags + d, 0, 8 * eighth - d);
#pragma omp simd
  for (int64_t c = 0; c < eighth; c++) {
    uint8_t byte = 0;
    for (int64_t bit = 0; bit < 8; bit++) byte |= (uint8_t)(flags[bit * eighth + c] << bit);
    bits[c] = byte;
  }
}

/* The sum of each part's (size), in order. */
INLINE void sum_parts(const float *sums, int64_t parts, int64_t size, float *sum, int64_t threads) {
#pragma omp parallel for num_threads(threads)
  for (int64_t start = 0; start < size; start += TILE) {
    int64_t width = least(TILE, size - start);
    memcpy(sum + start, sums + start, width * sizeof(float));
    for (int64_t part = 1; part < parts; part++)
#pragma omp simd
      for (int64_t c = 0; c < width; c++) sum[start + c] += sums[part * size + start + c];
  }
}

/* Of a bound and x, which is taken where it is NaN. */
INLINE float larger(float bound, float x) { return bound > x ? bound : x; }

INLINE float smaller(float bound, float x) { return bound < x ? bound : x; }

/* e^x to 2 units in the last place, 2^round(x / ln 2) times a polynomial of what is left (Cephes); NaN stays. */
INLINE float exponential(float x) {
  const float to_integer = 12582912; /* 1.5 2^23, whose sum with a number has that number's integer as its last bits */
  float bounded = larger(-87, smaller(88, x));
  float shifted = bounded * 1.44269504f + to_integer;
  float power = shifted - to_integer;
  float rest = (bounded - power * 0.693359375f) + power * 2.12194440e-4f;
  float value = 1.9875691500e-4f;
  value = value * rest + 1.3981999507e-3f;
  value = value * rest + 8.3334519073e-3f;
  value = value * rest + 4.1665795894e-2f;
  value = value * rest + 1.6666665459e-1f;
  value = value * rest + 5.0000001201e-1f;
  value = value * rest * rest + rest + 1;
  union { float number; uint32_t bits; } exponent = {shifted};
  exponent.bits = (exponent.bits + 127) << 23;
  return value * exponent.number;
}

INLINE float logistic(float x) { return 1 / (1 + exponential(-x)); }

/* To 2e-7, whatever its size. */
INLINE float tanh_of(float x) { return 2 * logistic(2 * x) - 1; }

/* GELU's tanh approximation is x s(z), with the logistic function s and z = x (LINEAR + CUBIC x^2). */
#define LINEAR 1.5957691216f
#define CUBIC 0.0713548163f

INLINE float logistic_of(float x) { return logistic(x * (LINEAR + CUBIC * x * x)); }

INLINE float gelu(float x) { return x * logistic_of(x); }

INLINE float gelu_slope(float x) {
  float s = logistic_of(x);
  return s + x * s * (1 - s) * (LINEAR + 3 * CUBIC * x * x);
}

INLINE float widen_fp32(float x) { return x; }

INLINE float narrow_fp32(float x) { return x; }

INLINE float widen_bf16(uint16_t x) {
  union { uint32_t bits; float number; } wide = {(uint32_t)x << 16};
  return wide.number;
}

/* To the nearest, of two the even one. */
INLINE uint16_t narrow_bf16(float x) {
  union { float number; uint32_t bits; } wide = {x};
  return (uint16_t)((wide.bits + 0x7fff + (wide.bits >> 16 & 1)) >> 16);
}
