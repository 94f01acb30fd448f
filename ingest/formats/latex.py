"""LaTeX in bibliographic fields as plain text, and plain text as LaTeX.

Decision: own, small. pylatexenc 2.11 takes a bare % for the beginning of a comment and drops the rest of the field
("100% of patients"), which exports of databases are full of. Here nothing is dropped: a command that is not known stays
as it is written. One pass over the text, no recursion.
"""

from __future__ import annotations

import re
import unicodedata

_ACCENTS = {
    "`": "\u0300",
    "'": "\u0301",
    "^": "\u0302",
    "~": "\u0303",
    "=": "\u0304",
    "u": "\u0306",
    ".": "\u0307",
    '"': "\u0308",
    "r": "\u030a",
    "H": "\u030b",
    "v": "\u030c",
    "d": "\u0323",
    "c": "\u0327",
    "k": "\u0328",
    "b": "\u0331",
}
# Name and character in turn.
_LETTER_TABLE = """
    ss ß  SS ẞ  ae æ  AE Æ  oe œ  OE Œ  o ø  O Ø  aa å  AA Å  l ł  L Ł  i ı  j ȷ  dh ð  DH Ð  th þ  TH Þ  dj đ
    DJ Đ  ng ŋ  NG Ŋ
"""
_GREEK_TABLE = """
    alpha α  beta β  gamma γ  delta δ  epsilon ε  varepsilon ε  zeta ζ  eta η  theta θ  vartheta ϑ  iota ι
    kappa κ  lambda λ  mu μ  nu ν  xi ξ  omicron ο  pi π  rho ρ  sigma σ  varsigma ς  tau τ  upsilon υ  phi φ
    varphi φ  chi χ  psi ψ  omega ω  Gamma Γ  Delta Δ  Theta Θ  Lambda Λ  Xi Ξ  Pi Π  Sigma Σ  Upsilon Υ  Phi Φ
    Psi Ψ  Omega Ω
"""
_SYMBOL_TABLE = r"""
    textmu µ  pm ±  textpm ±  mp ∓  times ×  texttimes ×  div ÷  cdot ·  leq ≤  le ≤  leqslant ≤  geq ≥  ge ≥
    geqslant ≥  neq ≠  ne ≠  lt <  gt >  ll ≪  gg ≫  sim ∼  approx ≈  simeq ≃  equiv ≡  cong ≅  textless <
    textgreater >  textbar |  vert |  mid |  infty ∞  propto ∝  to →  rightarrow →  leftarrow ←  leftrightarrow ↔
    Rightarrow ⇒  uparrow ↑  downarrow ↓  circ ∘  degree °  textdegree °  prime ′  partial ∂  nabla ∇  sum ∑
    prod ∏  int ∫  in ∈  cup ∪  cap ∩  subset ⊂  forall ∀  exists ∃  sqrt √  surd √  ell ℓ  bullet •  textbullet •
    ast *  star ⋆  textasteriskcentered *  dots …  ldots …  cdots ⋯  textellipsis …  S §  P ¶  textsection §
    dag †  textdagger †  ddag ‡  textdaggerdbl ‡  copyright ©  textcopyright ©  textregistered ®  texttrademark ™
    pounds £  textsterling £  euro €  texteuro €  textyen ¥  textcent ¢  textonehalf ½  textonequarter ¼
    textthreequarters ¾  textonesuperior ¹  texttwosuperior ²  textthreesuperior ³  textordfeminine ª
    textordmasculine º  textquestiondown ¿  textexclamdown ¡  textendash –  textemdash —  textquoteleft ‘
    textquoteright ’  textquotedblleft “  textquotedblright ”  quotedblbase „  quotesinglbase ‚  guillemotleft «
    guillemetleft «  guillemotright »  guillemetright »  guilsinglleft ‹  guilsinglright ›  textquotesingle '
    textquotedbl "  textbackslash \  backslash \  textasciitilde ~  textasciicircum ^  textasciigrave `
    textunderscore _  textbraceleft {  textbraceright }  lbrace {  rbrace }  textdollar $  textnumero №
    checkmark ✓  minus −  textminus −  perthousand ‰  textperthousand ‰
"""
_BLANK_TABLE = {
    **dict.fromkeys(("textvisiblespace", "space", "quad", "qquad", "thinspace", "enspace", "nobreakspace"), " "),
    **dict.fromkeys(("newline", "par", "linebreak"), "\n"),
}


def _pairs(table: str) -> dict[str, str]:
    words = table.split()
    return dict(zip(words[::2], words[1::2], strict=True))


