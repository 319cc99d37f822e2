// What all pages share: the frame around their sections, styles, one script.
#include "tools/dlc/report/PageFrame.h"
#include "tools/dlc/draw/Escape.h"
#include "tools/dlc/draw/GraphPicture.h"

#include <fmt/format.h>

namespace dlc::tool {

namespace {

constexpr const char *style = R"(:root{color-scheme:light dark;
--paper:#f4f6fa;--sheet:#fff;--ink:#1d2430;--soft:#5b6678;--line:#dfe4ec;--accent:#2f6fde;--accent2:#d9772b;--code:#f4f6fa}
@media (prefers-color-scheme:dark){:root{--paper:#0f1217;--sheet:#171c24;--ink:#e6eaf2;--soft:#9aa5b5;--line:#2b3442;--accent:#6aa2ff;--accent2:#f0a35e;--code:#10151c}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,"DejaVu Sans",sans-serif}
main{max-width:1240px;margin:0 auto;padding:28px 24px 60px}
h1{font-size:26px;margin:0 0 2px}h2{font-size:18px;margin:0 0 12px}
.sub{color:var(--soft);margin:0 0 20px}
section{background:var(--sheet);border:1px solid var(--line);border-radius:12px;padding:20px 22px;margin:0 0 18px}
.note{color:var(--soft);margin:-6px 0 14px;font-size:13.5px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:0 0 18px}
.tile{background:var(--sheet);border:1px solid var(--line);border-radius:12px;padding:12px 16px}
.tile b{display:block;font-size:20px;font-weight:600;white-space:nowrap}.tile span{color:var(--soft);font-size:13px}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(340px,1fr));gap:18px}
.charts svg{max-width:560px}
svg.chart,svg.memory{width:100%;height:auto;display:block}
svg text{fill:var(--ink);font:12px system-ui,"DejaVu Sans",sans-serif}
svg .title{font-weight:600;font-size:13.5px}svg .tick{fill:var(--soft);font-size:11px}
svg .grid{stroke:var(--line);fill:none}
.curve path{fill:none;stroke-width:2;stroke-linejoin:round}
.c0 path{stroke:var(--accent)}.c0 circle,.key.c0{fill:var(--accent)}
.c1 path{stroke:var(--accent2)}.c1 circle,.key.c1{fill:var(--accent2)}
.memory rect{stroke:var(--sheet);stroke-width:.5;opacity:.85}.memory rect:hover{opacity:1;stroke:var(--ink);stroke-width:1.5}
.memory .peak{stroke:var(--ink);stroke-dasharray:4 4;fill:none;pointer-events:none}
.scroll{overflow:auto;max-height:640px;border:1px solid var(--line);border-radius:8px}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:left;padding:6px 12px;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600;color:var(--soft);font-size:13px;cursor:pointer;user-select:none;white-space:nowrap}
th:first-child,td:first-child{padding-left:0}
th.number,td.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
td .kind{color:var(--soft)}
.bar{display:inline-block;height:9px;border-radius:3px;background:var(--accent);vertical-align:baseline;margin-right:8px;min-width:1px}
.break{overflow-wrap:anywhere}
.chip{display:inline-block;min-width:28px;text-align:center;border-radius:5px;color:#fff;font-size:12px;font-weight:600;padding:1px 5px;margin-right:8px}
details>summary{cursor:pointer}
.kernels{font-size:14px}
.kernels details{border-bottom:1px solid var(--line)}
.kernels summary,.kernels .head{display:grid;grid-template-columns:minmax(190px,1.3fr) 150px minmax(180px,2fr) 92px 92px 84px;gap:12px;padding:7px 0;align-items:start}
.kernels summary{list-style:none}.kernels summary::-webkit-details-marker{display:none}
.kernels summary:hover{background:var(--code)}
.kernels .head{color:var(--soft);font-weight:600;font-size:13px;border-bottom:1px solid var(--line)}
.kernels .head span{cursor:pointer}
.kernels .number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.kernels ul{margin:4px 0 10px;padding-left:20px;color:var(--soft)}
pre{background:var(--code);border:1px solid var(--line);border-radius:8px;padding:12px 14px;overflow:auto;max-height:420px;font:12.5px/1.45 ui-monospace,"DejaVu Sans Mono",Menlo,monospace;margin:4px 0 14px;tab-size:2}
input{font:inherit;color:inherit;background:var(--code);border:1px solid var(--line);border-radius:8px;padding:5px 10px;margin:0 0 10px;width:280px}
@media (max-width:800px){.kernels summary,.kernels .head{grid-template-columns:1fr 1fr}}
)";

/// Sorts tables and the list of kernels by what is clicked, and filters the
/// list; without it all of the page is still there.
constexpr const char *script = R"((()=>{
const order=(rows,key,button)=>{
  const down=button.dataset.down!=='1';button.dataset.down=down?'1':'';
  return rows.sort((a,b)=>{const x=key(a),y=key(b);
    const less=isNaN(x)||isNaN(y)?String(x).localeCompare(String(y)):x-y;
    return down?-less:less})};
document.querySelectorAll('table').forEach(table=>table.querySelectorAll('th').forEach((th,i)=>
  th.addEventListener('click',()=>{const body=table.tBodies[0];
    order([...body.rows],row=>row.cells[i].dataset.v??row.cells[i].textContent,th).forEach(r=>body.append(r))})));
document.querySelectorAll('.kernels').forEach(list=>{
  list.querySelectorAll('.head span').forEach(span=>span.addEventListener('click',()=>
    order([...list.querySelectorAll('details')],d=>d.dataset[span.dataset.key],span).forEach(d=>list.append(d))));
  const filter=list.parentElement.querySelector('input');
  filter?.addEventListener('input',()=>list.querySelectorAll('details').forEach(d=>{
    d.hidden=!d.querySelector('summary').textContent.toLowerCase().includes(filter.value.toLowerCase())}))});
})();)";

} // namespace

std::string framePage(const std::string &title, const std::string &body) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
      "'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src "
      "data:\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n"
      "<link rel=\"icon\" href=\"data:,\">\n"
      "<title>{}</title>\n<style>\n{}{}</style></head>\n<body><main>\n{}"
      "</main>\n<script>{}</script></body></html>\n",
      escapeXml(title), style, graphStyle(), body, script);
}

} // namespace dlc::tool
