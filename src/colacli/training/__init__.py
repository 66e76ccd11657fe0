"""Where models are trained: plan, run, datasets, targets, students, the loop and its state."""
