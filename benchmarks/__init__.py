"""How fast colacli is, beside those who do the same work: `make bench`, or `python -m benchmarks --help`.

Read it top-down: `__main__` takes the options and goes through the rows; `rows` says what is compared with
what, each row as `row` has it; `ours` and `peers`, `our_training` and `peer_training` are the pieces that are
measured, each in a process of its own (`piece`), on the corpus and the models that `material` makes; `results` keeps
every figure, and `report` and `plot` show them.
"""
