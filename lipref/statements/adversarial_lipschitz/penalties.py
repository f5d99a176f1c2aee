"""ALR, Lipschitz penalties: explicit, implicit and adversarial (sections 2 and 3)."""

from lipref.statements import Section

section = Section("ALR")
