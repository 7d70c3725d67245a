"""The documentation as a site in both languages: ``make docs``."""