_LETTERS = _pairs(_LETTER_TABLE)
_GREEK = _pairs(_GREEK_TABLE)
_SYMBOLS = {
    **_GREEK,
    **{f"text{name}": sign for name, sign in _GREEK.items()},
    **_pairs(_SYMBOL_TABLE),
    **_BLANK_TABLE,
}
# Commands that say how their argument looks: the argument is what counts. Those of sub- and superscripts leave a sign.
_FORMATS = {
    **dict.fromkeys(
        (
            *("textit", "textbf", "textsc", "textsl", "textrm", "textsf", "texttt", "textup", "textmd", "textnormal"),
            *("text", "emph", "underline", "mbox", "hbox", "mathrm", "mathit", "mathbf", "mathsf", "mathcal", "mathbb"),
            *(
                "mathnormal",
                "boldsymbol",
                "bf",
                "it",
                "em",
                "sc",
                "rm",
                "sl",
                "tt",
                "sf",
                "itshape",
                "bfseries",
                "scshape",
            ),
            *("ensuremath", "url", "nolinkurl", "path", "uppercase", "lowercase", "MakeUppercase", "protect", "relax"),
            *(
                "left",
                "right",
                "big",
                "Big",
                "displaystyle",
                "textstyle",
                "operatorname",
                "small",
                "large",
                "normalsize",
            ),
            *("bibinfo", "enquote", "ldf", "noopsort", "foreignlanguage", "smaller"),
        ),
        "",
    ),
    **dict.fromkeys(("textsuperscript", "sp", "tsup"), "^"),
    **dict.fromkeys(("textsubscript", "sb", "tsub"), "_"),
}
_TOKEN = re.compile(
    r"\\(?P<word>[A-Za-z]+)|\\(?P<sign>.)|(?P<open>\{)|(?P<close>\})|(?P<math>\$\$?)|(?P<dash>---?)"
    r"|(?P<quote>``|'')|(?P<tie>~)|(?P<text>[^\\{}$~`'-]+|[`'\\-])",
    re.DOTALL,
)
_MATH = re.compile(r"\$\$?(?=\S)(?:[^$\\]|\\.){0,2000}?(?<=\S)\$\$?(?!\d)", re.DOTALL)
_SPACING = {",": " ", ";": " ", ":": " ", " ": " ", "!": "", "/": "", "-": "", "\n": " ", "\t": " ", "\\": "\n"}
_TYPED = {"---": "—", "--": "–", "``": "“", "''": "”", "~": " "}
_LATEX = re.compile(r"[\\{}$~`]|--|''")


def plain_text(latex: str) -> str:
    """The characters that `latex` stands for; blanks are not touched.

    Braces and formatting go, accents and symbols become Unicode, superscripts and subscripts of text become "^" and
    "_" as in PubMed's records here, mathematics keeps its characters without the dollar signs.
    """
    if not _LATEX.search(latex):
        return latex
    dollars = {end for found in _MATH.finditer(latex) for end in (found.start(), found.end() - 1)}
    dollars |= {place - 1 for place in dollars if latex[place - 1 : place] == "$"}
    dollars |= {place + 1 for place in dollars if latex[place + 1 : place + 2] == "$"}
    parts: list[str] = []
    accents: list[str] = []  # waiting for their letter
    swallow = False  # a letter written as a command swallows the blank after it: "\\o stergaard"
    for found in _TOKEN.finditer(latex):
        kind, word, sign = found.lastgroup or "", found["word"] or "", found["sign"] or ""
        swallowing, swallow = swallow, False
        if kind == "open":
            continue
        if kind == "close":
            parts += (_alone(accent) for accent in accents)
            accents.clear()
            continue
        accent = _ACCENTS.get(sign) or (_ACCENTS.get(word) if _argument_follows(latex, found.end()) else None)
        if accent:
            accents.append(accent)
            continue
        text = _text(kind, found, dollars)
        if accents and text.strip():
            text = _accented(text.lstrip(), accents)
            accents.clear()
        elif accents:
            continue  # the blank between an accent and its letter
        elif swallowing:
            text = text.lstrip(" ")
        swallow = word in _LETTERS
        parts.append(text)
    parts += (_alone(accent) for accent in accents)
    return "".join(parts).replace("^∘", "°")


def _text(kind: str, found: re.Match[str], dollars: set[int]) -> str:
    text, word, sign = found.group(), found["word"], found["sign"]
    if kind == "word":
        return _LETTERS.get(word) or _SYMBOLS.get(word) or _FORMATS.get(word, text)
    if kind == "sign":
        return _SPACING.get(sign, sign)
    if kind == "math":
        return "".join("" if found.start() + place in dollars else each for place, each in enumerate(text))
    return _TYPED.get(text, text)


def _argument_follows(latex: str, place: int) -> bool:
    """Whether an accent whose command is a letter has something to stand on: "\\c{c}", "\\v s"; not "\\d" at an end."""
    rest = latex[place : place + 3]
    return rest[:1] == "{" or rest[:1] == "\\" or (rest[:1].isspace() and rest.strip()[:1].isalpha())


def _accented(text: str, accents: list[str]) -> str:
    letter = {"ı": "i", "ȷ": "j"}.get(text[0], text[0])
    return unicodedata.normalize("NFC", letter + "".join(reversed(accents))) + text[1:]


def _alone(accent: str) -> str:
    """An accent without a letter: "\\~{}" is a tilde."""
    return {"\u0300": "`", "\u0301": "´", "\u0302": "^", "\u0303": "~", "\u0308": "¨"}.get(accent, "")


_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "`": r"\textasciigrave{}",
}
_SPECIAL = re.compile(r"[\\{}~^&%$#_`]|-(?=-)|'(?=')")


def as_latex(text: str) -> str:
    """`text` as a field's value: `plain_text` gives it back. Letters stay as they are; the file is UTF-8."""
    return _SPECIAL.sub(lambda found: _ESCAPES.get(found.group(), f"{found.group()}{{}}"), text)
