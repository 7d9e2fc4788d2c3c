package cvd

import (
	"time"
)

// EraseBasis says why personal data was erased. The numbers are stored.
type EraseBasis uint8

// The grounds of an erasure.
const (
	EraseUnstated  EraseBasis = iota
	EraseRequest              // the person asked for it
	EraseRetention            // Config.Retention: the time to keep it is over
	EraseMistake              // it should not have been taken in
)

// ErasePerson removes the personal data of a participant, of an actor, or of
// one person who is both, from one case. It is given to Service.Erase.
//
// It removes the private part of every record by or about the person: contact,
// reports with their titles, messages, claims, assessments, files and their
// contents, the actor's name; the texts that were sent to the person, or in which
// its name or addresses stand; and the keys that led from the person's messages
// to the case. That the records existed stays, the chain verifies, and the
// erasure is on record with its ground. A keyed hash of the identity stays in
// the log: without Config.Secret it says nothing, and no list uses it any more.
type ErasePerson struct {
	Party PartyID    // 0: none; not the owner
	Actor Private    // "": none
	Basis EraseBasis // the ground in law or rule; required
}

// Erased is what an erasure removed, and what it leaves to a human.
type Erased struct {
	Case     CaseID // from which it was removed
	Seq      Seq    // version of the case afterwards
	Records  []Seq  // whose private parts are gone
	Files    int    // whose contents are gone
	Repeated bool   // a call with the same By.ID did it before
	// Review lists free text of others, which may name the person. To remove such
	// a record as well, give its Seq to Service.EraseRecords.
	Review []Mention
}

// Mention is a record with free text that may name a person.
type Mention struct {
	Seq    Seq       // the record
	At     time.Time `json:",omitzero"` // when it was made
	Record EventKind // what sort of record it is
	Named  bool      // it holds the person's name, an address or a telephone number as the case knew them
}

// PersonCase is what one case holds on the person.
type PersonCase struct {
	ID      CaseID         // of the case
	Number  string         // for people
	Parties []PartyID      // who the person is in the case
	Records []PersonRecord // in their order
}

// PersonRecord is one record by or about the person, or made by it as an actor.
type PersonRecord struct {
	Seq    Seq           // the record's number
	At     time.Time     `json:",omitzero"` // when it was made
	Record EventKind     // what sort of record it is
	Fields []PersonField // its texts that are not empty
	// File is set if the record is of a file, to be had from Attachment.
	File AttachmentID
}

// PersonField is one text of a record.
type PersonField struct {
	Name  string  // for example "Summary"
	Value Private // the text
}
