package cvd

// Statement is what a vendor says of one vulnerability in one of its product
// streams, in a message.
type Statement struct {
	Vuln     VulnID   // 0: the only one
	Stream   StreamID // 0: all of the vendor's products
	Affected Affected // whether the stream is
	Fixed    Private  // the version that holds the fix
	Text     Private  // what the vendor says, in words
}

// AdoptStatements makes what a vendor said in a message act: as RecordStatus and
// AnswerRelease do, on its behalf.
type AdoptStatements struct {
	Message MessageID // that said it
	Shared  bool      // lets other participants see the statements before publication: the vendor wants that
}
