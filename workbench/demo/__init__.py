"""The worked example: a small review from records to forest plots, made on this computer and not to be cited."""
