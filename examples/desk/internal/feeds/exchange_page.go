package feeds

import "html/template"

var exchangePage = template.Must(template.New("").Parse(`
{{- if .Done}}
<div role="status" class="good"><p>{{.Done}}{{with .Case}} <a href="/cases/{{.}}">To the case {{.}}</a>{{end}}</p>
{{- with .Details}}<ul>{{range .}}<li>{{.}}</li>{{end}}</ul>{{end}}</div>
{{- end}}
{{- if .Failed}}
<div role="alert" class="bad"><p>{{.Failed}}</p></div>
{{- end}}
<h2>Calendar and feed</h2>
<p>Programs fetch these by an address that is yours alone. Whoever knows it sees what you see there, so treat it like a password; revoke it if it got about. Cases stand there by their number only.</p>
{{- range .Feeds}}
<section aria-labelledby="feed-{{.Kind}}">
<h3 id="feed-{{.Kind}}">{{.Label}}</h3>
<p>{{.About}}</p>
{{- if .Address}}
<p><label for="address-{{.Kind}}">Address, shown this once</label>
<input id="address-{{.Kind}}" class="wide" readonly value="{{.Address}}"></p>
{{- else if .Made}}
<p>There is an address, made {{.Made}}.</p>
{{- else}}
<p>There is no address.</p>
{{- end}}
<form method="post" action="/exchange/token" class="row">
<input type="hidden" name="csrf" value="{{$.Csrf}}"><input type="hidden" name="kind" value="{{.Kind}}">
<button name="do" value="renew" aria-describedby="feed-{{.Kind}}">{{if .Made}}Replace the address{{else}}Make an address{{end}}</button>
{{- if .Made}}
<button name="do" value="revoke" aria-describedby="feed-{{.Kind}}">Revoke</button>
{{- end}}
</form>
</section>
{{- end}}
<h2>Export</h2>
<h3>Lists, for a spreadsheet (CSV)</h3>
<ul>{{range .Views}}
<li><a href="/cases.csv{{with .Name}}?view={{.}}{{end}}">{{.Label}}</a></li>
{{- end}}
<li>The figures of a year stand with the <a href="/measures">measures</a></li>
</ul>
<h3>One case, as an archive</h3>
<p>All of it that you may see, with its files, readable by anybody who gets it. Encrypt it before it leaves the house.</p>
<form method="get" action="/exchange/case.zip" class="row">
<label for="number">Number of the case</label> <input id="number" name="number" required autocomplete="off">
<button type="submit">Download</button>
</form>
{{- if .All}}
<h3>All cases, as they are stored</h3>
<p>For a backup, or to move to another machine. It can only be read with the secret of this desk.</p>
<p><a href="/exchange/all.zip">Download all cases</a></p>
{{- end}}
<h2>Import</h2>
<p>An archive of a case that another organisation handed over becomes a case here, and whoever sent it becomes its reporter.
{{- if .All}} An archive of all cases of this desk brings back what is missing.{{end}} Importing twice does no harm.
{{- if not .Signed}} Signatures are not verified here: take only what you got from whom you know.{{end}}</p>
<form method="post" action="/exchange/import" enctype="multipart/form-data">
<input type="hidden" name="csrf" value="{{.Csrf}}">
<p><label for="archive">Archive</label> <input id="archive" name="archive" type="file" accept=".zip,application/zip" required></p>
<fieldset><legend>From whom it is, for a case that was handed over</legend>
<p><label for="organization">Organisation</label> <input id="organization" name="organization" value="{{.Typed.Organization}}"></p>
<p><label for="name">Name</label> <input id="name" name="name" value="{{.Typed.Name}}"></p>
<p><label for="email">E-mail</label> <input id="email" name="email" type="email" value="{{.Typed.Email}}"></p>
</fieldset>
<button type="submit">Import</button>
</form>
`))
