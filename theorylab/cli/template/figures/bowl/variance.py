"""Variance against learning rate: prediction, data, rejected control."""

from theorylab.drawing import picture

needs = ("bowl_variance",)


def draw(evidence):
    """A pure function of records."""
    return picture(evidence, needs[0], {"claim": "bowl.variance", "x": "eta"})
