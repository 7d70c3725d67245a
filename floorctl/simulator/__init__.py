"""The embedded platform: the contract served over HTTP, with a simulated floor behind it."""
