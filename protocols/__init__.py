"""One question per file: model x noise x rule x measurement x claim."""
