"""Training: thousands of small networks in one compiled program, what is trained and what is read off.

Ensemble(model, observe=..., rule=..., noise=..., ...)(c, seed, start, count)    name -> array, replicate axis first
"""

from theorylab.train import lanes, observe, rules
from theorylab.train.clock import Clock
from theorylab.train.ensemble import Ensemble
from theorylab.train.model import Model

__all__ = ["Clock", "Ensemble", "Model", "lanes", "observe", "rules"]
