"""The rTMS Pain Evidence Workbench: a living systematic review from PubMed to forest plots by indication."""

__version__ = "0.1.0"
