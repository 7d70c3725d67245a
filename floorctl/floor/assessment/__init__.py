"""The contract's assessment as it is read and added to."""
