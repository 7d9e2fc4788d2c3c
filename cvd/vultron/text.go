package vultron

import "github.com/cvdkit/cvdkit/cvd/internal/enum"

// The text form of each value, in JSON too, is what String returns.

// MarshalText and UnmarshalText write and read what String returns.
func (s RM) MarshalText() ([]byte, error)     { return []byte(s.String()), nil }
func (s *RM) UnmarshalText(text []byte) error { return enum.Unmarshal(s, text) }

// MarshalText and UnmarshalText write and read what String returns.
func (e RMEvent) MarshalText() ([]byte, error)     { return []byte(e.String()), nil }
func (e *RMEvent) UnmarshalText(text []byte) error { return enum.Unmarshal(e, text) }

// MarshalText and UnmarshalText write and read what String returns.
func (p RMStep) MarshalText() ([]byte, error)     { return []byte(p.String()), nil }
func (p *RMStep) UnmarshalText(text []byte) error { return enum.Unmarshal(p, text) }

// MarshalText and UnmarshalText write and read what String returns.
func (s EM) MarshalText() ([]byte, error)     { return []byte(s.String()), nil }
func (s *EM) UnmarshalText(text []byte) error { return enum.Unmarshal(s, text) }

// MarshalText and UnmarshalText write and read what String returns.
func (e EMEvent) MarshalText() ([]byte, error)     { return []byte(e.String()), nil }
func (e *EMEvent) UnmarshalText(text []byte) error { return enum.Unmarshal(e, text) }

// MarshalText and UnmarshalText write and read what String returns.
func (s CS) MarshalText() ([]byte, error)     { return []byte(s.String()), nil }
func (s *CS) UnmarshalText(text []byte) error { return enum.Unmarshal(s, text) }

// MarshalText and UnmarshalText write and read what String returns.
func (e CSEvent) MarshalText() ([]byte, error)     { return []byte(e.String()), nil }
func (e *CSEvent) UnmarshalText(text []byte) error { return enum.Unmarshal(e, text) }

// MarshalText and UnmarshalText write and read what String returns.
func (s Consent) MarshalText() ([]byte, error)     { return []byte(s.String()), nil }
func (s *Consent) UnmarshalText(text []byte) error { return enum.Unmarshal(s, text) }

// MarshalText and UnmarshalText write and read what String returns.
func (e ConsentEvent) MarshalText() ([]byte, error)     { return []byte(e.String()), nil }
func (e *ConsentEvent) UnmarshalText(text []byte) error { return enum.Unmarshal(e, text) }

// MarshalText and UnmarshalText write and read what String returns.
func (o Order) MarshalText() ([]byte, error)     { return []byte(o.String()), nil }
func (o *Order) UnmarshalText(text []byte) error { return enum.Unmarshal(o, text) }
