package blob

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/blob"
)

const racers = 8

// at is the i-th way to the store.
func (e *env) at(i int) func(*blob.Call, *blob.Result) {
	if i %= len(e.store.Others) + 1; i > 0 {
		return e.store.Others[i-1]
	}
	return e.store.Do
}

// together runs f for 0 to n-1 at once and waits for all. What f says is wrong fails
// the test.
func (e *env) together(n int, f func(i int) string) {
	e.Helper()
	wrong := make([]string, n)
	var ready, all sync.WaitGroup
	ready.Add(n)
	for i := range n {
		all.Go(func() {
			ready.Done()
			ready.Wait()
			wrong[i] = f(i)
		})
	}
	all.Wait()
	for i, w := range wrong {
		if w != "" {
			e.Fatalf("racer %d: %s", i, w)
		}
	}
}

// trial makes the call and says what is wrong if its outcome is not done.
func (e *env) trial(i int, c blob.Call) (blob.Result, string) {
	r, ok := attempt(e.at(i), c)
	if !ok || r.Outcome != outcome.Done {
		return r, c.Op.String() + " of " + c.Key + ": " + r.Outcome.String()
	}
	return r, ""
}

// raceRules are what several callers may do at the same moment.
func raceRules() []rule {
	return []rule{
		{"race/a-value-is-whole", raceWhole},
		{"race/reads-never-go-back", raceReads},
		{"race/first-keys-of-a-place", raceFirst},
		{"race/delete-and-set", raceDelete},
		{"race/list-has-what-was-there-all-the-time", raceList},
	}
}

// raceWhole has some set one key and others read it, and demands that each value that
// is read is one that was set, from its first byte to its last.
func raceWhole(e *env) {
	a := e.key("a")
	data := func(i int) string { return strings.Repeat(strconv.Itoa(i), 50_000+10_000*i) }
	e.expect(set(a, data(0)), done())
	e.together(racers, func(i int) string {
		for range 25 {
			if i%2 == 0 {
				if _, wrong := e.trial(i, set(a, data(i))); wrong != "" {
					return wrong
				}
				continue
			}
			r, wrong := e.trial(i+1, get(a))
			if wrong != "" || !r.Found || len(r.Data) == 0 || r.Data != data(int(r.Data[0]-'0')) {
				return wrong + " a value that nobody set, of " + strconv.Itoa(len(r.Data)) + " bytes"
			}
		}
		return ""
	})
}

// raceReads demands that a read which begins when something was set sees it, or what
// was set after it: one sets, all others read.
func raceReads(e *env) {
	a := e.key("a/b")
	var lock sync.Mutex
	known := 0
	raise := func(n int) (before int) {
		lock.Lock()
		defer lock.Unlock()
		before, known = known, max(known, n)
		return before
	}
	e.together(racers, func(i int) string {
		for n := 1; n <= 40; n++ {
			if i == 0 {
				if _, wrong := e.trial(0, set(a, strconv.Itoa(n))); wrong != "" {
					return wrong
				}
				raise(n)
				continue
			}
			before := raise(0)
			r, wrong := e.trial(i, get(a))
			if wrong != "" {
				return wrong
			}
			seen, _ := strconv.Atoi(r.Data)
			if seen < before {
				return "read " + strconv.Itoa(seen) + " after " + strconv.Itoa(before) + " was set"
			}
			raise(seen)
		}
		return ""
	})
}

// raceFirst has everybody set the first keys of places that are not there yet.
func raceFirst(e *env) {
	e.together(racers, func(i int) string {
		for n := range 12 {
			name := strconv.Itoa(n) + "/x/" + strconv.Itoa(i)
			if _, wrong := e.trial(i, set(e.key(name), name)); wrong != "" {
				return wrong
			}
			r, wrong := e.trial(i+1, get(e.key(name)))
			if wrong != "" || r.Data != name {
				return wrong + " " + name + " is " + r.Data
			}
		}
		return ""
	})
	var want []string
	for n := range 12 {
		for i := range racers {
			want = append(want, strconv.Itoa(n)+"/x/"+strconv.Itoa(i))
		}
	}
	e.listed(list(e.prefix, "", 0), sorted(want...)...)
}

// raceDelete has some delete what others set: all calls succeed, and at the end the
// key is there or not, and is as it was set.
func raceDelete(e *env) {
	a := e.key("a/b")
	e.together(racers, func(i int) string {
		for range 20 {
			c := set(a, "x")
			if i%2 == 0 {
				c = remove(a)
			}
			if _, wrong := e.trial(i, c); wrong != "" {
				return wrong
			}
			if r, wrong := e.trial(i+1, get(a)); wrong != "" || r.Found != (r.Data == "x") {
				return wrong + " found " + strconv.FormatBool(r.Found) + " " + r.Data
			}
		}
		return ""
	})
	e.expect(remove(a), done())
	e.listed(list(e.prefix, "", 0))
}

// raceList demands that what nobody touches is listed, in order, while others come
// and go around it.
func raceList(e *env) {
	var stay []string
	for i := range 20 {
		stay = append(stay, "k"+string(rune('a'+i))+"/stay")
	}
	e.fill(stay...)
	e.together(racers, func(i int) string {
		for n := range 12 {
			place := "k" + string(rune('a'+(i+n)%20)) + "/come" + strconv.Itoa(i)
			if _, wrong := e.trial(i, set(e.key(place), "x")); wrong != "" {
				return wrong
			}
			r, wrong := e.trial(i+1, list(e.prefix, "", 0))
			if wrong != "" {
				return wrong
			}
			names := e.own(r.Keys)
			left := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !strings.HasSuffix(name, "/stay") })
			if !slices.Equal(left, stay) || !slices.Contains(names, place) || !slices.IsSorted(names) {
				return "listed " + strings.Join(names, " ")
			}
			if _, wrong := e.trial(i, remove(e.key(place))); wrong != "" {
				return wrong
			}
		}
		return ""
	})
}
