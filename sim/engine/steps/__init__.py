"""Steps of a day that the world takes once all actors have acted."""
