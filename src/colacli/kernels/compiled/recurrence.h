/* Recurrent layers over packed sentences in fp32: one direction of one layer, and the largest state of each sentence.
 *
 * Tokens are in the order of steps: all first tokens, all second ones, and so on, in each step the longest sentence
 * first; `starts` (steps + 1) says where each step begins. A thread reads its sentences through all steps: it waits for
 * no other, and U stays in its core's cache. A sentence's numbers don't depend on which it is read with.
 *
 * The arguments of a token's gates are W x_t + b + U h_(t-1) + c, in the order of torch's weights; h_0 = 0.
 *
 * Letters: N tokens of B sentences, h width of a state, G gates.
 */

typedef enum { PLAIN = 1, GRU = 3, LSTM = 4 } Cell; /* its gates, of which a plain network has none: its one argument */

/* What is computed of all tokens: gates (N, G h), and (N, h) each `states`, those `previous` to them, and `other`, of a
 * GRU the n-part of U h_(t-1) + c, of an LSTM the cells. Gradients: of U h_(t-1) + c in each gate `arguments` (N, G h), of
 * the n-part of a GRU's W x + b `new` (N, h), and what later steps add to those of a sentence's state and cell, `carried`
 * and `carried_cell` (B, h). */

/* The tokens of a step that are a thread's: of sentences `threads` apart, so that all threads have as many. */
typedef struct {
  int64_t first, count;      /* the first one's place in N, and how many they are */
  int64_t before, continued; /* the first ones follow on as many tokens of the step before, from here in N */
} Step;

/* How many of a step's tokens are a thread's. */
INLINE int64_t tokens_at(const int64_t *starts, int64_t step, int64_t thread, int64_t threads) {
  int64_t sentences = starts[step + 1] - starts[step];
  return sentences > thread ? (sentences - thread - 1) / threads + 1 : 0;
}

/* A step of a direction, whose steps are counted in its order. */
INLINE Step step_at(const int64_t *starts, int64_t steps, int64_t number, int64_t is_reverse, int64_t thread,
                    int64_t threads) {
  int64_t step = is_reverse ? steps - 1 - number : number, before = is_reverse ? step + 1 : step - 1;
  Step now = {starts[step] + thread, tokens_at(starts, step, thread, threads), 0, 0};
  if (number > 0) {
    now.before = starts[before] + thread;
    now.continued = least(now.count, tokens_at(starts, before, thread, threads));
  }
  return now;
}

/* y = U h_(t-1) + c, or that added to y, of a step: `columns` of U's, in panels, and y's rows `width` apart. */
INLINE void multiply_step(const float *states, const float *u, const float *c, float *y, Step now, int64_t h,
                          int64_t columns, int64_t width, int64_t threads, int is_added) {
  multiply_rows_by_panels(states + now.before * h, threads * h, u, c, y, threads * width, now.continued, h, columns,
                          is_added);
  for (int64_t row = now.continued; row < now.count; row++) {
    float *sums = y + row * threads * width;
#pragma omp simd
    for (int64_t i = 0; i < columns; i++) sums[i] = c[i] + (is_added ? sums[i] : 0);
  }
}

/* h_t = tanh(argument) */
INLINE void plain_state(const float *argument, float *state, int64_t h) {
#pragma omp simd
  for (int64_t i = 0; i < h; i++) state[i] = tanh_of(argument[i]);
}

/* h_t = (1 - z) n + z h_(t-1), n = tanh(W x_t + b + r (U h_(t-1) + c)); gates r, z and n take their arguments' place. */
INLINE void gru_state(float *gates, const float *through_u, const float *before, float *state, int64_t h) {
#pragma omp simd
  for (int64_t i = 0; i < h; i++) {
    float r = logistic(gates[i]), z = logistic(gates[h + i]), n = tanh_of(gates[2 * h + i] + r * through_u[i]);
    gates[i] = r, gates[h + i] = z, gates[2 * h + i] = n;
    state[i] = n + z * (before[i] - n);
  }
}

