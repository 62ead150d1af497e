"""What checks the signatures of models and training while tests run: an int is a float there, as for type checkers."""

from beartype import BeartypeConf, beartype

checked = beartype(conf=BeartypeConf(is_pep484_tower=True))
