"""What keeps cache and platform in step: pull, push, link, notifier."""
