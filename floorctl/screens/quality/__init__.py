"""Quality inspection: samples, the scoring form, results."""
