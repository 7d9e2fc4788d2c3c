package securitytxt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/internal/guard"
)

// isOtherPage recognises an answer of 200 that is not a security.txt: the page of
// a site that has no 404. It begins like HTML and is not declared as plain text;
// or one of the two, and it has none of the registered fields. What is compressed cannot be judged and is no other page.
func isOtherPage(res *guard.Response) bool {
	if isEncoded(res.Header) {
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

// isEncoded reports a Content-Encoding that changes the body. Some servers name
// what changes nothing, or a charset.
func isEncoded(h http.Header) bool {
	for _, value := range h.Values("Content-Encoding") {
		for name := range strings.SplitSeq(value, ",") {
			name = strings.TrimSpace(name)
			if name != "" && !containsFold([]string{"identity", "none", "utf-8", "utf8", "7bit", "8bit", "binary"}, name) {
				return true
			}
		}
	}
	return false
}

// mediaFindings judges the Content-Type (RFC 9116 3). Of several headers each is
// judged: which one a reader takes is not known.
func mediaFindings(h http.Header) (fs []Finding) {
	values := h.Values("Content-Type")
	if len(values) == 0 || len(values) == 1 && values[0] == "" {
		return []Finding{{Code: CodeNoContentType}}
	}
	for i, value := range values {
		f := Finding{Code: mediaCode(value)}
		if i > 0 && !strings.EqualFold(value, values[0]) && f.Code == "" {
			f.Code = CodeInvalidMedia
		}
		if f.Code != "" && !slices.Contains(fs, f) {
			fs = append(fs, f)
		}
	}
	if len(values) > 1 && len(fs) == 0 {
		fs = []Finding{{Code: CodeInvalidMedia}}
	}
	return fs
}

// mediaCode reads type/subtype *( OWS ";" OWS [ parameter ] ) of RFC 9110 8.3.1 and
// 5.6.6, because mime.ParseMediaType drops the name of a parameter that it refuses.
func mediaCode(value string) Code {
	media, rest, _ := strings.Cut(value, ";")
	if !strings.EqualFold(strings.Trim(media, " \t"), "text/plain") {
		return CodeInvalidMedia
	}
	found := false
	for param := range strings.SplitSeq(rest, ";") {
		name, charset, _ := strings.Cut(strings.Trim(param, " \t"), "=")
		if !strings.EqualFold(strings.Trim(name, " \t"), "charset") {
			continue
		}
		if n := len(charset); n >= 2 && charset[0] == '"' && charset[n-1] == '"' {
			charset = charset[1 : n-1]
		}
		if found || !strings.EqualFold(charset, "utf-8") {
			return CodeInvalidCharset
		}
		found = true
	}
	if !found {
		return CodeNoCharset
	}
	return ""
}

// plain reports a file that is there over http only. It asks only where https told
// nothing that matters more: not after a certificate that is wrong, an address that
// is not public, a refused redirect or any answer that was no 404.
func (f *Fetcher) plain(ctx context.Context, out *Fetched) {
	last := out.Attempts[len(out.Attempts)-1]
	silent := last.Err != nil && last.Status == 0 && len(last.Hops) == 1 &&
		!errors.Is(last.Err, guard.ErrNotPublic) && fetchCode(last.Err) == ""
	if last.Err != nil && !silent || ctx.Err() != nil || hasPort(out.Host) {
		return
	}
	a := Attempt{Hops: []string{"http://" + out.Host + WellKnownPath}}
	res, err := f.guard(&a.Status, nil).GetPlain(ctx, a.Hops[0])
	switch {
	case err != nil:
		a.Err = err
	case res.Status == http.StatusOK && isOtherPage(res):
		a.Soft404 = true
	case res.Status == http.StatusOK && !isEncoded(res.Header) && hasField(res.Body):
		out.add(CodeInvalidURIScheme)
	}
	out.Attempts = append(out.Attempts, a)
}

// hasPort reports whether a normal host names a port, which then is not that of
// http either.
func hasPort(host string) bool {
	return strings.LastIndexByte(host, ':') > strings.LastIndexByte(host, ']')
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
