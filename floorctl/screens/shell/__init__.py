"""What every screen of the cockpit is made of, and what is the same on all of them."""
