// Package archive writes whole cases to one file and reads them back: for a backup, to
// leave the library, and to hand a case to another organisation. The format is in
// docs/archive.md; it is a ZIP file that any program opens.
//
// There are two forms, which do not mix.
//
// [Export] writes logs: the records and files of cases as they are stored, sealed
// where they are. [Import] brings them into a Store of the same team, under the same
// Config.Secret, like package storecopy does: exactly, verified, and only what is
// missing. Wrapped keys of a Sealer go along if [LogOptions].StateKeys names them.
//
// [ExportView] writes one case as one [cvd.Viewer] sees it, in readable JSON, with the
// files that the viewer may see. For the team that is everything, in plain text: what
// a team takes along that leaves the library. For a participant it is what its role,
// its consent and the labels allow, and nothing else: no log goes along, because the
// structure of a log tells what its texts do not. The other organisation verifies the
// signature and takes it into its own cvdkit with [ImportView], as a case of its own.
// The archive names the sender's record number and hash, so that the sender cannot
// tell another history later.
//
// Everything is written as it is: what leaves the house is to be encrypted, for example
// by package pgp to the other organisation's certificate. See the example.
//
// An archive is read with limits, and nothing is taken from it that its manifest does
// not name with size and digest. Sign it: without a signature the digests only show
// accidents.
package archive
