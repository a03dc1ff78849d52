"""Sweeps and simulations killed at random moments and resumed: a command, since it takes a quarter of an hour."""
