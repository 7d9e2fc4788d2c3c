package pgpmime

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/cvdkit/cvdkit/pgp"
)

// inline opens OpenPGP as all of a text.
func (w *walker) inline(n *node, armor io.Reader, charset string, l *look, at where) error {
	if reason := w.unsafe(n, at); reason != "" {
		w.unread(UnreadEncrypted, n, reason, nil)
		w.part(n, at, l, true)
		return nil
	}
	w.form(FormInline)
	header := &armorHeader{in: newArmor(armor)}
	held, report, err := w.engine.DecryptHeld(w.ctx, header, w.ring)
	if errors.Is(err, pgp.ErrNotEncrypted) { // signed inline; the part can be read again
		held, report, err = w.engine.VerifyInlineHeld(w.ctx, newArmor(n.content()), w.ring)
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
	in.payload, in.root = false, nil
	leaf := *n
	leaf.media, leaf.encoding = "text/plain", ""
	leaf.params = map[string]string{"charset": charset}
	if c := header.charset(); c != "" {
		leaf.params["charset"] = c // RFC 9580, section 6.2.2.5
	}
	leaf.body = span{held, 0, held.Size()}
	leaf.whole = leaf.body
	inner, err := lookAt(leaf.content())
	if err != nil {
		return err
	}
	if inner.clears == 1 && !inner.around && !inner.open {
		return w.cleartext(&leaf, inner, in)
	}
	if inner.mentioned {
		w.unread(UnreadEncrypted, n, "inside there is more of it", nil)
	}
	w.part(&leaf, in, inner, false)
	return nil
}

// armorHeader remembers the beginning of armor, for its Charset field.
type armorHeader struct {
	in   io.Reader
	head []byte
}

func (h *armorHeader) Read(p []byte) (int, error) {
	n, err := h.in.Read(p)
	if room := 1<<10 - len(h.head); room > 0 {
		h.head = append(h.head, p[:min(n, room)]...)
	}
	return n, err
}

func (h *armorHeader) charset() string {
	for line := range bytes.Lines(h.head) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			break
		}
		if v, ok := bytes.CutPrefix(line, []byte("Charset:")); ok {
			return string(bytes.TrimSpace(v))
		}
	}
	return ""
}

// inHTML opens a message that is all the text of an HTML document.
func (w *walker) inHTML(n *node, l *look, at where) error {
	text := htmlText(n.content(), 16<<20)
	inner, _ := lookAt(strings.NewReader(text)) // a string does not fail
	if inner.wholeMessage() && len(text) <= MaxText {
		if n.parent == nil || n.parent.media != "multipart/alternative" || !hasInline(n.parent) {
			leaf := *n
			var armor bytes.Buffer
			io.Copy(&armor, newArmor(strings.NewReader(text))) // neither fails
			held, err := w.engine.Hold(w.ctx, &armor, MaxText+1<<10)
			if err != nil {
				return err
			}
			w.m.held = append(w.m.held, held)
			leaf.media, leaf.encoding, leaf.body = "text/plain", "", span{held, 0, held.Size()}
			return w.inline(&leaf, leaf.content(), "utf-8", l, at)
		}
		w.unread(UnreadEncrypted, n, "an alternative to a text that is encrypted too", nil)
	} else {
		w.unread(UnreadEncrypted, n, "text stands around the ciphertext", nil)
	}
	w.part(n, at, l, inner.wholeMessage())
	return nil
}

// hasInline reports whether an alternative has the message as plain text.
func hasInline(n *node) bool {
	for _, c := range n.children {
		if isInline(c) {
			if l, err := lookAt(c.content()); err == nil && l.wholeMessage() {
				return true
			}
		}
	}
	return false
}

// maxCleartext is the longest text that is looked through for a cleartext
// signature: verifying it takes many times its size in memory.
const maxCleartext = 2 << 20

