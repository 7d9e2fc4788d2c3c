package portal

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
)

// act is what a participant does besides writing: it answers about the embargo,
// states how its products stand, answers the planned release, or appeals.
type act struct {
	fields []field
	// command makes the command of a form, or notes in it what is wrong.
	command func(q *request, c *cvd.Case, f *form) cvd.Command
	done    string // the text that says so
}

// reasonFields are a text alone.
func reasonFields(name string) []field { return []field{{name: name, kind: "text", rows: 3}} }

var (
	answerFields = append([]field{{name: "proposal", kind: "line"}, {name: "answer", kind: "line"}}, reasonFields("embargoreason")...)
	counterField = []field{
		{name: "ends", kind: "date"}, {name: "endstime", kind: "time"}, {name: "endszone", kind: "line"},
		{name: "counterreason", kind: "text", rows: 3},
	}
	releaseFields   = append([]field{{name: "answer", kind: "line"}}, reasonFields("holdreason")...)
	appealFields    = reasonFields("appeal")
	statementFields = []field{
		{name: "affected", kind: "choice", options: []string{"", "investigating", "affected", "not", "fixed"}},
		{name: "fixed", kind: "line"},
		{name: "statement", kind: "text", rows: 3},
	}
)

// acts are the forms of the case's page, by their path.
func acts() map[string]act {
	return map[string]act{
		"embargo":   {answerFields, (*request).answerEmbargo, "done.embargo"},
		"propose":   {counterField, (*request).proposeEmbargo, "done.propose"},
		"release":   {releaseFields, (*request).answerRelease, "done.release"},
		"appeal":    {appealFields, (*request).appeal, "done.appeal"},
		"statement": {append([]field{{name: "product", kind: "line"}, {name: "vuln", kind: "line"}}, statementFields...), (*request).state, "done.statement"},
	}
}

// serve takes the form of an act. The same form, sent twice, acts once.
func (a act) serve(q *request) error {
	s, err := q.session(q.r)
	if err != nil {
		return err
	}
	f, err := q.readForm(func(*form) (cvd.CaseID, bool) { return cvd.CaseID{}, false })
	if err != nil {
		return err
	}
	var tok token
	if s != nil {
		if tok, err = q.readToken(f.values["token"], purposeCase, s.place(), f.began); err == nil {
			q.sess = s
		}
	}
	var c *cvd.Case
	if q.sess != nil {
		c, err = q.svc.View(q.ctx, s.Place.Case, s.viewer())
		if err != nil && !errors.Is(err, cvd.ErrNotFound) {
			return err
		}
	}
	if c == nil {
		// What was written can be sent as a reply: nothing of it is lost.
		f.values["reply"] = q.asText(f, a.fields)
		f.add("receipt", q.lang.text("error.ended.text"))
		return q.resend(http.StatusForbidden, f)
	}
	q.check(f, a.fields)
	cmd := a.command(q, c, f)
	if len(f.errors) > 0 {
		return q.casePage(statusOf(f), c, f.values, f.errors)
	}
	by := cvd.By{ID: q.commandID(tok, f, a.fields)}
	_, err = q.svc.Do(context.WithoutCancel(q.ctx), c.ID, by, cmd)
	var refused *cvd.Refusal
	switch {
	case errors.As(err, &refused):
		key := "refused." + string(refused.Rule)
		if q.lang.texts[key] == "" {
			key = "error.refused"
		}
		f.add("", q.lang.text(key))
		return q.casePage(http.StatusConflict, c, f.values, f.errors)
	case errors.Is(err, cvd.ErrInput):
		f.add("", q.lang.text("error.refused"))
		return q.casePage(http.StatusUnprocessableEntity, c, f.values, f.errors)
	case err != nil:
		return err
	}
	return q.goTo("case?done=" + a.done[len("done."):])
}

// commandID makes a form that is sent twice one command.
func (q *request) commandID(t token, f *form, fields []field) (id cvd.CommandID) {
	sum := q.digest(t, f, fields)
	id = cvd.CommandID([]byte(sum)[:16])
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80 // RFC 9562, version 8
	return id
}

