package storecheck

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// files looks for the files of a case.
func (v *verifier) files(ctx context.Context, id cvd.CaseID) error {
	if v.o.Blobs == nil {
		return nil
	}
	blobs, err := v.svc.Blobs(ctx, id)
	if err != nil {
		return err
	}
	there := map[storage.BlobID]bool{}
	for _, b := range blobs {
		v.Files++
		r, err := v.o.Blobs.Open(ctx, b)
		if err == nil {
			err = r.Close()
			there[b] = true
		}
		if !errors.Is(err, cvd.ErrNotFound) {
			v.named++
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			v.found(id, KindFile, err, "blob %s cannot be opened", b)
		}
	}
	if !v.o.Contents {
		return nil
	}
	c, err := v.svc.View(ctx, id, cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}})
	if err != nil {
		return err
	}
	for _, a := range c.Attachments {
		if !there[a.Blob] || a.SHA256 == "" {
			continue
		}
		if err := v.content(ctx, id, a); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			v.found(id, KindFile, err, "the content of attachment %d is not what was stored", a.ID)
		}
	}
	return nil
}

var errAltered = errors.New("storecheck: its digest is another")

func (v *verifier) content(ctx context.Context, id cvd.CaseID, a cvd.Attachment) error {
	r, err := v.svc.Attachment(ctx, id, cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}}, a.ID)
	if err != nil {
		return err
	}
	defer r.Close()
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return err
	}
	if hex.EncodeToString(h.Sum(nil)) != string(a.SHA256) {
		return errAltered
	}
	return nil
}

// unnamed counts the blobs that are left over: a blob belongs to one case, which was
// looked at, so no list of names is needed.
func (v *verifier) unnamed(ctx context.Context) error {
	if v.o.Blobs == nil || v.o.After != (cvd.CaseID{}) {
		return nil
	}
	all := 0
	for after := (storage.BlobID{}); ; {
		page, err := v.o.Blobs.List(ctx, after, v.o.Page)
		if err != nil {
			return fmt.Errorf("storecheck: listing files: %w", err)
		}
		if all += len(page); len(page) > 0 {
			after = page[len(page)-1].ID
		}
		if len(page) < v.o.Page {
			v.Unnamed = max(0, all-v.named)
			return nil
		}
	}
}
