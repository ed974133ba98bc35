"""Fitting the model to the record, without a likelihood that could be written down.

The likelihood of a draw is estimated by playing it: for each crisis the mean, over its replicates, of the product of
the targets' kernels (see :mod:`sim.record.targets`). That is the exact likelihood of a model whose last part is the
error that the kernels state (Wilkinson 2013), and its estimate has no bias: of one crisis by the law of means, of
their product since crises share no luck here. Draws are moved from the prior to the posterior by sequential Monte
Carlo over powers of the likelihood (Del Moral, Doucet & Jasra 2006), which grow as fast as the effective sample size
allows (the same, 2012). A proposal is judged by a fresh estimate and what was accepted keeps its own, so that the
noise leaves the posterior as it is (Andrieu & Roberts 2009): it costs acceptance and nothing else, as long as
replicates are many. Draws live on the normal scores of the prior, where every value, range or reading is standard
normal and proposals can leave the prior as it is (Cotter et al. 2013): values on which the record is silent cost
little, however many there are. A chain is done when its mean log likelihood has settled at full power, not after a
number of levels. No regression adjustment is needed, since no draw is accepted for being merely near. Plain rejection
would need millions of runs for one match of all targets at once, and a synthetic likelihood would take counts,
readings and wars that end on the first day for normal.
"""

from sim.fitting.fitting import Fit, Settings, fit
from sim.fitting.space import Space

__all__ = ["Fit", "Settings", "Space", "fit"]
