package mutate

import (
	"context"
	"fmt"
	"path/filepath"
)

// stretch is a range of seeds of one profile that the control has to run.
type stretch struct {
	profile     string
	first, last uint64
}

// stretches lists what the mutants tried: of each profile and range as many seeds as
// the one that tried the most.
func stretches(all []*Outcome) []stretch {
	var list []stretch
	for _, o := range all {
		for i := range o.Attempts {
			a := &o.Attempts[i]
			if a.Seeds > 0 {
				list = stretched(list, stretch{o.Profile, a.First, max(a.Seed, a.First+a.Seeds-1)})
			}
		}
	}
	return list
}

func stretched(list []stretch, s stretch) []stretch {
	for i := range list {
		if list[i].profile == s.profile && list[i].first == s.first {
			list[i].last = max(list[i].last, s.last)
			return list
		}
	}
	return append(list, s)
}

// Control runs the unchanged source on all seeds that any mutant of a profile had,
// and settles which objections count.
func (l *Lab) Control(ctx context.Context, all []*Outcome) error {
	list := stretches(all)
	if len(list) == 0 {
		return nil
	}
	dir := filepath.Join(l.Dir, "control")
	binary, err := l.Build(ctx, nil, dir)
	if err != nil {
		return fmt.Errorf("the unchanged source does not build: %w", err)
	}
	unlimited := *l
	unlimited.Budget = 0
	for _, s := range list {
		v := unlimited.campaign(ctx, place{binary, dir, l.Environ}, s.profile, s.first, s.last)
		if v.Class != Found && v.Class != Survived {
			return fmt.Errorf("the unchanged source gives no verdict on seeds %d..%d of profile %s: %s: %s",
				s.first, s.last, s.profile, v.Class, v.Detail)
		}
		for _, o := range all {
			o.judge(s, &v)
		}
	}
	for _, o := range all {
		if o.Class == Found || o.Class == Survived {
			o.conclude()
		}
	}
	return nil
}

// judge settles the attempt on a stretch by what the control found there.
func (o *Outcome) judge(s stretch, control *Attempt) {
	for i := range o.Attempts {
		a := &o.Attempts[i]
		if o.Profile != s.profile || a.First != s.first || a.Class != Found && a.Class != Survived {
			continue
		}
		a.ControlSilent = control.Class == Survived || a.First+a.Seeds-1 < control.Seed
		if a.Class == Found && !a.ControlSilent {
			a.Class = Noisy
			a.Detail = fmt.Sprintf("the unchanged source violates %s with seed %d: %s", control.Oracle, control.Seed, control.Detail)
		}
	}
}
