package service_test

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// jotter is a State of a map.
type jotter struct {
	mu     sync.Mutex
	fail   error
	last   int64
	values map[string][]byte
	at     map[string]int64
}

func newJotter() *jotter { return &jotter{values: map[string][]byte{}, at: map[string]int64{}} }

func (j *jotter) Get(_ context.Context, key string) ([]byte, int64, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.values[key], j.at[key], j.fail
}

func (j *jotter) Put(_ context.Context, key string, version int64, value []byte) (int64, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.fail != nil {
		return 0, j.fail
	}
	if j.at[key] != version {
		return 0, cvd.ErrConflict
	}
	j.last++
	j.values[key], j.at[key] = value, j.last
	return j.last, nil
}

func (j *jotter) List(_ context.Context, prefix, after string, n int) (out []string, _ error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for k := range j.values {
		if strings.HasPrefix(k, prefix) && k > after {
			out = append(out, k)
		}
	}
	sort.Strings(out)
	return out[:min(n, len(out))], nil
}

func withState(c *cvd.Config) { c.State = newJotter() }

func (d *desk) code() cvd.Private {
	d.t.Helper()
	code, err := d.svc.NewCode()
	require.NoError(d.t, err)
	return code
}

// opens fails the test unless the code opens that place first.
func (d *desk) opens(code cvd.Private, id cvd.CaseID, p cvd.PartyID, others ...service.Place) {
	d.t.Helper()
	a, err := d.svc.Access(ctx, code)
	require.NoError(d.t, err)
	require.Equal(d.t, service.Place{Case: id, Party: p, Grant: a.Grant}, a.Place)
	for i := range a.Others {
		require.NotZero(d.t, a.Others[i].Grant)
		a.Others[i].Grant = 0
	}
	require.Equal(d.t, others, a.Others)
	require.Empty(d.t, a.Problems)
}

func (d *desk) shut(code cvd.Private) {
	d.t.Helper()
	_, err := d.svc.Access(ctx, code)
	require.ErrorIs(d.t, err, cvd.ErrNotFound)
}

// anonymous is a report from a form: nobody has proved who sent it.
func anonymous(title string) cvd.Receive {
	return cvd.Receive{Channel: cvd.ChannelPortal, Title: cvd.Private(title), Summary: "what " + cvd.Private(title) + " does"}
}

func TestAccessByCode(t *testing.T) {
	d := newDesk(t, withState)
	code := d.code()
	id := d.do(cvd.CaseID{}, anonymous("a"), cvd.GrantAccess{Party: 2, Code: code}).ID
	d.do(cvd.CaseID{}, anonymous("another"), cvd.GrantAccess{Party: 2, Code: d.code()})
	require.Len(t, string(code), 34)
	for _, as := range []string{string(code), strings.ToLower(string(code)), " " + strings.ReplaceAll(string(code), "-", " ") + "\n",
		strings.ReplaceAll(strings.ReplaceAll(string(code), "0", "o"), "1", "l")} {
		d.opens(cvd.Private(as), id, 2)
	}
	a, err := d.svc.Access(ctx, code)
	require.NoError(t, err)
	require.False(t, a.First)
	require.EqualValues(t, 5, a.Uses)
	require.Len(t, d.view(id, a.Viewer()).Reports, 1)
	uses, err := d.svc.AccessUses(ctx, id, team)
	require.NoError(t, err)
	require.Equal(t, []service.AccessUse{{Grant: 1, Uses: 5, Last: d.clock.t.Truncate(time.Hour)}}, uses)
	require.Len(t, d.view(id, team).Grants, 1)
	require.Len(t, d.view(id, cvd.Viewer{Party: 2}).Grants, 1)
	d.shut(d.code())

	// A slip of the pen is told from a code that opens nothing.
	wrong := "2"
	if code[0] == '2' {
		wrong = "3"
	}
	for _, bad := range []cvd.Private{"", "abc", cvd.Private(wrong) + code[1:], code + "0", "\xff", cvd.Private(strings.Repeat("0", 1000)), "Z" + code[1:]} {
		_, err := d.svc.Access(ctx, bad)
		require.ErrorIs(t, err, cvd.ErrInput, string(bad))
		require.NotContains(t, err.Error(), string(code[2:]))
	}
}