/* h_t = o tanh(s_t), s_t = f s_(t-1) + i g; gates i, f, g and o take their arguments' place. The first cell has null
 * before it. */
INLINE void lstm_state(float *gates, const float *cell_before, float *cell, float *state, int64_t h) {
#pragma omp simd
  for (int64_t c = 0; c < h; c++) {
    float i = logistic(gates[c]), f = logistic(gates[h + c]), g = tanh_of(gates[2 * h + c]);
    float o = logistic(gates[3 * h + c]);
    gates[c] = i, gates[h + c] = f, gates[2 * h + c] = g, gates[3 * h + c] = o;
    cell[c] = i * g + (cell_before ? f * cell_before[c] : 0);
    state[c] = o * tanh_of(cell[c]);
  }
}

/* All that is computed, from W x + b in the gates' place, U in panels (h, G h) and c (G h). */
void recurrence_fp32(float *gates, const float *u, const float *c, const int64_t *starts, float *states,
                     float *previous, float *other, int64_t cell, int64_t steps, int64_t is_reverse, int64_t h,
                     int64_t threads) {
#pragma omp parallel for num_threads(threads) schedule(static, 1)
  for (int64_t thread = 0; thread < threads; thread++) {
    int64_t width = cell * h;
    for (int64_t number = 0; number < steps; number++) {
      Step now = step_at(starts, steps, number, is_reverse, thread, threads);
      float *arguments = gates + now.first * width;
      multiply_step(states, u, c, arguments, now, h, cell == GRU ? 2 * h : width, width, threads, 1);
      if (cell == GRU)
        multiply_step(states, u + 2 * h * h, c + 2 * h, other + now.first * h, now, h, h, h, threads, 0);
      for (int64_t row = 0; row < now.count; row++) {
        int64_t token = now.first + row * threads, before = now.before + row * threads;
        int is_first = row >= now.continued;
        float *own = gates + token * width, *state = states + token * h, *state_before = previous + token * h;
        if (is_first)
          memset(state_before, 0, h * sizeof(float));
        else
          memcpy(state_before, states + before * h, h * sizeof(float));
        if (cell == PLAIN) plain_state(own, state, h);
        if (cell == GRU) gru_state(own, other + token * h, state_before, state, h);
        if (cell == LSTM) lstm_state(own, is_first ? 0 : other + before * h, other + token * h, state, h);
      }
    }
  }
}

/* Of a token's state the gradient, with what later steps add to it: that of its argument. */
INLINE void plain_backward(const float *state, const float *gradient, float *carried, float *argument, int64_t h) {
#pragma omp simd
  for (int64_t i = 0; i < h; i++) {
    argument[i] = (gradient[i] + carried[i]) * (1 - state[i] * state[i]);
    carried[i] = 0;
  }
}

INLINE void gru_backward(const float *gates, const float *through_u, const float *before, const float *gradient,
                         float *carried, float *arguments, float *new, int64_t h) {
#pragma omp simd
  for (int64_t i = 0; i < h; i++) {
    float r = gates[i], z = gates[h + i], n = gates[2 * h + i], given = gradient[i] + carried[i];
    float of_new = given * (1 - z) * (1 - n * n);
    new[i] = of_new;
    arguments[i] = of_new * through_u[i] * r * (1 - r);
    arguments[h + i] = given * (before[i] - n) * z * (1 - z);
    arguments[2 * h + i] = of_new * r;
    carried[i] = given * z;
  }
}

INLINE void lstm_backward(const float *gates, const float *cell, const float *cell_before, const float *gradient,
                          float *carried, float *carried_cell, float *arguments, int64_t h) {
#pragma omp simd
  for (int64_t c = 0; c < h; c++) {
    float i = gates[c], f = gates[h + c], g = gates[2 * h + c], o = gates[3 * h + c], shown = tanh_of(cell[c]);
    float given = gradient[c] + carried[c], of_cell = carried_cell[c] + given * o * (1 - shown * shown);
    arguments[c] = of_cell * g * i * (1 - i);
    arguments[h + c] = cell_before ? of_cell * cell_before[c] * f * (1 - f) : 0;
    arguments[2 * h + c] = of_cell * i * (1 - g * g);
    arguments[3 * h + c] = given * shown * o * (1 - o);
    carried_cell[c] = of_cell * f;
    carried[c] = 0;
  }
}

