"""The base of every screen of the cockpit, and what is the same on all screens: bars, dialogs, keys, lock."""
