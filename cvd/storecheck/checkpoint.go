package storecheck

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// ErrCheckpoint means that a checkpoint cannot be read, or that its list is not the
// one that was signed.
var ErrCheckpoint = errors.New("storecheck: not a checkpoint, or not the list that was signed")

// Signer signs a short text: an OpenPGP cleartext signature (RFC 9580 7), for
// example by package pgp.
type Signer interface {
	// SignCleartext returns the text with its signature.
	SignCleartext(ctx context.Context, text []byte) ([]byte, error)
}

// SignerFunc makes a function a Signer.
type SignerFunc func(ctx context.Context, text []byte) ([]byte, error)

// SignCleartext calls f.
func (f SignerFunc) SignCleartext(ctx context.Context, text []byte) ([]byte, error) {
	return f(ctx, text)
}

// Verifier returns the text that a signature covers. The error is nil only if the
// signature is good, of a key that is trusted for this.
type Verifier interface {
	// VerifyCleartext returns what was signed, and nothing that was not.
	VerifyCleartext(ctx context.Context, message []byte) (text []byte, err error)
}

// VerifierFunc makes a function a Verifier.
type VerifierFunc func(ctx context.Context, message []byte) ([]byte, error)

// VerifyCleartext calls f.
func (f VerifierFunc) VerifyCleartext(ctx context.Context, message []byte) ([]byte, error) {
	return f(ctx, message)
}

// Statement is what a checkpoint states.
type Statement struct {
	At       time.Time    // in UTC, to the second
	Previous storage.Hash // of the signed statement before it; zero: it is the first
	Cases    int          // how many it covers
	Heads    storage.Hash // of the list
}

const firstLine = "cvdkit checkpoint 1"

func (s Statement) text() []byte {
	previous := "-"
	if s.Previous != (storage.Hash{}) {
		previous = s.Previous.String()
	}
	return fmt.Appendf(nil, "%s\nat %s\nprevious %s\ncases %d\nheads %s\n", firstLine, s.At.UTC().Format(time.RFC3339), previous, s.Cases, s.Heads)
}

