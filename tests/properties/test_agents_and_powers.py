"""Agents enrolled, given and losing roles, leaving, by anybody who tries: no power comes from nowhere."""

from __future__ import annotations

import tempfile
from pathlib import Path
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from ledger.identifiers import new_id
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import Role
from ledger.usecases.agent.change_roles import change_roles
from ledger.usecases.agent.depart import depart
from ledger.usecases.agent.enrol import AccountTaken, RolesConflict, enrol
from ledger.usecases.agent.find import by_account
from ledger.usecases.agent.show import show
from tests.integration.usecases.workbench import Workbench, make_workbench

ACCOUNTS = ("uid:11", "uid:12", "uid:13")
MAY_ENROL = frozenset({Role.MANAGER, Role.DELEGATE})
role_sets = st.frozensets(st.sampled_from(list(Role)), min_size=1, max_size=2)


class Agents(RuleBasedStateMachine):
    """Compares the ledger with a plain model: the roles, the account and the service of everybody."""

    agents = Bundle("agents")

    @initialize(target=agents)
    def begin(self) -> UUID:
        self.folder = tempfile.TemporaryDirectory()
        self.bench: Workbench = make_workbench(Path(self.folder.name) / "ledger")
        self.roles: dict[UUID, frozenset[Role]] = {self.bench.delegate: frozenset({Role.DELEGATE})}
        self.accounts: dict[UUID, str] = {self.bench.delegate: "uid:1000"}
        self.gone: set[UUID] = set()
        return self.bench.delegate

    def teardown(self) -> None:
        self.bench.close()
        self.folder.cleanup()

    def gives(self, actor: UUID, roles: frozenset[Role]) -> bool:
        """Say whether the model lets somebody give, or take, these roles."""
        if actor in self.gone:
            return False
        return bool(self.roles[actor] & (MAY_ENROL if roles <= {Role.AGENT} else {Role.DELEGATE}))

    @rule(target=agents, actor=agents, roles=role_sets, account=st.sampled_from(ACCOUNTS))
    def enrol_somebody(self, actor: UUID, roles: frozenset[Role], account: str) -> UUID:
        self.bench.later(minutes=1)
        command = self.bench.command(actor)
        taken = any(self.accounts[agent] == account for agent in self.roles if agent not in self.gone)
        try:
            recorded = enrol(self.bench.desk, command, name="Recrue", roles=roles, account=account, house=None)
        except RefusedByRule:
            assert not self.gives(actor, roles)
        except RolesConflict:
            assert len(roles) > 1
            assert roles & {Role.DPO, Role.JOB}
        except AccountTaken:
            assert taken
        else:
            assert self.gives(actor, roles)
            assert not taken
            agent = recorded.streams[0]
            self.roles[agent], self.accounts[agent] = roles, account
            return agent
        return actor

    @rule(actor=agents, agent=agents, roles=role_sets)
    def change(self, actor: UUID, agent: UUID, roles: frozenset[Role]) -> None:
        allowed = actor != agent and self.gives(actor, roles | self.roles[agent]) and agent not in self.gone
        try:
            change_roles(self.bench.desk, self.bench.command(actor), agent, roles=roles)
        except RefusedByRule:
            assert not allowed
        except RolesConflict:
            assert len(roles) > 1
        else:
            assert allowed
            self.roles[agent] = roles

    @rule(actor=agents, agent=agents)
    def leave(self, actor: UUID, agent: UUID) -> None:
        self.bench.later(minutes=1)
        allowed = actor != agent and self.gives(actor, self.roles[agent]) and agent not in self.gone
        try:
            depart(self.bench.desk, self.bench.command(actor), agent)
        except RefusedByRule:
            assert not allowed
        else:
            assert allowed
            self.gone.add(agent)

    @invariant()
    def somebody_always_decides(self) -> None:
        assert any(Role.DELEGATE in roles for agent, roles in self.roles.items() if agent not in self.gone)

    @invariant()
    def an_account_leads_to_whoever_serves_under_it(self) -> None:
        for account in ACCOUNTS:
            serving = [agent for agent in self.roles if self.accounts[agent] == account and agent not in self.gone]
            assert by_account(self.bench.desk, account, at=self.bench.clock.now()) == next(iter(serving), None)

    @invariant()
    def the_page_shows_what_the_model_says(self) -> None:
        decider = next(a for a, roles in self.roles.items() if Role.DELEGATE in roles and a not in self.gone)
        shown = {line.reference: line for line in show(self.bench.desk, self.bench.command(decider))}
        for agent, roles in self.roles.items():
            assert frozenset(shown[agent].roles) == roles
            assert (shown[agent].departed_at is not None) == (agent in self.gone)
        assert new_id() not in shown


TestAgents = Agents.TestCase
TestAgents.settings = settings(max_examples=12, stateful_step_count=15, deadline=None)
