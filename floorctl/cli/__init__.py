"""The commands of ``floorctl``, one module for each family; ``floorctl.cli.app`` imports the one that is asked for."""
