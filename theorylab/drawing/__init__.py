"""Pictures of the house: prediction as a line, data with error bars, rejected controls dashed, verdict, record.

A figure is a pure function of arrays and verdict rows. The same input gives the same bytes: fixed fonts (DejaVu, which
matplotlib ships) drawn as outlines, salted ids, no dates.

    panel(claim, rows, x="eta", split="alpha", log="xy")      one panel from the verdict rows of a claim
    prediction_against_measurement([panel, ...], record=id)   the picture
    save(picture, "quadratic_stable", folder)                 svg and png, touched only where a byte differs
"""

from theorylab.drawing.page import prediction_against_measurement
from theorylab.drawing.panel import Panel, Series, measured, panel, words
from theorylab.drawing.saving import save
from theorylab.drawing.style import COLOURS, COLUMN, MARKERS, PAGE, style

__all__ = [
    "COLOURS",
    "COLUMN",
    "MARKERS",
    "PAGE",
    "Panel",
    "Series",
    "measured",
    "panel",
    "prediction_against_measurement",
    "save",
    "style",
    "words",
]
