"""Checks of the model against known crises, for all shipped scenarios at once; not shipped."""
