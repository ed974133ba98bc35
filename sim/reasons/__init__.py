"""Why outcomes come out as they do, and how two simulations differ."""
