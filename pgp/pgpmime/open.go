package pgpmime

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/pgp"
)

// An Opener opens mails. Engine and Keyring are those of package pgp; the zero
// value reads what is not encrypted. It is safe for concurrent use.
type Opener struct {
	Engine  *pgp.Engine // decrypts and verifies; nil: nothing is
	Keyring pgp.Keyring // keys to decrypt and verify with
}

// maxPlain is how much all encryptions in one mail may hold, if Engine.Limits
// does not say less.
const maxPlain = 512 << 20

// Open reads a mail of at most 64 MiB, in time linear in its size. It decrypts
// the outermost layer and signatures inside, encrypted files, and encryption
// beside open text. It does not decrypt where HTML that anybody could have
// written would be shown around it, nor in a text that has more than the
// message, nor in an attached mail: that is reported in Unread. Engine.Limits
// hold for the whole mail.
//
// A mail is returned for every input that can be read. An error beside it
// means that nothing of it could be opened, and is that of package pgp; the mail
// then has the open header and Unread. Without a mail, the error is of r, of the
// spool, or wraps ErrLimit. A signature is never an error but a status of its
// parts, also one that is Bad (RFC 9787, section 6.1: such a text is as if
// unsigned).
func (o Opener) Open(ctx context.Context, r io.Reader) (*Mail, error) {
	var lim pgp.Limits
	if o.Engine != nil {
		lim = o.Engine.Limits
	}
	if lim.Plaintext <= 0 || lim.Plaintext > maxPlain {
		lim.Plaintext = maxPlain
	}
	w := &walker{ctx: ctx, engine: o.Engine.Within(pgp.NewBudget(lim)), ring: o.Keyring, m: &Mail{Form: FormNone}}
	w.ring.DespiteBadSignature = true
	raw, err := w.engine.Hold(ctx, r, maxMail)
	if errors.Is(err, pgp.ErrLimit) {
		return nil, limitError("a mail of more than 64 MiB")
	}
	if err != nil {
		return nil, err
	}
	w.m.raw, w.m.held = raw, []*pgp.Held{raw}
	if err := w.mail(); err != nil {
		w.m.Close()
		return nil, err
	}
	return w.m, w.nothingOpened()
}

// walker goes through one mail.
type walker struct {
	ctx    context.Context
	engine *pgp.Engine
	ring   pgp.Keyring
	m      *Mail
	count  counter
}

// where is what surrounds a node.
type where struct {
	chain   []int // of layers
	payload bool  // the node is all of what the innermost layer holds
	depth   int   // of encryptions
	// root is of the payload that the node is in; its header may be protected.
	root *node
}

func (w *walker) mail() error {
	root, err := w.parse(span{w.m.raw, 0, w.m.raw.Size()}, "1")
	if err != nil {
		return err
	}
	w.m.Outer = OuterHeader{root.fields}
	for _, s := range w.ring.Secrets {
		w.m.own = append(w.m.own, s.Cert().Addresses()...)
	}
	if err := w.walk(root, where{root: root}); err != nil {
		return err
	}
	w.m.chooseText()
	w.m.Protected = w.header()
	w.flags(root)
	return nil
}

func (w *walker) parse(s span, path string) (*node, error) {
	n, err := parseTree(s, path, &w.count)
	if err == nil {
		w.report(n)
	}
	return n, err
}

// report tells of what the parser saw.
func (w *walker) report(n *node) {
	if n.ambiguous {
		w.m.flag(FlagAmbiguous)
	}
	if n.guessed {
		w.m.flag(FlagRepaired)
	}
	if n.cut {
		w.unread(UnreadLimit, n, "more parts, header fields or levels than are read", limitError("parts, header fields or levels"))
	}
	if n.loose {
		w.unread(UnreadEncrypted, n, "it stands before or after the parts of the mail", nil)
	}
	for _, c := range n.children {
		w.report(c)
	}
}

func (w *walker) unread(k UnreadKind, n *node, reason string, err error) {
	w.m.Unread = append(w.m.Unread, Unread{k, n.path, reason, err})
}

// form notes the form; an outer layer has precedence, files and S/MIME have not.
func (w *walker) form(f Form) {
	weak := func(f Form) int { return slices.Index([]Form{FormNone, FormSMIME, FormAttachment}, f) }
	if have := weak(w.m.Form); have >= 0 && (weak(f) < 0 || weak(f) > have) {
		w.m.Form = f
	}
}

func (w *walker) layer(n *node, r pgp.Report, at where) where {
	w.m.Layers = append(w.m.Layers, Layer{n.path, r})
	w.m.units = append(w.m.units, nil)
	at.chain = append(slices.Clone(at.chain), len(w.m.Layers)-1)
	at.payload = true
	if r.Encrypted {
		at.depth++
	}
	return at
}

// walk opens a node and all below it. Only what concerns the host is an error:
// its context, its spool.
func (w *walker) walk(n *node, at where) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if w.protect(n, at) {
		at.root = n
	}
	switch {
	case n.leaf():
		return w.leaf(n, at)
	case n.media == "multipart/encrypted":
		return w.encrypted(n, at)
	case n.media == "multipart/signed":
		return w.signed(n, at)
	}
	return w.mixed(n, at)
}

func (w *walker) children(list []*node, at where) error {
	at.payload = false
	for _, c := range list {
		if err := w.walk(c, at); err != nil {
			return err
		}
	}
	return nil
}

