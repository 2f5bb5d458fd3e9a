"""Which columns a step works on."""

from __future__ import annotations

from andon.clean.step import Known
from andon.errors import SettingProblem, nearest


def chosen(asked: list[str] | None, known: Known, kinds: tuple[str, ...]) -> list[str]:
    """Input columns of these kinds, or those asked for by name. Raises `SettingProblem` for a name that is not one."""
    fitting = [c.name for c in known.columns if c.role == "input" and c.kind in kinds]
    if asked is None:
        return fitting
    for name in asked:
        if name not in fitting:
            there = next((c for c in known.columns if c.name == name), None)
            why = f"it is a {there.kind} with role '{there.role}'" if there else "there is no such column"
            raise SettingProblem.at(
                f"{known.key}.columns", f"column '{name}' cannot be cleaned so", why=why, fix=nearest(name, fitting)
            )
    return list(asked)
