"""GPT-2, LoRA, the recurrent student, and their files."""
