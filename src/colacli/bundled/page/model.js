// The student: text to token ids to two logits. Nothing here knows the page.
"use strict";

// ---- Byte-level byte-pair encoding (Radford et al. 2019) ----

// The character that stands for each byte.
const BYTE_CHARACTERS = (() => {
  const printable = (byte) => (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xff && byte !== 0xad);
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++));
})();

// JavaScript's \s is not Unicode's White_Space, which the tokenizers library takes.
const SPACE = "\\p{White_Space}";
const WORDS = new RegExp(
  `'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^${SPACE}\\p{L}\\p{N}]+|${SPACE}+(?!\\P{White_Space})|${SPACE}+`,
  "gu",
);

// Matches any of some tokens; of those that begin at one place the longest.
function anyOf(tokens) {
  const escaped = tokens.map((token) => token.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  return new RegExp(escaped.sort((a, b) => b.length - a.length).join("|"), "gu");
}

class Tokenizer {
  // vocabulary: tokens by id. merges: "first second", the most frequent first. added: sets of whole tokens, each
  // looked for in what the sets before have left. before, after: ids around each sentence.
  constructor({ vocabulary, merges, added, add_prefix_space, use_regex, before, after }) {
    this.ids = new Map(vocabulary.map((token, id) => [token, id]).filter(([token]) => token !== null));
    this.ranks = new Map(merges.map((pair, rank) => [pair, rank]));
    this.added = added.map((tokens) => ({ ids: new Map(Object.entries(tokens)), pattern: anyOf(Object.keys(tokens)) }));
    this.prefixSpace = add_prefix_space;
    this.splits = use_regex;
    this.before = before;
    this.after = after;
    this.known = new Map();
  }

  encode(text) {
    return [...this.before, ...this.encodePart(text, 0), ...this.after];
  }

  encodePart(text, set) {
    if (text === "") return [];
    if (set === this.added.length) return this.encodePlain(text);
    const ids = [];
    let start = 0;
    for (const match of text.matchAll(this.added[set].pattern)) {
      ids.push(...this.encodePart(text.slice(start, match.index), set + 1), this.added[set].ids.get(match[0]));
      start = match.index + match[0].length;
    }
    ids.push(...this.encodePart(text.slice(start), set + 1));
    return ids;
  }

  encodePlain(text) {
    if (this.prefixSpace && !text.startsWith(" ")) text = ` ${text}`;
    const words = this.splits ? text.match(WORDS) ?? [] : [text];
    return words.flatMap((word) => {
      if (!this.known.has(word)) this.known.set(word, this.encodeWord(word));
      return this.known.get(word);
    });
  }

  // Merge the pair of lowest rank, the leftmost of equals, until there is none.
  encodeWord(word) {
    const parts = Array.from(new TextEncoder().encode(word), (byte) => BYTE_CHARACTERS[byte]);
    for (;;) {
      let best = -1;
      let lowest = Infinity;
      for (let i = 0; i + 1 < parts.length; i++) {
        const rank = this.ranks.get(`${parts[i]} ${parts[i + 1]}`) ?? Infinity;
        if (rank < lowest) [best, lowest] = [i, rank];
      }
      if (best < 0) return parts.map((part) => this.ids.get(part));
      parts.splice(best, 2, parts[best] + parts[best + 1]);
    }
  }
}

// ---- The network ----

const sigmoid = (x) => 1 / (1 + Math.exp(-x));

function bytes(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer;
}

// A weight as it is stored: integers with a scale a row, or floats.
function decode({ shape, int8, scales, floats }) {
  if (floats !== undefined) return { shape, values: new Float32Array(bytes(floats)) };
  const rounded = new Int8Array(bytes(int8));
  const scale = new Float32Array(bytes(scales));
  const columns = shape[1];
  return { shape, values: Float32Array.from(rounded, (value, i) => value * scale[Math.floor(i / columns)]) };
}

// W x + b, W (rows, columns).
function linear(weight, x, bias) {
  const { shape: [rows, columns], values } = weight;
  const y = new Float64Array(rows);
  for (let i = 0, k = 0; i < rows; i++) {
    let sum = bias ? bias.values[i] : 0;
    for (let j = 0; j < columns; j++, k++) sum += values[k] * x[j];
    y[i] = sum;
  }
  return y;
}

// The next state from W x + b, U h + c and the state before; `memory` is an LSTM's cell. Gates are in PyTorch's order.
const CELLS = {
  rnn: (a, b) => a.map((value, i) => Math.tanh(value + b[i])),
  gru: (a, b, h) => {
    const n = h.length;
    return h.map((old, i) => {
      const reset = sigmoid(a[i] + b[i]);
      const update = sigmoid(a[n + i] + b[n + i]);
      return (1 - update) * Math.tanh(a[2 * n + i] + reset * b[2 * n + i]) + update * old;
    });
  },
  lstm: (a, b, h, memory) => {
    const n = h.length;
    return h.map((_, i) => {
      const [input, forget, cell, output] = [0, 1, 2, 3].map((gate) => a[gate * n + i] + b[gate * n + i]);
      memory[i] = sigmoid(forget) * memory[i] + sigmoid(input) * Math.tanh(cell);
      return sigmoid(output) * Math.tanh(memory[i]);
    });
  },
};

const concatenate = (a, b) => Float64Array.of(...a, ...b);

class Student {
  constructor({ shape, weights, tokenizer }) {
    this.shape = shape;
    this.tokenizer = new Tokenizer(tokenizer);
    this.weights = Object.fromEntries(Object.entries(weights).map(([name, weight]) => [name, decode(weight)]));
  }

  // Probability that a text is acceptable; null where it has no token, or one that the network has no row for.
  judge(text) {
    const ids = this.tokenizer.encode(text);
    if (ids.length === 0 || Math.max(...ids) >= this.weights["embedding.weight"].shape[0]) return null;
    const [reject, accept] = this.logits(ids);
    return sigmoid(accept - reject);
  }

  // Two logits: not acceptable, acceptable.
  logits(ids) {
    let inputs = ids.map((id) => this.embed(id));
    let last;
    for (let layer = 0; layer < this.shape.layers; layer++) {
      const forward = this.read(inputs, `l${layer}`);
      last = forward.at(-1);
      if (this.shape.bidirectional) {
        const backward = this.read([...inputs].reverse(), `l${layer}_reverse`).reverse();
        last = concatenate(last, backward[0]);
        inputs = forward.map((state, i) => concatenate(state, backward[i]));
      } else {
        inputs = forward;
      }
    }
    const { "score.weight": weight, "score.bias": bias } = this.weights;
    return linear(weight, this.pool(last, inputs), bias);
  }

  embed(id) {
    const { "embedding.weight": table, "projection.weight": projection } = this.weights;
    const columns = table.shape[1];
    const row = Float64Array.from(table.values.subarray(id * columns, (id + 1) * columns));
    return projection ? linear(projection, row) : row;
  }

  // States of one direction of one layer, one for each input.
  read(inputs, name) {
    const [w, u, b, c] = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].map((part) => this.weights[`rnn.${part}_${name}`]);
    let state = new Float64Array(this.shape.hidden);
    const memory = new Float64Array(this.shape.hidden);
    return inputs.map((x) => {
      state = CELLS[this.shape.cell](linear(w, x, b), linear(u, state, c), state, memory);
      return state;
    });
  }

  // The head's input: the last state, and the states' mean, largest values or mean weighted by attention.
  pool(last, states) {
    if (this.shape.pooling === "last") return last;
    if (this.shape.pooling === "max") return concatenate(last, last.map((_, i) => Math.max(...states.map((state) => state[i]))));
    let weights = states.map(() => 1 / states.length);
    if (this.shape.pooling === "attention") {
      const { "pool.project.weight": project, "pool.project.bias": bias, "pool.weigh.weight": weigh } = this.weights;
      const scores = states.map((state) => linear(weigh, linear(project, state, bias).map(Math.tanh))[0]);
      const exponentials = scores.map((score) => Math.exp(score - Math.max(...scores)));
      const total = exponentials.reduce((a, b) => a + b, 0);
      weights = exponentials.map((value) => value / total);
    }
    return concatenate(last, last.map((_, i) => states.reduce((sum, state, t) => sum + weights[t] * state[i], 0)));
  }
}
