"""Adapters made by PEFT."""

from __future__ import annotations

import torch
from peft import LoraConfig, get_peft_model
from transformers import GPT2ForSequenceClassification, GPT2LMHeadModel


def peft_model(base, labels=2, task="SEQ_CLS", **settings):
    """A base with a PEFT adapter that changes its logits."""
    torch.manual_seed(0)
    if task != "CAUSAL_LM":
        model = GPT2ForSequenceClassification.from_pretrained(base, num_labels=labels)
    else:
        model = GPT2LMHeadModel.from_pretrained(base)
    defaults = {"task_type": task, "r": 3, "target_modules": ["c_attn", "mlp.c_proj"], "fan_in_fan_out": True}
    adapted = get_peft_model(model, LoraConfig(**(defaults | settings))).eval()
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_B" in name:
                parameter.normal_(std=0.3)
    return adapted
