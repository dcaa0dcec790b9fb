"""`ledger receive`: a person at the counter, from the welcome to the first look, one question at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ledger.commands._choices import Word
from ledger.commands._context import Session
from ledger.commands._doing import agent_of
from ledger.commands._input import Question
from ledger.commands._printing import check_new
from ledger.commands._shared import from_option
from ledger.commands._visit import DeathRecorded, Visit, question, signed_by
from ledger.commands._words import option, verb
from ledger.errors import Conflict, Misconfigured
from ledger.translation import mark, translate

if TYPE_CHECKING:
    from ledger.policies.vocabulary import Mode
    from ledger.rules.catalogue import ProcedureEntry
    from ledger.usecases.access.request import AccessAnswer
    from ledger.usecases.ports import Command
    from ledger.usecases.receive import Reception, Wanted
    from ledger.usecases.subject.register import PersonTyped


class ReceptionPaused(Conflict):
    """The person, or the agent, said no to a step that can't be left out."""

    sentence = mark("The reception stops here: {stage}. What was done is recorded under {reference}.")
    advice = mark("Go on when you are both ready: `ledger receive --resume {reference}`.")


class PaperNotWritten(Misconfigured):
    """The mandate can't be written where it was to go."""

    sentence = mark("The mandate can't be written to this file.")
    advice = mark("Choose a folder that you may write in, then go on with `ledger receive --resume {reference}`.")


@verb(
    "receive",
    writes=True,
    help=mark(
        "Receive a person: who, for which procedure, is the person here, who acts; and where a mandate is needed, its "
        "identity check, information, printing and signatures.\n\n"
        "One question at a time: ten at most (one more to tell homonyms apart, and for whoever is beside), three "
        "for a visit without identity. Each step is recorded as soon as it is confirmed: a reception that is cut short "
        "goes on with --resume. With --from the answers are read as JSON: family_name, given_name, birth_date, person, "
        "procedure, present, mode (assist, act-for), informed, identity, identity_beside (of the representative or "
        "curator, if otherwise), signed."
    ),
    examples=(
        "ledger receive",
        "ledger receive --paper mandat.pdf",
        "ledger receive --from visite.json --json",
        "ledger receive --resume 1a2b3c4d",
        "ledger receive --pending",
    ),
)
@option("--resume", metavar=mark("PROCEDURE"), help=mark("Go on with a reception that was cut short."))
@option("--pending", is_flag=True, help=mark("List the receptions of the house that wait to be resumed."))
@option("--paper", type=Path, metavar=mark("FILE"), help=mark("Write the originals of the mandate to this PDF file."))
@option("--days", type=int, metavar="N", help=mark("How long the mandate lasts, in days; else what the profile says."))
@option("--act", "acts", multiple=True, metavar=mark("CODE"), help=mark("An act of the mandate; all of them if none."))
@option("--data-request", "requests", multiple=True, metavar=mark("CODE"), help=mark("A data request of the mandate."))
@option(
    "--kept-in",
    type=Word("ledger.policies.vocabulary:PaperPlace"),
    default="locked-cabinet",
    show_default=True,
    help=mark("Where the house keeps its original."),
)
@option("--supervisor", metavar=mark("AGENT"), help=mark("The trained agent who supervises."))
@option("--capacity-checked", is_flag=True, help=mark("The check that the person's capacity calls for was made."))
@from_option()
def command(session: Session, resume: str | None, source: str | None, *, pending: bool, **options: Any) -> None:
    """Receive a person."""
    if pending:
        from ledger.commands._pending import list_pending

        list_pending(session)
        return
    counter = _Counter(session, source, options)
    reception = counter.begin() if resume is None else counter.again(resume)
    if resume is not None and reception.finished:
        session.output.done(
            mark("This reception is finished already: {procedure}."),
            procedure=reception.procedure,
            mandate=reception.mandate,
            repeated=True,
        )
    else:
        counter.go_on(reception)


