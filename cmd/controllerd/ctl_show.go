package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"connectrpc.com/connect"

	"example.com/tidemark/realdrivers/connector/locator"
	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
)

// compactJSON has one form, whatever the library's mood.
func compactJSON(text []byte) string {
	var b bytes.Buffer
	if json.Compact(&b, text) != nil {
		return string(text)
	}
	return b.String()
}

func ctlStatus(*flags) func(c *ctl, arguments []string) error {
	return func(c *ctl, arguments []string) error {
		if err := exactly(0, "none", arguments); err != nil {
			return err
		}
		answer, err := c.client.Status(c.ctx, connect.NewRequest(&tidemarkpb.StatusRequest{}))
		if err != nil {
			return err
		}
		c.print(answer.Msg, func() { c.writeStatus(answer.Msg) })
		return nil
	}
}

func (c *ctl) writeStatus(m *tidemarkpb.StatusResponse) {
	w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	defer w.Flush()
	fmt.Fprintf(w, "phase\t%s\n", m.GetPhase())
	if m.GetHalt() != "" {
		fmt.Fprintf(w, "why\t%s\n", m.GetHalt())
	}
	fmt.Fprintf(w, "epoch\t%d\nup for\t%s\n", m.GetEpoch(), inWords(int64(m.GetUptimeMs())))
	if m.GetGraceMs() > 0 {
		fmt.Fprintf(w, "compaction\tin %s, because this controller took over lately\n", inWords(int64(m.GetGraceMs())))
	}
	fmt.Fprintf(w, "collections\t%d\nhosts\t%d\n", m.GetCollections(), m.GetHosts())
	fmt.Fprintf(w, "open\t%d requests, %d calls, %d control operations\n", m.GetOpenRequests(), m.GetOpenEffects(), m.GetQueuedControl())
	fmt.Fprintf(w, "clock alarms\t%d\n", m.GetClockAlarms())
	for _, s := range m.GetStores() {
		name, where, _ := strings.Cut(s, " ")
		fmt.Fprintf(w, "%s\t%s\n", name, where)
	}
	fmt.Fprintf(w, "version\t%s\n", m.GetVersion())
}

func ctlList(*flags) func(c *ctl, arguments []string) error {
	return func(c *ctl, ids []string) error {
		answer, err := c.client.Frontiers(c.ctx, connect.NewRequest(&tidemarkpb.FrontiersRequest{Ids: ids}))
		if err != nil {
			return err
		}
		c.print(answer.Msg, func() {
			c.writeFrontiers(answer.Msg)
			if len(ids) == 0 && len(answer.Msg.GetCollections())+len(answer.Msg.GetExports())+len(answer.Msg.GetHosts()) == 0 {
				fmt.Fprintln(c.stderr, "there is nothing yet; create-table and create-source make collections")
			}
		})
		return nil
	}
}

func ctlWatch(f *flags) func(c *ctl, arguments []string) error {
	every := f.Duration("every", time.Second, "at most once in `DURATION`")
	return func(c *ctl, ids []string) error {
		if *every < 0 || *every > time.Hour {
			return usage("--every is at most an hour")
		}
		stream, err := c.client.Watch(c.ctx, connect.NewRequest(&tidemarkpb.WatchRequest{Ids: ids, EveryMs: uint32(every.Milliseconds())}))
		if err != nil {
			return err
		}
		for stream.Receive() {
			c.print(stream.Msg(), func() {
				c.writeFrontiers(stream.Msg())
				fmt.Fprintln(c.stdout)
			})
		}
		if c.ctx.Err() != nil {
			return nil // whoever watched has seen enough
		}
		return stream.Err()
	}
}

func (c *ctl) writeFrontiers(m *tidemarkpb.FrontiersResponse) {
	w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	defer w.Flush()
	if len(m.GetCollections()) > 0 {
		fmt.Fprintln(w, "COLLECTION\tKIND\tSINCE\tUPPER\tLAG\tHELD BY\tSHARD")
	}
	for _, s := range m.GetCollections() {
		shard := s.GetShard()
		if s.GetDropped() {
			shard = "dropped"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", s.GetId(), on(s.GetKind(), s.GetHost()), mark(s.GetSince()), mark(s.GetUpper()),
			lagOf(s.GetUpper(), m.GetClock()), strings.Join(s.GetHeldBy(), ", "), shard)
	}
	if len(m.GetExports()) > 0 {
		fmt.Fprintln(w, "EXPORT\tFROM\tHOLDS AT\tUPPER\tLAG\tHOST\t")
	}
	for _, e := range m.GetExports() {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", e.GetId(), e.GetFrom(), mark(e.GetHold()), mark(e.GetUpper()),
			lagOf(e.GetUpper(), m.GetClock()), e.GetHost(), dropped(e.GetDropped()))
	}
	if len(m.GetHosts()) > 0 {
		fmt.Fprintln(w, "HOST\tSESSION\tRUNS\tENDING\t\t\t")
	}
	for _, h := range m.GetHosts() {
		session := "none"
		switch {
		case h.GetConnected():
			session = "open"
		case h.GetTrouble() != "":
			session = "none: " + h.GetTrouble()
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t\t\t\n", h.GetName(), session, h.GetLive(), h.GetEnding())
	}
	if len(m.GetGone()) > 0 {
		fmt.Fprintf(w, "gone: %s\n", strings.Join(m.GetGone(), ", "))
	}
}

func on(kind, host string) string {
	if host == "" {
		return kind
	}
	return kind + " on " + host
}

func dropped(is bool) string {
	if is {
		return "dropped"
	}
	return ""
}

