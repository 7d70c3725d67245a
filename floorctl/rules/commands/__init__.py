"""What all command kinds share: registry, data types, application, refusal and undo."""
