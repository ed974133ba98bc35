"""The steps of a day that the world takes after all actors have acted."""
