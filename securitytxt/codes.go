package securitytxt

// A Code names a rule. Codes are stable; where the validator behind internet.nl
// has a code for the same rule, it is the same string.
type Code string

// The codes. [Code.Rule] says what each means.
const (
	// What a file is made of.
	CodeBOMInFile        Code = "bom_in_file"
	CodeUTF8             Code = "utf8"
	CodeNotNFC           Code = "not_nfc"
	CodeCtlChar          Code = "ctl_char"
	CodeBareCR           Code = "bare_cr"
	CodeNoLineSeparators Code = "no_line_separators"
	CodeTooLarge         Code = "too_large"
	CodeTooManyLines     Code = "too_many_lines"
	CodeFieldTooLong     Code = "field_too_long"

	// Lines.
	CodeInvalidLine  Code = "invalid_line"
	CodeEmptyKey     Code = "empty_key"
	CodeEmptyValue   Code = "empty_value"
	CodePrecWS       Code = "prec_ws"
	CodeNoSpace      Code = "no_space"
	CodeExtraSpace   Code = "extra_space"
	CodeUnknownField Code = "unknown_field"

	// Values.
	CodeNoURI                 Code = "no_uri"
	CodeInvalidURI            Code = "invalid_uri"
	CodeNoHTTPS               Code = "no_https"
	CodeKeyInEncryption       Code = "key_in_encryption"
	CodeUnregisteredWellKnown Code = "unregistered_well_known"
	CodeNoContact             Code = "no_contact"
	CodeNoEncryption          Code = "no_encryption"
	CodeNoExpire              Code = "no_expire"
	CodeMultiExpire           Code = "multi_expire"
	CodeInvalidExpiry         Code = "invalid_expiry"
	CodeExpired               Code = "expired"
	CodeLongExpiry            Code = "long_expiry"
	CodeMultiLang             Code = "multi_lang"
	CodeInvalidLang           Code = "invalid_lang"
	CodeMisusedLang           Code = "misused_lang"
	CodeExpiresSoon           Code = "expires_soon"
	CodeNoClock               Code = "no_clock"
	CodeCSAFOrder             Code = "csaf_order"
	CodeNoCSAFFile            Code = "no_csaf_file"
	CodeMultipleCSAFFields    Code = "multiple_csaf_fields"
	CodeMultiBugBounty        Code = "multi_bug_bounty"
	CodeInvalidBugBounty      Code = "invalid_bug_bounty"

	// Place and trust.
	CodeNoCanonical      Code = "no_canonical"
	CodeNoCanonicalMatch Code = "no_canonical_match"
	CodeNotSigned        Code = "not_signed"

	// The signed form.
	CodeSignedFormatIssue     Code = "signed_format_issue"
	CodeArmorHeader           Code = "armor_header"
	CodeHashHeader            Code = "hash_header"
	CodeDataAfterSig          Code = "data_after_sig"
	CodeTooManyLineSeparators Code = "too_many_line_separators"
	CodePGPError              Code = "pgp_error"
	CodePGPSignatureError     Code = "pgp_signature_error"
	CodeSigWeakHash           Code = "sig_weak_hash"
	CodeSigBad                Code = "sig_bad"
	CodeSigUnknownKey         Code = "sig_unknown_key"
	CodeSigExpired            Code = "sig_expired"
	CodeSigRevoked            Code = "sig_revoked"
	CodeSigUnsupported        Code = "sig_unsupported"
	CodeKeyExpiresFirst       Code = "key_expires_first"
	CodeSignerChanged         Code = "signer_changed"

	// Retrieval.
	CodeNoSecurityTxt     Code = "no_security_txt"
	CodeLocation          Code = "location"
	CodeTopLevelDiffers   Code = "top_level_differs"
	CodeInvalidURIScheme  Code = "invalid_uri_scheme"
	CodeInvalidCert       Code = "invalid_cert"
	CodeNoContentType     Code = "no_content_type"
	CodeInvalidMedia      Code = "invalid_media"
	CodeNoCharset         Code = "no_charset"
	CodeInvalidCharset    Code = "invalid_charset"
	CodeInsecureRedirect  Code = "insecure_redirect"
	CodeTooManyRedirects  Code = "too_many_redirects"
	CodeRedirectPort      Code = "redirect_port"
	CodeRedirectUserinfo  Code = "redirect_userinfo"
	CodeCrossHostRedirect Code = "cross_host_redirect"
)
