package journal

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
)

// What is written is read again, whatever a value holds.
func TestValuesRoundTrip(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for kind := core.InputBoot; kind < core.InputKindCount; kind++ {
		for range 200 {
			in := randomInput(rnd, kind)
			var got core.Input
			if b := write(nil, &in, input); !read(b, &got, input) || !reflect.DeepEqual(in, got) {
				t.Fatalf("%v: wrote %+v, read %+v", kind, in, got)
			}
		}
	}
}

// An effect's hash covers all of it: what was written for it can be read again.
func TestEffectsRoundTrip(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for kind := core.EffectPersist; kind < core.EffectKindCount; kind++ {
		for range 200 {
			e := randomEffect(rnd, kind)
			var got core.Effect
			if b := write(nil, &e, effect); !read(b, &got, effect) || !reflect.DeepEqual(e, got) {
				t.Fatalf("%v: wrote %+v, read %+v", kind, e, got)
			}
		}
	}
}

// Bytes that nobody wrote are refused, or read as what is written like them.
func TestAnyBytes(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 20_000 {
		kind := core.InputKind(1 + rnd.IntN(int(core.InputKindCount)))
		in := randomInput(rnd, kind%core.InputKindCount)
		if in.Kind == core.InputNone {
			continue
		}
		b := write(nil, &in, input)
		for range 1 + rnd.IntN(3) {
			b[rnd.IntN(len(b))] = byte(rnd.Uint32())
		}
		var got core.Input
		if read(b, &got, input) && !bytes.Equal(write(nil, &got, input), b) {
			t.Fatalf("%x is read as what is written %x", b, write(nil, &got, input))
		}
	}
}

// segment is one with some steps, and where its frames end.
func segment(steps int, why End) (b []byte, ends []int) {
	rnd := rand.New(rand.NewPCG(7, 8))
	var s Segment
	h := Header{Build: "test", Incarnation: [2]uint64{1, 2}, Segment: 3, First: 40, At: 5, Config: core.DefaultConfig()}
	b = s.AppendBegin(nil, &h, []byte("the state"))
	ends = append(ends, len(b))
	for i := range steps {
		in := randomInput(rnd, core.InputRequest)
		b, _ = s.AppendStep(b, clock.Now{Mono: clock.Instant(i), Wall: -1}, &in, &core.Effects{})
		ends = append(ends, len(b))
	}
	if why != EndNone {
		b = s.AppendEnd(b, why)
		ends = append(ends, len(b))
	}
	return b, ends
}

// readAll is how many records a segment has before its end or what is wrong with it.
func readAll(b []byte) (records int, err error) {
	r, err := NewReader(b)
	if err != nil {
		return 0, err
	}
	var v Record
	for {
		if err := r.Next(&v); err == io.EOF {
			return records, nil
		} else if err != nil {
			return records, err
		}
		records++
	}
}

func TestSegment(t *testing.T) {
	b, _ := segment(5, EndRotated)
	r, err := NewReader(b)
	if err != nil {
		t.Fatal(err)
	}
	if r.Header.First != 40 || r.Header.Segment != 3 || r.Header.Config != core.DefaultConfig() || string(r.State) != "the state" {
		t.Errorf("header %+v, state %q", r.Header, r.State)
	}
	var v Record
	for i := range 5 {
		if err := r.Next(&v); err != nil || v.Step != uint64(40+i) || v.Now.Mono != clock.Instant(i) || v.Now.Wall != -1 {
			t.Fatalf("record %d: %+v, %v", i, v, err)
		}
	}
	if err := r.Next(&v); err != nil || v.Step != 0 || v.End != EndRotated {
		t.Fatalf("end: %+v, %v", v, err)
	}
	if err := r.Next(&v); err != io.EOF {
		t.Fatalf("behind the end: %v", err)
	}
}

// A segment that was cut off says where, unless it was between two frames.
func TestTruncated(t *testing.T) {
	whole, ends := segment(4, EndStopped)
	for n := range whole {
		records, err := readAll(whole[:n])
		between := false
		for i, end := range ends {
			if between = between || end == n; end == n && (err != nil || records != i) {
				t.Errorf("cut between frames at %d: %d records, %v", n, records, err)
			}
		}
		if between {
			continue
		}
		var bad *Error
		if !errors.As(err, &bad) || bad.Problem != Truncated && n > 0 {
			t.Errorf("cut at byte %d of %d: %v", n, len(whole), err)
		}
	}
}

