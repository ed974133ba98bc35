"""The historical record: targets that outcomes are compared with, and scores of forecasts."""
