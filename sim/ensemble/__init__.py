"""Ensembles: parameter draws times replicates, simulated in blocks, here or on a cluster."""
