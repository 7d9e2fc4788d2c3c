-- needs 4
-- The terms of cases that are new, one row for each case: recent.go says why. A case
-- has its terms either here, all of them, or in cvd_terms. There is no index: the rows
-- are few, and a query looks at all of them.

CREATE TABLE cvd_recent (
	n       INTEGER NOT NULL PRIMARY KEY, -- counts from 1 again once the table was emptied
	case_id BLOB    NOT NULL,
	sums    BLOB    NOT NULL, -- four bytes for each term, to see soon that there is none
	terms   BLOB    NOT NULL  -- each between zero bytes
) STRICT;
