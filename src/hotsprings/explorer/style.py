"""What the page looks like: one sheet for the page, small ones for what lives in a shadow of its own."""

from __future__ import annotations

__all__ = ["BOX", "CARD", "CHOICE", "CONTROLS", "LAYOUT", "LEFT", "PAGE", "PICTURES", "SLIDER", "TEXT"]

FONT = "font-family: system-ui, 'DejaVu Sans', sans-serif;"

#: Of the document itself.
PAGE = """
html, body { margin: 0; padding: 0; background: #f5f4f8; height: auto; min-height: 100%; }
body { overflow: visible !important; }
"""

#: Controls beside the pictures, above them on a narrow screen.
LAYOUT = """
:host { display: grid !important; grid-template-columns: 296px minmax(0, 1fr); gap: 12px; align-items: start;
  max-width: 1700px; margin: 0 auto !important; padding: 12px; box-sizing: border-box; width: 100%; }
:host > * { min-width: 0; }
@media (max-width: 800px) { :host { grid-template-columns: minmax(0, 1fr); padding: 6px; } }
"""

#: The left column stays beside the pictures; on a narrow screen the controls scroll by themselves above them.
LEFT = """
:host { position: sticky; top: 8px; gap: 12px; }
@media (max-width: 800px) { :host { position: static; } }
"""

PICTURES = """
:host { display: grid !important; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 12px; }
:host > * { min-width: 0; }
"""

CARD = """
:host { background: white; border: 1px solid #dcd9e6; border-radius: 8px; padding: 8px 10px; box-sizing: border-box; }
"""

CONTROLS = CARD + """
:host { max-height: calc(100vh - 300px); min-height: 260px; overflow-y: auto; scrollbar-width: thin; }
@media (max-width: 800px) { :host { max-height: 52vh; } }
"""

TEXT = ":host, .text { " + FONT + """ font-size: 14px; line-height: 1.45; color: #26222e; }
h1 { font-size: 21px; margin: 0; color: #4b2a6f; font-weight: 650; }
h2 { font-size: 15px; margin: 2px 0 4px; color: #4b2a6f; font-weight: 650; }
p { margin: 3px 0; } .small { font-size: 12.5px; color: #55505f; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; }
td, th { padding: 2px 6px; text-align: left; vertical-align: top; border-top: 1px solid #ececf2; font-weight: 400; }
td.number { font-variant-numeric: tabular-nums; font-family: ui-monospace, 'DejaVu Sans Mono', monospace;
  font-size: 13px; } td.number span { white-space: nowrap; }
.holds { border-left: 4px solid #3a7d44; padding-left: 8px; } .warns { border-left: 4px solid #f6a04d;
  padding: 2px 8px; background: #fff7ee; } .wrong { border-left: 4px solid #c0273f; padding: 4px 8px;
  background: #fdeef0; color: #8a1326; white-space: pre-wrap; overflow-wrap: anywhere; }
.red { color: #b52b45; font-weight: 650; } .orange { color: #a85a00; font-weight: 650; }
.lilac { color: #4b2a6f; font-weight: 650; }
.busy { color: #8a4b00; } .done { color: #2e6437; }
"""

LABEL = "label { " + FONT + " font-size: 13px; color: #26222e; }"

BOX = LABEL + """
.bk-input-group { display: grid; grid-template-columns: 1fr 108px; align-items: center; gap: 6px; }
label { padding: 0; } input { font-size: 13.5px; height: 28px; padding: 2px 6px; border: 1px solid #b8b3c6;
  border-radius: 4px; font-variant-numeric: tabular-nums; }
input:focus-visible { outline: 2px solid #b8487c; outline-offset: 1px; }
"""

CHOICE = LABEL + """
.bk-input-group { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); align-items: center; gap: 6px; }
label { padding: 0; } select { font-size: 13.5px; height: 30px; padding: 2px 6px; }
select:focus-visible { outline: 2px solid #b8487c; outline-offset: 1px; }
"""

SLIDER = """
.bk-slider-title { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.noUi-connect, .noUi-connects { background: #cfc8dd; }
.noUi-handle:focus-visible { outline: 3px solid #b8487c; } .noUi-target { border-color: #cfc8dd; }
"""
