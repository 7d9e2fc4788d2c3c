package cvd

// ExternalID is an identifier that leads back to a case, for example
// {"message-id", "<1@example.org>"} or {"ticket", "PSIRT-17"}.
type ExternalID struct {
	Kind  string  // of lower-case words, which the host chooses
	Value Private // the identifier, compared byte for byte
}

// The kinds of ExternalID that this package uses itself.
const (
	IDMessage = "message-id"
	IDCVE     = "cve"
	IDNumber  = "number"
)
