// Package portal is a web portal for reports of vulnerabilities: people report
// without an account, get a receipt, and come back with it to talk with the team.
// Vendors and other parties come by a link and a code that the team gave them.
//
// New returns an http.Handler, which a host mounts under any prefix, over TLS:
//
//	mux.Handle("/report/", http.StripPrefix("/report", handler))
//
// The pages need no JavaScript, and load nothing from anywhere else. They are in
// the language that the browser asks for, of the catalogues in folder lang. All
// texts, templates and styles can be replaced: see [Config].
//
// # The receipt
//
// A receipt has 128 bits in groups that are easy to type, with a check. It is
// derived from Config.Secret, the form and what was sent, so a form that is sent
// twice opens one case and shows one receipt. It is shown in the browser that sent
// the form, until it is used or a session's time has passed, and nowhere else. It is
// entered by POST, and the Service keeps a keyed hash of it.
//
// Who has lost it can get a new one by Config.Mail, through an address that the
// Service has confirmed: a code is mailed, which is typed in within half an hour. The
// page tells nobody whether an address is known. See [Portal.Renew].
//
// # What it defends
//
// Forms carry a signed token, and http.CrossOriginProtection refuses what comes from
// other origins. A session is a random ID in a cookie of which Config.State keeps
// a hash, and it ends after half an hour without use. Attempts are limited for each
// source, and never for all together. Nothing is refused for its content: what looks
// like spam, or comes too often, is quarantined for the team's eyes. Files are
// streamed to the Service, which seals them where it has a Sealer; none is
// interpreted, and all are served for download only.
//
// A host gives it the protection of TLS, and a proxy in front that neither spools
// requests nor compresses answers: see docs/hosting.md.
package portal