// parseStatement reads what text writes, with line ends of any kind and without the
// last: cleartext signatures change them.
func parseStatement(text []byte) (s Statement, err error) {
	lines := strings.Split(strings.TrimRight(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n"), "\n")
	if len(lines) != 5 || lines[0] != firstLine {
		return s, ErrCheckpoint
	}
	var values [4]string
	for i, name := range []string{"at ", "previous ", "cases ", "heads "} {
		var ok bool
		if values[i], ok = strings.CutPrefix(lines[i+1], name); !ok {
			return s, ErrCheckpoint
		}
	}
	at, err := time.Parse(time.RFC3339, values[0])
	if err != nil {
		return s, ErrCheckpoint
	}
	s.At = at
	if values[1] != "-" && !parseHash(&s.Previous, values[1]) || !parseHash(&s.Heads, values[3]) {
		return s, ErrCheckpoint
	}
	if s.Cases, err = strconv.Atoi(values[2]); err != nil || s.Cases < 0 {
		return s, ErrCheckpoint
	}
	if !bytes.Equal(s.text(), []byte(strings.Join(lines, "\n")+"\n")) {
		return Statement{}, ErrCheckpoint // written in another way than we do
	}
	return s, nil
}

func parseHash(h *storage.Hash, s string) bool {
	if len(s) != 2*len(h) {
		return false
	}
	_, err := hex.Decode(h[:], []byte(s))
	return err == nil
}

// Checkpoint writes the list of all heads to w and returns the signed statement about
// it. Keep both where nobody who can write to the Store can, each under its time.
// previous is the signed statement before it, or nil: with it, none of a series can
// be left out unnoticed. A line of the list takes about 110 bytes. Cases that change
// meanwhile are listed as they were at some moment of the call.
func Checkpoint(ctx context.Context, w io.Writer, store storage.Store, s Signer, at time.Time, previous []byte) ([]byte, error) {
	x := Statement{At: at}
	if previous != nil {
		x.Previous = sha256.Sum256(previous)
	}
	h := sha256.New()
	out := bufio.NewWriter(io.MultiWriter(w, h))
	const page = 1000
	for before := (cvd.CaseID{}); ; {
		heads, err := store.Heads(ctx, storage.Query{Before: storage.Cursor{ID: before}, Limit: page})
		if err != nil {
			return nil, fmt.Errorf("storecheck: listing cases: %w", err)
		}
		for _, head := range heads {
			before = head.ID
			x.Cases++
			if _, err := fmt.Fprintf(out, "%s %d %s\n", head.ID, head.Seq, head.Tip); err != nil {
				return nil, err
			}
		}
		if len(heads) < page {
			break
		}
	}
	if err := out.Flush(); err != nil {
		return nil, err
	}
	h.Sum(x.Heads[:0])
	return s.SignCleartext(ctx, x.text())
}

// VerifyCheckpoint verifies a signed statement and its list, and looks whether each
// log of the Store holds what it held then; that it holds together, Verify tells. The
// error is that of the Verifier or of the Store, or ErrCheckpoint; there are findings
// only if the whole list is the one that was signed.
func VerifyCheckpoint(ctx context.Context, store storage.Store, v Verifier, statement []byte, list io.Reader) (Statement, []Finding, error) {
	text, err := v.VerifyCleartext(ctx, statement)
	if err != nil {
		return Statement{}, nil, fmt.Errorf("storecheck: the signature of the checkpoint: %w", err)
	}
	s, err := parseStatement(text)
	if err != nil {
		return s, nil, err
	}
	var findings []Finding
	h := sha256.New()
	n, err := eachHead(list, h, func(id cvd.CaseID, seq cvd.Seq, tip storage.Hash) error {
		rs, err := store.Load(ctx, id, seq-1, 1, false)
		if err != nil {
			return fmt.Errorf("storecheck: reading a case: %w", err)
		}
		switch {
		case len(rs) == 0:
			findings = append(findings, Finding{Case: id, Kind: KindCheckpoint, Detail: fmt.Sprintf("it had %d records and has fewer now", seq)})
		case rs[0].Seq != seq || !bytes.HasSuffix(rs[0].Body, tip[:]): // a record ends with its link
			findings = append(findings, Finding{Case: id, Kind: KindCheckpoint, Detail: fmt.Sprintf("record %d is another one now", seq)})
		}
		return nil
	})
	if err != nil {
		return s, nil, err
	}
	if n != s.Cases || storage.Hash(h.Sum(nil)) != s.Heads {
		return s, nil, ErrCheckpoint
	}
	return s, findings, nil
}

// eachHead reads a list of heads, line by line.
func eachHead(r io.Reader, h hash.Hash, f func(cvd.CaseID, cvd.Seq, storage.Hash) error) (n int, err error) {
	const most = 128 // of a line
	in := bufio.NewReaderSize(io.TeeReader(r, h), most)
	var last cvd.CaseID
	for {
		line, err := in.ReadSlice('\n')
		switch {
		case err == io.EOF && len(line) == 0:
			return n, nil
		case err == io.EOF, errors.Is(err, bufio.ErrBufferFull):
			return n, ErrCheckpoint
		case err != nil:
			return n, err
		}
		fields := strings.Split(string(line[:len(line)-1]), " ")
		if len(fields) != 3 {
			return n, ErrCheckpoint
		}
		id, err := storage.ParseCaseID(fields[0])
		if err != nil || id.String() != fields[0] || n > 0 && bytes.Compare(id[:], last[:]) >= 0 {
			return n, ErrCheckpoint
		}
		seq, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil || seq < 1 || strconv.FormatInt(seq, 10) != fields[1] {
			return n, ErrCheckpoint
		}
		var tip storage.Hash
		if !parseHash(&tip, fields[2]) {
			return n, ErrCheckpoint
		}
		if err := f(id, cvd.Seq(seq), tip); err != nil {
			return n, err
		}
		n, last = n+1, id
	}
}
