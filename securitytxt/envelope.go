package securitytxt

import "strings"

// The lines that frame a cleartext signature (RFC 9580 7.1, RFC 9116 4).
const (
	beginMessage   = "-----BEGIN PGP SIGNED MESSAGE-----"
	beginSignature = "-----BEGIN PGP SIGNATURE-----"
	endSignature   = "-----END PGP SIGNATURE-----"
)

// An envelope is what frames the text of a signed file.
type envelope struct {
	begin, end  int    // lines of the frame; end is 0 if there is no END
	data        int    // the line after the blank line of the signature's armor
	hashes      uint32 // what the Hash headers name: a bit for each number in hashNames
	unknownHash bool   // and that they name something else
	broken      bool   // some finding is about the frame: nothing can be verified
	blankAfter  bool   // what follows END has been reported
	dataAfter   bool
}

// A state is where in a signed file the parser is.
type state uint8

const (
	stateBody      state = iota // the file is not signed
	stateBefore                 // before BEGIN PGP SIGNED MESSAGE
	stateHeader                 // after it, before the blank line
	stateText                   // in the signed text
	stateSigHeader              // after BEGIN PGP SIGNATURE, before its blank line
	stateSigData                // in the armor
	stateAfter                  // after END PGP SIGNATURE
)

// startEnvelope looks for the line that begins a signed message, wherever it is:
// a file that has one takes no field from outside.
func (p *parser) startEnvelope(s string) {
	for from := 0; ; {
		i := strings.Index(s[from:], beginMessage)
		if i < 0 {
			return
		}
		i += from
		from = i + len(beginMessage)
		rest, _, _ := strings.Cut(s[from:], "\n")
		before := s[strings.LastIndexByte(s[:i], '\n')+1 : i]
		if strings.Trim(before, " \t") == "" && isArmorLine(strings.TrimSuffix(beginMessage+rest, "\r"), beginMessage) {
			p.state = stateBefore
			p.doc.env = &envelope{begin: 1 + strings.Count(s[:i], "\n")}
			return
		}
		from += len(rest)
	}
}

// isArmorLine reports whether text is the given line, or that with blanks after
// it, which some programs accept.
func isArmorLine(text, want string) bool {
	return strings.HasPrefix(text, want) && strings.TrimRight(text, " \t") == want
}

// envelopeFinding makes a finding that leaves the signature without worth.
func (p *parser) envelopeFinding(c Code, line int) {
	p.doc.env.broken = true
	p.finding(c, line, "")
}

// place reads the next line according to where it stands.
func (p *parser) place(l *Line) {
	switch p.state {
	case stateBody:
		p.content(l, l.Text)
	case stateBefore:
		if p.line < p.doc.env.begin {
			l.Kind = LineOutside
			return
		}
		// One finding, whether a line, a blank or both are in the way.
		l.Kind, p.state = LineArmor, stateHeader
		if p.line > 1 || l.Text != beginMessage {
			p.envelopeFinding(CodeSignedFormatIssue, p.line)
		}
	case stateHeader:
		p.header(l)
	case stateText:
		p.text(l)
	case stateSigHeader, stateSigData:
		p.signature(l)
	case stateAfter:
		p.after(l)
	}
}

// frame takes a line of the frame and moves on.
func (p *parser) frame(l *Line, want string, next state) {
	l.Kind = LineArmor
	p.state = next
	if l.Text != want {
		p.envelopeFinding(CodeSignedFormatIssue, p.line)
	}
}

// header reads between BEGIN and the blank line, where only Hash may stand. The
// signature covers nothing of it.
func (p *parser) header(l *Line) {
	switch {
	case strings.TrimRight(l.Text, " \t") == "":
		p.frame(l, "", stateText)
	case isArmorLine(l.Text, beginSignature):
		p.envelopeFinding(CodeSignedFormatIssue, p.line)
		p.frame(l, beginSignature, stateSigHeader)
	case strings.HasPrefix(l.Text, "Hash: "):
		l.Kind = LineArmor
		for name := range strings.SplitSeq(l.Text[len("Hash: "):], ",") {
			p.doc.env.name(strings.Trim(name, " \t"))
		}
	default:
		l.Kind = LineOutside
		p.envelopeFinding(CodeArmorHeader, p.line)
	}
}

