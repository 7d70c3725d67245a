"""The assessment screen: the contract's monthly score, item by item."""
