package mail

import (
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/pgp"
)

// Renewal is a certificate of the team or of a contact that ends.
type Renewal struct {
	pgp.Expiry
	// Own tells that it is the team's.
	Own bool
}

// Renewals lists, the most urgent first, which certificates have ended or end within
// the time given: the team's own and those of contacts. An own one has to be renewed
// everywhere where it is published: see KeyPolicy and CheckPlaces. It is a pure function
// of its arguments; call it daily.
func Renewals(own, contacts []pgp.Cert, now time.Time, within time.Duration) (out []Renewal) {
	mine := map[string]bool{}
	for _, c := range own {
		mine[c.Fingerprint()] = true
	}
	for _, e := range pgp.Inventory(slices.Concat(own, contacts), now) {
		if e.Over || !e.At.IsZero() && e.At.Before(now.Add(within)) {
			out = append(out, Renewal{e, mine[e.Cert.Fingerprint()]})
		}
	}
	return out
}

// Place is where the team's certificate is published, as a reader finds it there: in
// the Web Key Directory, on a keyserver, in the RFC 2350 document, at the Encryption
// address of security.txt. Packages pgp/discover, rfc2350 and securitytxt read them.
type Place struct {
	Name string // for people, for example "RFC 2350 document"
	// Certs are the certificates that it serves.
	Certs []pgp.Cert
	// Fingerprints are those that it only prints, in hexadecimal; blanks and case do
	// not matter.
	Fingerprints []string
	// Err says that it could not be read. It says nothing about the key.
	Err error
}

// PlaceState is how a Place stands to the certificate of the team.
type PlaceState string

// The states of a Place.
const (
	PlaceCurrent    PlaceState = "current"    // it has this certificate, with the same end
	PlaceStale      PlaceState = "stale"      // it has a copy with another end, or a revoked one
	PlaceOther      PlaceState = "other"      // it has other certificates only
	PlaceEmpty      PlaceState = "empty"      // it has none
	PlaceUnreadable PlaceState = "unreadable" // it could not be read
)

// PlaceFinding says how a place stands, and what to do.
type PlaceFinding struct {
	Place string     // its name
	State PlaceState // where it stands
	Ends  time.Time  // the end of the copy there; zero: never, or not known
	Do    string     // what to do, in words; empty for PlaceCurrent
}

// CheckPlaces compares what is published with the certificate as the team has it now.
// A renewed certificate keeps its fingerprint, so that only its end tells an old copy:
// whoever has that stops to encrypt when it ends. It is a pure function of its
// arguments.
func CheckPlaces(own pgp.Cert, now time.Time, places []Place) []PlaceFinding {
	out := make([]PlaceFinding, len(places))
	mine := pgp.Inventory([]pgp.Cert{own}, now)[0]
	for i, p := range places {
		f := PlaceFinding{Place: p.Name, State: PlaceCurrent}
		switch here, printed := copyOf(own, p.Certs, now), prints(p.Fingerprints, own); {
		case p.Err != nil:
			f.State, f.Do = PlaceUnreadable, "it could not be read: try again, and look whether others can"
		case here != nil:
			f.Ends = here.At
			if here.Over != mine.Over || !here.At.Equal(mine.At) {
				f.State, f.Do = PlaceStale, "it has an older copy, which ends on another day: upload the certificate again"
				if here.Over && !mine.Over {
					f.Do = "the copy there has ended or is revoked, and nobody can write in confidence by it: upload the certificate again"
				}
			}
		case printed:
		case len(p.Certs)+len(p.Fingerprints) > 0:
			f.State, f.Do = PlaceOther, "it has other keys only: replace them, or find out who put them there"
		default:
			f.State, f.Do = PlaceEmpty, "it has no key: upload the certificate"
		}
		out[i] = f
	}
	return out
}

// copyOf is the copy of a certificate among others; nil: there is none.
func copyOf(own pgp.Cert, certs []pgp.Cert, now time.Time) *pgp.Expiry {
	for _, c := range certs {
		if c.Fingerprint() == own.Fingerprint() {
			return &pgp.Inventory([]pgp.Cert{c}, now)[0]
		}
	}
	return nil
}

func prints(fingerprints []string, own pgp.Cert) bool {
	return slices.ContainsFunc(fingerprints, func(s string) bool {
		return strings.EqualFold(strings.Join(strings.Fields(s), ""), own.Fingerprint())
	})
}

// The facts of KeyPolicy.
const (
	FactKeyEnds      policy.Fact = "key.ends"      // when nobody can encrypt to the team's key any more
	FactKeyRenewed   policy.Fact = "key.renewed"   // when its end was put off, or another key was made
	FactKeyPublished policy.Fact = "key.published" // when every place had it so
)

// KeyPolicy has the clocks of the team's own key: to renew it before it ends, with
// reminders from sixty days before, and to publish it everywhere within two business
// days after it was renewed. Its dates are those of policy.Policy.Deadlines with
// KeyFacts; timelines and calendars show them as those of cases.
func KeyPolicy() policy.Policy {
	return policy.Policy{
		Name: "team-key", Version: 1, Title: "The team's OpenPGP key",
		Source: "RFC 9580, 5.2.3.13; RFC 2350, 2.8; RFC 9116, 2.5.4",
		Clocks: []policy.Clock{{
			Name: "renew", Title: "Renew the team's key", Force: policy.Must,
			Rules:    []policy.Rule{{From: []policy.Fact{FactKeyEnds}, Say: "before the key ends, because nobody can write in confidence after that"}},
			Remind:   []policy.Span{{N: 60, Unit: policy.Days}, {N: 30, Unit: policy.Days}, {N: 14, Unit: policy.Days}, {N: 7, Unit: policy.Days}, {N: 1, Unit: policy.Days}},
			Escalate: []policy.Span{{N: 1, Unit: policy.Days}},
		}, {
			Name: "publish", Title: "Publish the renewed key everywhere", Force: policy.Must,
			Rules:  []policy.Rule{{From: []policy.Fact{FactKeyRenewed}, Limit: policy.Span{N: 2, Unit: policy.BusinessDays}, Say: "by the end of the second business day after the key was renewed"}},
			Stop:   []policy.Fact{FactKeyPublished},
			Remind: []policy.Span{{N: 1, Unit: policy.Days}}, Escalate: []policy.Span{{N: 1, Unit: policy.Days}},
		}},
	}
}

// KeyFacts are what KeyPolicy is applied to. Renewed is when the key was renewed last;
// zero: never. Once all places are current, that counts as published now; keep that
// instant if it has to stand for the record.
func KeyFacts(own pgp.Cert, renewed, now time.Time, places []PlaceFinding) (f policy.Facts) {
	f.Add(FactKeyEnds, pgp.Inventory([]pgp.Cert{own}, now)[0].At)
	f.Add(FactKeyRenewed, renewed)
	if !renewed.IsZero() && !slices.ContainsFunc(places, func(p PlaceFinding) bool { return p.State != PlaceCurrent }) {
		f.Add(FactKeyPublished, now)
	}
	return f
}
