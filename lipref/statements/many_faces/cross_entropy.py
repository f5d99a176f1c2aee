"""MF, binary cross-entropy (section 4, appendix B)."""

from lipref.statements import Section

section = Section("MF")
