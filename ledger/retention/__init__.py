"""
Destroying what is due: a pure planner, and the runner that carries its plan out.

Two laws hold at once: data are kept no longer than necessary (GDPR 5(1)(e), convention 4.6), and nothing of the public
archives is eliminated without the archives' visa (Code du patrimoine L212-3). What is due and uncovered is restricted.
"""
