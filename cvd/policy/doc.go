// Package policy holds disclosure policies and legal clocks as data, and computes
// deadlines that explain themselves. It needs no case: a [Policy] is applied to
// [Facts], such as when a report was received.
//
// [All] lists the policies of the table, [OptIns] those that a team adopts once it is
// confirmed that their law applies; [ByName] finds one, [Parse] reads a host's
// own, [ForWindow] makes one of the two numbers of an RFC 2350 document.
// [Policy.Deadlines] gives what is due, [Deadline.Explain] says why. A [Calendar]
// says which days and hours a team works.
//
// Rules, holidays and the data of time zones change: [Adopt] keeps the instants
// that were computed, and [Adopted.Readopt] says which of them move and why.
// [Deadline.Reminders] and [NextDue] tell a scheduler when to act.
//
// All is a pure function of its arguments; nothing reads the clock. Values may be
// used by several goroutines as long as none changes them. The package uses the
// standard library only.
package policy
