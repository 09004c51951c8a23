// How the page looks: light, dark, narrow and on paper. It goes into the page as it stands here, by its digest.

export const pageStyle = `
:root{color-scheme:light dark;--bg:#f4f5f7;--card:#fff;--ink:#16191f;--dim:#565e6c;--line:#dfe3e9;--soft:#eceff3;--accent:#1f5fbf;
--error:#b3261e;--error-soft:#fdecea;--warning:#8a5300;--warning-soft:#fff3dc;--note:#1f5fbf;--note-soft:#e8f0fd;--good:#1b6e3c;--good-soft:#e4f4ea;
--cell-failed:#d0372d;--cell-degraded:#e39a1c;--cell-stale:#8e7cc3;--cell-unknown:#a3abb8;--cell-well:#3aa564;
--mono:ui-monospace,SFMono-Regular,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media (prefers-color-scheme:dark){:root{--bg:#101318;--card:#191d24;--ink:#e8ebf0;--dim:#a2abb9;--line:#2c333e;--soft:#222831;--accent:#8ab4f8;
--error:#ff9a90;--error-soft:#3a1c1a;--warning:#f5bf62;--warning-soft:#352811;--note:#8ab4f8;--note-soft:#1a2840;--good:#7fd29b;--good-soft:#152c1e;
--cell-failed:#f0665b;--cell-degraded:#e5a73a;--cell-stale:#a896dd;--cell-unknown:#5d6675;--cell-well:#3f9f65}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums}
main,header,footer{max-width:78rem;margin:0 auto;padding:0 1.25rem}
a{color:var(--accent);text-underline-offset:.15em}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:4px}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.4rem .8rem;z-index:2}
header{padding-top:2rem}
.eyebrow{margin:0;color:var(--dim);font-size:.8rem;letter-spacing:.06em;text-transform:uppercase}
h1{margin:.1rem 0 .3rem;font-size:2rem;line-height:1.2;letter-spacing:-.015em;overflow-wrap:anywhere}
.lead{margin:0;font-size:1.15rem}
.lead b{font-weight:650}
.taken{margin:.35rem 0 0;color:var(--dim);font-size:.87rem}
h2{margin:2.6rem 0 .3rem;font-size:1.25rem;letter-spacing:-.01em;scroll-margin-top:1rem}
h3{margin:0;font-size:1rem;line-height:1.6}
.about{margin:0 0 .8rem;color:var(--dim);max-width:60rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.75rem;margin:1.5rem 0 0;padding:0;list-style:none}
.tiles a{display:block;height:100%;padding:.85rem 1rem .8rem;background:var(--card);border:1px solid var(--line);border-top:4px solid var(--cell-well);border-radius:10px;color:inherit;text-decoration:none}
.tiles a:hover{border-color:var(--accent)}
.tiles .error{border-top-color:var(--cell-failed)}
.tiles .warning{border-top-color:var(--cell-degraded)}
.tiles .quiet{border-top-color:var(--cell-unknown)}
.tiles .what{display:block;color:var(--dim);font-size:.85rem}
.tiles .number{display:block;font-size:1.7rem;line-height:1.25;font-weight:650;letter-spacing:-.02em}
.tiles .number small{white-space:nowrap;font-size:.85rem;font-weight:400;color:var(--dim);letter-spacing:0}
.tiles .why{display:block;font-size:.85rem;overflow-wrap:anywhere}
.map{margin:1rem 0 0;padding:1rem 1rem .7rem;background:var(--card);border:1px solid var(--line);border-radius:10px}
.map svg{display:block;width:100%;height:auto}
.map .narrow{display:none}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;margin:.7rem 0 0;padding:0;list-style:none;font-size:.87rem}
.dot{display:inline-block;width:.7em;height:.7em;margin-right:.4em;border-radius:2px}
.f-failed{fill:var(--cell-failed);background:var(--cell-failed)}.f-degraded{fill:var(--cell-degraded);background:var(--cell-degraded)}
.f-stale{fill:var(--cell-stale);background:var(--cell-stale)}.f-unknown{fill:var(--cell-unknown);background:var(--cell-unknown)}
.f-well{fill:var(--cell-well);background:var(--cell-well)}
.cards{display:grid;gap:.75rem;margin:0;padding:0;list-style:none}
.card{padding:.9rem 1.1rem;background:var(--card);border:1px solid var(--line);border-left:5px solid var(--cell-unknown);border-radius:10px;min-width:0}
.card.error{border-left-color:var(--cell-failed)}.card.warning{border-left-color:var(--cell-degraded)}.card.note{border-left-color:var(--note)}.card.good{border-left-color:var(--cell-well)}
.card p{margin:.35rem 0 0;overflow-wrap:anywhere}
.card .do{color:var(--dim)}
.card code,td code{font:.92em var(--mono);background:var(--soft);padding:.05em .3em;border-radius:4px}
.card .do b{color:var(--ink);font-weight:600}
.code{font:.85rem var(--mono);color:var(--dim);font-weight:400}
.badge{display:inline-block;padding:.05rem .5rem;border-radius:99px;font-size:.78rem;font-weight:650;white-space:nowrap;background:var(--soft);color:var(--dim)}
.badge.error,.st-failed,.ps-absent,.ps-broken,.ps-not-executable,.ps-gone,.v-fails{background:var(--error-soft);color:var(--error)}
.badge.warning,.st-degraded,.st-stale,.ps-changed,.ps-foreign{background:var(--warning-soft);color:var(--warning)}
.badge.note,.ps-kept{background:var(--note-soft);color:var(--note)}
.badge.good,.st-well,.ps-intact,.v-works{background:var(--good-soft);color:var(--good)}
.cmd{display:flex;gap:.5rem;align-items:flex-start;margin:.5rem 0 0}
.card .cmd code{flex:1;min-width:0;padding:.4rem .65rem;border-radius:6px;font:.84rem/1.45 var(--mono);overflow-wrap:anywhere}
button{font:inherit;color:inherit;background:none;border:1px solid var(--line);border-radius:6px;cursor:pointer}
.cmd button{padding:.25rem .6rem;font-size:.84rem;background:var(--card)}
.cmd button:hover{border-color:var(--accent)}
.names{margin:.35rem 0 0;font:.84rem/1.6 var(--mono);overflow-wrap:anywhere}
summary{cursor:pointer;color:var(--accent)}
.card summary{margin-top:.4rem;font-size:.9rem}
.fold{margin:0;background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.7rem 1rem}
.fold>summary{font-weight:600}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:10px}
.tall{max-height:80vh;overflow:auto}
#all-nodes{table-layout:fixed;min-width:46rem}#all-nodes thead th:first-child{width:34%}#all-nodes thead th:nth-child(2){width:7%}#all-nodes thead th:nth-child(5){width:12%}#all-nodes thead th:nth-child(6){width:18%}
@media screen{.tall table,.tall thead,.tall tbody{display:block}.tall thead{position:sticky;top:0;z-index:1}.tall th,.tall td.wrap{min-width:0}
.tall tr{display:grid;grid-template-columns:var(--columns);grid-auto-flow:column;grid-auto-columns:4.5rem}.tall tbody tr{content-visibility:auto;contain-intrinsic-block-size:auto var(--row)}
.tall #all-nodes thead th:nth-child(n){width:auto}
.tall #all-nodes{--row:2.3rem;--columns:minmax(0,34fr) minmax(0,7fr) minmax(0,13fr) minmax(0,10fr) minmax(0,12fr) minmax(0,19fr) minmax(0,11fr)}
.tall [id$=-nads]{--row:4rem;min-width:54rem;--columns:minmax(0,18fr) minmax(7.6rem,11fr) minmax(0,14fr) minmax(0,40fr) minmax(0,9fr) minmax(0,9fr)}}
.fold .scroll,.scroll+.fold{margin-top:.7rem}
table{width:100%;border-collapse:collapse;font-size:.9rem}
caption{padding:.6rem .9rem;text-align:left;color:var(--dim)}
th,td{padding:.45rem .9rem;text-align:left;vertical-align:top;border-top:1px solid var(--line)}
thead th{border-top:0;background:var(--soft);font-size:.82rem;white-space:nowrap;color:var(--dim);font-weight:650}
tbody th{font-weight:600;min-width:8.5rem}
.matrix tbody th{white-space:nowrap}tbody th[id^=class-]{min-width:0}
th.n,td.n{text-align:right;white-space:nowrap}
.mono,tbody th{font-family:var(--mono);font-size:.86rem;overflow-wrap:anywhere}
td.path{white-space:nowrap}
td.wrap{min-width:14rem;overflow-wrap:anywhere}
.matrix td{text-align:center;white-space:nowrap;padding:.35rem .6rem}.matrix thead th{text-align:center}.matrix thead th:first-child{text-align:left}
.matrix thead small{display:block;font-weight:400}
thead button{display:inline-flex;gap:.3rem;padding:0 .15rem;border:0;font-weight:650}
thead button::after{content:"\\2195";opacity:.45}
[aria-sort=ascending] button::after{content:"\\2191";opacity:1}[aria-sort=descending] button::after{content:"\\2193";opacity:1}
.filter{display:flex;flex-wrap:wrap;gap:.4rem .8rem;align-items:center;margin:.6rem 0}
.filter input{flex:0 1 22rem;min-width:0;padding:.4rem .7rem;font:inherit;color:inherit;background:var(--card);border:1px solid var(--dim);border-radius:6px}
.filter output{color:var(--dim);font-size:.87rem}
[hidden]{display:none!important}
.good-news{margin:1.6rem 0 0}
footer{margin-top:2.6rem;padding-bottom:3rem;color:var(--dim);font-size:.87rem;overflow-wrap:anywhere}
footer ul{margin:.3rem 0 0;padding-left:1.1rem}
@media (max-width:46rem){body{font-size:14.5px}main,header,footer{padding:0 .85rem}header{padding-top:1.2rem}h1{font-size:1.55rem}
.tiles{grid-template-columns:1fr 1fr;gap:.5rem}.tiles a{padding:.6rem .75rem}.tiles .number{font-size:1.5rem}
.map .wide{display:none}.map .narrow{display:block}.card{padding:.75rem .85rem}th,td{padding:.4rem .6rem}.cmd{flex-direction:column}.cmd code{width:100%}}
@media screen and (max-width:46rem){.scroll:not(.tall) table:not(.matrix){min-width:44rem}}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
@media print{@page{size:A4;margin:14mm}:root{--bg:#fff;--card:#fff;--ink:#000;--dim:#444;--line:#bbb;--soft:#f2f2f2}
body{font-size:10pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}main,header,footer{max-width:none;padding:0}h2{margin-top:1.4rem;break-after:avoid}
.tiles{grid-template-columns:repeat(3,1fr)}.card,tr,.map,.tiles li{break-inside:avoid}.scroll{overflow:visible;max-height:none;border-radius:0}thead{display:table-header-group}
table{font-size:8pt}th,td{padding:.2rem .3rem}thead th{white-space:normal;font-size:7.5pt}.matrix td{padding:.2rem .3rem}tbody th{min-width:0}td.wrap{min-width:6.5rem}.mono,tbody th{font-size:7.5pt}.badge{font-size:7pt;padding:0 .3rem}#all-nodes{min-width:0}
.cmd button,.filter,.skip,thead button::after{display:none}thead button{border:0;padding:0}}
`;
