package cvd

import (
	"github.com/cvdkit/cvdkit/cvd/internal/enum"
)

// Each enumeration has a text form, in JSON too: the word that String returns.
// A value of a later version is written as unknown(n) and read back. TestWords
// holds all of them to this.

// String returns the word, which MarshalText and UnmarshalText write and read.
func (k Kind) String() string                   { return enum.Word(enumNames.kind, uint8(k)) }
func (k Kind) MarshalText() ([]byte, error)     { return []byte(k.String()), nil }
func (k *Kind) UnmarshalText(text []byte) error { return enum.Unmarshal(k, text) }

// String returns the word, which MarshalText and UnmarshalText write and read.
func (o Origin) String() string                   { return enum.Word(enumNames.origin, uint8(o)) }
func (o Origin) MarshalText() ([]byte, error)     { return []byte(o.String()), nil }
func (o *Origin) UnmarshalText(text []byte) error { return enum.Unmarshal(o, text) }

// String returns the word, which MarshalText and UnmarshalText write and read.
func (c Channel) String() string                   { return enum.Word(enumNames.channel, uint8(c)) }
func (c Channel) MarshalText() ([]byte, error)     { return []byte(c.String()), nil }
func (c *Channel) UnmarshalText(text []byte) error { return enum.Unmarshal(c, text) }

// String returns the word, which MarshalText and UnmarshalText write and read.
func (p Protection) String() string                   { return enum.Word(enumNames.protection, uint8(p)) }
func (p Protection) MarshalText() ([]byte, error)     { return []byte(p.String()), nil }
func (p *Protection) UnmarshalText(text []byte) error { return enum.Unmarshal(p, text) }

// String returns the word, which MarshalText and UnmarshalText write and read.
func (s Signature) String() string                   { return enum.Word(enumNames.signature, uint8(s)) }
func (s Signature) MarshalText() ([]byte, error)     { return []byte(s.String()), nil }
func (s *Signature) UnmarshalText(text []byte) error { return enum.Unmarshal(s, text) }

// String returns the word, which MarshalText and UnmarshalText write and read.
func (c Credit) String() string                   { return enum.Word(enumNames.credit, uint8(c)) }
func (c Credit) MarshalText() ([]byte, error)     { return []byte(c.String()), nil }
func (c *Credit) UnmarshalText(text []byte) error { return enum.Unmarshal(c, text) }

// String returns the word, which MarshalText and UnmarshalText write and read.
func (o Outcome) String() string                   { return enum.Word(enumNames.outcome, uint8(o)) }
func (o Outcome) MarshalText() ([]byte, error)     { return []byte(o.String()), nil }
func (o *Outcome) UnmarshalText(text []byte) error { return enum.Unmarshal(o, text) }

// String returns the word, which MarshalText and UnmarshalText write and read.
func (r Rating) String() string                   { return enum.Word(enumNames.rating, uint8(r)) }
func (r Rating) MarshalText() ([]byte, error)     { return []byte(r.String()), nil }
func (r *Rating) UnmarshalText(text []byte) error { return enum.Unmarshal(r, text) }

// String returns the word, which MarshalText and UnmarshalText write and read.
func (a Affected) String() string                   { return enum.Word(enumNames.affected, uint8(a)) }
func (a Affected) MarshalText() ([]byte, error)     { return []byte(a.String()), nil }
func (a *Affected) UnmarshalText(text []byte) error { return enum.Unmarshal(a, text) }

// String returns the word, which MarshalText and UnmarshalText write and read.
func (p ProposalState) String() string                   { return enum.Word(enumNames.proposal, uint8(p)) }
func (p ProposalState) MarshalText() ([]byte, error)     { return []byte(p.String()), nil }
func (p *ProposalState) UnmarshalText(text []byte) error { return enum.Unmarshal(p, text) }

