"""Training by those who do it today: PEFT with the Trainer, and a plain loop of distillation.

Each as its own documentation has it, with the options that it recommends where speed matters.
"""

from __future__ import annotations

import tempfile
import time
from typing import TYPE_CHECKING, Any

from benchmarks.device import allow_tf32, wait
from benchmarks.material import read_split
from benchmarks.peers import tokenizer_of
from colacli.data.corpus import TRAIN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from transformers import TrainingArguments

    from benchmarks.piece import Result


BATCH = 128


def peft_trainer(
    material: Path,
    *,
    steps: int,
    bf16: bool,
    group: bool,
    base_dropout: bool = True,
    bf16_weights: bool = False,
    base: str = "gpt2",
    seed: int = 0,
    device: str = "cpu",
) -> Result:
    """PEFT's LoRA under transformers' Trainer: rank 4 on the four projections, dropout 0.1, Adam 1e-3.

    Args:
        material: corpus and model.
        steps: measured after one to warm up.
        bf16: autocast to bf16.
        group: batches of like lengths, as the Trainer's own sampler groups them.
        base_dropout: leave GPT-2's own dropouts on, as its config has them; colacli's are off.
        bf16_weights: the frozen weights in bf16 too; adapters stay in fp32.
        base: the model.
        seed: of the order, which without `group` is colacli's.
        device: where it computes.
    """
    import torch
    from datasets import Dataset
    from transformers import DataCollatorWithPadding, Trainer

    times: list[float] = []
    tokenizer, train = tokenizer_of(material), read_split(material, TRAIN)
    data = Dataset.from_dict({"text": train.texts, "labels": train.labels})
    data = data.map(lambda batch: tokenizer(batch["text"]), batched=True, remove_columns=["text"])
    order = _order([len(ids) for ids in data["input_ids"]], steps, seed, group=group)
    torch.manual_seed(seed)
    model = _gpt2_with_lora(material, tokenizer.eos_token_id, base, base_dropout=base_dropout, bf16=bf16_weights)
    allow_tf32(device)
    with tempfile.TemporaryDirectory() as out:
        Trainer(
            model, _arguments(out, steps, bf16=bf16, seed=seed, device=device), train_dataset=data.select(order),
            data_collator=DataCollatorWithPadding(tokenizer), callbacks=[_clock(times, steps, device)],
        ).train()  # fmt: skip
    seconds = (times[-1] - times[0]) / steps
    return {"seconds_per_step": seconds, "seconds_per_epoch": seconds * -(-len(train) // BATCH)}


def _arguments(out: str, steps: int, *, bf16: bool, seed: int, device: str) -> TrainingArguments:
    """The Trainer's, for one step to warm up and so many more."""
    from transformers import TrainingArguments

    return TrainingArguments(
        out, per_device_train_batch_size=BATCH, learning_rate=1e-3, max_steps=steps + 1, bf16=bf16,
        train_sampling_strategy="sequential",  # the order is made already
        logging_strategy="no", save_strategy="no", use_cpu=device == "cpu",
        report_to=[], disable_tqdm=True, seed=seed,
    )  # fmt: skip


def _clock(times: list[float], steps: int, device: str) -> Any:
    """A callback that notes when a step ends; the first and the last are waited for."""
    from transformers import TrainerCallback

    class Clock(TrainerCallback):
        def on_step_end(self, *_: Any, **__: Any) -> None:
            if len(times) in (0, steps):
                wait(device)
            times.append(time.perf_counter())

    return Clock()


def _gpt2_with_lora(material: Path, pad: int, base: str, *, base_dropout: bool, bf16: bool) -> Any:
    """PEFT's model; its head and adapters are drawn at random."""
    from peft import LoraConfig, get_peft_model
    from transformers import GPT2ForSequenceClassification

    off: dict[str, Any] = {} if base_dropout else dict.fromkeys(("resid_pdrop", "embd_pdrop", "attn_pdrop"), 0.0)
    if bf16:
        import torch

        off["dtype"] = torch.bfloat16
    model = GPT2ForSequenceClassification.from_pretrained(material / base, num_labels=2, pad_token_id=pad, **off)
    lora = LoraConfig(
        r=4, lora_alpha=4, lora_dropout=0.1, target_modules=["c_attn", "c_proj", "c_fc"],
        fan_in_fan_out=True, task_type="SEQ_CLS",
    )  # fmt: skip
    return get_peft_model(model, lora)


def _order(lengths: Sequence[int], steps: int, seed: int, *, group: bool) -> list[int]:
    """Rows of one batch to warm up and of those measured, which stand for a whole epoch.

    Grouped batches come longest first, so the first of them would be dearer than an epoch's mean: they are
    taken at equal distances from a whole epoch's order. Random ones are alike, and are colacli's own first.
    """
    import torch
    from transformers.trainer_pt_utils import get_length_grouped_indices

    from colacli.training.state import shuffled_batches

    generator = torch.Generator().manual_seed(seed)
    if not group:
        return torch.cat([*shuffled_batches(len(lengths), BATCH, generator)[: steps + 1]]).tolist()
    rows = get_length_grouped_indices(lengths, BATCH, generator=generator)
    full = len(rows) // BATCH
    chosen = [0, *spread_out(full, steps)]
    return [row for batch in chosen for row in rows[batch * BATCH : (batch + 1) * BATCH]]


def spread_out(count: int, wanted: int) -> list[int]:
    """The middles of `wanted` equal parts of the numbers below `count`."""
    return [int((part + 0.5) * count / wanted) for part in range(wanted)]


def plain_distillation(material: Path, *, steps: int, epochs: int, seed: int = 0, device: str = "cpu") -> Result:
    """The loop of courses and tutorials: the teacher on every batch of every epoch, padded; dense Adam; T = 2."""
    import torch
    import torch.nn.functional as F
    from transformers import GPT2ForSequenceClassification

    from colacli.training.state import shuffled_batches

    torch.manual_seed(seed)
    allow_tf32(device)
    tokenizer, train = tokenizer_of(material), read_split(material, TRAIN)
    labels = torch.tensor(train.labels, device=device)
    teacher: Any = (
        GPT2ForSequenceClassification.from_pretrained(
            material / "gpt2", num_labels=2, pad_token_id=tokenizer.eos_token_id
        )
        .eval()
        .to(device)
    )
    embedding, rnn, head = torch.nn.Embedding(50257, 768), torch.nn.RNN(768, 768, batch_first=True), _head()
    student = torch.nn.ModuleList([embedding, rnn, head]).to(device)
    optimizer, T = torch.optim.Adam(student.parameters(), lr=1e-3), 2.0
    times = [time.perf_counter()]
    for rows in shuffled_batches(len(train), BATCH, torch.Generator().manual_seed(seed))[: steps + 1]:
        batch = tokenizer([train.texts[row] for row in rows], padding=True, return_tensors="pt").to(device)
        with torch.no_grad():
            soft = teacher(**batch).logits
        states, _ = rnn(embedding(batch["input_ids"]))  # (B, T, d)
        last = batch["attention_mask"].sum(1) - 1
        logits = head(states[torch.arange(len(rows)), last])  # (B, 2)
        divergence = F.kl_div(F.log_softmax(logits / T, -1), F.softmax(soft / T, -1), reduction="batchmean")
        loss = 0.5 * F.cross_entropy(logits, labels[rows]) + 0.5 * T * T * divergence
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if len(times) in (1, steps + 1):
            wait(device)
        times.append(time.perf_counter())
    seconds = (times[-1] - times[1]) / steps
    return {"seconds_per_step": seconds, "seconds": seconds * -(-len(train) // BATCH) * epochs}


def _head() -> Any:
    import torch

    return torch.nn.Linear(768, 2)
