"""Estimators: from replicate values (replicate axis first) to a value, its standard error and n."""

from theorylab.measure.estimate import Estimate, joint
from theorylab.measure.fits import exponent, order, richardson
from theorylab.measure.moments import covariance, mean, proportion, second_moment, stationary, variance
from theorylab.measure.quantiles import law, quantile
from theorylab.measure.ratios import log_slope, mean_and_sd, middle, ratio, survivors, variance_about_all
from theorylab.measure.tails import characteristic_function, log_scale, log_sd, stable_fit, tail_index
from theorylab.measure.times import exit_time, median_time, restricted_mean

__all__ = [
    "Estimate",
    "characteristic_function",
    "covariance",
    "exit_time",
    "exponent",
    "joint",
    "law",
    "log_scale",
    "log_sd",
    "log_slope",
    "mean",
    "mean_and_sd",
    "median_time",
    "middle",
    "order",
    "proportion",
    "quantile",
    "ratio",
    "restricted_mean",
    "richardson",
    "second_moment",
    "stable_fit",
    "stationary",
    "survivors",
    "tail_index",
    "variance",
    "variance_about_all",
]
