"""Forecasts of crises that were left out, from the model and from simpler competitors.

``python -m validation.forecasts`` makes and scores them. The modules follow the order of the work:

- :mod:`outcomes`: what is forecast, and how a run and a record measure it;
- :mod:`crises`: the settings and the records;
- :mod:`covariates`: what is known of a crisis at its onset, as numbers;
- :mod:`baselines`: climatology, nearest analogues and regressions;
- :mod:`simulated`: the model;
- :mod:`scores`: proper scores, with the same smoothing for every competitor;
- :mod:`skill`: comparisons over crises, with intervals from resampling them.
"""
