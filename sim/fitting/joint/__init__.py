"""Joint fit: one posterior of the values that all crises share, from the records of all crises.

*Shared values* are the uncertain parameters and mechanisms that at least two crises state with the
same range. Everything else that a crisis leaves uncertain is its own. It is drawn afresh in every
run of the bank, and so integrated out.

*Bank.* Each crisis is simulated for many draws of all its values from their prior ranges
(:mod:`sim.fitting.joint.bank`). The runs do not depend on the record, so a new record or a
new kernel needs no new runs.

*Surrogate.* Each run gives a pair: a record that the crisis might have had, and the shared values
that led to it. The likelihood of any record is learned from these pairs
(:mod:`sim.fitting.joint.surrogate`).

*Posterior.* Given the shared values, crises are independent. So their log likelihoods add up, and
leaving out a crisis takes no new runs. Draws come from the sampler of the other fits.

>>> from sim.fitting import joint
>>> bank = joint.make_bank(joint.read_crises(), joint.Size())  # doctest: +SKIP
>>> learned = joint.learn(bank)  # doctest: +SKIP
>>> joint.fit(learned, without=["kashmir_1965"]).posterior  # doctest: +SKIP
"""

from sim.fitting.joint.bank import Bank, Size, make_bank
from sim.fitting.joint.crises import read_crises, usual_values
from sim.fitting.joint.posterior import JointFit, Request, Sampling, fit, fit_all
from sim.fitting.joint.regions import Region
from sim.fitting.joint.surrogate import Learned, learn

__all__ = [
    "Bank",
    "JointFit",
    "Learned",
    "Region",
    "Request",
    "Sampling",
    "Size",
    "fit",
    "fit_all",
    "learn",
    "make_bank",
    "read_crises",
    "usual_values",
]
