"""How the app looks: Streamlit's theme options, passed by `launch`, and a small style sheet for our own markup.

Colours meet a contrast of 4.5:1 on white (WCAG 2.1, 1.4.3); nothing is said by colour alone.
"""

from __future__ import annotations

from typing import Final

INK: Final = "#1b2a36"
ACCENT: Final = "#1d5c85"
QUIET: Final = "#51616d"
LINE: Final = "#d3dbe1"

OPTIONS: Final[dict[str, str]] = {
    "theme.base": "light",
    "theme.primaryColor": ACCENT,
    "theme.backgroundColor": "#ffffff",
    "theme.secondaryBackgroundColor": "#f1f4f7",
    "theme.textColor": INK,
    "theme.linkColor": ACCENT,
    "theme.borderColor": LINE,
    "theme.baseRadius": "small",
    "theme.showWidgetBorder": "true",
    "theme.sidebar.backgroundColor": "#f1f4f7",
    "theme.sidebar.secondaryBackgroundColor": "#ffffff",
}
"""Given on the command line, so that they hold for an installed wheel, too."""

STYLE: Final = f"""<style>
.stMainBlockContainer {{ padding: 2.2rem 2rem 4rem; max-width: 1240px; }}
.stMain h1 {{ font-size: 1.65rem; padding: 0.2rem 0 0.6rem; font-weight: 600; }}
.stMain h2 {{ font-size: 1.25rem; padding: 0.9rem 0 0.3rem; font-weight: 600; }}
.stMain h3 {{ font-size: 1.05rem; padding: 0.6rem 0 0.2rem; font-weight: 600; }}
.stHtml {{ overflow-wrap: anywhere; }}
.stHtml a {{ color: {ACCENT}; }}
.wb-banner {{ border-left: 4px solid #8a5a00; background: #fdf3dc; color: #4a3200; padding: .45rem .8rem;
  font-size: .92rem; }}
.wb-empty {{ border: 1px dashed #9fb0bc; color: {INK}; padding: .9rem 1rem; border-radius: 4px; }}
.wb-empty code {{ background: #eef2f5; padding: .1rem .3rem; }}
.wb-quiet {{ color: {QUIET}; font-size: .9rem; margin: 0; }}
.wb-title {{ font-size: 1.22rem; font-weight: 600; line-height: 1.35; margin: 0 0 .35rem; }}
.wb-abstract {{ max-width: 46rem; line-height: 1.55; }}
.wb-abstract p {{ margin: .1rem 0 .7rem; }}
.stHtml .wb-abstract h3, .wb-abstract h4 {{ font-size: .82rem; letter-spacing: .04em; text-transform: uppercase;
  color: {QUIET}; margin: .8rem 0 .1rem; padding: 0; font-weight: 600; }}
.wb-scroll {{ overflow-x: auto; max-width: 100%; }}
table.wb {{ border-collapse: collapse; width: 100%; font-size: .9rem; margin: 0 0 .4rem; }}
table.wb caption {{ text-align: left; color: {QUIET}; padding: 0 0 .3rem; caption-side: top; }}
table.wb th {{ text-align: left; font-weight: 600; border-bottom: 1.5px solid #8c9ba6; padding: .35rem .6rem .35rem 0;
  vertical-align: bottom; }}
table.wb td, table.wb tbody th {{ border-bottom: 1px solid {LINE}; padding: .35rem .6rem .35rem 0;
  vertical-align: top; }}
table.wb td, table.wb th {{ overflow-wrap: normal; }}
table.wb tbody th {{ font-weight: 500; }}
table.wb .number {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }}
.wb-badge {{ display: inline-block; border: 1px solid #8c9ba6; border-radius: 3px; padding: 0 .4rem; font-size: .8rem;
  color: {INK}; background: #fff; white-space: nowrap; }}
.wb-badge.good {{ border-color: #2c6e49; color: #1f5636; background: #eef7f1; }}
.wb-badge.warning {{ border-color: #8a5a00; color: #6b4500; background: #fdf3dc; }}
.wb-badge.error {{ border-color: #9d2b25; color: #8c201b; background: #fcefee; }}
.wb-problem {{ font-size: .86rem; padding-left: .5rem; border-left: 3px solid #8a5a00; color: #6b4500; }}
.wb-problem + .wb-problem {{ margin-top: .35rem; }}
.wb-problem.error {{ border-color: #9d2b25; color: #8c201b; }}
.stHtml ol.wb-trail {{ margin: 0; padding-left: 1.6rem !important; }}
.stHtml .wb-trail li {{ margin: 0 0 .9rem; padding: 0; }}
.wb-trail code {{ overflow-wrap: anywhere; background: #f1f4f7; color: {INK}; padding: .05rem .3rem;
  font-size: .88rem; }}
.wb-facts {{ display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0; font-size: .93rem; }}
.wb-facts dt {{ color: {QUIET}; }}
.wb-facts dd {{ margin: 0; }}
.wb-quote {{ border-left: 3px solid {LINE}; margin: .3rem 0; padding: .1rem .8rem; white-space: pre-wrap; }}
.wb-log {{ font-size: .8rem; line-height: 1.45; background: #f1f4f7; padding: .7rem .9rem; margin: 0; overflow: auto;
  max-height: 32rem; white-space: pre-wrap; overflow-wrap: anywhere; color: {INK}; border-radius: 4px; }}
.wb-nowrap {{ white-space: nowrap; }}
.wb-quote ins {{ text-decoration: underline; background: #eef7f1; }}
.wb-quote del {{ text-decoration: line-through; background: #fcefee; }}
.st-key-form-text textarea {{ font-family: "Source Code Pro", ui-monospace, monospace; font-size: .82rem; }}
.wb-raw {{ white-space: pre-wrap; overflow-wrap: anywhere; max-height: 22rem; overflow-y: auto; margin: .3rem 0;
  background: #f1f4f7; color: {INK}; padding: .5rem .7rem; font-size: .82rem; line-height: 1.4; border-radius: 3px; }}
.wb-criteria h4 {{ font-size: .92rem; margin: .6rem 0 .1rem; padding: 0; }}
.wb-criteria p {{ margin: 0 0 .2rem; font-size: .9rem; line-height: 1.4; }}
.wb-criteria summary {{ font-size: .9rem; padding: .15rem 0; cursor: pointer; }}
.stHtml dl.wb-facts {{ padding-left: 0 !important; }}
.stHtml h3 {{ padding: 0; margin: 0 0 .4rem; font-size: 1.02rem; }}
.wb-statement {{ font-size: 1.05rem; max-width: 56rem; }}
.wb-problem.info {{ border-color: #8c9ba6; color: {QUIET}; }}
.wb-figure-note {{ font-size: .88rem; color: {QUIET}; }}
[data-testid="stBottomBlockContainer"] {{ padding: .7rem 2rem .9rem; max-width: 1240px; }}
mark.wb-for, mark.wb-against {{ color: {INK}; }}
mark.wb-for {{ background: #eef7f1; text-decoration: underline solid 1.5px #2c6e49;
  text-underline-offset: .18em; }}
mark.wb-against {{ background: #fcefee; text-decoration: underline dashed 1.5px #9d2b25;
  text-underline-offset: .18em; }}
.wb-legend {{ color: {QUIET}; font-size: .82rem; margin: .9rem 0 0; }}
.wb-record {{ scroll-margin-top: 4.2rem; }}
.wb-record .wb-original {{ color: {QUIET}; margin: -.2rem 0 .3rem; }}
.wb-record .wb-marks {{ margin: .35rem 0 .8rem; line-height: 1.9; }}
.wb-standing {{ margin-bottom: .3rem; }}
.wb-bar {{ height: .3rem; background: {LINE}; border-radius: 2px; overflow: hidden; margin: 0 0 .35rem; }}
.wb-bar span {{ display: block; height: 100%; background: {ACCENT}; }}
.wb-progress-line {{ margin: 0; font-size: .95rem; font-variant-numeric: tabular-nums; }}
.wb-round {{ margin: .5rem 0 0; padding: .4rem .8rem; border-left: 4px solid {ACCENT}; background: #eef4f8; }}
.wb-keys {{ display: grid; grid-template-columns: 2.4rem 1fr; gap: .1rem .4rem; margin: 0; font-size: .82rem;
  color: {QUIET}; padding: 0 !important; }}
.wb-keys dd {{ margin: 0; }}
.wb-keys kbd, kbd {{ font-family: inherit; font-size: .78rem; border: 1px solid #8c9ba6; border-radius: 3px;
  padding: 0 .3rem; background: #fff; color: {INK}; }}
.stHtml ul.wb-why {{ list-style: none; margin: 0; padding: 0 !important; font-size: .92rem; }}
.stHtml .wb-why li {{ margin: 0; padding: .05rem 0; }}
.wb-why li span:first-child {{ display: inline-block; width: 1.1rem; font-weight: 700; }}
.wb-why .up span:first-child {{ color: #1f5636; }}
.wb-why .down span:first-child {{ color: #8c201b; }}
.wb-desk-status {{ margin: 0; font-size: .88rem; line-height: 1.3; color: {QUIET}; }}
.wb-desk-status.warning {{ color: #6b4500; font-weight: 600; }}
[data-testid="stElementContainer"]:has(> .stHtml > script) {{ display: none; }}
[data-testid="stBottomBlockContainer"]:has(.st-key-decide) {{ border-top: 1px solid {LINE}; padding-top: .7rem; }}
@media (min-width: 1100px) {{
  .st-key-decide {{ flex-direction: row-reverse; align-items: center; gap: 1.5rem; }}
  .st-key-decide > :has(.wb-desk-status) {{ flex: 1 1 0; min-width: 0; }}
  .st-key-decide > :has(.st-key-decide-keys) {{ flex: 0 0 auto; width: auto; }}
  .st-key-decide-keys {{ flex-wrap: nowrap; }}
  [data-testid="stColumn"] > :has(> * > .st-key-aside) {{ position: sticky; top: 4rem; overflow-y: auto;
    max-height: calc(100vh - 9.5rem); }}
}}
.st-key-decide-keys button[kind="secondary"] {{ min-width: 7.2rem; min-height: 2.6rem; }}
.st-key-decide-keys > :has(button[kind="tertiary"]):nth-child(4) {{ margin-left: 1.2rem; }}
.wb-row-name {{ font-weight: 600; padding-bottom: .55rem; overflow-wrap: anywhere; }}
.wb-calculated {{ display: flex; flex-direction: column; gap: .35rem; padding-bottom: .5rem; }}
.wb-calculated span {{ font-size: .875rem; }}
@media (min-width: 641px) {{
  [class*="st-key-grid-later"] [data-testid="stWidgetLabel"], [class*="st-key-grid-later"] .wb-calculated span {{
    position: absolute; width: 1px; height: 1px; min-height: 0; overflow: hidden; clip-path: inset(50%); }}
}}
@media (max-width: 640px) {{
  [class*="st-key-grid-first"], [class*="st-key-grid-later"] {{ border-bottom: 1px solid {LINE};
    padding-bottom: .8rem; }}
}}
.stTabs [role="tablist"] {{ flex-wrap: wrap; row-gap: 0; }}
.st-key-form-beside .stColumn .stHorizontalBlock > .stElementContainer:first-child:not(:only-child) {{
  flex-basis: 100%; }}
.wb-progress-lines {{ display: flex; flex-wrap: wrap; gap: 0 1.6rem; align-items: baseline; }}
.st-key-reasons {{ gap: 0 !important; }}
.st-key-reasons [data-has-shortcut] {{ flex-direction: row-reverse; gap: .6rem; }}
.st-key-reasons button {{ min-height: 1.9rem; padding: .05rem .3rem; justify-content: flex-start; text-align: left; }}
.st-key-list-lines button {{ justify-content: flex-start; text-align: left; min-height: 0; padding: .55rem 0 .1rem;
  color: {ACCENT}; }}
.st-key-list-lines .wb-line {{ border-bottom: 1px solid {LINE}; padding: 0 0 .5rem; line-height: 1.6; }}
[class*="st-key-forest"] img, [class*="st-key-rob-figure"] img, .st-key-flow-diagram img {{ max-width: 100%; }}
@media (max-width: 640px) {{
  .stMainBlockContainer {{ padding: 4rem .8rem 3rem; }}
  .wb-facts {{ grid-template-columns: 1fr; }}
  .wb-facts dt {{ margin-top: .3rem; }}
  .wb-title {{ font-size: 1.08rem; }}
  [class*="st-key-forest"] {{ overflow-x: auto; }}
  [class*="st-key-forest"] img {{ min-width: 760px; }}
  [class*="st-key-rob-figure"] {{ overflow-x: auto; }}
  [class*="st-key-rob-figure"] img {{ min-width: 620px; }}
  .st-key-flow-diagram {{ overflow-x: auto; }}
  .st-key-flow-diagram img {{ min-width: 620px; }}
  table.wb.wide {{ min-width: 34rem; }}
  .wb-banner {{ font-size: .8rem; padding: .3rem .6rem; }}
  [data-testid="stBottomBlockContainer"] {{ padding: .4rem .6rem .6rem; }}
  .stMain:has(.wb-progress) h1 {{ position: absolute; width: 1px; height: 1px; overflow: hidden;
    clip-path: inset(50%); }}
  .wb-progress .wb-review {{ display: none; }}
  .wb-progress .wb-quiet {{ font-size: .8rem; }}
  .st-key-decide, .st-key-decide-keys {{ gap: .3rem; }}
  .st-key-decide button, .st-key-decide-keys button[kind="secondary"] {{ min-height: 2.2rem; min-width: 0;
    padding: .2rem .5rem; }}
  .st-key-decide-keys > :has(button[kind="tertiary"]):nth-child(4) {{ margin-left: 0; }}
}}
</style>"""
"""For our own markup (classes `wb-...`) and the page's measures."""