class _Counter(Visit):
    """One reception at the terminal, or from a file: asks only for what the next step needs."""

    def __init__(self, session: Session, source: str | None, options: Mapping[str, Any]) -> None:
        super().__init__(session, source)
        self._options = options
        self._acts: tuple[str, ...] = tuple(options["acts"])
        self._requests: tuple[str, ...] = tuple(options["requests"])
        self._listed = False
        """Whether it was shown what the mandate is to list."""
        self._here = False
        """Whether a person who was not here at first has come."""

    @property
    def _command(self) -> Command:
        """The command of the step that is being confirmed: the same reception, at the instant of this very step."""
        return replace(self._session.command, at=self._session.now())

    def begin(self) -> Reception:
        """Open the procedure, once it is known who is here and for what."""
        from ledger.usecases import receive

        wanted = self.wanted()
        return receive.begin(self._session.desk, self._command, wanted)

    def wanted(self) -> Wanted:
        """
        Ask who is here and for what; nothing is recorded before every answer and every option is known to be good.

        A reception that has begun, and is repeated, was judged when it began.
        """
        from ledger.policies.vocabulary import Mode
        from ledger.usecases import receive
        from ledger.usecases.at_the_door import check_receives

        if not self._session.keyed:
            self._check_at_the_door()
        entry = self.read_all() if self.from_file else None
        check_receives(self._session.desk, self._session.reading())  # leaves a record, which a wrong answer does not
        new = self.person()
        if self.died and not (self.from_file and receive.begun(self._session.desk, self._command)):
            raise DeathRecorded
        somebody = new is not None or self.subject is not None
        entry = entry or self.entry()
        if somebody and not self._session.keyed:
            self._check_trained(entry)
        wanted = self._asked(entry, somebody=somebody)
        if not receive.begun(self._session.desk, self._command):
            if somebody and self._session.keyed:
                self._check_trained(entry)
            check_new(self._options["paper"])
            receive.check(self._session.desk.law, wanted, on=self.today)
            if wanted.mode is Mode.ACT_FOR and not wanted.present:
                wanted = self._under_a_mandate(wanted)
            elif self.subject is not None:
                receive.foresee(self._session.desk, self._command, wanted, on=self.today)
        return wanted if new is None else replace(wanted, subject=self._registered(new))

    def _under_a_mandate(self, wanted: Wanted) -> Wanted:
        """Name the mandate in force under which the house acts without the person: none can be signed without them."""
        from ledger.usecases.at_the_door import NoLiveMandate, mandate_in_force

        mandate = mandate_in_force(self._session.desk, self._command, wanted)
        if mandate is None:
            raise NoLiveMandate
        self.say(mark("Under the mandate in force {mandate}."), mandate=mandate)
        return replace(wanted, mandate=mandate)

    def again(self, typed: str) -> Reception:
        """Take up a reception that was cut short: say what it is and where it stands, unless nothing of it is left."""
        from ledger.aggregates.procedure import Procedure
        from ledger.usecases import receive

        procedure = self._session.reference(Procedure, typed, name="--resume")
        reception = receive.resume(self._session.desk, self._session.command, procedure)
        if not reception.finished:
            self.subject = receive.subject_of(self._session.desk, procedure)
            self._recall(reception)
            self.check_left(reception)
        return reception

    def _recall(self, reception: Reception) -> None:
        """Tell the agent which reception this is: the procedure, the person's initials, what comes next."""
        from ledger.commands._output import shown
        from ledger.usecases.subject.open_identity import initials

        if self.from_file:
            return
        desk = self._session.desk
        entry = desk.law.catalogue.procedure(reception.entry, on=reception.on)
        self.say(mark("Procedure: {name} ({code})"), name=entry.name, code=entry.code)
        if self.subject is not None:
            letters = shown(initials(desk, self._session.reading(), self.subject))
            self.say(mark("Person: {initials} ({reference})"), initials=letters, reference=self.subject)
        self.say(mark("To resume at: {stage}"), stage=reception.stage)

    def check_left(self, reception: Reception) -> None:
        """Check the options against what is left of a reception that was cut short."""
        from ledger.usecases import receive

        if reception.stage is not receive.Stage.LOOK:
            wanted = self._wanted(reception.entry, present=reception.present, mode=reception.mode, informed=False)
            receive.check(self._session.desk.law, wanted, on=reception.on)
            self._check_trained(self._session.desk.law.catalogue.procedure(reception.entry, on=reception.on))
            check_new(self._options["paper"])

    def _check_at_the_door(self) -> None:
        """Check what can be checked before anybody is asked anything, unless the command may be a repeated one."""
        from ledger.usecases import receive

        check_new(self._options["paper"])
        _ = self._supervisor
        receive.check_days(self._session.desk.law, self._options["days"], on=self.today)

    @cached_property
    def _supervisor(self) -> UUID | None:
        return agent_of(self._session, self._options["supervisor"], name="--supervisor")

    def _check_trained(self, entry: ProcedureEntry) -> None:
        """Tell an agent without training before the person is asked more; --supervisor names who stands beside."""
        from ledger.usecases.at_the_door import check_trained

        desk, reading = self._session.desk, self._session.reading()
        check_trained(desk, reading, entry, supervisor=self._supervisor, on=self.today)

    def _asked(self, entry: ProcedureEntry, *, somebody: bool) -> Wanted:
        """Ask how it is to be done; a visit without identity is asked nothing more."""
        from ledger.policies.vocabulary import Mode

        if not somebody:
            return self._wanted(entry.code, present=True, mode=Mode.ASSIST, informed=False)
        present, mode = self.circumstances(entry)
        informed = mode is Mode.ASSIST and bool(self.ask(question("informed")))
        if mode is Mode.ACT_FOR and present:
            self._choose(entry)
        return self._wanted(entry.code, present=present, mode=mode, informed=informed)

    def _choose(self, entry: ProcedureEntry) -> None:
        """Ask, once, what the mandate is to list, unless the options said so: nobody signs acts that were not shown."""
        if not self._listed:
            self._acts, self._requests = self.scope(entry, acts=self._acts, requests=self._requests)
            self._listed = True

    def _wanted(self, entry: str, *, present: bool, mode: Mode, informed: bool) -> Wanted:
        from ledger.usecases.receive import Wanted

        return Wanted(
            entry,
            self.subject,
            present=present,
            mode=mode,
            informed=informed,
            acts=self._acts,
            requests=self._requests,
            term_days=self._options["days"],
            capacity_checked=self._options["capacity_checked"],
        )

    def _registered(self, person: PersonTyped) -> UUID:
        from ledger.usecases.receive import step
        from ledger.usecases.subject.register import register

        self.subject = register(
            self._session.desk, step(self._command, "person"), person=person, homonym=self.homonym
        ).streams[0]
        self.say(mark("Not known here yet: registered."))
        return self.subject

    def go_on(self, reception: Reception) -> None:
        """Take every step that is left, then say how it ended; whoever breaks off is told how to go on."""
        from click import Abort

        try:
            self._go_on(reception)
        except (KeyboardInterrupt, Abort):
            if self._session.output.for_people:
                self._session.output.say(
                    mark("What was confirmed is recorded. Go on with `ledger receive --resume {reference}`."),
                    reference=reception.procedure,
                )
            raise

    def _go_on(self, reception: Reception) -> None:
        from ledger.policies.refusals import RefusedByRule
        from ledger.policies.vocabulary import RefusalCode
        from ledger.usecases.receive import Stage

        steps = {
            Stage.MANDATE: self._draw_up,
            Stage.IDENTITY: self._identify,
            Stage.INFORMATION: self._tell,
            Stage.SIGNATURES: self._sign,
            Stage.ORIGINALS: self._file,
        }
        while reception.stage in steps:
            if not reception.present and not self._here and reception.stage is not Stage.ORIGINALS:
                reception = self._without_the_person(reception)
            else:
                reception = steps[reception.stage](reception)
        answer = self._first_look(reception) if self.subject is not None else None
        if answer is not None and isinstance(answer.decision, RefusalCode):
            self.say(mark("The procedure is open under {procedure}."), procedure=reception.procedure)
            raise RefusedByRule(answer.decision)
        self._session.output.done(
            _ended(reception, answer),
            procedure=reception.procedure,
            mandate=reception.mandate,
            access=None if answer is None else answer.access_id,
            until=None if answer is None else answer.until,
            repeated=False if answer is None else answer.repeated,
        )

    def _first_look(self, reception: Reception) -> AccessAnswer:
        from ledger.usecases import receive

        return receive.first_look(self._session.desk, self._command, reception, supervisor=self._supervisor)

    def _without_the_person(self, reception: Reception) -> Reception:
        """Go on under a mandate in force, or once the person is here: each of these steps is made with them."""
        from ledger.usecases import receive
        from ledger.usecases.at_the_door import mandate_in_force

        if reception.mandate is None:
            wanted = self._wanted(reception.entry, present=False, mode=reception.mode, informed=False)
            mandate = mandate_in_force(self._session.desk, self._command, wanted)
            if mandate is not None:
                return receive.act_under(self._session.desk, self._command, reception, mandate=mandate)
        self._must(reception, question("present"), mark("a mandate is signed on site, and the person is not here"))
        self._here = True
        return reception

    def _draw_up(self, reception: Reception) -> Reception:
        from ledger.usecases import receive

        self._choose(self._session.desk.law.catalogue.procedure(reception.entry, on=reception.on))
        wanted = self._wanted(reception.entry, present=reception.present, mode=reception.mode, informed=False)
        drawn = receive.draw_up(self._session.desk, self._command, reception, wanted)
        self.say(mark("Mandate drafted: {mandate}. It takes {count} originals."), mandate=drawn.mandate,
                 count=receive.originals_of(drawn))  # fmt: skip
        return drawn

    def _identify(self, reception: Reception) -> Reception:
        """Ask of each person who is to be identified how it was done; each answer is recorded at once."""
        from ledger.usecases import receive

        for person, quality in reception.unidentified:
            method = self.identity(quality, on=reception.on)
            reception = receive.identify(self._session.desk, self._command, reception, method, person=person)
        return reception

    def _tell(self, reception: Reception) -> Reception:
        from ledger.documents.mandate import template_version
        from ledger.usecases import receive

        self.say(mark("Tell the person: what becomes of their data; their rights; the procedures that will be done."))
        self._must(reception, question("informed"), mark("the person was not informed"))
        return receive.tell(self._session.desk, self._command, reception, notice=template_version())

    def _sign(self, reception: Reception) -> Reception:
        from ledger.usecases import receive

        self._print(reception)
        self._must(reception, signed_by(reception.signers), mark("the mandate is not signed"))
        return receive.sign_all(self._session.desk, self._command, reception)

    def _file(self, reception: Reception) -> Reception:
        from ledger.documents.mandate import template_digest, template_version
        from ledger.usecases import receive

        return receive.file_originals(
            self._session.desk, self._command, reception, paper=self._options["kept_in"],
            template=template_version(), template_sha256=template_digest(),
        )  # fmt: skip

    def _print(self, reception: Reception) -> None:
        from ledger.bootstrap.papers import mandate_paper
        from ledger.commands._printing import write_originals

        file = self._options["paper"]
        if file is None or reception.mandate is None:
            self.say(
                mark("Print the originals: `ledger mandate print {mandate} > mandat.pdf`."), mandate=reception.mandate
            )
            return
        paper = mandate_paper(self._session.ledger, self._command, reception.mandate)
        try:
            write_originals(paper, file, at=self._session.at)
        except OSError as trouble:
            raise PaperNotWritten(reference=reception.procedure.hex[:8]) from trouble
        self.say(mark("Originals written to {file}."), file=str(file))

    def _must(self, reception: Reception, question: Question, stage: str) -> None:
        if not self.ask(question):
            raise ReceptionPaused(stage=translate(stage), reference=reception.procedure.hex[:8])


def _ended(reception: Reception, answer: AccessAnswer | None) -> str:
    """Say how a reception ended; a repeated one gives the number of its look, whose end was told the first time."""
    if answer is None:
        return mark("Visit recorded, without identity: {procedure}.")
    if answer.repeated:
        return (
            mark("Already done. Procedure open: {procedure}. Mandate: {mandate}. First look: {access}.")
            if reception.mandate is not None
            else mark("Already done. Procedure open: {procedure}. First look: {access}.")
        )
    return (
        mark("Procedure open: {procedure}. Mandate: {mandate}. First look allowed until {until}: {access}.")
        if reception.mandate is not None
        else mark("Procedure open: {procedure}. First look allowed until {until}: {access}.")
    )
