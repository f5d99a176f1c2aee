"""MF, gradients, residual networks, optimal transport view, experiments (appendices D to G)."""

from lipref.statements import Section

section = Section("MF")
