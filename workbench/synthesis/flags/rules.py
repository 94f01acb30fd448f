"""Every rule with its code, its words and its level."""

from __future__ import annotations

from workbench.synthesis.flags import between, published, single, within
from workbench.synthesis.flags.look import Rule

RULES: tuple[Rule, ...] = (
    Rule(code="retracted", label="from a retracted report", level="warning", says=published.retracted),
    Rule(
        code="expression_of_concern",
        label="from a report with an expression of concern",
        level="warning",
        says=published.concern,
    ),
    Rule(code="corrected", label="from a report that was corrected", level="info", says=published.corrected),
    Rule(code="sensitivity_only", label="resting on an assumption", level="warning", says=single.sensitivity_only),
    Rule(code="approximate", label="worked out or doubtful", level="info", says=single.approximate),
    Rule(
        code="spread_looks_like_se",
        label="whose SD looks like a standard error",
        level="warning",
        says=single.spread_looks_like_se,
    ),
    Rule(
        code="spread_looks_like_sd",
        label="whose standard error looks like an SD",
        level="warning",
        says=single.spread_looks_like_sd,
    ),
    Rule(
        code="impossible_for_scale",
        label="with a mean or SD that the scale does not allow",
        level="warning",
        says=single.impossible_for_scale,
    ),
    Rule(code="implausibly_large", label="implausibly large", level="warning", says=single.implausibly_large),
    Rule(
        code="baseline_copied",
        label="with another trial's numbers",
        level="warning",
        says=between.baseline_copied,
    ),
    Rule(
        code="numbers_repeated",
        label="with the same numbers in two places",
        level="warning",
        says=within.numbers_repeated,
    ),
    Rule(
        code="people_do_not_add_up",
        label="whose numbers of participants do not fit together",
        level="warning",
        says=within.people_do_not_add_up,
    ),
    Rule(
        code="crossover_as_parallel",
        label="that may be of a crossover trial",
        level="warning",
        says=between.crossover_as_parallel,
    ),
    Rule(code="shared_comparator", label="with a shared comparator arm", level="info", says=within.shared_comparator),
    Rule(code="not_sham_controlled", label="not sham controlled", level="warning", says=single.not_sham_controlled),
    Rule(
        code="estimate_contradicts_itself",
        label="whose printed numbers contradict each other",
        level="warning",
        says=within.contradicts_itself,
    ),
    Rule(code="direction_unclear", label="of unclear direction", level="warning", says=single.direction_unclear),
    Rule(code="direction_doubtful", label="of doubtful direction", level="warning", says=single.direction_doubtful),
    Rule(
        code="comparator_did_better",
        label="in which the comparator did better",
        level="info",
        says=single.comparator_did_better,
    ),
    Rule(code="percent_change", label="in percent of baseline", level="info", says=single.percent_change),
    Rule(
        code="assumed_correlation", label="with an assumed correlation", level="info", says=single.assumed_correlation
    ),
    Rule(
        code="overlapping_participants",
        label="whose participants may overlap with another trial's",
        level="warning",
        says=between.overlapping_participants,
    ),
    Rule(
        code="samples_alike",
        label="much like another trial's",
        level="info",
        says=between.samples_alike,
    ),
    Rule(code="many_lost", label="with a fifth or more missing", level="info", says=within.missing_people),
    Rule(
        code="described_differently",
        label="that the trial's results describe differently",
        level="info",
        says=within.described_differently,
    ),
    Rule(
        code="dose_does_not_add_up",
        label="whose stimulation does not add up",
        level="info",
        says=single.dose_does_not_add_up,
    ),
    Rule(code="time_not_reported", label="without a time after treatment", level="info", says=single.time_not_reported),
)
"""Every rule, in the order in which flags are shown."""

FLAGS: dict[str, Rule] = {rule.code: rule for rule in RULES}
