"""The handover screen: what a shift passes to the next, with two signatures."""
