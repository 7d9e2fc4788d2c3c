package securitytxt

import (
	"bytes"
	"context"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/cvdkit/cvdkit/internal/guard"
)

// isOtherPage recognises an answer of 200 that is not a security.txt: the page of
// a site that has no 404. It begins like HTML and is not declared as plain text;
// or one of the two, and it has none of the registered fields. What is compressed cannot be judged and is no other page.
func isOtherPage(res *guard.Response) bool {
	if res.Header.Get("Content-Encoding") != "" {
		return false
	}
	media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	declared := media != "" && media != "text/plain"
	body := bytes.TrimSpace(bytes.TrimPrefix(res.Body, []byte(byteOrderMark)))
	html := bytes.HasPrefix(body, []byte("<"))
	return html && declared || (html || declared) && !hasField(res.Body)
}

// hasField reports whether any registered field has a value.
func hasField(body []byte) bool {
	n := len(body) + 1
	doc, _ := Limits{Bytes: n, Lines: n, Field: n}.Parse(body)
	for k := fieldContact; k < fieldCount; k++ {
		if doc.seen[k] > 0 {
			return true
		}
	}
	return false
}

// mediaFindings judges the Content-Type (RFC 9116 3).
func mediaFindings(h http.Header) []Finding {
	value := h.Get("Content-Type")
	if value == "" {
		return []Finding{{Code: CodeNoContentType}}
	}
	media, params, err := mime.ParseMediaType(value)
	if err != nil || media != "text/plain" {
		return []Finding{{Code: CodeInvalidMedia}}
	}
	switch charset := params["charset"]; {
	case charset == "":
		return []Finding{{Code: CodeNoCharset}}
	case !strings.EqualFold(charset, "utf-8"):
		return []Finding{{Code: CodeInvalidCharset}}
	}
	return nil
}

// compare reports a top-level file that says something else.
func (f *Fetcher) compare(ctx context.Context, out *Fetched) {
	side := &Fetched{Host: out.Host}
	res, err := f.attempt(ctx, side, TopLevelPath)
	out.Attempts = append(out.Attempts, side.Attempts...)
	if err == nil && res != nil && !bytes.Equal(res.Body, out.Document.Bytes()) {
		out.add(CodeTopLevelDiffers)
	}
}

// verify asks the Verifier, and the Memory whether the signer is the one known.
func (f *Fetcher) verify(ctx context.Context, out *Fetched) error {
	if f.Verifier == nil {
		return nil
	}
	signer := ""
	if out.Document.Signed() {
		v, err := out.Document.Verify(ctx, f.Verifier)
		if err != nil {
			return err
		}
		out.Verified = v
		out.Findings = append(out.Findings, v.Findings...)
		if v.Signature.Status == StatusValid {
			signer = v.Signature.Fingerprint
		}
	}
	if f.Memory == nil {
		return nil
	}
	known, err := f.Memory.Signer(ctx, out.Host)
	switch {
	case err != nil:
	case known == "" && signer != "":
		err = f.Memory.Remember(ctx, out.Host, signer)
	case known != "" && !strings.EqualFold(known, signer):
		out.add(CodeSignerChanged)
	}
	if err != nil {
		return fmt.Errorf("securitytxt: memory of signers: %w", err)
	}
	return nil
}
