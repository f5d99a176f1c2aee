"""MF, the setting, expressivity and robustness (sections 2, 3, appendix A)."""

from lipref.statements import Section

section = Section("MF")
