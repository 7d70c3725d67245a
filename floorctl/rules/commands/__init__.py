"""What command kinds share: their registry, their effects' types, applying, refusing and taking back."""
