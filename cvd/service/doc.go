// Package service keeps cases of coordinated vulnerability disclosure: from the report,
// through triage, embargo and fix, to publication. The words that it speaks, cases and
// commands, are in package cvd.
//
// [New] makes a [Service] of a [cvd.Config]. [Service.Do] applies commands to a case, all
// or none, and refuses what a rule of disclosure forbids. [Service.View] reads a case as
// a [cvd.Viewer] may see it.
//
// # What you read
//
// Lists and searches by [Service.Find], what is to be done by [Service.Agenda], a case by
// its number, ticket or CVE ID by [Service.Lookup], neighbours of a report by
// [Service.Similar], dates by [Service.Deadlines], the story by [Service.Timeline], files by
// [Service.Attachment], what was sent by [Service.Sent], copies of a person's data by
// [Service.Export].
//
// # What the host calls
//
// [Service.Relay] sends what is due and [Service.Tick] keeps the clocks, for example every
// minute and after each command; [Service.RunReleases] takes the steps of a staged release
// in order, [Service.Retain] and [Service.Sweep] clear away. The library itself starts
// nothing, logs nothing and reads no clock but Config.Now.
//
// # Of two cases, and of people
//
// [Service.Merge], [Service.Split], [Service.Link], [Service.Reopen]; [Service.Erase].
//
// # What adapters use
//
// A portal lets people in by codes, [cvd.GrantAccess] and [Service.Access], and stores
// files ahead by [Service.Upload]. Mail asks [Service.Thread] where an answer belongs. A
// tracker is told of what has changed by [Service.Changed] and [Service.Done], and reads
// as a Viewer with a Clearance.
//
// # Beneath
//
// cvd/internal/caselog has the records and what a case is; cvd/internal/engine decides on
// commands and appends what they lead to. docs/architecture.md walks through both.
package service
