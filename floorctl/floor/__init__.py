"""What both front ends use: Floor and the services that it is composed of."""
