"""Ensembles: parameter draws times replicates, simulated in blocks, here or on other machines."""
