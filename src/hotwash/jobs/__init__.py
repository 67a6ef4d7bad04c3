"""Durable background work. The queue library is named here and nowhere else."""
