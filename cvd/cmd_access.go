package cvd

import (
	"time"
)

// GrantAccess gives a participant a code that opens the case to it: a reporter's
// receipt, a vendor's access code. Service.Access takes it. The code is shown to
// its holder once, by the host, and never sent by mail; the log and the index keep
// keyed hashes.
//
// It opens what View shows the participant, until it ends: by Until, by
// RevokeAccess, or when the participant is erased. If the case goes on in another,
// or a part of it does, the code opens that too, as far as the participant was
// copied. Where it was taken for one that took part there already, by an address
// that nobody has proved, a code of either opens what it opened before, and no more.
type GrantAccess struct {
	Party   PartyID   // takes part, and is not the owner; the reporter of a new case is 2
	Code    Private   // from Service.NewCode or FormatCode
	Until   time.Time `json:",omitzero"` // zero: until it is revoked
	Replace bool      // ends the codes that the participant has: for one that was lost
}

// RevokeAccess ends a code, or all codes of a participant. Where the case goes on in
// another, and the code leads there now, it is refused by RuleMoved: it would go on
// opening that one. End it there, and it opens neither.
type RevokeAccess struct {
	Grant  GrantID // 0: all of Party
	Party  PartyID // with Grant 0: the participant whose codes all end
	Reason Private // for the team; may be empty
}

// GrantID numbers the codes of a case, from 1.
type GrantID uint32

// Grant is a code that was given, without the code. The team sees all, a
// participant its own.
type Grant struct {
	ID    GrantID   // from 1, in the order of their giving
	Party PartyID   // whose eyes it gives
	Given time.Time `json:",omitzero"` // when it was recorded
	Until time.Time `json:",omitzero"` // zero: until it is revoked
	Ended time.Time `json:",omitzero"` // zero: it was not revoked
	kept  grantKept
}
