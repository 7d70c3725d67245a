"""Rules of staffing: forecast, need, breaks, attendance, surges."""
