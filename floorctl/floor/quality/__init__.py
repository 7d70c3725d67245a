"""Quality inspection as it is read, scored and decided."""
