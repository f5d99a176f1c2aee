"""SO, experiments, tables and figures (section 7, appendices F and G)."""

from lipref.statements import Section

section = Section("SO")
