"""Checks of the model against what is known of crises, for all shipped scenarios at once; not shipped."""
