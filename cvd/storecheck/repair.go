package storecheck

import (
	"context"
	"errors"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// Repair makes the rows of the cases in findings what their logs say, and returns the
// findings that it cannot mend: damaged logs, lost files, rows of cases that have no
// log, and cases whose repair failed, with the error. It is safe to call again. An
// error means that ctx ended.
func Repair(ctx context.Context, svc *service.Service, findings []Finding) (left []Finding, err error) {
	done := map[cvd.CaseID]error{}
	var mend func(id cvd.CaseID, depth int) error
	mend = func(id cvd.CaseID, depth int) error {
		if err, ok := done[id]; ok {
			return err
		}
		done[id] = nil
		var dup *cvd.DuplicateError
		err := svc.Reindex(ctx, id)
		for try := 0; errors.As(err, &dup) && depth < 10 && try < 10; try++ {
			// Another case has its key: wrongly, if the log of that one says so.
			if err := mend(dup.Owner, depth+1); err != nil {
				break
			}
			err = svc.Reindex(ctx, id)
		}
		done[id] = err
		return err
	}
	for _, f := range findings {
		switch f.Kind {
		case KindHead, KindKey, KindTerm, KindDelivery:
			if err := mend(f.Case, 0); ctx.Err() != nil {
				return left, ctx.Err()
			} else if err != nil {
				f.Err = err
				left = append(left, f)
			}
		default:
			left = append(left, f)
		}
	}
	return left, nil
}

func before(id cvd.CaseID) cvd.CaseID {
	for i := len(id) - 1; i >= 0; i-- {
		id[i]--
		if id[i] != 0xff {
			break
		}
	}
	return id
}

func next(id cvd.CaseID) cvd.CaseID {
	for i := len(id) - 1; i >= 0; i-- {
		id[i]++
		if id[i] != 0 {
			break
		}
	}
	return id
}
