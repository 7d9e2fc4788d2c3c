package pgpmime

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/pgp"
)

// maxEncryptions is how many may lie in each other.
const maxEncryptions = 4

// encrypted reads RFC 3156, section 4: exactly two parts of these types.
func (w *walker) encrypted(n *node, at where) error {
	if n.parent == nil {
		w.form(FormEncrypted)
	}
	parts := n.children
	if !strings.EqualFold(n.params["protocol"], "application/pgp-encrypted") || len(parts) != 2 || !w.isControl(parts[0]) ||
		parts[1].media != "application/octet-stream" || n.ambiguous {
		w.unread(UnreadEncrypted, n, "not exactly the two parts of an encrypted mail", ErrMalformed)
		return w.closed(parts, at)
	}
	return w.decrypt(parts[1], n, at)
}

// isControl knows the first part of an encrypted mail.
func (w *walker) isControl(n *node) bool {
	if n.media != "application/pgp-encrypted" || !n.leaf() {
		return false
	}
	text, _ := io.ReadAll(io.LimitReader(n.content(), 1<<10))
	return bytes.Contains(text, []byte("Version: 1"))
}

// closed keeps parts as they came. What they hold is reported already.
func (w *walker) closed(list []*node, at where) error {
	at.payload = false
	for _, n := range list {
		if !n.leaf() {
			if err := w.closed(n.children, at); err != nil {
				return err
			}
			continue
		}
		l, err := lookAt(n.content())
		if err != nil {
			return err
		}
		w.part(n, at, l, l.mentioned || l.binaryMessage() || n.media == "application/octet-stream" || n.media == "application/pgp-encrypted")
	}
	return nil
}

// decrypt opens the MIME entity in a part, which stands for the node whole.
func (w *walker) decrypt(part, whole *node, at where) error {
	if reason := w.unsafe(whole, at); reason != "" {
		w.unread(UnreadEncrypted, whole, reason, nil)
		return w.closed([]*node{part}, at)
	}
	w.form(FormEncrypted)
	held, report, err := w.engine.DecryptHeld(w.ctx, w.ciphertext(part), w.ring)
	if err != nil {
		if w.fatal(err) {
			return err
		}
		w.unread(UnreadEncrypted, part, err.Error(), err)
		return w.closed([]*node{part}, at)
	}
	w.m.held = append(w.m.held, held)
	in := w.layer(part, report, at)
	inner, err := w.parse(span{held, 0, held.Size()}, part.path+".1")
	if err != nil {
		return err
	}
	in.root = inner
	return w.walk(inner, in)
}

// ciphertext is the content, with the lines of armor made clean.
func (w *walker) ciphertext(n *node) io.Reader {
	r := n.content()
	head := make([]byte, 64)
	k, _ := io.ReadFull(r, head)
	all := io.MultiReader(bytes.NewReader(head[:k]), r)
	if bytes.Contains(head[:k], []byte("-----BEGIN")) {
		return newArmor(all)
	}
	return all
}

// unsafe says why a node must stay closed: HTML that is shown around it could
// send its text away, and who nests encryptions wants something.
func (w *walker) unsafe(n *node, at where) string {
	switch {
	case at.depth >= maxEncryptions:
		return "encryption in encryption, too deep"
	case htmlNear(n):
		return "open HTML stands beside it, which could send its text away"
	}
	return ""
}

// htmlNear looks for HTML that is shown together with n: in the same tree, not
// a file, and no alternative to it.
func htmlNear(n *node) bool {
	for up := n; up.parent != nil; up = up.parent {
		if up.parent.media == "multipart/alternative" {
			continue
		}
		if slices.ContainsFunc(up.parent.children, func(c *node) bool { return c.path != up.path && hasHTML(c) }) {
			return true
		}
	}
	return false
}

// hasHTML looks for HTML that could do something with what stands after it.
func hasHTML(n *node) bool {
	if n.leaf() {
		return n.media == "text/html" && n.disposition != "attachment" && !harmlessHTML(n)
	}
	return slices.ContainsFunc(n.children, hasHTML)
}

