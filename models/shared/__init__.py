"""What several rooms share: derivations that more than one of them rests on."""
