"""The contract's assessment: scores, explanations and facts."""
