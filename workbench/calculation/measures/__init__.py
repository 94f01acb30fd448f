"""From arms, pairs or a printed estimate to yi and vi, one module for each kind; every formula is a step.

The numbers are those of `workbench.effects`; the formulas beside them are what a reader can check by hand.
"""
