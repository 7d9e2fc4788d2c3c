// Package feeds takes what a desk holds to where its people work: a calendar of all
// due dates, an Atom feed of what changed, a CSV file of the list, archives of cases in
// and out, and the measures of the team.
//
// Calendar and feed are fetched by programs that cannot log in. Their address holds a
// token of one member, which is shown once, kept as a digest, and revoked by that member
// at any time. What it shows is what that member may see when it is fetched; it names
// cases by their number and tells nothing of what they are about, because it rests with
// whoever runs the calendar.
package feeds
