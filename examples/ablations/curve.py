"""What a transfer set brings by its size and its source: arms of students of one teacher.

python curve.py [--data cola] [--seeds 5]
"""

from experiment import conduct

if __name__ == "__main__":
    conduct(__file__)
