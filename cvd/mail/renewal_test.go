package mail_test

import (
	"errors"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd/mail"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/pgp"
	"github.com/stretchr/testify/require"
)

func TestRenewals(t *testing.T) {
	now := time.Now()
	make_ := func(address string, life time.Duration) pgp.Cert {
		s, _, err := (&pgp.Engine{}).Generate(pgp.KeySpec{Address: address, Lifetime: life})
		require.NoError(t, err)
		return s.Cert()
	}
	soon, late, own := make_("a@x.example", 24*time.Hour), make_("b@x.example", 365*24*time.Hour), make_("security@team.example", 48*time.Hour)
	r := mail.Renewals([]pgp.Cert{own}, []pgp.Cert{late, soon}, now, 30*24*time.Hour)
	require.Len(t, r, 2)
	require.Equal(t, soon.Fingerprint(), r[0].Cert.Fingerprint())
	require.False(t, r[0].Own)
	require.True(t, r[1].Own)
	require.True(t, mail.Renewals(nil, []pgp.Cert{soon}, now.Add(72*time.Hour), 0)[0].Over)
}

// A renewed key keeps its fingerprint: an old copy shows by its end only.
func TestCheckPlaces(t *testing.T) {
	now := time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)
	e := &pgp.Engine{Now: func() time.Time { return now }}
	old, _, err := e.Generate(pgp.KeySpec{Address: "security@team.example", Lifetime: 24 * time.Hour})
	require.NoError(t, err)
	other, _, err := e.Generate(pgp.KeySpec{Address: "security@team.example", Lifetime: 24 * time.Hour})
	require.NoError(t, err)
	now = now.Add(time.Hour)
	renewed, err := e.Extend(old, now.AddDate(2, 0, 0))
	require.NoError(t, err)
	own := renewed.Cert()
	require.Equal(t, old.Cert().Fingerprint(), own.Fingerprint())
	spaced := own.Fingerprint()[:20] + "  " + own.Fingerprint()[20:]
	got := mail.CheckPlaces(own, now, []mail.Place{
		{Name: "WKD", Certs: []pgp.Cert{own}},
		{Name: "keyserver", Certs: []pgp.Cert{other.Cert(), old.Cert()}},
		{Name: "RFC 2350 document", Fingerprints: []string{spaced}},
		{Name: "security.txt", Certs: []pgp.Cert{other.Cert()}},
		{Name: "mirror", Err: errors.New("no route")},
		{Name: "home page"},
	})
	var states []mail.PlaceState
	for _, f := range got {
		states = append(states, f.State)
		require.Equal(t, f.State == mail.PlaceCurrent, f.Do == "", f.Place)
	}
	require.Equal(t, []mail.PlaceState{mail.PlaceCurrent, mail.PlaceStale, mail.PlaceCurrent, mail.PlaceOther, mail.PlaceUnreadable, mail.PlaceEmpty}, states)
	later := mail.CheckPlaces(own, now.Add(48*time.Hour), []mail.Place{{Name: "keyserver", Certs: []pgp.Cert{old.Cert()}}})
	require.Contains(t, later[0].Do, "nobody can write in confidence by it")
}

func TestKeyClocks(t *testing.T) {
	p := mail.KeyPolicy()
	require.NoError(t, p.Validate())
	cal := policy.Calendar{Zone: time.UTC}
	now := time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC) // a Monday
	e := &pgp.Engine{Now: func() time.Time { return now }}
	s, _, err := e.Generate(pgp.KeySpec{Address: "security@team.example", Lifetime: 40 * 24 * time.Hour})
	require.NoError(t, err)
	own := s.Cert()
	clock := func(name string, ds []policy.Deadline) policy.Deadline {
		for _, d := range ds {
			if d.Clock == name {
				return d
			}
		}
		t.Fatal(name)
		return policy.Deadline{}
	}

	ds := p.Deadlines(mail.KeyFacts(own, time.Time{}, now, nil), cal, now)
	renew := clock("renew", ds)
	require.Equal(t, now.AddDate(0, 0, 40), renew.Due.UTC())
	require.Equal(t, policy.DeadlineDueSoon, renew.State, "sixty days before")
	require.Len(t, renew.Reminders(), 7)
	require.Equal(t, policy.DeadlineOverdue, clock("renew", p.Deadlines(mail.KeyFacts(own, time.Time{}, now, nil), cal, now.AddDate(0, 0, 41))).State)

	now = now.Add(time.Minute)
	// Renewed: the clock moves, and another runs until every place has it.
	renewed, err := e.Extend(s, now.AddDate(2, 0, 0))
	require.NoError(t, err)
	places := func(c pgp.Cert) []mail.PlaceFinding {
		return mail.CheckPlaces(renewed.Cert(), now, []mail.Place{{Name: "keyserver", Certs: []pgp.Cert{c}}})
	}
	ds = p.Deadlines(mail.KeyFacts(renewed.Cert(), now, now, places(own)), cal, now.Add(time.Hour))
	require.Equal(t, now.AddDate(2, 0, 0), clock("renew", ds).Due.UTC())
	require.Equal(t, time.Date(2027, 3, 3, 23, 59, 59, 0, time.UTC), clock("publish", ds).Due.UTC().Truncate(time.Second))
	require.True(t, clock("publish", ds).Open())
	ds = p.Deadlines(mail.KeyFacts(renewed.Cert(), now, now.Add(time.Hour), places(renewed.Cert())), cal, now.Add(2*time.Hour))
	require.False(t, clock("publish", ds).Open())
}