// Every wrong digit and every swap of neighbours is found, in every code.
func TestCodesFindSlips(t *testing.T) {
	d := newDesk(t)
	for range 50 {
		code := strings.ReplaceAll(string(d.code()), "-", "")
		for i := range code {
			for _, c := range "0123456789ABCDEFGHJKMNPQRSTVWXYZ" {
				if byte(c) == code[i] {
					continue
				}
				_, err := d.svc.Access(ctx, cvd.Private(code[:i]+string(c)+code[i+1:]))
				require.ErrorIs(t, err, cvd.ErrInput)
			}
			if i > 0 && code[i] != code[i-1] {
				_, err := d.svc.Access(ctx, cvd.Private(code[:i-1]+string(code[i])+string(code[i-1])+code[i+1:]))
				require.ErrorIs(t, err, cvd.ErrInput)
			}
		}
	}
	// All bits count.
	seen := map[cvd.Private]bool{}
	for bit := range 128 {
		var b [16]byte
		b[bit/8] = 1 << (bit % 8)
		code := service.FormatCode(b)
		require.False(t, seen[code])
		seen[code] = true
		_, err := d.svc.Access(ctx, code)
		require.ErrorIs(t, err, cvd.ErrNotFound)
	}
}

func TestCodesEnd(t *testing.T) {
	d := newDesk(t, withState)
	first, second, third := d.code(), d.code(), d.code()
	id := d.do(cvd.CaseID{}, anonymous("a"), cvd.GrantAccess{Party: 2, Code: first, Until: d.clock.t.Add(time.Hour)}).ID
	d.do(id, cvd.GrantAccess{Party: 2, Code: second})
	d.clock.pass(time.Hour - time.Millisecond)
	d.opens(first, id, 2)
	d.clock.pass(time.Millisecond)
	d.shut(first)
	d.opens(second, id, 2)
	// The receipt is lost: the team gives another, and the old one ends.
	d.do(id, cvd.GrantAccess{Party: 2, Code: third, Replace: true})
	d.shut(second)
	d.opens(third, id, 2)
	d.refused(id, cvd.RuleAccess, cvd.GrantAccess{Party: 2, Code: second})
	d.refused(id, cvd.RuleAccess, cvd.GrantAccess{Party: 2, Code: third})
	d.refused(id, cvd.RuleAccess, cvd.GrantAccess{Party: cvd.Owner, Code: d.code()})
	d.refused(id, cvd.RuleKnown, cvd.GrantAccess{Party: 9, Code: d.code()})
	d.refused(id, cvd.RuleKnown, cvd.RevokeAccess{Grant: 9})
	d.do(id, cvd.RevokeAccess{Party: 2, Reason: "it was seen on a screen"})
	d.shut(third)
	d.refused(id, cvd.RuleOnce, cvd.RevokeAccess{Party: 2})
	// So does taking a party out, but for what it has reported.
	out := d.code()
	d.do(id, vendorAt("one"), cvd.GrantAccess{Party: 3, Code: out}, cvd.RemoveParty{Party: 3, Reason: "a mistake"})
	d.shut(out)
	// Given and ended at once, it was never good.
	brief := d.code()
	d.do(id, cvd.GrantAccess{Party: 2, Code: brief}, cvd.RevokeAccess{Party: 2})
	d.shut(brief)
	// Erasing a person ends what opens the case to it.
	fourth := d.code()
	d.do(id, cvd.GrantAccess{Party: 2, Code: fourth})
	d.opens(fourth, id, 2)
	_, err := d.svc.Erase(ctx, id, staff, cvd.ErasePerson{Party: 2})
	require.NoError(t, err)
	d.shut(fourth)
	d.refused(id, cvd.RuleAccess, cvd.GrantAccess{Party: 2, Code: d.code()})
	require.NoError(t, d.svc.Reindex(ctx, id))
	for _, code := range []cvd.Private{first, second, third, fourth} {
		d.shut(code)
	}
}

// A lost State loses counts and lets everybody in who has a code.
func TestAccessWithoutItsState(t *testing.T) {
	d := newDesk(t)
	code := d.code()
	id := d.do(cvd.CaseID{}, anonymous("a"), cvd.GrantAccess{Party: 2, Code: code}).ID
	d.opens(code, id, 2)
	j := newJotter()
	d = d.another(func(c *cvd.Config) { c.State = j })
	d.opens(code, id, 2)
	j.fail = errBroken
	a, err := d.svc.Access(ctx, code)
	require.NoError(t, err)
	require.Equal(t, id, a.Case)
	require.ErrorIs(t, a.Problems[0].Err, errBroken)
}