// cleartext takes a text apart into what is signed and what stands around it.
func (w *walker) cleartext(n *node, l *look, at where) error {
	w.form(FormCleartext)
	if l.mentioned {
		w.unread(UnreadEncrypted, n, "it is in a signed text", nil)
	}
	if l.size > maxCleartext || l.clears > 8 {
		w.unread(UnreadSignature, n, "a signed text of that size is not checked", limitError("signed text"))
		w.part(n, at, l, false)
		return nil
	}
	data, err := io.ReadAll(n.content())
	if err != nil {
		return err
	}
	for len(data) > 0 {
		before, block, after := cutCleartext(data)
		if len(trimBlank(before)) > 0 {
			w.piece(n, before, at)
		}
		if block == nil {
			break
		}
		if err := w.cleartextBlock(n, block, at); err != nil {
			return err
		}
		data = after
	}
	return nil
}

// cutCleartext finds the first block: from its BEGIN line to the END line of its
// signature.
func cutCleartext(data []byte) (before, block, after []byte) {
	start := -1
	for at := 0; at < len(data); {
		next := len(data)
		if i := bytes.IndexByte(data[at:], '\n'); i >= 0 {
			next = at + i + 1
		}
		line := trimBlank(data[at:next])
		if start < 0 && bytes.Equal(line, cleartextBegin) {
			start = at
		} else if start >= 0 && bytes.Equal(line, signatureEnd) {
			return data[:start], data[start:next], data[next:]
		}
		at = next
	}
	return data, nil, nil
}

// cleartextBlock verifies one block. The bytes that were signed are those of the
// mail's charset or of UTF-8; programs differ.
func (w *walker) cleartextBlock(n *node, block []byte, at where) error {
	block = cleanCleartext(block)
	signed, err := w.engine.VerifyCleartext(block, w.ring.Certs)
	charset := n.params["charset"]
	if err == nil && pgp.Best(signed.Signatures) == pgp.Bad && charset != "" {
		r, ok := charsetReader(charset, bytes.NewReader(block))
		if utf8, e := io.ReadAll(r); ok && e == nil && !bytes.Equal(utf8, block) {
			if other, e := w.engine.VerifyCleartext(utf8, w.ring.Certs); e == nil && pgp.Best(other.Signatures) != pgp.Bad {
				signed, charset = other, "utf-8"
			}
		}
	}
	if err != nil {
		if w.fatal(err) {
			return err
		}
		w.unread(UnreadSignature, n, err.Error(), err)
		w.pieceOf(n, block, charset, w.layer(n, missing("the signed text is not well-formed"), at))
		return nil
	}
	w.pieceOf(n, signed.Text, charset, w.layer(n, pgp.Report{Signatures: signed.Signatures}, at))
	return nil
}

// cleanCleartext removes what programs put at the ends of marker lines and into
// the line that separates the header from the text.
func cleanCleartext(block []byte) []byte {
	var out []byte
	state := 0 // 0 header, 1 text, 2 signature
	for line := range bytes.Lines(block) {
		clean := trimBlank(line)
		switch {
		case bytes.HasPrefix(clean, []byte("-----BEGIN PGP SIGNATURE")):
			state = 2
		case state == 0 && len(clean) == 0:
			state = 1
			line = []byte("\n")
		}
		if state != 1 && len(line) > 1 {
			line = append(clean[:len(clean):len(clean)], '\n')
		}
		out = append(out, line...)
	}
	return out
}

func (w *walker) piece(n *node, text []byte, at where) { w.pieceOf(n, text, n.params["charset"], at) }

// pieceOf adds a piece of a text as a part.
func (w *walker) pieceOf(n *node, text []byte, charset string, at where) {
	leaf := *n
	leaf.media, leaf.encoding, leaf.params = "text/plain", "", map[string]string{"charset": charset}
	leaf.body = span{bytes.NewReader(text), 0, int64(len(text))}
	leaf.whole = leaf.body
	at.payload = false
	l, _ := lookAt(leaf.content()) // a Reader of bytes does not fail
	w.part(&leaf, at, l, false)
}
