package pgpmime

// UnreadKind says what a mail holds that was not looked into.
type UnreadKind string

// The kinds.
const (
	UnreadEncrypted      UnreadKind = "encrypted"       // OpenPGP
	UnreadSignature      UnreadKind = "signature"       // announced, and nothing that could be checked
	UnreadSMIMEEncrypted UnreadKind = "smime-encrypted" // answer with Mail.Unreadable
	UnreadSMIMESigned    UnreadKind = "smime-signed"    // the text was read, unless it is inside
	UnreadTNEF           UnreadKind = "tnef"            // a winmail.dat of Outlook
	UnreadLimit          UnreadKind = "limit"           // too many parts, too deep, too long
)

// An Unread is something that was not looked into.
type Unread struct {
	Kind   UnreadKind // why it was not
	Part   string     // where, as Part.Path
	Reason string     // for people; holds nothing of the mail
	// Err is what failed: errors.Is knows it. Nil if nothing was tried.
	Err error
}

// A Flag is something that a reader of a mail should know.
type Flag string

// The flags.
const (
	FlagFromDiffers   Flag = "from-differs"    // the protected From is not the open one
	FlagSignerNotFrom Flag = "signer-not-from" // a valid signature, of a key without the address in From
	FlagTwoFrom       Flag = "two-from"        // more than one author; which one is shown depends on the program
	FlagPartlyOpen    Flag = "partly-open"     // encrypted parts beside open ones
	FlagPartlySigned  Flag = "partly-signed"   // the text is not covered like the rest
	FlagSecretKey     Flag = "secret-key"      // it holds a secret key, or speaks of a block with one
	FlagAmbiguous     Flag = "ambiguous-type"  // two Content-Type fields that differ
	FlagRepaired      Flag = "repaired"        // a boundary was not stated, or a transfer encoding is unknown
	FlagCharset       Flag = "charset"         // a text has characters that could not be read
	FlagCut           Flag = "text-cut"        // Text is not all of it
)
