"""Learns what promotions bring from those of the past."""
