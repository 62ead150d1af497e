"""Figures on minibatch noise."""
