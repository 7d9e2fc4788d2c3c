package cvd

import (
	"time"
)

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
