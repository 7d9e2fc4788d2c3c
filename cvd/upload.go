package cvd

import (
	"errors"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Upload is a file that Service.Upload has stored and that no record names yet. It
// is given to a command of its case where that takes a file:
//
//	cvd.Attach{Name: "poc.c", Content: upload}
//
// It serves for one command. A call of Do that failed may be repeated with it.
type Upload struct {
	Case   CaseID         // that it was stored for, and sealed for
	Blob   storage.BlobID // where it lies
	Size   int64          // of the content, before sealing
	SHA256 Private        // of the content, hexadecimal
	kept   uploadKept
}

// Read returns an error: an Upload is given to Do, which does not read it.
func (Upload) Read([]byte) (int, error) {
	return 0, errors.New("cvd: an Upload is no file to be read, but given to Service.Do")
}
