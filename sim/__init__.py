"""Demarche: a diplomatic-stance scenario simulator."""

__version__ = "0.1.0"
