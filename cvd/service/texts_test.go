package service_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// told is a case whose parties want to be written to in their languages, and all
// that they were sent.
func told(t *testing.T, change func(*cvd.Config), cmds ...cvd.Command) map[string][]cvd.Outgoing {
	t.Helper()
	d := newDesk(t, change)
	box := func(name string) []cvd.Route { return []cvd.Route{{Transport: "box", Address: cvd.Private(name)}} }
	c := d.do(cvd.CaseID{}, cvd.Receive{Title: "Overflow", Reporter: cvd.Contact{Name: "Rita", Routes: box("reporter"), Language: "de-CH"}})
	d.do(c.ID, cvd.Triage{Outcome: cvd.OutcomeValid, Quiet: true}, cvd.Accept{},
		cvd.Invite{Roles: cvd.RoleVendor, DetailsFirst: true, Reason: "known", Contact: cvd.Contact{Organization: "Upstream", Routes: box("vendor"), Language: "pl"}},
		cvd.Invite{Roles: cvd.RoleCoordinator, DetailsFirst: true, Reason: "known", Contact: cvd.Contact{Organization: "Centre", Routes: box("coordinator"), Language: "ja"}})
	d.relay()
	d.box.got = nil
	for _, cmd := range cmds {
		d.do(c.ID, cmd)
	}
	d.relay()
	out := map[string][]cvd.Outgoing{}
	for _, m := range d.box.got {
		out[string(m.To.Address)] = append(out[string(m.To.Address)], m)
	}
	return out
}

// Each participant is written to in its language; one that is not known gets that of
// the team.
func TestTextsAreInTheParticipantsLanguage(t *testing.T) {
	got := told(t, func(c *cvd.Config) { c.Language = "fr"; c.Team.Portal = "https://psirt.example/" },
		cvd.ProposeEmbargo{Ends: time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)})
	for who, want := range map[string][]string{
		"reporter":    {"Vorschlag einer Sperrfrist", "Guten Tag Rita,", "wird von uns vorgeschlagen, vor 2026-05-04 12:00 +0000 (UTC) nichts zu veröffentlichen"},
		"vendor":      {"Propozycja embarga", "Dzień dobry,\n", "zaproponowano przez nas"},
		"coordinator": {"Proposition d’embargo", "Bonjour,\n", "il est proposé par nous", "Portail : https://psirt.example/"},
	} {
		require.Len(t, got[who], 1, who)
		for _, w := range want {
			require.Contains(t, got[who][0].Subject+"\n"+string(got[who][0].Text), w, who)
		}
	}
}

// A rejection says which proposal, whose, and why; a withdrawal says that it is one.
func TestRejectionsSayWhichAndWhy(t *testing.T) {
	english := func(*cvd.Config) {} // for the coordinator, whose language is not known
	first := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	got := told(t, english, cvd.ProposeEmbargo{Party: 3, Ends: first}, cvd.RejectEmbargo{Party: 2, Reason: "not for others", Reply: "It is too long."})
	text := string(got["coordinator"][1].Text)
	require.Contains(t, text, "the proposal made by Upstream to disclose nothing before 2026-05-04 12:00 +0000 (UTC) was rejected by the reporter.")
	require.Contains(t, text, "It is too long.")
	require.NotContains(t, text, "not for others")
	require.Contains(t, string(got["vendor"][0].Text), "propozycja złożona przez Państwa")

	got = told(t, english, cvd.ProposeEmbargo{Party: 3, Ends: first}, cvd.RejectEmbargo{Party: 2})
	require.Contains(t, string(got["coordinator"][0].Text), "proposed by participant 3 (vendor)", "a text for every way names nobody")
	require.Contains(t, string(got["coordinator"][1].Text), "rejected by the reporter.")

	got = told(t, english, cvd.ProposeEmbargo{Ends: first}, cvd.WithdrawProposal{Reply: "The fix is out already."})
	require.Contains(t, got["coordinator"][1].Subject, "Embargo proposal withdrawn")
	require.Contains(t, string(got["coordinator"][1].Text), "was withdrawn by us.\n\nThe fix is out already.")
}

// Publishing ends the embargo, and is told in one message.
func TestPublicationTellsTheEndToo(t *testing.T) {
	d := newDesk(t)
	c := d.received()
	d.do(c.ID, cvd.Triage{Outcome: cvd.OutcomeValid, Quiet: true}, cvd.Accept{})
	ends := d.clock.t.Add(24 * time.Hour)
	d.do(c.ID, cvd.ProposeEmbargo{Ends: ends}, cvd.AcceptEmbargo{Party: 2})
	d.relay()
	d.mail.got = nil
	d.clock.t = ends
	d.do(c.ID, cvd.Publish{Vulnerabilities: []cvd.VulnID{1}, Advisories: []string{"https://psirt.example/1"}})
	d.relay()
	require.Len(t, d.mail.got, 1)
	require.Contains(t, string(d.mail.got[0].Text), "was published. Its embargo has ended by that.\nhttps://psirt.example/1")
	require.NotContains(t, string(d.mail.got[0].Text), "has ended:")
}

// A host replaces single texts, adds languages, and hears of what cannot be.
func TestHostsOverrideTexts(t *testing.T) {
	got := told(t, func(c *cvd.Config) {
		c.Texts = map[string]map[string]string{
			"pl": {"hello": "Szanowni Państwo,"},
			"ja": {"hello": "こんにちは。", "proposed": "{case} {end} {by}"},
			"de": {"dear": "Sehr geehrte Person {name}"},
		}
	}, cvd.ProposeEmbargo{Ends: time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)})
	require.Contains(t, string(got["vendor"][0].Text), "Szanowni Państwo,\n\nw sprawie")
	require.Contains(t, string(got["coordinator"][0].Text), "こんにちは。\n\nCVD-")
	require.Contains(t, string(got["coordinator"][0].Text), "by us", "what a new language lacks is in English")
	require.Contains(t, string(got["reporter"][0].Text), "Sehr geehrte Person Rita")

	for problem, texts := range map[string]map[string]map[string]string{
		`no text "helo"`:  {"de": {"helo": "x"}},
		`has no {nam}`:    {"de": {"dear": "x {nam}"}},
		`no language tag`: {"deutsch!": {"hello": "x"}},
	} {
		_, err := service.New(cvd.Config{Store: newDesk(t).store, Secret: []byte(strings.Repeat("s", 32)), Texts: texts})
		require.ErrorContains(t, err, problem)
	}
	all := cvd.Catalogues()
	require.Len(t, all, 5)
	require.Equal(t, "Dear {name},", all["en"]["dear"])
}

func TestLanguageIsKept(t *testing.T) {
	d := newDesk(t)
	c := d.do(cvd.CaseID{}, cvd.Receive{Title: "x", Reporter: cvd.Contact{Email: "rita@reporter.example", Language: "de"}})
	require.Equal(t, "de", string(d.view(c.ID, team).Participants[1].Language))
	d.do(c.ID, cvd.ChangeParty{Party: 2, Contact: cvd.Contact{Email: "rita@reporter.example", Language: "es-MX"}})
	require.Equal(t, "es-MX", string(d.view(c.ID, team).Participants[1].Language))
	for _, bad := range []cvd.Private{"d", "de_DE", "de-", "-", "deutsch,en", "123", cvd.Private(strings.Repeat("a-", 30))} {
		_, err := d.svc.Do(ctx, c.ID, cvd.By{}, cvd.ChangeParty{Party: 2, Contact: cvd.Contact{Name: "R", Language: bad}})
		require.ErrorIs(t, err, cvd.ErrInput, string(bad))
	}
}
