"""Rules of quality inspection: sampling, scoring, results."""
