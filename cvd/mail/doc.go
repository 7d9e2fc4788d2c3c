// Package mail takes mail in for a [service.Service], and sends its messages.
//
// [Intake.Take] is given the bytes of a mail, from LMTP, a pipe, a mailbox or a
// folder, and does the whole way: parse and decrypt (package pgp/pgpmime), classify,
// route, identify, place. What comes of it is one [Result]: a submission, a case, a
// message in a case, something that the team must look at, a report of a bounce, or
// a mail that was there before. Nothing is dropped, and nothing is refused for what
// it says: what is doubtful waits in sight, with the reason.
//
// # Where it belongs, and from whom it is
//
// Those are two questions. A mail is routed by the token that our own mails carry,
// in the address for answers and in their Message-ID, or by a Message-ID that a case
// knows. A case number in the subject only proposes. Whose voice it is, a valid
// signature of the participant's key says, or that the host's own mail server vouches
// for the address ([Intake.AuthservID]). Without either the mail is kept for the
// team's eyes by [cvd.PostUnverified], and changes nothing.
//
// # Answers
//
// Only a person is answered automatically, and only by the receipt of a new
// submission or case, which says nothing of the report. Delivery reports, automatic
// mail, lists and ourselves are not. Receipts are capped for each address and for all;
// [Intake.Digest] names the rest by number, once a day.
//
// # Sending
//
// [Transport] is the cvd.Transport: each mail is PGP/MIME, signed, for one person, and
// encrypted where [Certs] knows a certificate. One that is known and cannot be used
// means a notice, never plain text. [SMTP] submits mails; any other [Submitter] will
// do. [Members] hands what comes in to people of the team who read mail and no desk,
// and makes notes of their answers. Keys that mails bring along are proposed in
// [Result].Keys and never adopted; [Renewals] names those that end. [KeyPolicy] has the
// clocks of the team's own key, and [CheckPlaces] finds old copies of it.
//
// The twelve rules that Result.Rule counts are those of the page on channels in the
// project's design; each has its tests here, by its number.
package mail
