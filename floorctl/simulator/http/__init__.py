"""The contract served over HTTP."""
