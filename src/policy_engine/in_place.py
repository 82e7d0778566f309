"""The Python contract for tables: a decision as a table expression of ibis, worked out where the rows are.

Needs `pip install 'policy-engine[tables]'`; `docs/cluster.md` shows it at work.
"""

from policy_engine.engines.connect import layers_kept
from policy_engine.engines.plan import Plan, plan

__all__ = ["Plan", "layers_kept", "plan"]
