package shard

import (
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/digest"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/core/relation"
)

var here = persist.ShardID{Hi: 7, Lo: 9}

// drawState draws a state that makes sense.
func drawState(t *rapid.T) *State {
	word := func(label string) uint64 {
		return rapid.OneOf(rapid.Uint64Range(0, 3), rapid.Uint64()).Draw(t, label)
	}
	after := func(f frontier.Frontier, label string) frontier.Frontier {
		if rapid.IntRange(0, 4).Draw(t, label) == 0 {
			return frontier.Empty()
		}
		return f.Join(frontier.At(frontier.Timestamp(word(label))))
	}
	list := func(label string) int { return rapid.IntRange(0, 3).Draw(t, label) }
	s := &State{Shard: here, Seqno: consensus.Seqno(word("seqno") | 1), Mark: Mark{word("mark"), word("mark")}}
	s.Since = after(frontier.Minimum(), "since")
	s.Upper = after(frontier.Minimum(), "upper")
	s.Epoch, s.TailFrom = word("epoch"), consensus.Seqno(word("tail"))
	s.Finalized = rapid.Bool().Draw(t, "finalized")
	for range list("batches") {
		lower := frontier.Minimum()
		if lower == s.Upper {
			break
		}
		s.Batches = append(s.Batches, Batch{Blob: BlobID{consensus.Seqno(word("until")), word("blob"), 1}, Lower: lower, Upper: s.Upper,
			Since: frontier.Timestamp(word("time")), Count: word("count") | 1, Bytes: word("bytes"), Digest: digest.Sum{Hi: word("sum")}})
	}
	for range list("tail") {
		s.Tail = append(s.Tail, relation.Update{Data: relation.Row(rapid.String().Draw(t, "row")),
			Time: frontier.Timestamp(word("time")), Diff: int64(word("diff"))})
	}
	for range list("leased") {
		s.Leased = append(s.Leased, Leased{persist.ReaderID{Hi: word("id")}, after(s.Since, "held"), clock.Wall(word("end")), int64(word("lease"))})
	}
	for range list("critical") {
		s.Critical = append(s.Critical, Critical{persist.ReaderID{Lo: word("id")}, after(s.Since, "held"), persist.Opaque{Epoch: word("epoch"), Nonce: word("nonce")}})
	}
	for range list("writers") {
		s.Writers = append(s.Writers, Writer{persist.WriterID{Hi: word("id")}, persist.Token{Lo: word("token")}, after(frontier.Minimum(), "upper"),
			word("epoch"), consensus.Seqno(word("seqno")), clock.Wall(word("at"))})
	}
	for range list("removed") {
		s.Removed = append(s.Removed, word("removed"))
	}
	s.tailBytes = Size(s.Tail)
	return s
}

func TestStatesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawState(t)
		entry := consensus.Entry{Seqno: s.Seqno, Data: s.Encode()}
		got, problem := Decode(here, entry)
		if problem != ProblemNone {
			t.Fatalf("%v: %+v", problem, s)
		}
		if diff := gocmp.Diff(s, got, gocmp.AllowUnexported(State{})); diff != "" {
			t.Fatal(diff)
		}
		if got.Encode() != entry.Data {
			t.Fatal("what was decoded is encoded otherwise")
		}
	})
}

// TestDamageIsNamed: no byte can be changed, left out or added unnoticed, and no
// state passes for another shard's, or for another number's.
func TestDamageIsNamed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawState(t)
		data := s.Encode()
		at := rapid.IntRange(0, len(data)-1).Draw(t, "at")
		flip := rapid.ByteRange(1, 255).Draw(t, "flip")
		flipped := data[:at] + string(data[at]^flip) + data[at+1:]
		for what, one := range map[string]consensus.Entry{
			"a flipped byte": {Seqno: s.Seqno, Data: flipped},
			"a cut":          {Seqno: s.Seqno, Data: data[:at]},
			"a longer state": {Seqno: s.Seqno, Data: data + "\x00"},
			"another number": {Seqno: s.Seqno + 1, Data: data},
			"no number":      {Data: data},
		} {
			if _, problem := Decode(here, one); problem == ProblemNone {
				t.Fatalf("%s at %d is not noticed", what, at)
			}
		}
		if _, problem := Decode(persist.ShardID{Hi: 7, Lo: 8}, consensus.Entry{Seqno: s.Seqno, Data: data}); problem == ProblemNone {
			t.Fatal("a state passes for another shard's")
		}
	})
}