// signed reads RFC 3156, section 5: exactly two parts, and the signature is of
// the first one's bytes with CRLF line ends.
func (w *walker) signed(n *node, at where) error {
	protocol, parts := strings.ToLower(n.params["protocol"]), n.children
	last := parts[len(parts)-1]
	smime := func(s string) bool {
		return strings.HasSuffix(s, "/pkcs7-signature") || strings.HasSuffix(s, "/x-pkcs7-signature")
	}
	switch {
	case smime(protocol) || protocol == "" && smime(last.media):
		w.form(FormSMIME)
		w.unread(UnreadSMIMESigned, n, "S/MIME signatures are not checked", nil)
		if len(parts) > 1 && smime(last.media) {
			parts = parts[:len(parts)-1]
		}
		return w.children(parts, at)
	case protocol != "" && protocol != "application/pgp-signature" && last.media != "application/pgp-signature":
		w.unread(UnreadSignature, n, "a signature of an unknown protocol", nil)
		return w.children(parts, at)
	}
	w.form(FormSigned)
	if len(parts) == 2 && last.media == "application/pgp-signature" && !n.ambiguous {
		sigs, err := w.engine.VerifyDetached(w.ctx, newCRLF(parts[0].whole.open()), w.ciphertext(last), w.ring.Certs)
		switch {
		case err == nil:
			return w.walk(parts[0], w.layer(n, pgp.Report{Signatures: sigs}, at))
		case w.fatal(err):
			return err
		}
		w.unread(UnreadSignature, last, err.Error(), err)
		return w.children(parts[:1], w.layer(n, missing("the signature cannot be read"), at))
	}
	// Stripped, or something was added.
	reason := "an announced signature is missing"
	if last.media == "application/pgp-signature" {
		reason = "not exactly the two parts of a signed mail"
		parts = parts[:len(parts)-1]
	}
	w.unread(UnreadSignature, n, reason, ErrMalformed)
	return w.children(parts, w.layer(n, missing(reason), at))
}

func missing(reason string) pgp.Report {
	return pgp.Report{Signatures: []pgp.Signature{{Status: pgp.Bad, Reason: reason}}}
}

// mixed goes through the parts, and looks for PGP/MIME that a mail server took
// apart: the part with the version, the ciphertext after it, both files now.
func (w *walker) mixed(n *node, at where) error {
	for i, c := range n.children {
		if i+1 >= len(n.children) || !w.isControl(c) {
			continue
		}
		data := n.children[i+1]
		if !data.leaf() || !strings.HasPrefix(data.media, "application/") && data.media != "text/plain" {
			continue
		}
		var rest []*node
		for _, s := range slices.Concat(n.children[:i], n.children[i+2:]) {
			if l, err := lookAt(s.content()); err != nil {
				return err
			} else if !s.leaf() || s.attached() || l.around || l.mentioned {
				rest = append(rest, s) // and not an empty text that stands for the mail
			}
		}
		if err := w.decrypt(data, data, at); err != nil {
			return err
		}
		return w.children(rest, at)
	}
	return w.children(n.children, at)
}

// leaf reads a part without parts.
func (w *walker) leaf(n *node, at where) error {
	if n.media == "message/rfc822" && at.payload && w.unit(at.chain) >= 0 && n.encoding != "base64" {
		// A whole mail as the payload: its text is the text.
		inner, err := w.parse(n.body, n.path+".1")
		if err != nil {
			return err
		}
		at.payload, at.root = false, inner
		return w.walk(inner, at)
	}
	l, err := lookAt(n.content())
	if err != nil {
		return err
	}
	switch {
	case strings.HasSuffix(n.media, "/pkcs7-mime") || strings.HasSuffix(n.media, "/x-pkcs7-mime"):
		w.form(FormSMIME)
		kind, what := UnreadSMIMEEncrypted, "S/MIME encryption is not read"
		if t := n.params["smime-type"]; t == "signed-data" || t == "certs-only" {
			kind, what = UnreadSMIMESigned, "S/MIME: the text is inside of the signature"
		}
		w.unread(kind, n, what, nil)
		w.part(n, at, l, true)
		return nil
	case n.media == "application/ms-tnef":
		w.unread(UnreadTNEF, n, "Outlook packed the mail in its own format", nil)
		w.part(n, at, l, true)
		return nil
	case strings.HasPrefix(n.media, "message/"):
		if l.mentioned {
			w.unread(UnreadEncrypted, n, "it is in an attached mail, whose author may be anybody", nil)
		} else if l.signed {
			w.unread(UnreadSignature, n, "it is in an attached mail", nil)
		}
		w.part(n, at, l, false)
		return nil
	case l.wholeMessage() && !n.attached() && isInline(n):
		return w.inline(n, n.content(), n.params["charset"], l, at)
	case l.clears > 0 && isInline(n):
		return w.cleartext(n, l, at)
	case l.mentioned && n.media == "text/html" && !n.attached():
		return w.inHTML(n, l, at)
	case isCiphertextFile(n, l):
		return w.file(n, l, at)
	case l.mentioned && !strings.HasPrefix(n.media, "image/"):
		reason := "text stands around the ciphertext"
		if !l.around && l.messages > 1 {
			reason = "more than one message in a text"
		} else if l.open {
			reason = "the ciphertext has no end"
		}
		w.unread(UnreadEncrypted, n, reason, nil)
	}
	w.part(n, at, l, false)
	return nil
}