/* All gradients from that of the states (N, h), what was computed, and U in panels (G h, h). `new` is null but of a GRU,
 * `carried_cell` but of an LSTM; what is carried is zero. */
void recurrence_backward_fp32(const float *gates, const float *states, const float *previous, const float *other,
                              const float *gradient, const float *u, const int64_t *starts, float *arguments,
                              float *new, float *carried, float *carried_cell, int64_t cell, int64_t steps,
                              int64_t is_reverse, int64_t h, int64_t threads) {
#pragma omp parallel for num_threads(threads) schedule(static, 1)
  for (int64_t thread = 0; thread < threads; thread++) {
    int64_t width = cell * h;
    for (int64_t number = steps - 1; number >= 0; number--) {
      Step now = step_at(starts, steps, number, is_reverse, thread, threads);
      for (int64_t row = 0; row < now.count; row++) {
        int64_t token = now.first + row * threads, before = now.before + row * threads;
        const float *own = gates + token * width, *given = gradient + token * h;
        float *of_own = arguments + token * width, *later = carried + (thread + row * threads) * h;
        if (cell == PLAIN) plain_backward(states + token * h, given, later, of_own, h);
        if (cell == GRU)
          gru_backward(own, other + token * h, previous + token * h, given, later, of_own, new + token * h, h);
        if (cell == LSTM)
          lstm_backward(own, other + token * h, row < now.continued ? other + before * h : 0, given, later,
                        carried_cell + (thread + row * threads) * h, of_own, h);
      }
      multiply_rows_by_panels(arguments + now.first * width, threads * width, u, 0, carried + thread * h, threads * h,
                              now.continued, width, h, 1);
    }
  }
}

/* How many tokens a sentence has. */
INLINE int64_t length_of(const int64_t *starts, int64_t steps, int64_t sentence) {
  while (starts[steps] - starts[steps - 1] <= sentence) steps--;
  return steps;
}

/* Each sentence's largest states (B, h) of those of all tokens (N, h); NaN where one is. */
void packed_max_fp32(const float *states, const int64_t *starts, float *largest, int64_t steps, int64_t h,
                     int64_t threads) {
#pragma omp parallel for num_threads(threads) schedule(dynamic, 8)
  for (int64_t sentence = 0; sentence < starts[1]; sentence++) {
    float *best = largest + sentence * h;
    memcpy(best, states + sentence * h, h * sizeof(float));
    for (int64_t step = 1, length = length_of(starts, steps, sentence); step < length; step++) {
      const float *state = states + (starts[step] + sentence) * h;
#pragma omp simd
      for (int64_t i = 0; i < h; i++) best[i] = state[i] <= best[i] || best[i] != best[i] ? best[i] : state[i];
    }
  }
}

/* The gradient of the states (N, h) from that of the largest (B, h), divided among equal ones. */
void packed_max_backward_fp32(const float *states, const float *largest, const float *gradient, const int64_t *starts,
                              float *for_states, int64_t steps, int64_t h, int64_t threads) {
#pragma omp parallel for num_threads(threads) schedule(dynamic, 8)
  for (int64_t sentence = 0; sentence < starts[1]; sentence++) {
    const float *best = largest + sentence * h, *given = gradient + sentence * h;
    int64_t length = length_of(starts, steps, sentence);
    float times[h];
    memset(times, 0, sizeof(times));
    for (int64_t step = 0; step < length; step++) {
      const float *state = states + (starts[step] + sentence) * h;
#pragma omp simd
      for (int64_t i = 0; i < h; i++) times[i] += state[i] == best[i];
    }
    for (int64_t step = 0; step < length; step++) {
      int64_t at = (starts[step] + sentence) * h;
#pragma omp simd
      for (int64_t i = 0; i < h; i++) for_states[at + i] = states[at + i] == best[i] ? given[i] / times[i] : 0;
    }
  }
}
