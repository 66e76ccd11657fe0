// The page: it reads two sentences as they are typed, and shows what the student makes of them.
"use strict";

const PAUSE = 900; // milliseconds without a key before a screen reader is told
const SLICE = 12; // milliseconds of computation before the browser may draw
const REMEMBERED = 5000;

const byId = (id) => document.getElementById(id);

// An element with text, which is never read as HTML.
function element(name, { text, className, ...attributes } = {}, ...children) {
  const node = document.createElement(name);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

const percent = (fraction, places = 0) => `${(100 * fraction).toFixed(places)}\u00a0%`;
const decimals = (value, places = 3) => value.toFixed(places).replace("-", "−");
const kind = (probability) => (probability > 0.5 ? "good" : "bad");
const label = (probability) => (probability > 0.5 ? "acceptable" : "unacceptable");

// ---- Judging ----

const remembered = new Map();

function judge(text) {
  if (!remembered.has(text)) {
    if (remembered.size >= REMEMBERED) remembered.clear();
    remembered.set(text, student.judge(text));
  }
  return remembered.get(text);
}

// Each word with the sentence up to its end.
function prefixes(text) {
  return Array.from(text.matchAll(/\S+/g), (match) => ({ word: match[0], upTo: text.slice(0, match.index + match[0].length) }));
}

class Side {
  constructor(name) {
    this.name = name;
    this.run = 0; // counts what was typed, so that an older judgement gives way
    const id = `sentence-${name}`;
    this.input = element("textarea", { id, rows: 2, maxlength: 1000, spellcheck: "false", autocomplete: "off", autocapitalize: "off", "aria-describedby": "direction" });
    this.verdict = element("p", { className: "verdict" });
    this.bar = element("span");
    this.words = element("ol", { className: "words", role: "list", "aria-label": `Probability after each word of sentence ${name}` });
    this.fall = element("p", { className: "small" });
    const track = element("div", { className: "track", "aria-hidden": "true" }, this.bar);
    this.node = element("div", { className: "side" }, element("label", { text: `Sentence ${name}`, for: id }), this.input, this.verdict, track, this.words, this.fall);
    this.input.addEventListener("input", () => this.update());
  }

  get text() {
    return this.input.value.replace(/[\r\n]+/g, " ").trim();
  }

  set text(value) {
    this.input.value = value;
    this.update();
  }

  // The whole sentence at once, its words when there is time.
  async update() {
    const run = ++this.run;
    this.probability = this.text === "" ? null : judge(this.text);
    this.showVerdict();
    compare();
    let since = performance.now();
    const judged = [];
    for (const { word, upTo } of prefixes(this.text)) {
      if (performance.now() - since > SLICE) {
        await new Promise((resolve) => setTimeout(resolve));
        if (run !== this.run) return;
        since = performance.now();
      }
      const probability = judge(upTo);
      if (probability !== null) judged.push({ word, probability });
    }
    this.showWords(judged);
  }

  showVerdict() {
    const p = this.probability;
    this.bar.style.width = `${100 * (p ?? 0)}%`;
    this.bar.className = p === null ? "" : kind(p);
    if (p === null) this.verdict.textContent = this.text === "" ? "Type a sentence." : "The network can't read this.";
    else this.verdict.replaceChildren(element("strong", { text: label(p), className: kind(p) }), `, probability of acceptable ${percent(p, 1)}`);
  }

  showWords(judged) {
    const falls = judged.map(({ probability }, i) => (i === 0 ? 0 : judged[i - 1].probability - probability));
    const worst = falls.indexOf(Math.max(...falls));
    const shown = judged.length > 1 && falls[worst] >= 0.05;
    this.words.replaceChildren(...judged.map(({ word, probability }, i) => {
      const column = element("span", { className: kind(probability) });
      column.style.height = `${100 * probability}%`;
      return element(
        "li", { className: shown && i === worst ? "fall" : "" },
        element("span", { className: "column", "aria-hidden": "true" }, column),
        element("span", { className: "word", text: word }),
        " ",
        element("span", { className: `percent ${kind(probability)}`, text: percent(probability) }),
      );
    }));
    this.fall.textContent = shown
      ? `It falls most at “${judged[worst].word}”: from ${percent(judged[worst - 1].probability)} to ${percent(judged[worst].probability)}.`
      : "";
  }
}

let told;

function compare() {
  const [a, b] = sides.map((side) => side.probability ?? null);
  const difference = byId("difference");
  if (a === null || b === null) difference.textContent = "";
  else if (a === b) difference.textContent = "Both are judged alike.";
  else difference.textContent = `Sentence ${a > b ? "A" : "B"} is judged more acceptable, by ${(100 * Math.abs(a - b)).toFixed(1)} points.`;
  clearTimeout(told);
  told = setTimeout(() => {
    const verdicts = sides.filter((side) => side.probability != null).map((side) => `Sentence ${side.name}: ${side.verdict.textContent}.`);
    byId("spoken").textContent = [...verdicts, difference.textContent].join(" ");
  }, PAUSE);
}

// ---- What the page says of its student ----

const interval = ([low, high], format) => element("span", { className: "interval", text: ` (${format(low)} to ${format(high)})` });

function table(caption, columns, rows) {
  const cells = (name, values) => [element("th", { scope: "row" }, name), ...values.map((value) => element("td", {}, ...[value].flat()))];
  const body = rows.map(([name, ...values]) => element("tr", {}, ...cells(name, values)));
  const head = columns.length ? [element("thead", {}, element("tr", {}, ...columns.map((text) => element("th", { text, scope: "col" }))))] : [];
  return element("table", {}, ...(caption === null ? [] : [element("caption", { text: caption })]), ...head, element("tbody", {}, ...body));
}

const accuracyOf = (part) => [percent(part.accuracy, 1), interval(part.accuracy_interval, (bound) => percent(bound, 1))];

function measurementTable(split) {
  const mcc = split.mcc_interval === null ? "undefined" : [decimals(split.mcc), interval(split.mcc_interval, (bound) => decimals(bound))];
  const rows = [["accuracy", accuracyOf(split)], ["majority", percent(split.majority, 1)], ["MCC", mcc], ["sentences", split.n]];
  return table(split.name, [], rows);
}

const plural = { source: "sources", construction: "constructions", phenomenon: "phenomena" };

// One way of dividing a split or a set of pairs: what of it is weak, or that nothing is.
function weakNode({ grouping, data, unit, n, overall, overall_interval: [low, high], groups, weak }) {
  const about = `${n} ${unit}, of which ${percent(overall, 1)} (${percent(low, 1)} to ${percent(high, 1)}) are right. `
    + `${weak.length || "None"} of ${groups} ${plural[grouping]} count${weak.length === 1 ? "s" : ""} as weak.`;
  const majority = unit === "sentences";
  const columns = [grouping, "n", "accuracy", ...(majority ? ["majority"] : [])];
  const rows = weak.map((one) => [
    nameOf(one.name), one.n, accuracyOf({ accuracy: one.accuracy, accuracy_interval: one.interval }),
    ...(majority ? [percent(one.majority, 1)] : []),
  ]);
  const tables = weak.length ? [table(null, columns, rows)] : [];
  return element("div", {}, element("h3", { text: `By ${grouping}: ${data}` }), element("p", { className: "small", text: about }), ...tables);
}

// A name, which shows an example where there is one of that construction.
function nameOf(name) {
  const index = data.examples.findIndex(({ construction }) => construction === name);
  if (index < 0) return name;
  const button = element("button", { type: "button", className: "link", text: name, title: "Show examples of it" });
  button.addEventListener("click", () => {
    byId("construction").value = index;
    listExamples();
    byId("construction").focus();
  });
  return button;
}

function listExamples() {
  const { pairs } = data.examples[byId("construction").value];
  byId("examples").replaceChildren(...pairs.map((pair) => {
    const button = element("button", { type: "button", className: "example" },
      element("span", { className: "hidden", text: "acceptable: " }), element("span", { text: pair[0] }), " ",
      element("span", { className: "hidden", text: "unacceptable: " }), element("span", { className: "starred", text: pair[1] }));
    button.addEventListener("click", () => {
      showPair(pair);
      byId("pair").scrollIntoView({ block: "nearest" });
    });
    return element("li", {}, button);
  }));
}

function showPair([acceptable, unacceptable]) {
  sides[0].text = acceptable;
  sides[1].text = unacceptable;
}

function showClaims({ about, measurements, weaknesses, fewest, rounding, examples, limits, student: { shape } }) {
  byId("direction").textContent = (shape.bidirectional
    ? "The network reads a sentence in both directions. Under each word is its judgement of the words so far, read as if the sentence ended there."
    : "The network reads from left to right. Under each word is its judgement of the words so far.")
    + " Most beginnings are no sentences, so a low value before the end is no fault by itself.";
  byId("measurements").append(...measurements.map(measurementTable));
  byId("rounding").textContent = rounding === null
    ? "Its weights are rounded to 8 bits here. What that changes was not measured: the corpus was not at hand."
    : `Its weights are rounded to 8 bits here, which changes a logit by at most ${decimals(rounding.largest_difference)}. ${rounding.changes
      .map(({ split, accuracy, mcc }) => `On ${split}: accuracy ${signed(100 * accuracy, 2)} points, MCC ${signed(mcc, 4)}.`).join(" ")}`;
  byId("weaknesses").append(...weaknesses.map(weakNode));
  byId("fewest").textContent = fewest;
  byId("weak-section").hidden = weaknesses.length === 0;
  byId("construction").append(...examples.map(({ construction }, i) => element("option", { text: construction, value: i })));
  byId("about").append(...about.flatMap(([term, text]) => [element("dt", { text: term }), element("dd", { text })]));
  byId("limits").textContent = limits;
}

const signed = (value, places) => (value > 0 ? "+" : "") + decimals(value, places);

const data = JSON.parse(byId("data").textContent);
let student;
const sides = [new Side("A"), new Side("B")];

try {
  student = new Student(data.student);
  byId("pair").append(...sides.map((side) => side.node));
  showClaims(data);
  byId("construction").addEventListener("change", listExamples);
  listExamples();
  showPair(data.examples[0].pairs[0]);
} catch (error) {
  byId("problem").textContent = `This page does not work in this browser: ${error.message}`;
  byId("problem").hidden = false;
}
