"""Many terminals on one platform: how soon each sees a change, how much gets through, what the platform uses."""
