// Package pages are the pages of a team that works on cases: what comes in before it
// is a case, the list, a case with all that can be done to it, search.
//
// New gives a Desk, which is an http.Handler for the root of a site of its own. It
// knows nobody: Config.Staff says who makes a request, and the host keeps everybody
// else out. What somebody may see follows from Staff.Groups. More pages are added by
// Desk.Handle, and look like the others by Desk.Show.
//
// The pages are plain HTML and CSS and work without a script. None refreshes itself;
// each case says what has changed since its reader last marked it as read. A form
// carries the version of the case that it was made from: if somebody changed the case
// meanwhile the action is refused, with what changed and with all that was typed.
package pages
