"""What the page looks like: one sheet for the page, small ones for what lives in a shadow of its own."""

from __future__ import annotations

__all__ = ["BOX", "CARD", "CHOICE", "CONTROLS", "DIAL", "LAYOUT", "LEFT", "LOADING", "MARKS", "NARROW", "OFFER", "PAGE",
           "PICTURES", "SLIDER", "TEXT", "WIDE"]

FONT = "font-family: system-ui, 'DejaVu Sans', sans-serif;"

#: Of the document itself.
PAGE = """
html, body { margin: 0; padding: 0; background: #f5f4f8; height: auto; min-height: 100%; }
body { overflow: visible !important; }
#loading { position: fixed; top: 30vh; left: 50%; transform: translateX(-50%); z-index: 9; padding: 8px 20px;
  font: 16px system-ui, 'DejaVu Sans', sans-serif; color: #4b2a6f; background: white; border: 1px solid #dcd9e6;
  border-radius: 8px; }
"""

#: A line that is drawn while the browser still reads its scripts, which come after it; taken away when all is drawn.
LOADING = """
{% block js_resources %}{% endblock %}
{% block contents %}
<p id="loading" role="status">hotsprings explorer: loading …</p>
{{ bokeh_js if bokeh_js }}
<script>
// Bokeh writes where every curve and axis lies each time it paints them, the same as before; the browser would work out
// all styles anew, five times for each picture.
try {
  const sheet = Bokeh.require("core/dom").InlineStyleSheet.prototype, write = sheet._update;
  sheet._update = function (css) { if (this.el.textContent !== css) write.call(this, css); };
} catch (error) { console.warn(error); }
</script>
{{ super() }}
{% endblock %}
"""

#: Controls beside the pictures, above them on a narrow screen.
LAYOUT = """
:host { display: grid !important; grid-template-columns: 348px minmax(0, 1fr); gap: 12px; align-items: start;
  max-width: 1700px; margin: 0 auto !important; padding: 12px; box-sizing: border-box; width: 100%; }
:host > * { min-width: 0; }
@media (max-width: 800px) { :host { grid-template-columns: minmax(0, 1fr); padding: 6px; } }
"""

#: The left column stays beside the pictures, no higher than the window; on a narrow screen it stands above them.
LEFT = """
:host { position: sticky; top: 8px; gap: 8px; max-height: calc(100vh - 16px); }
@media (max-width: 800px) { :host { position: static; max-height: none; } }
"""

PICTURES = """
:host { display: grid !important; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 12px; }
:host > * { min-width: 0; }
"""

CARD = """
:host { background: white; border: 1px solid #dcd9e6; border-radius: 8px; padding: 8px 10px; box-sizing: border-box;
  position: relative; }
:host > * { opacity: var(--strength, 1); transition: opacity 0s var(--delay, 0s); }
:host::after { content: var(--mark, none); position: absolute; top: 7px; right: 9px; padding: 3px; z-index: 1;
  font: 12.5px system-ui, 'DejaVu Sans', sans-serif; color: #8a4b00; background: white;
  animation: appear 0.1s 0.15s backwards; }
@keyframes appear { from { opacity: 0; } }
"""

#: What is said of a card, by variables of its sheet: for another class or sheet the browser would lay out the whole
#: page and paint all its pictures anew, once for each card.
MARKS = {
    "": {"--mark": "none", "--strength": "1", "--delay": "0s"},
    "old": {"--mark": '"out of date"', "--strength": "0.45", "--delay": "0.15s"},
    "awaited": {"--mark": '"at work …"', "--strength": "0.45", "--delay": "0.15s"},
}

#: The controls scroll by themselves where the window is low, with a bar that is always there and a shade at the edge.
CONTROLS = CARD + """
:host { flex: 0 1 auto !important; min-height: 200px; overflow-y: auto; scrollbar-color: #8f86a8 #ececf2;
  background: linear-gradient(white 30%, transparent) top / 100% 30px no-repeat local,
    linear-gradient(transparent, white 70%) bottom / 100% 30px no-repeat local,
    linear-gradient(#0003, transparent) top / 100% 10px no-repeat scroll,
    linear-gradient(transparent, #0003) bottom / 100% 10px no-repeat scroll, white; }
@media (max-width: 800px) { :host { overflow-y: visible; } }
"""

OFFER = """
:host { flex: 0 0 auto; } .bk-btn, a { font-size: 12.5px; padding: 4px 8px; }
"""

#: A name, a slider and a box in one row; the slider lies in the room that the box leaves between its name and itself.
DIAL = """
:host { display: grid !important; grid-template-columns: 128px minmax(0, 1fr) 90px; align-items: center; }
:host > div:nth-of-type(1) { grid-area: 1 / 1 / 2 / 4; }
:host > div:nth-of-type(2) { grid-area: 1 / 2; z-index: 1; align-self: center; margin: 0 8px !important; }
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
.bk-input-group { display: grid; grid-template-columns: 122px 78px; justify-content: space-between;
  align-items: center; min-height: 28px; }
label { padding: 0; line-height: 1.1; white-space: normal; } input { font-size: 13.5px; height: 26px; min-height: 26px;
  padding: 1px 6px; border: 1px solid #b8b3c6;
  border-radius: 4px; font-variant-numeric: tabular-nums; }
input:focus-visible { outline: 2px solid #b8487c; outline-offset: 1px; }
"""

CHOICE = LABEL + """
.bk-input-group { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); align-items: center; gap: 6px; }
label { padding: 0; line-height: 1.1; } select { font-size: 13.5px; height: 28px; min-height: 28px;
  padding: 1px 24px 1px 6px; }
select:focus-visible { outline: 2px solid #b8487c; outline-offset: 1px; }
"""
NARROW = CHOICE + ".bk-input-group { grid-template-columns: 112px minmax(0, 1fr); }"
WIDE = CHOICE + ".bk-input-group { grid-template-columns: 66px minmax(0, 1fr); }"

SLIDER = """
.bk-slider-title { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.noUi-connect, .noUi-connects { background: #cfc8dd; }
.noUi-handle:focus-visible { outline: 3px solid #b8487c; } .noUi-target { border-color: #cfc8dd; }
"""
