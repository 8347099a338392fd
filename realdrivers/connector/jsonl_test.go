package connector

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/tidemark/conformance"
	suite "example.com/tidemark/conformance/sink"
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged/sink"
)

// line is one line of the output.
type line struct {
	Time  uint64          `json:"time"`
	Diff  int64           `json:"diff"`
	Error *string         `json:"error"`
	Row   json.RawMessage `json:"row"`
}

// update is the line as the suite's schema has it.
func (l *line) update(t testing.TB) relation.Update {
	u := relation.Update{Time: frontier.Timestamp(l.Time), Diff: l.Diff}
	if l.Error != nil {
		u.Data = relation.PackError(*l.Error)
		return u
	}
	var row struct {
		Name string
		N    *int64
	}
	if err := json.Unmarshal(l.Row, &row); err != nil {
		t.Fatal(err)
	}
	n := relation.Value{}
	if row.N != nil {
		n = relation.Value{Type: relation.Int64, Bits: uint64(*row.N)}
	}
	u.Data = relation.Pack(relation.Value{Type: relation.Text, Text: row.Name}, n)
	return u
}

// readLines is the output file, up to most bytes.
func readLines(t testing.TB, path string, most int) []relation.Update {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	var list []relation.Update
	for s := bufio.NewScanner(bytes.NewReader(b[:min(most, len(b))])); s.Scan(); {
		var l line
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			t.Fatalf("%s: %v", s.Text(), err)
		}
		list = append(list, l.update(t))
	}
	return list
}

// committed is how many bytes of an output the record beside it vouches for.
func committed(t testing.TB, path string) int {
	b, err := os.ReadFile(path + ".progress")
	if err != nil {
		return 0
	}
	var v struct{ Bytes int }
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v.Bytes
}

// jsonlUnderTest calls before ahead of each call, with the path of the output.
func jsonlUnderTest(t testing.TB, before func(path string, c *sink.Call), most func(testing.TB, string) int) suite.Factory {
	return func(conformance.T) *suite.Sink {
		dir := t.TempDir()
		sinks := NewSinks(Config{Files: dir})
		path := func(connection string) string { return filepath.Join(dir, strings.TrimPrefix(connection, "jsonl:")) }
		return &suite.Sink{
			Do: func(c *sink.Call, r *sink.Result) {
				before(path(c.Connection), c)
				sinks.Do(context.Background(), c, r)
			},
			Connection: func(n int) string { return fmt.Sprintf("jsonl:out/%d.jsonl", n) },
			Output: func(connection string, _ core.GlobalID) []relation.Update {
				return readLines(t, path(connection), most(t, path(connection)))
			},
			Restart: func() { sinks = NewSinks(Config{Files: dir}) },
		}
	}
}

// everything is what a reader sees who knows nothing of the record.
func everything(testing.TB, string) int { return math.MaxInt }

func TestJSONLinesConformance(t *testing.T) {
	suite.Run(conformance.Of(t), jsonlUnderTest(t, func(string, *sink.Call) {}, everything))
}

// A crash between making the lines durable and committing them leaves lines that the
// next write takes the place of.
func TestJSONLinesCutsOffWhatWasNotCommitted(t *testing.T) {
	torn := func(path string, c *sink.Call) {
		if f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0); err == nil {
			f.WriteString(`{"time":1,"diff":1,"row":{"name":"torn`)
			f.Close()
		}
	}
	suite.Run(conformance.Of(t), jsonlUnderTest(t, torn, committed))
}

