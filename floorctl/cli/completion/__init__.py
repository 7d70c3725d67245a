"""``completion`` and what it leads to: the shell asks with the words of the line, and is told how they may go on."""
