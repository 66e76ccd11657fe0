"""Commands that can't succeed, and the words that their errors must have."""

from dataclasses import dataclass

from colacli.data import cola


@dataclass(frozen=True)
class Case:
    """A command that can't succeed."""

    called: str
    argv: str
    status: int
    code: str
    words: tuple[str, ...] = ()
    """What message and hint must say."""
    stdin: bytes = b""


def usage(called, argv, *words, **more):
    """A command line that asks for something impossible."""
    return Case(called, argv, 2, "usage", words, **more)


def unknown(called, argv, *words):
    """A reference to no run, or to more than one."""
    return Case(called, argv, 3, "reference", words)


def damaged(called, argv, *words):
    """Stored bytes that are not what they were."""
    return Case(called, argv, 4, "integrity", words)


def refused(called, code, argv, *words, **more):
    """Any other failure."""
    return Case(called, argv, 1, code, words, **more)


STUDENT = "train-student --base {base} --data {corpus}"
SICK = "finetune --base {sick} --precision fp32 --batch-size 128 --epochs 1"
CASES = [
    usage("unknown command", "teach", "teach", "colacli --help"),
    usage("unknown option", "finetune --nonsense 1", "--nonsense", "colacli finetune --help"),
    usage("bad choice", "finetune --init zero", "--init", "zero", "xavier"),
    usage("no number", "finetune --epochs many", "--epochs"),
    usage("missing option", "distil --data {corpus}", "--teacher"),
    usage("missing argument", "eval", "REF"),
    usage("rank 0", "finetune --rank 0", "--rank", "at least 1", "0"),
    usage("dropout 1", f"{STUDENT} --dropout 1", "--dropout", "below 1"),
    usage("negative rate", f"{STUDENT} --lr -1", "--lr", "above 0"),
    usage("rate not a number", f"{STUDENT} --lr nan", "--lr", "finite"),
    usage("no seeds", f"{STUDENT} --seeds 0", "--seeds", "at least 1"),
    usage("seed too large", f"{STUDENT} --seed 9223372036854775808", "--seed", "below"),
    usage("no weights", "distil --teacher teacher --kd-weight 0 --ce-weight 0", "--kd-weight", "--ce-weight"),
    usage("hard prefixes", "distil --teacher teacher --teacher-control hard --prefix-weight 1", "--prefix-weight"),
    usage("repeats", "distil --teacher teacher --train-repeats 2", "--train-repeats", "--transfer", "--epochs"),
    usage("negatives", "pretrain-student --text {text} --kd-weight 1 --negatives 9", "--negatives", "--kd-weight"),
    usage("top-p 0", "generate --prompt x --top-p 0", "--top-p", "above 0"),
    usage("unknown device", f"{STUDENT} --device tpu", "--device", "tpu", "cpu"),
    usage("absent device", f"{STUDENT} --device cuda:99", "--device cuda:99", "--device auto"),
    usage("unknown variant", "finetune --variant gpt5 --data {corpus}", "--variant", "gpt5", "gpt2-medium", "--base"),
    refused("no base", "model", "finetune --base {nowhere} --data {corpus}", "{nowhere}", "config.json"),
    refused("base is a file", "model", "finetune --base {text} --data {corpus}", "{text}", "config.json"),
    refused("no config.json", "model", "finetune --base {empty} --data {corpus}", "{empty}", "config.json"),
    refused("pickles", "model", "finetune --base {pickles} --data {corpus}", "{pickles}", ".bin", "safetensors only"),
    refused("no tokenizer", "model", "finetune --base {mute} --data {corpus}", "{mute}", "tokenizer.json"),
    refused("base moved", "model", "judge orphan Yes.", "{gone}", "gone", "--base DIR"),
    refused("another base", "model", "judge orphan Yes. --base {base}", "{base}", "--base DIR"),
    refused(
        "no network for gpt2", "unavailable", "finetune --variant gpt2 --data {corpus}", "gpt2", "hf download", "--base"
    ),
    refused(
        "no network for cola", "unavailable", "finetune --base {base}", "cola_public", "data import", cola.VARIABLE
    ),
    refused("no network to fetch", "unavailable", "data fetch", "cola_public", "data import"),
    refused("no data", "data", "finetune --base {base} --data {nowhere}", "--data", "{nowhere}", "data import"),
    refused("bad label", "data", "train-student --base {base} --data {bad}", "{bad}", "line 3", "'2'", "0 or 1"),
    refused("empty file", "data", "data show {void}", "{void}", "empty"),
    refused("folder without splits", "data", "data show {empty}", "{empty}", "no split"),
    refused(
        "no dev split", "data", "train-student --base {base} --data {lone}", "in_domain_dev", "--validation holdout"
    ),
    refused("no such split", "data", "eval student --split test", "'test'", "in_domain_dev", "another split"),
    usage("nothing adapted", "finetune --base {base} --data {corpus} --targets ,", "--targets is empty"),
    usage("rank above the width", f"{STUDENT} --embedding-rank 999", "--embedding-rank 999", "width"),
    usage("unknown pooling", f"{STUDENT} --pooling median", "--pooling", "median", "attention"),
    usage("all smoothed", f"{STUDENT} --label-smoothing 1", "--label-smoothing", "below 1"),
    usage("no transfer set", "distil --teacher student --data {corpus} --transfer wrods", "wrods", "parts, words"),
    refused(
        "empty transfer set", "data", "distil --teacher student --data {corpus} --transfer {void}", "{void}", "empty"
    ),
    usage("hard and mse", "distil --teacher student --teacher-control hard --kd-loss mse", "hard", "--kd-loss"),
    usage("beyond the limit", "train-student --base {base} --data {corpus} --hidden 99999999", "at most 65536"),
    refused("nothing compared", "data", "compare student other --split test", "'test'", "in_domain_dev"),
    usage("fetch of another", "data fetch glue", "glue", "data import"),
    refused("import of nothing", "data", "data import {nowhere} --name mine", "{nowhere}"),
    refused("not the release", "data", "data import {corpus}", "CoLA", "--name"),
    usage("import under a bad name", "data import {corpus} --name ../x", "../x", "letters"),
    unknown("unknown run", "eval nobody", "nobody", "{home}", "runs list"),
    unknown("unknown digits", "runs show 0123456789abcdef", "0123456789abcdef", "runs list"),
    unknown("unknown teacher", "distil --teacher nobody --data {corpus}", "nobody", "runs list"),
    unknown("unknown arm", "compare student nobody", "nobody"),
    unknown("unknown judge", "judge nobody Yes.", "nobody"),
    unknown("unknown writer", "generate --prompt x --run nobody", "nobody"),
    unknown("unknown to remove", "runs rm nobody", "nobody"),
    unknown("unknown to name", "runs name mine nobody", "nobody"),
    unknown("unknown to verify", "runs verify nobody", "nobody"),
    unknown("latest too far", "eval latest~99", "latest~99", "runs list"),
    unknown("ambiguous digits", "runs show {shared}", "{shared}", "2 keys", "more digits"),
    unknown("ambiguous name", "eval several", "several", "2 runs", "name one"),
    unknown("no teacher", "eval student^teacher", "student^teacher", "distilled"),
    damaged("damaged hit", f"{STUDENT} --epochs 1 --hidden 4 --seed 9", "model.safetensors", "--force"),
    damaged("damaged eval", "eval hurt", "predictions-in_domain_dev.tsv", "runs verify"),
    damaged("damaged arm", "compare student hurt", "predictions-in_domain_dev.tsv"),
    damaged("damaged judge", "judge hurt Yes.", "model.safetensors", "--force"),
    damaged("no manifest", "runs show {beheaded}", "manifest.json"),
    refused("no sentence", "data", "judge student", "standard input", "sentence"),
    refused("blank lines only", "data", "judge student", "standard input", "sentence", stdin=b"\n \n"),
    usage("sentence like an option", "judge student '-ing forms'", "-i", "write -- before an argument"),
    refused("empty sentence", "data", "judge student", "standard input", "sentence 2", stdin=b"Yes.\n\nNo.\n"),
    refused("empty argument", "data", "judge student Yes. ''", "sentence 2"),
    refused("not UTF-8", "data", "judge student", "standard input, line 2", "UTF-8", stdin=b"Yes.\nN\xf6.\n"),
    refused("sentence too long", "data", "judge teacher", "sentence 2", "64", stdin=b"Yes.\n" + b"lamp " * 99),
    usage(
        "prompt too long",
        "generate --base {base} --prompt lamp --max-new-tokens 64",
        "64 positions",
        "--max-new-tokens",
    ),
    usage("student can't write", "generate --run student --prompt x", "student", "teacher"),
    usage("one arm", "compare student", "two runs", "runs list"),
    usage("the same arm twice", "compare student {digits}", "same run", "{digits}"),
    usage("bad name", f"{STUDENT} --name ../x", "../x", "letters"),
    usage("a key's digits as name", "runs name abcd student", "abcd", "another name"),
    usage("latest as name", f"{STUDENT} --name latest", "latest", "another name"),
    usage("removing a teacher", "runs rm teacher", "parent of", "--force"),
    usage("missing settings", "runs list --config {nowhere}", "--config", "{nowhere}"),
    usage("settings not TOML", "runs list --config {broken}", "{broken}", "TOML"),
    usage("settings not UTF-8", "runs list --config {latin}", "{latin}", "TOML"),
    usage("settings of no command", "runs list --config {stray}", "{stray}", "'teach'", "finetune"),
    usage("settings outside tables", "runs list --config {bare}", "{bare}", "'epochs'"),
    usage("settings of no option", "runs list --config {odd}", "{odd}", "[finetune]", "'epoch'", "epochs"),
    usage("settings of a wrong type", "train-student --config {typed}", "epochs in [train-student] of {typed}"),
    refused("loss is lost", "training", f"{SICK} --data {{long_train}}", "epoch 1, step 1", "lower --lr"),
    refused("dev loss is lost", "training", f"{SICK} --data {{long_dev}}", "epoch 1", "lower --lr"),
    refused("last loss is lost", "training", f"{SICK} --data {{long_far}}", "out_of_domain_dev", "lower --lr"),
]