func TestCodesLeadOn(t *testing.T) {
	d := newDesk(t, withState)
	code, vendor := d.code(), d.code()
	id := d.do(cvd.CaseID{}, anonymous("a"), cvd.GrantAccess{Party: 2, Code: code}).ID
	d.do(id, anonymous("b"), vendorAt("one"), cvd.GrantAccess{Party: 4, Code: vendor, Until: days(30)})
	into := d.do(cvd.CaseID{}, reportBy("zoe")).ID
	_, err := d.svc.Merge(ctx, id, staff, cvd.Merge{Into: into})
	require.NoError(t, err)
	d.opens(code, into, 3, service.Place{Case: id, Party: 2})
	require.Len(t, d.view(into, cvd.Viewer{Party: 3}).Reports, 1, "its own")
	d.opens(vendor, into, 5, service.Place{Case: id, Party: 4})
	d.refused(id, cvd.RuleMoved, cvd.GrantAccess{Party: 2, Code: d.code()})
	// Parted again, it opens both; and what goes on from there.
	split, err := d.svc.Split(ctx, into, staff, cvd.Split{Title: "a", Reports: []cvd.ReportID{2}})
	require.NoError(t, err)
	d.opens(code, into, 3, service.Place{Case: id, Party: 2}, service.Place{Case: split.ID, Party: 2})
	d.do(split.ID, cvd.Triage{Outcome: cvd.OutcomeInvalid}, cvd.Close{})
	again, err := d.svc.Reopen(ctx, split.ID, staff, cvd.Reopen{Reason: "it is one"})
	require.NoError(t, err)
	d.opens(code, into, 3, service.Place{Case: id, Party: 2}, service.Place{Case: split.ID, Party: 2}, service.Place{Case: again.ID, Party: 2})
	require.NoError(t, d.svc.Reindex(ctx, into))
	require.NoError(t, d.svc.Reindex(ctx, again.ID))
	// It ends where it is ended, and everywhere with the case that it leads to.
	d.do(again.ID, cvd.RevokeAccess{Party: 2})
	d.opens(code, into, 3, service.Place{Case: id, Party: 2}, service.Place{Case: split.ID, Party: 2})
	d.do(into, cvd.RevokeAccess{Party: 3})
	d.shut(code)
	d.clock.t = days(31)
	d.shut(vendor)
}

// Ended where it no longer leads, a code would go on opening the case in which this one
// goes on, and whoever ended it would not know.
func TestACodeIsEndedWhereItLeads(t *testing.T) {
	d := newDesk(t)
	code := d.code()
	id := d.do(cvd.CaseID{}, anonymous("a"), cvd.GrantAccess{Party: 2, Code: code}).ID
	d.do(id, cvd.Triage{Outcome: cvd.OutcomeInvalid}, cvd.Close{})
	again, err := d.svc.Reopen(ctx, id, staff, cvd.Reopen{Reason: "it is one"})
	require.NoError(t, err)
	d.opens(code, again.ID, 2, service.Place{Case: id, Party: 2})
	d.refused(id, cvd.RuleMoved, cvd.RevokeAccess{Party: 2})
	d.refused(id, cvd.RuleMoved, cvd.RevokeAccess{Grant: 1})
	d.opens(code, again.ID, 2, service.Place{Case: id, Party: 2})
	d.do(again.ID, cvd.RevokeAccess{Party: 2})
	d.shut(code)
}

// Who was removed or erased gets no code, nor does its copy in a case that was parted.
func TestNoCodeForWhoIsGone(t *testing.T) {
	d := newDesk(t)
	id := d.do(cvd.CaseID{}, anonymous("a"), vendorAt("one")).ID
	d.do(id, anonymous("b"), cvd.RemoveParty{Party: 3, Reason: "it is done"})
	d.refused(id, cvd.RuleRemoved, cvd.GrantAccess{Party: 3, Code: d.code()})
	_, err := d.svc.Erase(ctx, id, staff, cvd.ErasePerson{Party: 4, Basis: cvd.EraseRequest})
	require.NoError(t, err)
	d.refused(id, cvd.RuleAccess, cvd.GrantAccess{Party: 4, Code: d.code()})
	c, err := d.svc.Split(ctx, id, staff, cvd.Split{Title: "b", Reports: []cvd.ReportID{2}})
	require.NoError(t, err)
	require.Len(t, c.Participants, 2)
	d.refused(c.ID, cvd.RuleAccess, cvd.GrantAccess{Party: 2, Code: d.code()})
}

