"""One static folder that shows it all: claims, derivations, verdicts, controls, figures, records.

    index.html             every claim with its outcome, the research note's formulas, records, versions
    claims/<id>.html       sentence, inputs, formula, derivation step by step with its checks, verdicts, controls
    python.html            the public names with their docstrings
    figures/               the pictures, copied
    style.css

It needs no script, no network and no server; the same input gives the same bytes.
"""

from theorylab.site.site import write_report

__all__ = ["write_report"]
