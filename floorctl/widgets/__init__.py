"""What two screens or more share. Every string from outside passes ``plain`` or ``visible`` before a widget sees it."""
