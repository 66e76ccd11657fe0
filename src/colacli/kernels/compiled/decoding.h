/* The next token of each of a few texts by a GPT-2 whose matrices have the type STATE; all else is fp32. */

/* What a block of GPT-2 is computed with, as pointers: norms (2, width) of weight and bias, matrices and biases. */
typedef struct {
  const float *first_norm;
  const STATE *project;
  const float *project_bias;
  const STATE *back;
  const float *back_bias, *second_norm;
  const STATE *widen;
  const float *widen_bias;
  const STATE *narrow;
  const float *narrow_bias, *scale;
} NAMED(Block);

/* Each row's layer norm (B, width), by the threads of a region. */
INLINE void NAMED(normalise_texts)(const float *x, const float *norm, float *y, int64_t texts, int64_t width,
                                   float epsilon) {
#pragma omp for schedule(static)
  for (int64_t text = 0; text < texts; text++) {
    float statistics[2];
    normalise_fp32(x + text * width, norm, norm + width, y + text * width, statistics, width, epsilon);
  }
}

/* x (B, H d), the states before the first block, becomes those after the last of `layers`. caches[layer] is (2, B, H,
 * room, d), the keys and values of `count` tokens before this one, whose are written. `scratch` has room for
 * B (5 H d + inner + H room) numbers. */
void NAMED(next_states)(float *x, const NAMED(Block) *blocks, float *const *caches, float *scratch, int64_t layers,
                        int64_t texts, int64_t heads, int64_t d, int64_t inner, int64_t room, int64_t count,
                        float epsilon, int64_t threads) {
  int64_t width = heads * d;
  float *normal = scratch, *qkv = normal + texts * width, *attended = qkv + 3 * texts * width;
  float *wide = attended + texts * width, *weights = wide + texts * inner;
#pragma omp parallel num_threads(threads)
  for (int64_t layer = 0; layer < layers; layer++) {
    const NAMED(Block) *block = blocks + layer;
    NAMED(normalise_texts)(x, block->first_norm, normal, texts, width, epsilon);
    NAMED(multiply)(normal, block->project, block->project_bias, qkv, texts, width, 3 * width, WRITTEN);
#pragma omp for collapse(2) schedule(static)
    for (int64_t text = 0; text < texts; text++) {
      for (int64_t h = 0; h < heads; h++) {
        int64_t head = text * heads + h;
        const float *query = qkv + 3 * text * width + h * d;
        float *keys = caches[layer] + head * room * d, *values = keys + texts * heads * room * d;
        memcpy(keys + count * d, query + width, d * sizeof(float));
        memcpy(values + count * d, query + 2 * width, d * sizeof(float));
        attend_fp32(query, keys, values, d, 0, count + 1, attended + head * d, weights + head * room, d / 32,
                    *block->scale);
      }
    }
    NAMED(multiply)(attended, block->back, block->back_bias, x, texts, width, width, ADDED);
    NAMED(normalise_texts)(x, block->second_norm, normal, texts, width, epsilon);
    NAMED(multiply)(normal, block->widen, block->widen_bias, wide, texts, width, inner, ACTIVATED);
    NAMED(multiply)(wide, block->narrow, block->narrow_bias, x, texts, inner, width, ADDED);
  }
}
