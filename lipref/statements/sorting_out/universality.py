"""SO, lattices and universal approximation (section 5 and appendix)."""

from lipref.statements import Section

section = Section("SO")