// Anybody can write the address of another into a form. A code of that report must
// not open what the real one sees in the case that it is merged into.
func TestACodeOpensNothingByAClaimedAddress(t *testing.T) {
	d := newDesk(t)
	into := d.do(cvd.CaseID{}, reportBy("zoe")).ID
	forged := reportBy("zoe")
	forged.IDs, forged.Channel = nil, cvd.ChannelPortal
	code := d.code()
	id := d.do(cvd.CaseID{}, forged, cvd.GrantAccess{Party: 2, Code: code}).ID
	_, err := d.svc.Merge(ctx, id, staff, cvd.Merge{Into: into})
	require.NoError(t, err)
	d.opens(code, id, 2)
	require.Empty(t, d.view(into, team).Grants)
	require.NoError(t, d.svc.Reindex(ctx, id))
	d.opens(code, id, 2)
	// The other way round: what the real one knows does not come to the forger.
	forger := d.code()
	victim := d.do(cvd.CaseID{}, forged, cvd.GrantAccess{Party: 2, Code: forger}).ID
	real := reportBy("zoe")
	real.IDs, real.Title = nil, "the real one"
	from := d.do(cvd.CaseID{}, real).ID
	d.do(from, cvd.PostMessage{To: []cvd.PartyID{2}, Text: "the details"}, cvd.ProposeEmbargo{Party: 2, Ends: days(20), Reason: "the real reason"})
	_, err = d.svc.Merge(ctx, from, staff, cvd.Merge{Into: victim})
	require.NoError(t, err)
	d.opens(forger, victim, 2)
	a, err := d.svc.Access(ctx, forger)
	require.NoError(t, err)
	require.Len(t, d.view(victim, cvd.Viewer{Party: 2}).Reports, 2, "the host knows who it is")
	seen := d.view(victim, a.Viewer())
	require.Len(t, seen.Reports, 1)
	require.NotContains(t, dump(seen), "the real")
	// What comes in later under that address is somebody else's.
	real.Title = "the real one again"
	d.do(victim, real)
	require.Len(t, d.view(victim, a.Viewer()).Reports, 1)
	d.do(victim, cvd.RevokeAccess{Party: 2})
	_, err = d.svc.View(ctx, victim, a.Viewer())
	require.ErrorIs(t, err, cvd.ErrNotFound, "a session ends with its code")
	// Nor where two of one case become one in the next.
	both := d.do(cvd.CaseID{}, forged, cvd.GrantAccess{Party: 2, Code: d.code()}).ID
	c := d.do(both, cvd.Invite{Roles: cvd.RoleVendor, Contact: forged.Reporter})
	require.Len(t, c.Participants, 3)
	d.do(both, cvd.Triage{Outcome: cvd.OutcomeInvalid}, cvd.Close{})
	next, err := d.svc.Reopen(ctx, both, staff, cvd.Reopen{Reason: "more"})
	require.NoError(t, err)
	require.Empty(t, d.view(next.ID, team).Grants)
}

// A form that is sent twice has one receipt, whichever answer the browser shows.
func TestADerivedReceiptTwice(t *testing.T) {
	d := newDesk(t)
	code := service.FormatCode([16]byte{1, 2, 3})
	form := anonymous("a")
	form.IDs = []cvd.ExternalID{{Kind: "form", Value: "nonce 1"}}
	first := d.do(cvd.CaseID{}, form, cvd.GrantAccess{Party: 2, Code: code})
	second := d.do(cvd.CaseID{}, form, cvd.GrantAccess{Party: 2, Code: code})
	require.Equal(t, first.ID, second.ID)
	require.True(t, second.Repeated)
	d.opens(code, first.ID, 2)
}

