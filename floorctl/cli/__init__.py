"""The commands of ``floorctl``, a module for each family; ``floorctl.cli.app`` imports the one that is run."""
