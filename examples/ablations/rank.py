"""Ranks and targets of LoRA, each an arm of seeds against rank 4 on everything.

python rank.py [--data cola] [--seeds 10]
"""

from experiment import conduct

if __name__ == "__main__":
    conduct(__file__)
