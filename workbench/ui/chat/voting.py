"""Which of two answers is better, as the reader sees it.

A ballot is opened by the server after it has written both answers, so that nobody can vote on
answers that they brought along. Voting names the sides; the vote is stored only with consent, and
holds nothing about the voter.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime

import gradio as gr

from workbench.errors import StoreError
from workbench.preferences import HUMAN
from workbench.schema import Vote, VoteChoice
from workbench.store import Store
from workbench.ui.chat.layout import NOTHING, Inputs, Parts, Update
from workbench.ui.chat.screen import Screen
from workbench.ui.conversation import Conversation, common_prompt
from workbench.ui.page import Page
from workbench.ui.rendering.chat import vote_outcome
from workbench.ui.rendering.notices import notice


def votable(conversation: Conversation) -> bool:
    """Whether there are two answers to choose from."""
    return len(conversation.last) == 2 and all(
        turn.finished and turn.answer for turn in conversation.last
    )


def vote_on(conversation: Conversation, choice: VoteChoice, model: str) -> Vote:
    """The vote on the last answers of two sides of the pair `model`."""
    first, second = conversation.last
    return Vote(
        id=uuid.uuid4().hex,
        question=first.question,
        answer_a=first.answer,
        answer_b=second.answer,
        side_a=f"{model}/{first.variant}",
        side_b=f"{model}/{second.variant}",
        choice=choice,
        voter=HUMAN,
        created=datetime.now(UTC),
        prompt=common_prompt(conversation),
    )


class Voting:
    """The handlers of the ballot."""

    def __init__(self, page: Page, parts: Parts, screen: Screen) -> None:
        self.page, self.parts, self.screen = page, parts.voting, screen

    def voting_for(self, choice: VoteChoice) -> Callable[[Inputs, gr.Request], Update]:
        """The handler of one button. Gradio finds `request` by its annotation, which a partial
        function does not show."""

        def vote(inputs: Inputs, request: gr.Request) -> Update:
            return self._vote(choice, inputs, request)

        return vote

    def _vote(self, choice: VoteChoice, inputs: Inputs, request: gr.Request) -> Update:
        """Name the sides, and store the vote if the reader agreed to that."""
        conversation: Conversation | None = inputs[self.parts.ballot]
        if conversation is None:
            return NOTHING
        texts = self.page.languages.texts(request)
        stored: tuple[str, ...] = inputs[self.parts.cast]
        agreed = bool(inputs[self.parts.consent])
        if agreed:
            vote = vote_on(conversation, choice, self.page.spec.name)
            try:
                with Store(self.page.store_path) as store:
                    store.add_vote(vote)
            except StoreError as error:
                gr.Warning(notice(error, texts), duration=None)
                return NOTHING
            stored = (*stored, vote.id)
        named = conversation.model_copy(update={"hidden": False})
        outcome = vote_outcome(conversation, choice, agreed, texts)
        return self.screen.show(named, request) | {
            self.parts.outcome: gr.update(value=outcome, visible=True),
            self.parts.cast: stored,
            self.parts.withdraw: gr.update(visible=bool(stored)),
        }

    def withdraw(self, cast: tuple[str, ...], request: gr.Request) -> Update:
        """Delete the vote that was stored last from this page."""
        if not cast:
            return NOTHING
        texts = self.page.languages.texts(request)
        *left, last = cast
        try:
            with Store(self.page.store_path) as store:
                store.delete_vote(last)
        except StoreError as error:
            gr.Warning(notice(error, texts), duration=None)
            return NOTHING
        said = texts("vote.withdrawn", left=len(left))
        return {
            self.parts.outcome: gr.update(value=said, visible=True),
            self.parts.cast: tuple(left),
            self.parts.withdraw: gr.update(visible=bool(left)),
        }
