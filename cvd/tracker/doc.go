// Package tracker lets cases live in the ticketing system that a team already has.
//
// A [Tracker] is a ticketing system: six methods. Packages below this one have
// those for Request Tracker, Redmine, Gitea and Forgejo, GitHub, GitLab and Jira,
// memtracker is one in memory, and trackertest checks any. A [Sync] keeps the
// tickets of one tracker and the cases of one [service.Service] in step: [Sync.Push]
// carries what has changed in cases to the tickets, [Sync.Pull] what has changed in
// tickets to the cases. The host calls both from its own scheduler, for example
// every minute and whenever a webhook of [Hook] says so.
//
// # What goes out
//
// A ticket shows what the clearance of the Sync allows: it is made of a case that
// was seen under [cvd.Viewer].Clearance, and of nothing else. By default that is
// the number of the case, a neutral title and a link ([Neutral]). What is TLP:RED
// goes nowhere, and neither do files and messages.
//
// # What comes in
//
// Comments, states, owners and fields of tickets become notes, assignments and
// claims of the case, with who did it. A state such as "resolved" is at most a
// claim, which acts once the team adopts it. A comment reaches the reporter only
// if it is marked so. A ticket that somebody opens becomes a case if
// [Config].Intake says so; [Importer] brings those of the past.
//
// # What holds
//
// A case has one ticket for each [Part], also when processes die between any two
// steps: before a ticket is made its marker leads to the case and an intent lies
// in State, under a lease; a ticket that carries the marker is found again. Each
// change of a ticket is applied once, since its ID is that of the command. A field
// that the tracker ignored is a [*NotAppliedError]. What could not be done is a
// [Problem] in what Push and Pull return, and stops nothing else.
//
// Links, cursors and intents lie in [storage.State], under the name of the Sync. They
// can be lost: tickets are found again by their markers, and changes that were
// applied are not applied again.
package tracker
