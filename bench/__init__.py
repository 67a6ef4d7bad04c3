"""Races: what Hotwash's budgets ask for, measured on generated sessions and printed as ratios of one run."""
