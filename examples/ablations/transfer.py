"""The best student there is: distilled with a transfer set, without, alone, and with controls of the teacher.

python transfer.py [--data cola] [--seeds 10]
"""

from experiment import conduct

if __name__ == "__main__":
    conduct(__file__)
