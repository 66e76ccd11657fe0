"""The report reproduced: two teachers, the student with the first and without; curves, intervals, verdicts.

python report.py [--variant gpt2] [--larger gpt2-medium] [--data cola] [--seeds 10]
"""

from experiment import conduct

if __name__ == "__main__":
    conduct(__file__)
