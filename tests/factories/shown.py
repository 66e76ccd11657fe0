"""What commands show, kept as a program and as a person would get it."""

import io
import json

from colacli.render.console import make_console

METRICS = {"n", "accuracy", "mcc", "f1", "loss", "majority_accuracy", "constant_prediction", "confusion"}


class Shown:
    """What was given to be shown."""

    def __call__(self, schema, document, view):
        """Keep the document, as JSON would have it, and what a person would see in a pipe."""
        stream = io.StringIO()
        view(make_console(stream))
        self.schema, self.text = schema, stream.getvalue()
        self.document = json.loads(json.dumps(document, allow_nan=False))
