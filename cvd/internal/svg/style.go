package svg

// svgStyle repeats plain colours instead of CSS variables, which some viewers of
// SVG do not know.
const svgStyle = `
text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Noto Sans",sans-serif;fill:#1f2328}
.c-bg{fill:#fff}.c-lane{fill:#fff}.c-odd{fill:#f6f8fa}
.c-h1{font-size:19px;font-weight:600}.c-sub{font-size:11.5px;fill:#59636e}
.c-name{font-size:13px;font-weight:600}.c-group{font-size:11.5px;font-weight:600;fill:#424a53}
.c-tick{font-size:11px;fill:#59636e}.c-grid{stroke:#d9dee4;stroke-width:1;fill:none}
.c-axis{stroke:#8c959f;stroke-width:1;fill:none}
.c-label{font-size:13px}.c-late{fill:#b3141f;font-weight:600}
.c-date{font-size:11.5px;fill:#59636e;font-variant-numeric:tabular-nums}
.c-band{fill:#6e56cf;fill-opacity:.10}.c-edge{stroke:#6e56cf;stroke-width:1.5;fill:none}
.c-strip{fill:#6e56cf;fill-opacity:.16}.c-due{stroke:#59636e;stroke-width:1.2;stroke-opacity:.75;fill:none}
.c-open{stroke-dasharray:5 4}.c-bandname{font-size:11.5px;font-weight:600;fill:#5b43b8}
.c-now{stroke:#bc4c00;stroke-width:1.5;stroke-dasharray:2 3;fill:none}.c-nowname{font-size:11.5px;font-weight:600;fill:#bc4c00}
.g-done{fill:#0969da;stroke:#fff;stroke-width:1.5}.g-met{fill:#1a7f37;stroke:#fff;stroke-width:1}
.g-planned{fill:#fff;stroke:#59636e;stroke-width:2}.g-overdue{fill:#cf222e;stroke:#fff;stroke-width:1}
.g-late{fill:#fff;stroke:#b3141f;stroke-width:2}.g-latetick{stroke:#b3141f;stroke-width:1.9;fill:none;stroke-linecap:round;stroke-linejoin:round}
.g-soon{fill:#bc4c00;stroke:#fff;stroke-width:1}.g-near{fill:#fff;stroke:#bc4c00;stroke-width:2.4}
.g-void{fill:#fff;stroke:#8c959f;stroke-width:1.4}.g-strike{stroke:#59636e;stroke-width:1.6;fill:none}
.c-void{fill:#59636e;text-decoration:line-through}.c-broken{stroke:#6e56cf;stroke-width:1;stroke-dasharray:4 3}
.g-tick{stroke:#fff;stroke-width:1.8;fill:none;stroke-linecap:round;stroke-linejoin:round}
.m-met{fill:#2da44e}.m-missed{fill:#cf222e}.m-open{fill:#d0d7de}.m-bar{fill:#0969da}.m-rest{fill:#0969da;fill-opacity:.28}
.m-big{font-size:26px;font-weight:600}.m-mark{stroke:#1f2328;stroke-width:2;fill:none}
@media screen and (prefers-color-scheme:dark){
text{fill:#e6edf3}.c-bg,.c-lane{fill:#0d1117}.c-odd{fill:#131920}
.c-sub,.c-tick,.c-date{fill:#9198a1}.c-group{fill:#b9c1ca}.c-grid{stroke:#2a3038}.c-axis{stroke:#656c76}
.c-late{fill:#ff8a80}
.c-band{fill:#a78bfa;fill-opacity:.13}.c-edge{stroke:#a78bfa}.c-strip{fill:#a78bfa;fill-opacity:.2}.c-due{stroke:#9198a1}.c-bandname{fill:#c4b5fd}
.c-now{stroke:#f0883e}.c-nowname{fill:#f0883e}
.g-done{fill:#4493f8;stroke:#0d1117}.g-met{fill:#2ea043;stroke:#0d1117}
.g-late{fill:#0d1117;stroke:#ff8a80}.g-latetick{stroke:#ff8a80}.g-soon{fill:#d4620e;stroke:#0d1117}.g-near{fill:#0d1117;stroke:#f0883e}
.g-void{fill:#0d1117;stroke:#656c76}.g-strike{stroke:#9198a1}.c-void{fill:#9198a1}.c-broken{stroke:#a78bfa}
.g-planned{fill:#0d1117;stroke:#9198a1}.g-overdue{fill:#f0474b;stroke:#0d1117}}
@media screen and (prefers-color-scheme:dark){.m-met{fill:#2ea043}.m-missed{fill:#f0474b}.m-open{fill:#3a414a}.m-bar,.m-rest{fill:#4493f8}.m-mark{stroke:#e6edf3}}
@media print{.c-bg,.c-lane,.c-odd{fill:none}}
`
