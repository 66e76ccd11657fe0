"""Tune GPT-2 with LoRA to judge sentences, distil it into a small recurrent network, compare honestly."""


def __getattr__(name: str) -> str:
    """The version, looked up when it is asked for: importing what looks it up takes a tenth of a command's start."""
    if name == "__version__":
        from importlib.metadata import version

        return version("colacli")
    raise AttributeError(f"module 'colacli' has no attribute '{name}'")
