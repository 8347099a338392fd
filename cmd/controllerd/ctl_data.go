package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"

	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
)

func ctlAppend(f *flags) func(c *ctl, arguments []string) error {
	at := f.Uint64("at", 0, "the rows' time, a `TIME` in milliseconds; 0: the present, or the upper if that is later")
	upper := f.Uint64("upper", 0, "the collection's new upper, a `TIME`; 0: just behind the rows")
	remove := f.Bool("remove", false, "take rows out instead of putting them in")
	return func(c *ctl, arguments []string) error {
		if len(arguments) == 0 {
			return usage("the arguments are ID ROW…; - reads rows from standard input, one a line")
		}
		updates, err := c.updates(arguments[1:], *remove)
		if err != nil {
			return err
		}
		id, when := arguments[0], *at
		if when == 0 {
			if when, err = c.present(id); err != nil {
				return err
			}
		}
		for _, u := range updates {
			u.Time = when
		}
		to := max(*upper, when+1)
		if *upper != 0 {
			to = *upper
		}
		answer, err := c.client.Append(c.ctx, connect.NewRequest(&tidemarkpb.AppendRequest{
			Appends: []*tidemarkpb.Append{{Id: id, Updates: updates, Upper: timeMark(to)}},
		}))
		if err != nil {
			return err
		}
		c.print(answer.Msg, func() { fmt.Fprintf(c.stdout, "%d rows at %d are durable; the upper is %d\n", len(updates), when, to) })
		return nil
	}
}

// present is a time at which a collection can be appended to.
func (c *ctl) present(id string) (uint64, error) {
	answer, err := c.client.GetCollection(c.ctx, connect.NewRequest(&tidemarkpb.GetRequest{Id: id}))
	if err != nil {
		return 0, err
	}
	if answer.Msg.GetUpper().GetClosed() {
		return 0, fmt.Errorf("%s is closed: nothing can be appended to it", id)
	}
	return max(answer.Msg.GetClock(), answer.Msg.GetUpper().GetTime()), nil
}

func (c *ctl) updates(texts []string, remove bool) ([]*tidemarkpb.Update, error) {
	diff := int64(1)
	if remove {
		diff = -1
	}
	var updates []*tidemarkpb.Update
	add := func(text string) error {
		row := &structpb.ListValue{}
		if err := protojson.Unmarshal([]byte(text), row); err != nil {
			return usage("%s is not a row: a row is a JSON list such as [1,\"a\",null]", text)
		}
		updates = append(updates, &tidemarkpb.Update{Row: row, Diff: &diff})
		return nil
	}
	for _, text := range texts {
		if text != "-" {
			if err := add(text); err != nil {
				return nil, err
			}
			continue
		}
		lines := bufio.NewReader(c.stdin)
		for {
			line, err := lines.ReadString('\n')
			if strings.TrimSpace(line) != "" {
				if bad := add(line); bad != nil {
					return nil, bad
				}
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return updates, nil
}

func ctlSnapshot(f *flags) func(c *ctl, arguments []string) error {
	asOf := f.Uint64("as-of", 0, "read at `TIME` in milliseconds; 0: the latest that is complete")
	wait := f.Duration("wait", 0, "how long the time may take to be complete, a `DURATION`; 0: as long as the controller allows")
	return func(c *ctl, arguments []string) error {
		if err := exactly(1, "ID", arguments); err != nil {
			return err
		}
		if *wait < 0 {
			return usage("--wait is negative")
		}
		request := &tidemarkpb.SnapshotRequest{Id: arguments[0], WaitMs: uint64(wait.Milliseconds())}
		if *asOf != 0 {
			request.AsOf = asOf
		}
		stream, err := c.client.SnapshotStream(c.ctx, connect.NewRequest(request))
		if err != nil {
			return err
		}
		rows, at := 0, uint64(0)
		for stream.Receive() {
			at = stream.Msg().GetAsOf()
			rows += len(stream.Msg().GetRows())
			c.print(stream.Msg(), func() { c.writeRows(stream.Msg().GetRows()) })
		}
		if stream.Err() == nil && !c.json {
			fmt.Fprintf(c.stderr, "%d different rows at %d\n", rows, at)
		}
		return stream.Err()
	}
}

// writeRows prints one row a line, with how often it is there if that is not once.
func (c *ctl) writeRows(rows []*tidemarkpb.Row) {
	w := bufio.NewWriter(c.stdout)
	defer w.Flush()
	for _, r := range rows {
		text, err := json.Marshal(r.GetRow().AsSlice())
		if err != nil {
			fmt.Fprintf(c.stderr, "controllerd: a row cannot be printed: %v\n", err)
			continue
		}
		w.Write(text)
		if r.GetDiff() != 1 {
			fmt.Fprintf(w, "\t×%d", r.GetDiff())
		}
		w.WriteByte('\n')
	}
}
