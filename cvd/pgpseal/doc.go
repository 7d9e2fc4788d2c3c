// Package pgpseal is a [storage.Sealer] whose keys belong to a team's OpenPGP
// certificates.
//
// Each case has a key of its own. Its content, private parts of records and files,
// is AES-256-GCM in chunks that are bound to the case and to their place, so that
// it streams, and a change, a swap or a cut is noticed before anything of that
// chunk is released. The key is wrapped by package pgp to every member of the team
// and to the processes that serve it, signed by the process that made it, and kept
// in a [storage.State] under "pgpseal/" and the case's ID.
//
//	sealer, err := pgpseal.New(pgpseal.Config{State: state, Own: []pgp.Secret{process}, Team: certs})
//	svc, err := service.New(cvd.Config{Store: store, Sealer: sealer, …})
//
// Wrapped keys cannot be made anew. Back up the State with the Store: whoever loses
// all wrapped copies of a key has lost the case's texts.
//
// # Members who come and go
//
// After [Sealer.SetTeam] the keys of new cases are wrapped to the new team, and
// [Sealer.Rewrap] wraps those of the other cases again. It may be interrupted and
// called again, and tells how far it is. Every process must know the new team
// before the last round of Rewrap begins.
//
// Re-wrapping takes nothing back. Who was a member may have kept a wrapped key (a
// backup of the State will do), and opens with it all that is sealed under that
// key, before and after. [Sealer.Rotate] gives a case another key: what is written
// from then on is closed to them. What was written before is not sealed anew,
// because the log of the case commits to its sealed bytes. What somebody has read
// no key takes back.
//
// [Sealer.Destroy] removes a case's key, and with it all that is sealed under it,
// but for backups of the State.
//
// # What is in the clear
//
// The State shows which cases have a key, how often it was rotated (by the length)
// and, unless Config.Hidden is set, the key IDs of the members. Whoever can write to the
// State can remove a key, or put an old one of the same case back; keys that no
// Config.Signers made are refused.
package pgpseal
