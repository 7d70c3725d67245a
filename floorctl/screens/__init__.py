"""The screens of the cockpit, one folder each, and ``shell``, the parts that they share."""
