// Package known compares a report with advisories that lie in local files: those that
// the team has published, and those of others that somebody keeps a copy of. It opens
// no address.
//
// An Index reads advisories in OSV, CSAF and CVE form, and keeps of each the ID, the
// other IDs, the title, the names of its products and one address. What cannot be read
// is named with its file, and the others are read.
//
// # The score
//
// A report that names an ID of an advisory matches it with 100. Otherwise the name of a
// product of it, all of whose words stand in what the report says is affected, gives
// 40; and the share of the words of its title that stand in the report gives up to 60,
// if they are at least two; both give 99 at most. What has 40 or more is a match. So an advisory for the same
// product is one, and so is one of whose title two words of three are there. Words that
// most advisories have in common, such as "vulnerability", do not count.
package known
