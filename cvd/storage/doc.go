// Package storage is what somebody implements who keeps cases of package cvd: in a
// database, in files, in a service of a cloud. It knows nothing of vulnerabilities,
// and who writes commands and reads cases does not need it.
//
// Four interfaces, all but the first optional:
//
//   - [Store] keeps the logs of cases, and what lists and deliveries are made of: six
//     methods. It may be an [Inspector] too, which makes repairs complete.
//   - [BlobStore] keeps files.
//   - [State] keeps small values of adapters, with compare and swap.
//   - [Sealer] encrypts what is private before any of them gets it.
//
// What they take is opaque: a [Record] is bytes, a [Key] is unique, a [Term] is looked
// for. A [Change] is all that one command does to one case, and [Store].Append writes
// it whole or not at all; that is the one hard promise.
//
// Package cvdtest checks implementations, with one line of test. Packages memstore and
// sqlstore are two to read. Interfaces here never gain a method: what a later version
// wants to ask is an interface of its own beside them, as Inspector is, and what
// happens without it is written there.
//
// Errors that hosts see begin with "cvd:", because package cvd returns them as they are.
package storage