// fatal tells what must end the reading from what is the fault of the mail.
func (w *walker) fatal(err error) bool {
	if w.ctx.Err() != nil {
		return true
	}
	for _, own := range []error{pgp.ErrNotForUs, pgp.ErrNotEncrypted, pgp.ErrNotProtected, pgp.ErrDamaged, pgp.ErrUnsupported, pgp.ErrLimit,
		pgp.ErrBadSignature, pgp.ErrNotVerified, pgp.ErrNoKey, pgp.ErrSecretMaterial, pgp.ErrNotSigned, pgp.ErrPassphrase} {
		if errors.Is(err, own) {
			return false
		}
	}
	return true
}

// unit is the index of the innermost encryption in a chain, or -1.
func (w *walker) unit(chain []int) int { return w.m.unit(chain) }

func (m *Mail) unit(chain []int) int {
	for _, i := range slices.Backward(chain) {
		if m.Layers[i].Report.Encrypted {
			return i
		}
	}
	return -1
}

// protect takes the header of a payload, if it says that it is one (RFC 9788,
// section 2.1, or the older parameter). A header is of the innermost encryption
// around it, or of the signature around an open mail.
func (w *walker) protect(n *node, at where) bool {
	if !at.payload || len(at.chain) == 0 || n.params["hp"] == "" && n.params["protected-headers"] == "" {
		return false
	}
	h := &ProtectedHeader{}
	for _, f := range n.fields {
		name := strings.ToLower(f.Name)
		if !strings.HasPrefix(name, "content-") && name != "mime-version" && name != "hp-outer" {
			h.fields = append(h.fields, f)
		}
	}
	i := w.unit(at.chain)
	if i < 0 {
		i = at.chain[0]
	}
	w.m.units[i] = h
	return true
}

// header is the protected header of the text.
func (w *walker) header() *ProtectedHeader {
	var chain []int
	switch {
	case len(w.m.text) > 0:
		chain = w.m.Parts[w.m.text[0]].chain
	case len(w.m.Parts) > 0:
		chain = w.m.Parts[0].chain
	}
	return w.m.headerOf(chain)
}

func (m *Mail) headerOf(chain []int) *ProtectedHeader {
	if i := m.unit(chain); i >= 0 {
		return m.units[i]
	}
	if len(chain) > 0 {
		return m.units[chain[0]]
	}
	return nil
}

// part adds a leaf.
func (w *walker) part(n *node, at where, l *look, closed bool) *Part {
	p := Part{Path: n.path, Type: n.media, Charset: n.params["charset"], Name: n.name, Size: l.size, Attached: n.attached(),
		Closed: closed, open: n.content, chain: at.chain, source: n, Encrypted: w.unit(at.chain) >= 0}
	if l.secret {
		w.m.flag(FlagSecretKey)
	}
	if !slices.Contains([]string{"", "7bit", "8bit", "binary", "base64", "quoted-printable"}, n.encoding) {
		w.m.flag(FlagRepaired)
	}
	if r := at.root; at.depth > 0 && r != nil && (r.params["hp"] == "cipher" || r.params["protected-headers"] != "") {
		p.legacy = n.params["hp-legacy-display"] == "1" && r.params["hp"] == "cipher"
		p.display = n != r && n.params["protected-headers"] != "" && (n.media == "text/plain" || n.media == "text/rfc822-headers")
	}
	from := w.unit(at.chain)
	for _, i := range at.chain {
		if i >= from {
			p.Signatures = append(p.Signatures, w.m.Layers[i].Report.Signatures...)
		}
	}
	w.m.Parts = append(w.m.Parts, p)
	return &w.m.Parts[len(w.m.Parts)-1]
}

// nothingOpened is the error of a mail of which nothing can be read for
// encryption that stayed closed.
func (w *walker) nothingOpened() error {
	if slices.ContainsFunc(w.m.Parts, func(p Part) bool { return !p.Closed && p.Size > 0 && !blank(p) }) {
		return nil
	}
	for _, u := range w.m.Unread {
		if u.Kind == UnreadEncrypted && u.Err != nil {
			return u.Err
		}
	}
	return nil
}

// flags compares what the layers say.
func (w *walker) flags(root *node) {
	m := w.m
	outer, inner := bare(m.OuterFrom()), bare(addresses(m.Protected.list(), "From"))
	if len(inner) > 0 && !slices.Equal(outer, inner) {
		m.flag(FlagFromDiffers)
	}
	if count(root.fields, "From") > 1 || len(outer) > 1 || len(inner) > 1 || count(m.Protected.list(), "From") > 1 {
		m.flag(FlagTwoFrom)
	}
	sigs := m.Signatures()
	if pgp.Best(sigs) == pgp.Valid && !m.boundToAll(m.From()) {
		m.flag(FlagSignerNotFrom)
	}
	some := false
	for _, p := range m.Parts {
		some = some || p.Encrypted != m.Opened() && !p.Closed && p.Size > 0
		if len(m.text) > 0 && !p.Closed && pgp.Best(p.Signatures) != pgp.Best(sigs) {
			m.flag(FlagPartlySigned)
		}
	}
	if some {
		m.flag(FlagPartlyOpen)
	}
	for _, i := range m.text {
		if _, ok := m.Parts[i].Text(); !ok && m.Parts[i].Size <= MaxText {
			m.flag(FlagCharset)
		}
		if m.Parts[i].Size > MaxText {
			m.flag(FlagCut)
		}
	}
}
