"""MF, losses, optimal transport and generalisation (section 5, appendix C)."""

from lipref.statements import Section

section = Section("MF")