// An opening leaves nothing in the file that was not committed.
func TestJSONLinesOpeningCutsTheTail(t *testing.T) {
	dir := t.TempDir()
	s := NewSinks(Config{Files: dir})
	path := filepath.Join(dir, "a.jsonl")
	c := jsonlCall(sink.OpWrite, "jsonl:a.jsonl")
	c.Updates = []relation.Update{{Data: "\x05a\x00\x00", Time: 1, Diff: 1}}
	if outcomeOf(t, s, jsonlCall(sink.OpOpen, "jsonl:a.jsonl")) != outcome.Done || outcomeOf(t, s, c) != outcome.Done {
		t.Fatal("the beginning failed")
	}
	whole, _ := os.ReadFile(path)
	os.WriteFile(path, append(slices.Clone(whole), `{"time":5,"di`...), 0o666)
	again := jsonlCall(sink.OpOpen, "jsonl:a.jsonl")
	again.Fence.Lo, again.Seen = 2, 1
	if o := outcomeOf(t, s, again); o != outcome.Done {
		t.Fatal(o)
	}
	if b, _ := os.ReadFile(path); !bytes.Equal(b, whole) {
		t.Errorf("after the opening: %q", b)
	}
}

func jsonlCall(op sink.Op, connection string) sink.Call {
	return sink.Call{
		Op: op, Connection: connection, Export: core.GlobalID{Kind: core.IDUser, N: 3}, Schema: suite.Schema(),
		Fence: sink.Fence{Lo: 1}, Epoch: 1, To: frontier.At(5),
	}
}

func outcomeOf(t testing.TB, s *Sinks, c sink.Call) outcome.Outcome {
	var r sink.Result
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	s.Do(ctx, &c, &r)
	return r.Outcome
}