// mark is a frontier for a person: its number.
func mark(f *tidemarkpb.Frontier) string {
	switch {
	case f.GetClosed():
		return "closed"
	case f == nil:
		return "-"
	}
	return strconv.FormatUint(f.GetTime(), 10)
}

// lagOf is how far a frontier is behind the clock.
func lagOf(f *tidemarkpb.Frontier, clock uint64) string {
	if f == nil || f.GetClosed() || f.GetTime() == 0 {
		return "-"
	}
	return inWords(int64(clock) - int64(f.GetTime()))
}

func ctlShow(*flags) func(c *ctl, arguments []string) error {
	return func(c *ctl, arguments []string) error {
		if err := exactly(1, "ID", arguments); err != nil {
			return err
		}
		request := &tidemarkpb.GetRequest{Id: arguments[0]}
		collection, err := c.client.GetCollection(c.ctx, connect.NewRequest(request))
		if err == nil {
			c.print(collection.Msg, func() { c.writeCollection(collection.Msg) })
			return nil
		}
		if connect.CodeOf(err) != connect.CodeNotFound {
			return err
		}
		export, bad := c.client.GetExport(c.ctx, connect.NewRequest(request))
		if bad != nil {
			return err
		}
		c.print(export.Msg, func() { c.writeExport(export.Msg) })
		return nil
	}
}

func (c *ctl) writeCollection(m *tidemarkpb.CollectionResponse) {
	w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	defer w.Flush()
	d := m.GetCollection()
	fmt.Fprintf(w, "collection\t%s\nkind\t%s\n", d.GetId(), d.GetKind())
	for _, column := range d.GetColumns() {
		fmt.Fprintf(w, "column\t%s\n", columnText(column))
	}
	fmt.Fprintf(w, "since\t%s\nupper\t%s (lag %s)\n", mark(m.GetSince()), mark(m.GetUpper()), lagOf(m.GetUpper(), m.GetClock()))
	fmt.Fprintf(w, "policy\t%s, now at %s\n", policyText(m.GetPolicy()), mark(m.GetImplied()))
	for _, h := range m.GetHolds() {
		fmt.Fprintf(w, "hold\t%s at %d\n", holdText(h), h.GetTime())
	}
	if m.GetDropped() {
		fmt.Fprintln(w, "dropped\tit ends when nothing holds it any more")
	}
	if g := d.GetIngestion(); g != nil {
		fmt.Fprintf(w, "connection\t%s\nhost\t%s\n", locator.Redact(g.GetConnection()), hostText(g.GetHost()))
		fmt.Fprintf(w, "remap shard\t%s\n", m.GetRemapShard())
	}
	if d.GetOf() != "" {
		fmt.Fprintf(w, "filled by\t%s\n", d.GetOf())
	}
	fmt.Fprintf(w, "shard\t%s\n", m.GetDataShard())
}

func (c *ctl) writeExport(m *tidemarkpb.ExportResponse) {
	w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	defer w.Flush()
	e := m.GetExport()
	fmt.Fprintf(w, "export\t%s\nfrom\t%s\nconnection\t%s\nhost\t%s\n", e.GetId(), e.GetFrom(), locator.Redact(e.GetConnection()), hostText(e.GetHost()))
	fmt.Fprintf(w, "began at\t%s, with a snapshot: %t\n", mark(e.GetAsOf()), e.GetSnapshot())
	fmt.Fprintf(w, "upper\t%s (lag %s)\nholds at\t%s\n", mark(m.GetUpper()), lagOf(m.GetUpper(), m.GetClock()), mark(m.GetHold()))
	if m.GetDropped() {
		fmt.Fprintln(w, "dropped\tit ends when its host has confirmed that")
	}
}

func columnText(c *tidemarkpb.Column) string {
	if c.GetNullable() {
		return c.GetName() + ":" + c.GetType() + "?"
	}
	return c.GetName() + ":" + c.GetType()
}

func holdText(h *tidemarkpb.Hold) string {
	switch h.GetKind() {
	case "named":
		return fmt.Sprintf("%d of owner %d", h.GetHold(), h.GetOwner())
	case "counted":
		return fmt.Sprintf("%d capabilities of owner %d", h.GetCount(), h.GetOwner())
	case "snapshot":
		return "a snapshot"
	}
	return h.GetKind() + " " + h.GetBy()
}

func hostText(h *tidemarkpb.Host) string {
	if h.GetAddress() != "" {
		return h.GetAddress()
	}
	return fmt.Sprintf("managed, size %d", h.GetSize())
}

func policyText(p *tidemarkpb.Policy) string {
	switch p := p.GetPolicy().(type) {
	case *tidemarkpb.Policy_ValidFrom:
		return "valid from " + mark(p.ValidFrom)
	case *tidemarkpb.Policy_Lag:
		return "lag " + inWords(int64(p.Lag))
	case *tidemarkpb.Policy_Multiple:
		var members []string
		for _, m := range p.Multiple.GetPolicies() {
			members = append(members, policyText(m))
		}
		return "the earliest of: " + strings.Join(members, "; ")
	}
	return "none"
}

func ctlDump(*flags) func(c *ctl, arguments []string) error {
	return func(c *ctl, arguments []string) error {
		if err := exactly(0, "none", arguments); err != nil {
			return err
		}
		stream, err := c.client.Dump(c.ctx, connect.NewRequest(&tidemarkpb.DumpRequest{}))
		if err != nil {
			return err
		}
		for stream.Receive() {
			c.stdout.Write(stream.Msg().GetJson())
		}
		return stream.Err()
	}
}
