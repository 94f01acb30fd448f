"""The narrower headings that the local server adds to a MeSH heading, as PubMed's [mh] does with the whole tree.

An approximation, complete only for what the shipped strategies need and as far as the headings are common in trials
of pain and stimulation: PubMed itself explodes by the current MeSH tree, which is not shipped. A heading
that is not listed here matches itself alone. Names as in MeSH 2025.
"""

from __future__ import annotations

from collections.abc import Mapping

_NEURALGIA = (
    "Causalgia",
    "Facial Neuralgia",
    "Glossopharyngeal Nerve Diseases",
    "Morton Neuroma",
    "Neuralgia, Postherpetic",
    "Piriformis Muscle Syndrome",
    "Pudendal Neuralgia",
    "Sciatica",
    "Trigeminal Neuralgia",
)
_DEPRESSIVE = (
    "Depression, Postpartum",
    "Depressive Disorder, Major",
    "Depressive Disorder, Treatment-Resistant",
    "Dysthymic Disorder",
    "Premenstrual Dysphoric Disorder",
    "Seasonal Affective Disorder",
)
_MIGRAINE = ("Alice in Wonderland Syndrome", "Migraine with Aura", "Migraine without Aura", "Ophthalmoplegic Migraine")

NARROWER: Mapping[str, tuple[str, ...]] = {
    "Transcranial Magnetic Stimulation": (),
    "Neuralgia": _NEURALGIA,
    "Diabetic Neuropathies": ("Diabetic Foot",),
    "Phantom Limb": (),
    "Complex Regional Pain Syndromes": ("Causalgia", "Reflex Sympathetic Dystrophy"),
    "Fibromyalgia": (),
    "Migraine Disorders": _MIGRAINE,
    "Stroke": (
        "Brain Infarction",
        "Brain Stem Infarctions",
        "Cerebral Infarction",
        "Embolic Stroke",
        "Hemorrhagic Stroke",
        "Infarction, Anterior Cerebral Artery",
        "Infarction, Middle Cerebral Artery",
        "Infarction, Posterior Cerebral Artery",
        "Ischemic Stroke",
        "Lateral Medullary Syndrome",
        "Stroke, Lacunar",
        "Thrombotic Stroke",
    ),
    "Spinal Cord Injuries": ("Central Cord Syndrome", "Spinal Cord Compression"),
    "Multiple Sclerosis": (
        "Multiple Sclerosis, Chronic Progressive",
        "Multiple Sclerosis, Relapsing-Remitting",
        "Neuromyelitis Optica",
    ),
    "Pain": (
        "Abdominal Pain",
        "Acute Pain",
        "Arthralgia",
        "Back Pain",
        "Breakthrough Pain",
        "Cancer Pain",
        "Chest Pain",
        "Chronic Pain",
        "Earache",
        "Eye Pain",
        "Facial Pain",
        "Failed Back Surgery Syndrome",
        "Flank Pain",
        "Glossalgia",
        "Headache",
        "Labor Pain",
        "Low Back Pain",
        "Mastodynia",
        "Metatarsalgia",
        "Musculoskeletal Pain",
        "Myalgia",
        "Neck Pain",
        "Neuralgia",
        *_NEURALGIA,
        "Nociceptive Pain",
        "Pain, Intractable",
        "Pain, Postoperative",
        "Pain, Procedural",
        "Pain, Referred",
        "Patellofemoral Pain Syndrome",
        "Pelvic Pain",
        "Renal Colic",
        "Shoulder Pain",
        "Tension-Type Headache",
        "Toothache",
        "Visceral Pain",
    ),
    "Depressive Disorder": _DEPRESSIVE,
    "Depression": (),
    "Animals": ("Cats", "Cattle", "Dogs", "Humans", "Macaca mulatta", "Mice", "Rabbits", "Rats", "Sheep", "Swine"),
    "Humans": (),
}

# Publication types form a tree as well: a search for the wider one finds the narrower.
NARROWER_TYPES: Mapping[str, tuple[str, ...]] = {
    "Clinical Trial": (
        "Adaptive Clinical Trial",
        "Clinical Trial, Phase I",
        "Clinical Trial, Phase II",
        "Clinical Trial, Phase III",
        "Clinical Trial, Phase IV",
        "Controlled Clinical Trial",
        "Equivalence Trial",
        "Pragmatic Clinical Trial",
        "Randomized Controlled Trial",
    ),
    "Controlled Clinical Trial": ("Equivalence Trial", "Pragmatic Clinical Trial", "Randomized Controlled Trial"),
    "Randomized Controlled Trial": ("Equivalence Trial", "Pragmatic Clinical Trial"),
    "Review": ("Scoping Review", "Systematic Review"),
}
