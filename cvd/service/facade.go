package service

import (
	"context"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Erase removes a person's data from a case. A legal hold refuses it with
// RuleHold. The data is gone from the Store's results at once; how it leaves the
// database's files and the host's backups is the Store's and the host's matter
// (sqlstore: Store.Compact).
//
// If files cannot be deleted the error says so after everything else is done,
// and Sweep deletes them later.
func (s *Service) Erase(ctx context.Context, id cvd.CaseID, by cvd.By, x cvd.ErasePerson) (cvd.Erased, error) {
	return s.e.Erase(ctx, id, by, x)
}

// EraseRecords removes the private parts of single records, for example of
// those in Erased.Review that a human has read.
func (s *Service) EraseRecords(ctx context.Context, id cvd.CaseID, by cvd.By, basis cvd.EraseBasis, records ...cvd.Seq) (cvd.Erased, error) {
	return s.e.EraseRecords(ctx, id, by, basis, records...)
}

// Link records how two cases relate, in both, in one append. It moves nothing;
// a case that is only a duplicate is better merged. Config.Authorize is asked
// for both cases. The result is the first case.
func (s *Service) Link(ctx context.Context, id cvd.CaseID, by cvd.By, x cvd.LinkTo) (*cvd.Case, error) {
	return s.e.Link(ctx, id, by, x)
}

// Merge closes a case as a duplicate and lets it go on in another, in one
// append. Participants (matched by identity), reports with their originals,
// vulnerabilities, product streams, statements and claims are copied into the
// other case; a vulnerability with the same CVE ID, or the only one of each, is
// the same. Numbers, CVE IDs and Message-IDs lead to the other case from then
// on. Messages and their files stay in the merged case.
//
// If both have an embargo in force the one with the earlier end holds for both,
// and whoever had agreed to the later one has Lapsed and is asked again. If only
// the merged case has one, it holds in the other. A public case that is merged
// ends the other's embargo. A case under embargo is not merged into one whose
// secret is out (RuleMergeEmbargo).
//
// Config.Authorize is asked for both cases. The result is the other case; a
// repeat of the same By.ID returns it with Repeated set.
//
// A submission is admitted to a case that exists by the same: its number and all
// that leads to it lead to the case from then on. Nothing goes into a submission.
func (s *Service) Merge(ctx context.Context, id cvd.CaseID, by cvd.By, x cvd.Merge) (*cvd.Case, error) {
	return s.e.Merge(ctx, id, by, x)
}

// DoMany applies the same commands to many cases: one decision on reports
// that a scanner sent, each answered on its own. Every case is decided for
// itself; one that is refused does not stop the others. If ctx ends, the cases
// that were not reached have its error.
//
// With By.ID a repeat changes nothing, also where the first call got only half
// way. By.If must be 0. At most Limits.Items cases; no command may carry a file.
func (s *Service) DoMany(ctx context.Context, by cvd.By, ids []cvd.CaseID, cmds ...cvd.Command) ([]cvd.CaseResult, error) {
	return s.e.DoMany(ctx, by, ids, cmds...)
}

// Split makes a new case of some reports and vulnerabilities of a case, in one
// append. The new case inherits the embargo and the consents of those who come
// along, and the state of the team's own work. What moved is handled there:
// commands on it here are refused by RuleMoved. CVE IDs and Message-IDs of what
// moved lead to the new case, and so do the threads of reporters all of whose
// reports moved.
//
// The result is the new case; a repeat of the same By.ID returns it with
// Repeated set.
func (s *Service) Split(ctx context.Context, id cvd.CaseID, by cvd.By, x cvd.Split) (*cvd.Case, error) {
	return s.e.Split(ctx, id, by, x)
}

// Reopen continues a closed case in a new one: Closed is final in report
// management, and an embargo that ended does not begin again, so both start
// anew there, and the closed log stays as it was published. Participants,
// reports, vulnerabilities, statements and claims come along, and so do all
// identifiers, also the number. The new case is Received: it is to be judged
// again. An embargo that was in force when the case was closed holds.
//
// The result is the new case; a repeat of the same By.ID returns it with
// Repeated set.
func (s *Service) Reopen(ctx context.Context, id cvd.CaseID, by cvd.By, x cvd.Reopen) (*cvd.Case, error) {
	return s.e.Reopen(ctx, id, by, x)
}

// Rebuild returns the Change that would make a case, as it is, in an empty Store:
// its records as they are stored, and the head, keys, terms and deliveries that
// follow from them. It verifies the chain and every private part, and writes
// nothing. Not in the log, and so not rebuilt, are leases, tokens and the times of
// retries; every subscriber is told of the case anew.
//
// It needs what opens the private parts: the keys of Config.Sealer, if there is
// one. Errors: ErrNotFound, ErrTampered, ErrNewer, those of the Store and the Sealer.
func (s *Service) Rebuild(ctx context.Context, id cvd.CaseID) (storage.Change, error) {
	return s.e.Rebuild(ctx, id)
}

// Blobs returns the names of the blobs that a case holds, in the order in which they
// came: attachments and original messages, without those that were erased. It
// verifies the chain.
func (s *Service) Blobs(ctx context.Context, id cvd.CaseID) ([]storage.BlobID, error) {
	return s.e.Blobs(ctx, id)
}

// Do applies commands to a case, all or none, in one append.
//
// The zero CaseID starts a case: the first command is then Receive or Open. If
// the report is known already, Do returns the case that has it, with Repeated
// set and nothing changed.
//
// Errors: a *Refusal (ErrRefused) names the rule that forbids a command; an
// *InputError (ErrInput) the field that cannot be; ErrDenied, ErrStale,
// ErrNotFound, ErrNewer, ErrTampered; a *DuplicateError if an identifier belongs
// to another case. After all of these nothing was written. After any other error
// the outcome may be unknown; repeating the call with the same By.ID is safe.
func (s *Service) Do(ctx context.Context, id cvd.CaseID, by cvd.By, cmds ...cvd.Command) (*cvd.Case, error) {
	return s.e.Do(ctx, id, by, cmds...)
}

// View returns the case with the texts that the viewer may see, verified. Parts
// that the viewer may not see are left out or empty; ErrNotFound if there is no
// case or it is not for this viewer's eyes at all, so that a stranger cannot
// learn of it.
func (s *Service) View(ctx context.Context, id cvd.CaseID, v cvd.Viewer) (*cvd.Case, error) {
	return s.e.View(ctx, id, v)
}
