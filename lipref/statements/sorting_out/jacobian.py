"""SO, spectral Jacobian regularisation (appendix E)."""

from lipref.statements import Section

section = Section("SO")
