package cra

const pageStyle = `
:root{--ink:#1f2328;--soft:#59636e;--line:#d0d7de;--bg:#fff;--box:#f6f8fa;--alarm:#b3141f;--near:#9a4a00}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Noto Sans",sans-serif;overflow-wrap:anywhere}
main{max-width:760px;margin:0 auto;padding:16px}
h1{font-size:21px;line-height:1.3;margin:0 0 8px}h2{font-size:16px;margin:20px 0 6px}
.label{color:var(--alarm);font-weight:700;margin:0 0 4px}
ul{margin:0;padding-left:20px}.todo li{color:var(--alarm)}.ask li{color:var(--near)}
dl{margin:0}dd{margin:0}
.clocks dt{font-weight:600}.clocks dd{color:var(--soft);margin:0 0 6px}
.field{border-top:1px solid var(--line);padding:8px 0;break-inside:avoid}
.field dt{font-weight:600}.no{display:inline-block;min-width:34px;color:var(--soft);font-variant-numeric:tabular-nums}
.code{font-size:12px;border:1px solid var(--line);border-radius:4px;padding:0 5px;color:var(--soft);font-weight:400}
.value{white-space:pre-line;background:var(--box);border:1px solid var(--line);border-radius:4px;padding:6px 8px;margin:4px 0;user-select:all}
.blank{min-height:20px;color:var(--soft);font-style:italic;background:none;border-style:dashed;user-select:none}
.note{font-size:14px;color:var(--soft)}
.f-missing .value,.f-too-long .value,.f-not-a-choice .value{border-color:var(--alarm)}
.f-missing .note,.f-too-long .note,.f-not-a-choice .note{color:var(--alarm)}
.f-if-known .value{border-color:var(--near)}
.f-automatic dt,.f-not-shown dt{color:var(--soft);font-weight:400}
.legend{font-size:13px;color:var(--soft);border-top:1px solid var(--line);padding-top:8px}
@media screen and (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9198a1;--line:#30363d;--bg:#0d1117;--box:#161b22;--alarm:#ff8a80;--near:#f0a35e}}
@page{size:A4;margin:16mm}
@media print{body{font-size:10.5pt}main{max-width:none;padding:0}h2{break-after:avoid}}
`