// name notes what a Hash header names.
func (e *envelope) name(hash string) {
	for id, name := range hashNames {
		if name == hash {
			e.hashes |= 1 << id
			return
		}
	}
	e.unknownHash = true
}

// text reads a line of the signed text and undoes its dash-escape.
func (p *parser) text(l *Line) {
	switch {
	case isArmorLine(l.Text, beginSignature):
		p.frame(l, beginSignature, stateSigHeader)
	case strings.HasPrefix(l.Text, "-") && !strings.HasPrefix(l.Text, "- "):
		l.Kind = LineInvalid
		p.envelopeFinding(CodeSignedFormatIssue, p.line)
	default:
		p.content(l, unescapeDash(l.Text))
	}
}

func unescapeDash(s string) string { return strings.TrimPrefix(s, "- ") }

// signature reads the armor of the signature up to END.
func (p *parser) signature(l *Line) {
	switch {
	case isArmorLine(l.Text, endSignature):
		p.frame(l, endSignature, stateAfter)
		p.doc.env.end = p.line
	case p.state == stateSigData:
		l.Kind = LineArmor
	case strings.TrimRight(l.Text, " \t") == "":
		l.Kind = LineArmor
		p.state, p.doc.env.data = stateSigData, p.line+1
	case isArmorKey(l.Text):
		l.Kind = LineArmor
	default:
		// The blank line is missing; the data begins here.
		p.envelopeFinding(CodeSignedFormatIssue, p.line)
		l.Kind = LineArmor
		p.state, p.doc.env.data = stateSigData, p.line
	}
}

// isArmorKey reports whether text is like "Version: …" or "Comment: …".
func isArmorKey(text string) bool {
	name, _, ok := strings.Cut(text, ":")
	return ok && name != "" && isFieldName(name)
}

// after reads what follows END, where nothing may be. The first line of each fault
// is reported.
func (p *parser) after(l *Line) {
	env := p.doc.env
	l.Kind = LineOutside
	if strings.TrimRight(l.Text, " \t") == "" {
		if !env.blankAfter { // wrong, but it changes nothing that is signed
			p.finding(CodeTooManyLineSeparators, p.line, "")
		}
		env.blankAfter = true
		return
	}
	if !env.dataAfter {
		p.envelopeFinding(CodeDataAfterSig, p.line)
	}
	env.dataAfter = true
}

// endEnvelope judges the frame and the signature as a whole.
func (p *parser) endEnvelope() {
	env := p.doc.env
	if env == nil || p.err != nil {
		return
	}
	if env.end == 0 {
		p.envelopeFinding(CodeSignedFormatIssue, env.begin)
		return
	}
	if env.data == 0 {
		p.envelopeFinding(CodePGPError, env.end)
		return
	}
	raw, ok := decodeArmor(p.doc.Lines[env.data-1 : env.end-1])
	if !ok {
		p.envelopeFinding(CodePGPError, env.data)
		return
	}
	sigs, ok := readSignatures(raw)
	if !ok {
		p.envelopeFinding(CodePGPSignatureError, env.data)
		return
	}
	p.hashes(sigs)
}

// hashes compares the Hash headers with the hashes of the signatures.
func (p *parser) hashes(sigs []signaturePacket) {
	env := p.doc.env
	weak, wrong := false, env.unknownHash
	for _, s := range sigs {
		weak = weak || s.weak()
		wrong = wrong || s.version != 6 && env.hashes>>s.hash&1 == 0
	}
	if weak {
		p.envelopeFinding(CodeSigWeakHash, env.data)
	}
	if wrong {
		p.envelopeFinding(CodeHashHeader, min(env.begin+1, len(p.doc.Lines)))
	}
}
