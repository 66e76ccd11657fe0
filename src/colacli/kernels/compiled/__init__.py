"""Kernels in C: what torch's operators compute in several passes over memory, in one.

They are compiled on the user's machine when they are first needed. Where that is not possible, and on other devices
than the CPU, torch's operators compute the same to the rounding of the states' type.
"""
