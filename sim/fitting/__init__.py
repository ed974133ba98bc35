"""Fit the model to the historical record by simulation.

*Likelihood.* The likelihood of a draw is estimated by simulating it: for each crisis, the mean over
replicates of the product of the targets' kernels (see :mod:`sim.record.targets`). This is the exact
likelihood of a model whose last step is the error in the kernels (Wilkinson 2013). The estimate is
unbiased. Crises use independent random numbers here, so the product over crises is unbiased too.

*Sampling.* Draws move from the prior to the posterior by sequential Monte Carlo over powers of the
likelihood (Del Moral, Doucet & Jasra 2006). The power grows as fast as the effective sample size
allows (Del Moral et al. 2012). Each proposal gets a new estimate, and accepted draws keep theirs.
Noise therefore lowers acceptance without changing the posterior (Andrieu & Roberts 2009). Draws are
stored as normal scores of the prior, and proposals preserve the prior (Cotter et al. 2013). Values
that the record does not inform therefore cost little. A chain ends when its mean log likelihood
stops rising at full power.

*Alternatives.* Rejection sampling needs millions of runs for one match of all targets. A synthetic
likelihood treats counts, categories and wars that end on the first day as normal.
"""

from sim.fitting.fitting import Fit, Settings, fit
from sim.fitting.space import Space

__all__ = ["Fit", "Settings", "Space", "fit"]
