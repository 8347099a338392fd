package storaged

import (
	"testing"

	"pgregory.net/rapid"

	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged/source"
	"example.com/tidemark/internal/draws"
)

// TestSoundPolls: what a poll found is believed exactly if it is what the contract says,
// written down once more: offsets from the one that was asked for on, none before the one
// before it, all before the one up to which records are known.
func TestSoundPolls(t *testing.T) {
	seen := map[string]int{}
	draws.Until(t, func() []string { return draws.Unmet(seen, "sound", "unsound") }, func(t *rapid.T) {
		from := source.Offset(rapid.IntRange(0, 4).Draw(t, "from"))
		res := source.Result{Upto: source.Offset(rapid.IntRange(0, 8).Draw(t, "upto"))}
		want := res.Upto >= from
		for i := range rapid.IntRange(0, 4).Draw(t, "records") {
			offset := source.Offset(rapid.IntRange(0, 8).Draw(t, "offset"))
			res.Records = append(res.Records, source.Record{Offset: offset})
			want = want && offset >= from && offset < res.Upto
			want = want && (i == 0 || offset >= res.Records[i-1].Offset)
		}
		if want {
			seen["sound"]++
		} else {
			seen["unsound"]++
		}
		if got := sound(&res, from); got != want {
			t.Fatalf("from %d: %+v is believed %v", from, res, got)
		}
	})
}

// TestBindingRows: the row of an offset binds it, and no other row binds anything.
func TestBindingRows(t *testing.T) {
	for _, offset := range []source.Offset{1, 2, 1 << 40, 1<<64 - 1} {
		if got, ok := boundBy(remapRow(offset)); !ok || got != offset {
			t.Errorf("the row of %d binds %d, %v", offset, got, ok)
		}
	}
	two := relation.AppendUint64(relation.AppendUint64(nil, 1), 2)
	for name, row := range map[string]relation.Row{
		"of offset 0": remapRow(0), "empty": "", "of two numbers": relation.Row(two), "of a text": relation.Row(relation.AppendText(nil, "1")),
		"of a signed number": relation.Row(relation.AppendInt64(nil, 1)), "cut": remapRow(1)[:3], "an error": relation.PackError("no"),
	} {
		if offset, ok := boundBy(row); ok || offset != 0 {
			t.Errorf("a row %s binds %d", name, offset)
		}
	}
}

// TestAfter is the upper that completes a time, the last one too.
func TestAfter(t *testing.T) {
	for at, want := range map[frontier.Timestamp]frontier.Frontier{
		0: frontier.At(1), 7: frontier.At(8), frontier.MaxTimestamp - 1: frontier.At(frontier.MaxTimestamp), frontier.MaxTimestamp: frontier.Empty(),
	} {
		if got := after(at); got != want {
			t.Errorf("after %d is %v, want %v", at, got, want)
		}
	}
}
