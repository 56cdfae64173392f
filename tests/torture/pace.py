"""How long things are broken."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things last."""

    down_s_max: float = 3.0
    """Until something that was killed is started again."""

    stopped_s_max: float = 15.0
    """An instance under SIGSTOP."""

    broken_s_max: float = 6.0
    """Anything else."""

    def down_s(self, random: Random) -> float:
        return random.uniform(0.0, self.down_s_max)

    def broken_s(self, random: Random) -> float:
        return random.uniform(min(1.0, self.broken_s_max), self.broken_s_max)
