"""A marketplace whose truth is known: drawn, written as an export, and scored against."""

from training.simulation.export import TRUTH_FOLDER, SimulationSummary, simulate
from training.simulation.settings import SimulationSettings
from training.simulation.truth import Truth, expected_commission, expected_orders, expected_units
from training.simulation.truth_files import read_truth
from training.simulation.worlds import RANDOM, WORLDS, world_settings

__all__ = [
    "RANDOM",
    "TRUTH_FOLDER",
    "WORLDS",
    "SimulationSettings",
    "SimulationSummary",
    "Truth",
    "expected_commission",
    "expected_orders",
    "expected_units",
    "read_truth",
    "simulate",
    "world_settings",
]
