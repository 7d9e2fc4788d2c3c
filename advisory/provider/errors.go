package provider

import (
	"errors"
	"fmt"

	"github.com/cvdkit/cvdkit/advisory/csaf"
)

// What Publish refuses. Errors wrap these; test with errors.Is.
var (
	// ErrDraft means that tracking.status is draft (CSAF 7.1.1).
	ErrDraft = errors.New("provider: a draft is not published")
	// ErrEmbargo means that the current release date lies in the future.
	ErrEmbargo = errors.New("provider: the release date is in the future")
	// ErrTLP means that the label is not set, has no feed here, or would become
	// stricter than what is public already.
	ErrTLP = errors.New("provider: the TLP label forbids it")
	// ErrStale means that other text is published under the ID, and the document does
	// not have a later current_release_date and another version. Clients that ask
	// only for what is new would miss it.
	ErrStale = errors.New("provider: the document is not newer than what is published; revise it")
	// ErrTaken means that the file name belongs to another ID, or the ID to another
	// year: initial_release_date must not change.
	ErrTaken = errors.New("provider: the file name is taken")
	// ErrKey means that the signer's key expires in less than MinValidity.
	ErrKey = errors.New("provider: the signing key expires too soon")
	// ErrChanged means that a published document was edited in place, so that its
	// hash does not fit. It is not signed anew: publish the right text.
	ErrChanged = errors.New("provider: the published document was changed by somebody else")
	// ErrNotFound means that no document has the ID.
	ErrNotFound = errors.New("provider: no such document")
)

// InvalidError says what the tests of CSAF found in a document.
type InvalidError struct {
	ID       string         // of the document
	Findings []csaf.Finding // errors only
}

// Error names the document and the first tests that failed.
func (e *InvalidError) Error() string {
	if len(e.Findings) == 0 {
		return fmt.Sprintf("provider: document %s is not valid CSAF", e.ID)
	}
	f := e.Findings[0]
	return fmt.Sprintf("provider: document %s is not valid CSAF: test %s at %s: %s (%d errors)",
		e.ID, f.Test, f.Path, f.Message, len(e.Findings))
}

// docError names the document of an error of a rule.
func docError(id string, err error) error { return fmt.Errorf("%w: %s", err, id) }
