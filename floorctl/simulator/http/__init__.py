"""The HTTP server of the embedded platform: paths, sessions, feed, stream and commands of the contract."""
