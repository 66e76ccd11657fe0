"""Fast kernels of the models. Each equals a few plain lines of torch, with which the tests compare it."""
