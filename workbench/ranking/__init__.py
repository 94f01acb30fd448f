"""The order in which unread records are shown: learned from the votes so far, never hiding or excluding any.

A linear model (support vector machine) over weighted words of three views of a record: its title, its title and
abstract, and its index terms (MeSH, keywords, publication types). The strength of its regularisation and the weights of
the two kinds are those of ASReview's ELAS u4 (asreview 3.0.8); the title view, the stems and the whole index terms are
what this model has beside that. The settings are fixed: no set is tuned for. A ranking is a proposal of order alone.
"""

from workbench.ranking.documents import Document
from workbench.ranking.index import Index
from workbench.ranking.model import Model, RankingError, Reason, train
from workbench.ranking.simulation import Simulated, simulate

__all__ = ["Document", "Index", "Model", "RankingError", "Reason", "Simulated", "simulate", "train"]
