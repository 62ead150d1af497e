"""Protocols on minibatch noise."""
