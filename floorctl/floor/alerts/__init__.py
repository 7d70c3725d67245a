"""Alerts as they are read, titled, raised and acted on."""
