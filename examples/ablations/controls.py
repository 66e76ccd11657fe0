"""Distillation against its controls, each an arm of seeds; the verdicts are corrected for their number.

python controls.py [--data cola] [--seeds 10]
"""

from experiment import conduct

if __name__ == "__main__":
    conduct(__file__)
