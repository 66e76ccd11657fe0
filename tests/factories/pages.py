"""Pages of students that were never trained, and what stands in a page."""

import json

import torch

from colacli.exports.page import page_html, weights_of
from colacli.models.student import RecurrentClassifier
from colacli.models.student_shape import StudentShape
from factories.tiny import randomise

CLAIMS = {
    "about": [],
    "measurements": [],
    "weaknesses": [],
    "fewest": 10,
    "rounding": None,
    "examples": [{"construction": "word order", "pairs": [["The boy sleeps.", "Boy the sleeps."]]}],
    "limits": "",
}


def random_student(**values):
    """A student that never learnt, and its shape."""
    torch.manual_seed(0)
    shape = StudentShape(**({"vocab_size": 101, "width": 12, "hidden": 10, "layers": 1} | values))
    student = RecurrentClassifier(shape).eval()
    randomise(student)
    return student, shape


def page_with(tokenizer, **claims):
    """A page whose student has this tokenizer, as bytes."""
    student, shape = random_student(cell="rnn", vocab_size=len(tokenizer["vocabulary"]))
    return page_html({"student": document_of(student, shape, tokenizer), **CLAIMS, **claims})


def document_of(student, shape, tokenizer):
    """A student as a page has it."""
    return {"shape": shape, "weights": weights_of(student), "tokenizer": tokenizer}


def data_of(page):
    """The data in a page."""
    _, _, rest = page.decode().partition('<script type="application/json" id="data">')
    return json.loads(rest.partition("</script>")[0])