func isInline(n *node) bool {
	return n.media == "text/plain" || n.media == "application/pgp" || n.media == "text/x-pgp"
}

// isCiphertextFile knows encrypted files by name and content.
func isCiphertextFile(n *node, l *look) bool {
	if !l.wholeMessage() && !(l.binaryMessage() && l.messages == 0) {
		return false
	}
	return cipherName(n.name) != n.name || n.media == "application/pgp-encrypted" || n.media == "application/octet-stream" && (l.wholeMessage() || n.name == "") ||
		n.attached() && l.wholeMessage()
}

// cipherName is the name of a file without the extension that encryption adds.
func cipherName(name string) string {
	for _, ext := range []string{".pgp", ".gpg", ".asc"} {
		if n := len(name) - len(ext); n >= 0 && strings.EqualFold(name[n:], ext) {
			return name[:n]
		}
	}
	return name
}

// file opens an encrypted file. It is shown beside the text and not in it, so
// HTML around it does no harm.
func (w *walker) file(n *node, l *look, at where) error {
	w.form(FormAttachment)
	if at.depth >= maxEncryptions {
		w.unread(UnreadEncrypted, n, "encryption in encryption, too deep", nil)
		w.part(n, at, l, true)
		return nil
	}
	held, report, err := w.engine.DecryptHeld(w.ctx, w.ciphertext(n), w.ring)
	if errors.Is(err, pgp.ErrNotEncrypted) {
		held, report, err = w.engine.VerifyInlineHeld(w.ctx, w.ciphertext(n), w.ring)
	}
	if err != nil {
		if w.fatal(err) {
			return err
		}
		w.unread(UnreadEncrypted, n, err.Error(), err)
		w.part(n, at, l, true)
		return nil
	}
	w.m.held = append(w.m.held, held)
	in := w.layer(n, report, at)
	// A file that holds a MIME entity is the mail itself, which a program took
	// for one.
	if inner, err := parseTree(span{held, 0, held.Size()}, n.path+".1", &w.count); err != nil {
		return err
	} else if len(inner.fields) > 0 && strings.EqualFold(inner.fields[0].Name, "Content-Type") && mailNames[strings.ToLower(n.name)] && w.unsafe(n, at) == "" {
		w.form(FormEncrypted)
		w.report(inner)
		in.root = inner
		return w.walk(inner, in)
	}
	in.payload, in.root = false, nil
	return w.plain(n, held, cipherName(n.name), "application/octet-stream", in)
}

var mailNames = map[string]bool{"": true, "encrypted.asc": true, "msg.asc": true, "message.asc": true, "mail.asc": true,
	"openpgp-encrypted-message.asc": true, "openpgp encrypted message.asc": true, "attachment.pgp": true, "encrypted.pgp": true}

// plain adds decrypted content as a leaf.
func (w *walker) plain(n *node, held *pgp.Held, name, media string, at where) error {
	leaf := *n
	leaf.body, leaf.whole, leaf.encoding, leaf.name, leaf.media = span{held, 0, held.Size()}, span{held, 0, held.Size()}, "", name, media
	if media == "application/octet-stream" {
		leaf.disposition = "attachment"
	}
	l, err := lookAt(leaf.content())
	if err != nil {
		return err
	}
	if l.mentioned {
		w.unread(UnreadEncrypted, n, "inside there is more of it", nil)
	}
	w.part(&leaf, at, l, false)
	return nil
}