// String returns the word, which MarshalText and UnmarshalText write and read.
func (e EndReason) String() string                   { return enum.Word(enumNames.end, uint8(e)) }
func (e EndReason) MarshalText() ([]byte, error)     { return []byte(e.String()), nil }
func (e *EndReason) UnmarshalText(text []byte) error { return enum.Unmarshal(e, text) }

// String returns the word, which MarshalText and UnmarshalText write and read.
func (p Purpose) String() string                   { return enum.Word(enumNames.purpose, uint8(p)) }
func (p Purpose) MarshalText() ([]byte, error)     { return []byte(p.String()), nil }
func (p *Purpose) UnmarshalText(text []byte) error { return enum.Unmarshal(p, text) }

// String returns the word, which MarshalText and UnmarshalText write and read.
func (d Delivered) String() string                   { return enum.Word(enumNames.delivered, uint8(d)) }
func (d Delivered) MarshalText() ([]byte, error)     { return []byte(d.String()), nil }
func (d *Delivered) UnmarshalText(text []byte) error { return enum.Unmarshal(d, text) }

// String returns the word, which MarshalText and UnmarshalText write and read.
func (r Resolution) String() string                   { return enum.Word(enumNames.resolution, uint8(r)) }
func (r Resolution) MarshalText() ([]byte, error)     { return []byte(r.String()), nil }
func (r *Resolution) UnmarshalText(text []byte) error { return enum.Unmarshal(r, text) }

// String returns the word, which MarshalText and UnmarshalText write and read.
func (k LinkKind) String() string                   { return enum.Word(enumNames.link, uint8(k)) }
func (k LinkKind) MarshalText() ([]byte, error)     { return []byte(k.String()), nil }
func (k *LinkKind) UnmarshalText(text []byte) error { return enum.Unmarshal(k, text) }

// String returns the word, which MarshalText and UnmarshalText write and read.
func (b EraseBasis) String() string                   { return enum.Word(enumNames.basis, uint8(b)) }
func (b EraseBasis) MarshalText() ([]byte, error)     { return []byte(b.String()), nil }
func (b *EraseBasis) UnmarshalText(text []byte) error { return enum.Unmarshal(b, text) }

// String returns the word, which MarshalText and UnmarshalText write and read.
func (s Stage) String() string                   { return enum.Word(enumNames.stage, uint8(s)) }
func (s Stage) MarshalText() ([]byte, error)     { return []byte(s.String()), nil }
func (s *Stage) UnmarshalText(text []byte) error { return enum.Unmarshal(s, text) }

// String returns the word, which MarshalText and UnmarshalText write and read.
func (d Dismissal) String() string                   { return enum.Word(enumNames.dismissal, uint8(d)) }
func (d Dismissal) MarshalText() ([]byte, error)     { return []byte(d.String()), nil }
func (d *Dismissal) UnmarshalText(text []byte) error { return enum.Unmarshal(d, text) }

// String returns the word, which MarshalText and UnmarshalText write and read.
func (k KnownBy) String() string                   { return enum.Word(enumNames.knownBy, uint8(k)) }
func (k KnownBy) MarshalText() ([]byte, error)     { return []byte(k.String()), nil }
func (k *KnownBy) UnmarshalText(text []byte) error { return enum.Unmarshal(k, text) }

// String returns the word, which MarshalText and UnmarshalText write and read.
func (r Roles) String() string                   { return enum.Set(enumNames.role, uint16(r)) }
func (r Roles) MarshalText() ([]byte, error)     { return []byte(r.String()), nil }
func (r *Roles) UnmarshalText(text []byte) error { return enum.UnmarshalSet(r, enumNames.role, text) }

// String returns the word, which MarshalText and UnmarshalText write and read.
func (e Erasable) String() string               { return enum.Set(enumNames.erasable, uint16(e)) }
func (e Erasable) MarshalText() ([]byte, error) { return []byte(e.String()), nil }
func (e *Erasable) UnmarshalText(text []byte) error {
	return enum.UnmarshalSet(e, enumNames.erasable, text)
}