// Whatever byte is changed, whatever frame is left out, repeated or exchanged: it
// shows, and nothing is read behind it.
func TestTampered(t *testing.T) {
	whole, ends := segment(6, EndStopped)
	for i := range whole {
		b := bytes.Clone(whole)
		b[i] ^= 0x10
		var bad *Error
		if _, err := readAll(b); !errors.As(err, &bad) {
			t.Errorf("byte %d of %d changed: %v", i, len(whole), err)
		}
	}
	frame := func(i int) []byte { return whole[ends[i]:ends[i+1]] }
	for name, b := range map[string][]byte{
		"left out":  append(bytes.Clone(whole[:ends[1]]), whole[ends[2]:]...),
		"repeated":  append(bytes.Clone(whole[:ends[2]]), whole[ends[1]:]...),
		"exchanged": bytes.Join([][]byte{whole[:ends[1]], frame(2), frame(1), whole[ends[3]:]}, nil),
		"appended":  append(bytes.Clone(whole), frame(2)...),
	} {
		var bad *Error
		if _, err := readAll(b); !errors.As(err, &bad) || bad.Problem != Damaged {
			t.Errorf("a frame %s: %v", name, err)
		}
	}
}

// A step that is too long is refused, and nothing of it is there.
func TestTooLong(t *testing.T) {
	var s Segment
	h := Header{Segment: 1, First: 1, Config: core.DefaultConfig()}
	b := s.AppendBegin(nil, &h, bytes.Repeat([]byte{7}, MaxFrame)) // a state of several frames
	in := core.Input{Kind: core.InputRequest}
	in.Request.Exports = []core.ExportSpec{{Description: core.ExportDescription{Connection: string(make([]byte, MaxFrame))}}}
	n := len(b)
	b, err := s.AppendStep(b, clock.Now{}, &in, &core.Effects{})
	if !errors.Is(err, ErrTooLong) || len(b) != n {
		t.Fatalf("%v, %d bytes more", err, len(b)-n)
	}
	b = s.AppendEnd(b, EndGap)
	r, err := NewReader(b)
	var v Record
	if err != nil || len(r.State) != MaxFrame || r.Next(&v) != nil || v.End != EndGap {
		t.Fatalf("%v, %+v", err, v)
	}
}

func TestForeign(t *testing.T) {
	other, _ := segment(1, EndNone)
	other[len(Magic)+frameHead+1] = Format + 1
	endFrame(other[:len(Magic)+frameHead+int(other[len(Magic)+3])], len(Magic), 0)
	for name, b := range map[string][]byte{"empty": nil, "a plan": []byte(`{"version": 1}`), "another format": other} {
		var bad *Error
		if _, err := NewReader(b); !errors.As(err, &bad) || bad.Problem != Foreign {
			t.Errorf("%s: %v", name, err)
		}
		if name == "another format" && !strings.Contains(bad.Error(), "a journal of format 2; this program reads format 1: use the version that wrote it") {
			t.Errorf("%s: %v", name, bad)
		}
	}
}

func FuzzReader(f *testing.F) {
	whole, _ := segment(3, EndStopped)
	f.Add(whole)
	f.Fuzz(func(_ *testing.T, b []byte) { readAll(b) })
}

func TestNames(t *testing.T) {
	h := Header{Incarnation: [2]uint64{0xabcdef0123456789, 1}, Segment: 12}
	name := SegmentName(1_700_000_000_123, &h)
	if name != "20231114T221320.123Z-abcdef01-000012.journal" {
		t.Error(name)
	}
	if got := IncarnationOf(name); got != "20231114T221320.123Z-abcdef01" {
		t.Error(got)
	}
	for _, other := range []string{"", ".journal", "plan.json", "-1.journal"} {
		if got := IncarnationOf(other); got != "" {
			t.Errorf("%q is of %q", other, got)
		}
	}
}
