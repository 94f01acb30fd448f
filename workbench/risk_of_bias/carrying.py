"""Taking what was said over to another variant: only what is asked there in the same words."""

from __future__ import annotations

from workbench.risk_of_bias.question_set import variant
from workbench.risk_of_bias.values import Assessment


def carried(assessment: Assessment, to: str) -> Assessment:
    """The assessment with another variant.

    Answers and their sources go along where the question has the same number and prompt; own judgements and directions
    where the whole domain is the same. The overall judgement does not: it has to be made anew.
    """
    if to == assessment.variant:
        return assessment
    old, new = variant(assessment.variant), variant(to)
    prompts = {question.key: (question.prompt, question.answers) for question in old.questions}
    same = {q.key for q in new.questions if prompts.get(q.key) == (q.prompt, q.answers)}
    ids = {domain.id for domain in old.domains}
    codes = {domain.code for domain in new.domains if domain.id in ids}
    return Assessment(
        variant=to,
        answers={key: answer for key, answer in assessment.answers.items() if key in same},
        quotes={key: quote for key, quote in assessment.quotes.items() if key in same},
        overrides={code: override for code, override in assessment.overrides.items() if code in codes},
        directions={code: direction for code, direction in assessment.directions.items() if code in codes},
    )