func TestJSONLinesRefusesWhatIsNotItsOwn(t *testing.T) {
	dir := t.TempDir()
	s := NewSinks(Config{Files: dir})
	if err := os.WriteFile(filepath.Join(dir, "diary.txt"), []byte("dear diary"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, connection := range []string{
		"jsonl:diary.txt", "jsonl:../out.jsonl", "jsonl:/etc/out.jsonl", "jsonl:", "jsonl:a/../../b", "jsonl:.",
		"jsonl:a.progress", "jsonl:a.jsonl?mode=fast", "csv:a", "jsonl:a%00b", "nonsense",
	} {
		if o := outcomeOf(t, s, jsonlCall(sink.OpOpen, connection)); o != outcome.Invalid {
			t.Errorf("%s: %v", connection, o)
		}
	}
	if o := outcomeOf(t, s, jsonlCall(sink.OpOpen, "jsonl:"+filepath.Join(dir, "abs.jsonl"))); o != outcome.Done {
		t.Errorf("an absolute path inside the directory: %v", o)
	}
	other := jsonlCall(sink.OpOpen, "jsonl:abs.jsonl")
	other.Export.N = 4
	if o := outcomeOf(t, s, other); o != outcome.Invalid {
		t.Errorf("another export's file: %v", o)
	}
	if o := outcomeOf(t, NewSinks(Config{}), jsonlCall(sink.OpOpen, "jsonl:a.jsonl")); o != outcome.Invalid {
		t.Errorf("without a directory: %v", o)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "diary.txt")); string(b) != "dear diary" {
		t.Error("the diary was changed")
	}
}

// A symbolic link does not lead out of the directory.
func TestJSONLinesStaysInItsDirectory(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	if err := os.Symlink(outside, filepath.Join(dir, "way")); err != nil {
		t.Skip("SKIP: no symbolic links: ", err)
	}
	if o := outcomeOf(t, NewSinks(Config{Files: dir}), jsonlCall(sink.OpOpen, "jsonl:way/out.jsonl")); o == outcome.Done {
		t.Error("a file outside of the directory was opened")
	}
	if list, _ := os.ReadDir(outside); len(list) > 0 {
		t.Errorf("%v", list)
	}
}

// What was committed and is not there any more is an error until it is put back, and
// never a reason to begin again.
func TestJSONLinesDamage(t *testing.T) {
	dir := t.TempDir()
	s := NewSinks(Config{Files: dir})
	path := filepath.Join(dir, "a.jsonl")
	c := jsonlCall(sink.OpWrite, "jsonl:a.jsonl")
	c.Updates = []relation.Update{{Data: "\x05a\x00\x00", Time: 1, Diff: 1}}
	if outcomeOf(t, s, jsonlCall(sink.OpOpen, "jsonl:a.jsonl")) != outcome.Done || outcomeOf(t, s, c) != outcome.Done {
		t.Fatal("the beginning failed")
	}
	whole, _ := os.ReadFile(path)
	os.Truncate(path, 3)
	c.From, c.To, c.Updates = frontier.At(5), frontier.At(6), nil
	if o := outcomeOf(t, s, c); o != outcome.NotDone {
		t.Errorf("a file that is too short: %v", o)
	}
	os.WriteFile(path, whole, 0o666)
	if o := outcomeOf(t, s, c); o != outcome.Done {
		t.Errorf("after it was put back: %v", o)
	}
	for _, bad := range []string{"", "{}", `{"format":9}`, "\x00\x01", `{"format":1,"bytes":-4}`} {
		os.WriteFile(path+".progress", []byte(bad), 0o666)
		if o := outcomeOf(t, s, jsonlCall(sink.OpProgress, "jsonl:a.jsonl")); o != outcome.NotDone {
			t.Errorf("progress %q: %v", bad, o)
		}
	}
}

// Values of every type.
func TestJSONLinesValues(t *testing.T) {
	dir := t.TempDir()
	s := NewSinks(Config{Files: dir})
	c := jsonlCall(sink.OpOpen, "jsonl:a.jsonl")
	c.Schema = relation.Schema{}
	var values []relation.Value
	for i, v := range []relation.Value{
		{Type: relation.Bool, Bits: 1},
		{Type: relation.Int64, Bits: 1 << 63},
		{Type: relation.Uint64, Bits: 1<<64 - 1},
		{Type: relation.Float64, Bits: 0x3fb999999999999a},
		{Type: relation.Float64, Bits: 0x7ff8000000000001},
		{Type: relation.Float64, Bits: 0xfff0000000000000},
		{Type: relation.Text, Text: "a\"\\\x00\x7f"},
		{Type: relation.Bytes, Text: "\xff\x00"},
		{},
	} {
		typ := v.Type
		if typ == 0 {
			typ = relation.Text
		}
		values = append(values, v)
		c.Schema.Columns = append(c.Schema.Columns, relation.Column{Name: string(rune('a' + i)), Type: typ, Nullable: true})
	}
	outcomeOf(t, s, c)
	c.Op, c.Updates = sink.OpWrite, []relation.Update{{Data: relation.Pack(values...), Time: 2, Diff: -3}}
	if o := outcomeOf(t, s, c); o != outcome.Done {
		t.Fatal(o)
	}
	const want = `{"time":2,"diff":-3,"row":{"a":true,"b":-9223372036854775808,"c":18446744073709551615,"d":0.1,` +
		`"e":"NaN","f":"-Infinity","g":"a\"\\\u0000\u007f","h":"/wA=","i":null}}` + "\n"
	if got, _ := os.ReadFile(filepath.Join(dir, "a.jsonl")); string(got) != want {
		t.Errorf("got  %swant %s", got, want)
	}
}

// A copy that holds the file's lock and stands still keeps others out, and they give
// up without having done anything.
func TestJSONLinesLockIsHeld(t *testing.T) {
	dir := t.TempDir()
	s := NewSinks(Config{Files: dir})
	c := jsonlCall(sink.OpOpen, "jsonl:a.jsonl")
	outcomeOf(t, s, c)
	unlock := holdLock(t, filepath.Join(dir, "a.jsonl.lock"))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	var r sink.Result
	c = jsonlCall(sink.OpWrite, "jsonl:a.jsonl")
	if s.Do(ctx, &c, &r); r.Outcome != outcome.NotDone {
		t.Errorf("beside a lock: %v", r.Outcome)
	}
	unlock()
	if o := outcomeOf(t, s, c); o != outcome.Done {
		t.Errorf("after the lock: %v", o)
	}
}
