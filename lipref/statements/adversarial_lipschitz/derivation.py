"""ALR, the power iteration behind the adversarial direction, experiments, toy problem (section 4 and appendix)."""

from lipref.statements import Section

section = Section("ALR")
