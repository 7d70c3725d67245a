"""The sync engine: pull, push, link, watch and notifier keep cache and platform in step."""
