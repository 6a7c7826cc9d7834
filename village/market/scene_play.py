"""Play the honest day and the scenes, one after the other, and compare each with the honest one."""

from collections.abc import Sequence
from dataclasses import replace

from village.folder import taken_folder
from village.market.scenes import HONEST, Scene
from village.run import run
from village.settings import RunSettings
from village.sheet.market import MarketSheet
from village.sheet.scene import SceneSheet, ScenesSheet


def play_scenes(settings: RunSettings, scenes: Sequence[Scene]) -> ScenesSheet:
    """Play them all, each in a folder of its own below the run's.

    Raises:
        KeyboardInterrupt: a day was ended early, so that it cannot be compared.
    """
    with taken_folder(settings.directory):
        days = [
            _played(settings, scene, f"day {number} of {len(scenes) + 1}")
            for number, scene in enumerate((HONEST, *scenes), start=1)
        ]
    honest, *played = days
    return ScenesSheet(scenes=tuple(SceneSheet(honest=honest, played=day) for day in played))


def _played(settings: RunSettings, scene: Scene, place: str) -> MarketSheet:
    print(f"{place}, {scene.name}: {scene.told}", flush=True)
    sheet = run(replace(settings, scene=scene, directory=settings.directory / scene.name))
    print("\n".join(sheet.lines()), flush=True)
    if settings.interrupts.has_ended_early:
        raise KeyboardInterrupt
    assert isinstance(sheet, MarketSheet), "scenes are of the market"
    return sheet
