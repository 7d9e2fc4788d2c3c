package cvd

import (
	"time"
)

// Describe writes what an advisory tells of a vulnerability. Empty fields stay as
// they were.
type Describe struct {
	Vuln        VulnID    // 0: the only one
	Description Private   // what the weakness is
	Workaround  Private   // what users can do until there is a fix
	References  []Private // public http or https addresses; they replace those before
}

// Draft is the newest version of a document that the team is to publish, such as
// an advisory in one format. Older versions stay in the log.
type Draft struct {
	Name     Private   // of the document: SaveDraft with the same makes a new version
	Type     Private   // media type
	Content  Private   // of the newest version
	SHA256   Private   // of the content, in hexadecimal: compare Publication.SHA256
	Saved    time.Time `json:",omitzero"` // when that was recorded
	Versions int       // how often it was saved
	kept     draftKept
}

// SaveDraft keeps a document that is to be published. Saved again under its name it
// is a new version. Larger ones than Limits.Text are attached instead.
type SaveDraft struct {
	Name    Private // of the document: its tracking ID, or the name of its file
	Type    Private // media type, for example application/json
	Content Private // at most Limits.Text
}