func TestUsesAreCountedOnce(t *testing.T) {
	d := newDesk(t, withState)
	code := d.code()
	id := d.do(cvd.CaseID{}, anonymous("a"), cvd.GrantAccess{Party: 2, Code: code}).ID
	var wg sync.WaitGroup
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			_, err := d.svc.Access(ctx, code)
			if err != nil {
				t.Error(err)
			}
		}()
	}
	wg.Wait()
	uses, err := d.svc.AccessUses(ctx, id, team)
	require.NoError(t, err)
	require.EqualValues(t, 8, uses[0].Uses)
}

func TestABrokenCaseKeepsNobodyFromTheOther(t *testing.T) {
	f := &faulty{Store: memstore.New()}
	d := newDesk(t, func(c *cvd.Config) { c.Store = f })
	code := d.code()
	id := d.do(cvd.CaseID{}, anonymous("a"), cvd.GrantAccess{Party: 2, Code: code}).ID
	split, err := d.svc.Split(ctx, id, staff, cvd.Split{Title: "a", Reports: []cvd.ReportID{1}})
	require.NoError(t, err)
	d = d.another()
	f.alter = func(rs []storage.Record) []storage.Record {
		if c := d.onlySplit(rs); c {
			rs[0].Body[3] ^= 1
		}
		return rs
	}
	a, err := d.svc.Access(ctx, code)
	require.NoError(t, err)
	require.Equal(t, id, a.Case)
	require.Equal(t, split.ID, a.Problems[0].Case)
	require.ErrorIs(t, a.Problems[0].Err, cvd.ErrTampered)
}

// onlySplit tells the log of the case that was split off.
func (d *desk) onlySplit(rs []storage.Record) bool {
	n := 0
	for _, r := range rs {
		if name := service.NameIn(r.Body); name == "parts.moved/1" {
			return false
		} else if name == "case.linked/1" {
			n++
		}
	}
	return n > 0
}

// A receipt opens the case to who holds it, as the reporter sees it.
func ExampleService_Access() {
	svc, err := service.New(cvd.Config{Store: memstore.New(), Secret: make([]byte, 32)})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	receipt, err := svc.NewCode()
	if err != nil {
		fmt.Println(err)
		return
	}
	// The reporter of a new case is participant 2.
	c, err := svc.Do(ctx, cvd.CaseID{}, cvd.By{Actor: "form"},
		cvd.Receive{Channel: cvd.ChannelPortal, Title: "Overflow in frobd"},
		cvd.GrantAccess{Party: 2, Code: receipt})
	if err != nil {
		fmt.Println(err)
		return
	}
	opened, err := svc.Access(ctx, cvd.Private(strings.ToLower(string(receipt))))
	if err != nil {
		fmt.Println(err)
		return
	}
	mine, err := svc.View(ctx, opened.Case, opened.Viewer())
	fmt.Println(opened.Case == c.ID, string(mine.Title), err)
	// The receipt is lost: the team gives another one.
	fresh, _ := svc.NewCode()
	_, err = svc.Do(ctx, c.ID, cvd.By{Actor: "alice"}, cvd.GrantAccess{Party: 2, Code: fresh, Replace: true})
	_, lost := svc.Access(ctx, receipt)
	fmt.Println(err, errors.Is(lost, cvd.ErrNotFound))
	// Output:
	// true Overflow in frobd <nil>
	// <nil> true
}

// TestAReceiptOfASubmissionLeadsOn: the code that its sender was given opens the
// case into which the submission went.
func TestAReceiptOfASubmissionLeadsOn(t *testing.T) {
	d := newDesk(t)
	into := d.do(cvd.CaseID{}, reportBy("zoe")).ID
	x := reportBy("ann")
	x.Submission = true
	id := d.do(cvd.CaseID{}, x, cvd.GrantAccess{Party: 2, Code: aCode}).ID
	got, err := d.svc.Access(ctx, aCode)
	require.NoError(t, err)
	require.Equal(t, id, got.Case)
	_, err = d.svc.Merge(ctx, id, staff, cvd.Merge{Into: into})
	require.NoError(t, err)
	got, err = d.svc.Access(ctx, aCode)
	require.NoError(t, err)
	require.Equal(t, into, got.Case)
	c, err := d.svc.View(ctx, into, got.Viewer())
	require.NoError(t, err)
	require.Len(t, c.Reports, 1, "its own report")
	require.Equal(t, x.Summary, c.Reports[0].Summary)
}
