// Package login says who of the team makes a request, and keeps everybody else out.
// The examples share it; hosts have a login of their own and need none of it.
//
// [Login.Wrap] puts it before a handler. What gets through has a [Staff] in its
// context, came from this site, and carries the token of a form that this process
// showed to this person:
//
//	users, err := login.OpenUsers("users.json")
//	l, err := login.New(login.Config{State: state, Secret: secret, Users: users})
//	handler := l.Wrap(desk)
//
//	func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
//		who, _ := login.From(r.Context())  // Name and Groups
//		token := login.Token(r.Context())  // <input type="hidden" name="csrf" value="…">
//
// Ways in: a link that works once, printed at the start (Link); a name with password
// and six digits of a second factor (Users); a client certificate (Users.Certificate
// as Config.Identify); and whatever a host adds as a [Way], such as OpenID Connect
// or a passkey, which ends in Enter.
//
// # What it defends
//
// A session is 256 random bits in a cookie that no script and no other site sends;
// State keeps a keyed hash of it. It is made anew at each login, ends without use
// and at the latest after a working day, at log-out, and as soon as the person is
// no longer in the list. A wrong name, password or second factor have one answer, at
// one cost. Attempts are limited for each source and never for all together, so
// nobody can lock others out. A second factor works once.
package login