func TestProblemsOfStates(t *testing.T) {
	s := &State{Shard: here, Seqno: 3, Upper: frontier.At(5)}
	good := s.Encode()
	newer := []byte(good)
	newer[len(magic)] = versionPart + 1
	senseless := &State{Shard: here, Seqno: 3, Upper: frontier.At(5),
		Batches: []Batch{{Blob: BlobID{Hi: 1}, Upper: frontier.At(6), Count: 1}}}
	behind := &State{Shard: here, Seqno: 3, Since: frontier.At(4), Leased: []Leased{{Since: frontier.At(3)}}}
	unheld := &State{Shard: here, Seqno: 3, Since: frontier.At(4), Critical: []Critical{{Since: frontier.At(3)}}}
	elsewhere := &State{Shard: persist.ShardID{Hi: 1}, Seqno: 3}
	for _, c := range []struct {
		data string
		want Problem
	}{
		{good, ProblemNone},
		{"", ProblemTruncated},
		{good[:headerSize-1], ProblemTruncated},
		{"what" + good[4:], ProblemMagic},
		{string(newer), ProblemVersion},
		{good + "x", ProblemChecksum},
		{senseless.Encode(), ProblemState},
		{behind.Encode(), ProblemState},
		{unheld.Encode(), ProblemState},
		{sealed("\xff\xff"), ProblemState},
		{sealed("\x78\x01"), ProblemState}, // a field that this version does not have
		{sealed("\x0a\x00"), ProblemState}, // a number that is a text
		{resealed(elsewhere, here), ProblemMisplaced},
	} {
		if _, got := Decode(here, consensus.Entry{Seqno: 3, Data: c.data}); got != c.want {
			t.Errorf("%q is %v, want %v", c.data, got, c.want)
		}
	}
	if s, problem := Decode(here, consensus.Entry{}); problem != ProblemNone || s.Shard != here || s.Seqno != 0 {
		t.Errorf("a shard that was never used is %+v, %v", s, problem)
	}
}

// sealed is a body with the header that it must have as state 3 of the shard.
func sealed(body string) string {
	b := append(append([]byte(magic), versionWhole), make([]byte, 16)...)
	sum := checksum(versionWhole, here, 3)
	sum.String(body)
	putSum(b[sumAt:], sum.Sum())
	return string(b) + body
}

// resealed is a shard's state with a checksum as if it were another's.
func resealed(s *State, _ persist.ShardID) string { return sealed(s.Encode()[headerSize:]) }

func TestProblemsHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for p := range ProblemCount + 1 {
		if seen[p.String()] {
			t.Errorf("%d is also called %s", p, p)
		}
		seen[p.String()] = true
	}
}

func FuzzDecode(f *testing.F) {
	s := &State{Shard: here, Seqno: 3, Upper: frontier.At(5), Tail: []relation.Update{{Data: "a", Time: 4, Diff: -1}},
		Leased: []Leased{{End: -4}}, Critical: []Critical{{Opaque: persist.Opaque{Epoch: 1}}}, Writers: []Writer{{At: -1}},
		Batches: []Batch{{Blob: BlobID{Hi: 1}, Upper: frontier.At(5), Count: 1}}, Removed: []uint64{4}}
	f.Add(s.Encode()[headerSize:])
	f.Add(strings.Repeat("\x00", 40))
	f.Fuzz(func(t *testing.T, body string) {
		s, problem := Decode(here, consensus.Entry{Seqno: 3, Data: sealed(body)})
		if problem != ProblemNone {
			return
		}
		again, problem := Decode(here, consensus.Entry{Seqno: 3, Data: s.Encode()})
		if problem != ProblemNone || gocmp.Diff(s, again, gocmp.AllowUnexported(State{})) != "" {
			t.Fatalf("%v: %+v comes back as %+v", problem, s, again)
		}
	})
}

func TestBlobKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := BlobID{consensus.Seqno(rapid.Uint64().Draw(t, "until")), rapid.Uint64().Draw(t, "hi"), rapid.Uint64().Draw(t, "lo")}
		key := b.Key(here)
		if got, ok := ParseBlobKey(here, key); !ok || got != b {
			t.Fatalf("%v comes back as %v", b, got)
		}
		at := rapid.IntRange(0, len(key)-1).Draw(t, "at")
		for _, bad := range []string{key[:at], key + "0", key[:at] + "g" + key[at+1:]} {
			if _, ok := ParseBlobKey(here, bad); ok && !strings.HasPrefix(bad, key) {
				t.Fatalf("%q is a key", bad)
			}
		}
	})
	keys := []string{BlobID{1, 9, 9}.Key(here), BlobID{2, 0, 0}.Key(here), BlobID{300, 0, 0}.Key(here)}
	if !slices.IsSorted(keys) {
		t.Errorf("keys are not in the order of their numbers: %q", keys)
	}
}