// asText is what a form says, in words.
func (q *request) asText(f *form, fields []field) string {
	var out []string
	for _, x := range fields {
		if v := strings.TrimSpace(f.values[x.name]); v != "" && q.lang.texts["form."+x.name] != "" {
			if t := q.lang.texts["form."+x.name+"."+v]; t != "" {
				v = t
			}
			out = append(out, q.lang.text("form."+x.name)+": "+v)
		}
	}
	if v := f.values["answer"]; q.lang.texts["answer."+v] != "" {
		out = append([]string{q.lang.text("answer." + v)}, out...)
	}
	return strings.Join(out, "\n")
}

func number[T ~uint32](s string) T {
	n, _ := strconv.ParseUint(s, 10, 32)
	return T(n)
}

// answerEmbargo agrees to terms of secrecy, or does not: to those that hold, if the
// participant was asked about them, else to a proposal.
func (q *request) answerEmbargo(c *cvd.Case, f *form) cvd.Command {
	p := number[cvd.ProposalID](f.values["proposal"])
	if f.values["answer"] == "withdraw" {
		return cvd.WithdrawProposal{Party: c.You, Proposal: p}
	}
	yes := f.values["answer"] == "agree"
	if !yes && f.values["answer"] != "disagree" {
		f.add("", q.lang.text("error.refused"))
	}
	if t := q.secrecy(c); t.Asked {
		return cvd.AnswerInvitation{Party: c.You, Accept: yes, Proposal: p}
	}
	if yes {
		return cvd.AcceptEmbargo{Party: c.You, Proposal: p}
	}
	return cvd.RejectEmbargo{Party: c.You, Proposal: p, Reason: cvd.Private(f.values["embargoreason"])}
}

func (q *request) proposeEmbargo(c *cvd.Case, f *form) cvd.Command {
	v := f.values
	ends, where, why := q.instant(v["ends"], v["endstime"], v["endszone"])
	if why == "" && ends.IsZero() {
		where, why = "date", q.lang.text("error.date")
	}
	if why != "" {
		f.add(map[string]string{"date": "ends", "time": "endstime", "zone": "endszone"}[where], why)
	}
	return cvd.ProposeEmbargo{Party: c.You, Ends: ends, Reason: cvd.Private(v["counterreason"])}
}

func (q *request) answerRelease(c *cvd.Case, f *form) cvd.Command {
	hold := f.values["answer"] == "hold"
	if !hold && f.values["answer"] != "go" {
		f.add("", q.lang.text("error.refused"))
	}
	if hold && strings.TrimSpace(f.values["holdreason"]) == "" {
		f.add("holdreason", q.lang.text("error.holdreason"))
	}
	return cvd.AnswerRelease{Party: c.You, Hold: hold, Reason: cvd.Private(f.values["holdreason"])}
}

func (q *request) appeal(c *cvd.Case, f *form) cvd.Command {
	if strings.TrimSpace(f.values["appeal"]) == "" {
		f.add("appeal", q.lang.text("error.appeal"))
	}
	return cvd.Appeal{Text: cvd.Private(f.values["appeal"]), Provenance: q.provenance()}
}

// state says how a product stands. It is a claim: it acts once the team adopts it.
func (q *request) state(c *cvd.Case, f *form) cvd.Command {
	v := f.values
	affected := map[string]cvd.Affected{
		"investigating": cvd.UnderInvestigation, "affected": cvd.IsAffected, "not": cvd.NotAffected, "fixed": cvd.IsFixed,
	}[v["affected"]]
	if affected == cvd.NoStatement {
		f.add("affected", q.lang.text("error.affected"))
	}
	if affected == cvd.IsFixed && v["fixed"] == "" {
		f.add("fixed", q.lang.text("error.fixed"))
	}
	said := cmp.Or(v["statement"], q.lang.text("form.affected."+cmp.Or(v["affected"], "not")))
	return cvd.PostMessage{
		Party: c.You, To: []cvd.PartyID{cvd.Owner}, Text: cvd.Private(said), Provenance: q.provenance(),
		Statements: []cvd.Statement{{
			Vuln: number[cvd.VulnID](v["vuln"]), Stream: number[cvd.StreamID](v["product"]),
			Affected: affected, Fixed: cvd.Private(v["fixed"]), Text: cvd.Private(v["statement"]),
		}},
	}
}

// provenance is that of what came through the session.
func (q *request) provenance() cvd.Provenance {
	return cvd.Provenance{
		Channel: cvd.ChannelPortal, Protection: cvd.ProtectPortal, KnownBy: cvd.KnownByAccess,
		Sender: cvd.Private(q.sess.Name),
	}
}
