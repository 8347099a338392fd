package main

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"connectrpc.com/connect"

	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
)

// columns reads name:type and name:type?.
func columns(texts []string) ([]*tidemarkpb.Column, error) {
	out := make([]*tidemarkpb.Column, len(texts))
	for i, text := range texts {
		at := strings.LastIndexByte(text, ':')
		if at < 0 {
			return nil, usage("%q is not NAME:TYPE; types are bool, int64, uint64, float64, text and bytes, with ? if nullable", text)
		}
		kind, nullable := strings.CutSuffix(text[at+1:], "?")
		out[i] = &tidemarkpb.Column{Name: text[:at], Type: kind, Nullable: nullable}
	}
	return out, nil
}

// hostFlags are the flags that say where something runs.
func hostFlags(f *flags) func() (*tidemarkpb.Host, error) {
	size := f.Uint("size", 0, "run on a host of `SIZE` 1 to 255 that the controller starts; 1 if nothing is said")
	address := f.String("host", "", "run on the remote host at `HOST:PORT`")
	return func() (*tidemarkpb.Host, error) {
		switch {
		case *address != "" && *size != 0:
			return nil, usage("--size and --host exclude each other")
		case *address != "":
			return &tidemarkpb.Host{Address: *address}, nil
		case *size > 255:
			return nil, usage("--size is 1 to 255")
		}
		return &tidemarkpb.Host{Size: max(uint32(*size), 1)}, nil
	}
}

func (c *ctl) create(collection *tidemarkpb.Collection) error {
	answer, err := c.client.CreateCollections(c.ctx, connect.NewRequest(&tidemarkpb.CreateCollectionsRequest{
		Collections: []*tidemarkpb.Collection{collection},
	}))
	if err != nil {
		return err
	}
	c.print(answer.Msg, func() { fmt.Fprintf(c.stdout, "%s is there\n", collection.GetId()) })
	return nil
}

func ctlCreateTable(*flags) func(c *ctl, arguments []string) error {
	return func(c *ctl, arguments []string) error {
		if len(arguments) < 2 {
			return usage("the arguments are ID NAME:TYPE…")
		}
		list, err := columns(arguments[1:])
		if err != nil {
			return err
		}
		return c.create(&tidemarkpb.Collection{Id: arguments[0], Kind: "table", Columns: list})
	}
}

func ctlCreateSource(f *flags) func(c *ctl, arguments []string) error {
	connection := f.String("connection", "", "the external source, a `URL` for the host")
	host := hostFlags(f)
	return func(c *ctl, arguments []string) error {
		if len(arguments) < 2 || *connection == "" {
			return usage("the arguments are ID NAME:TYPE… --connection URL")
		}
		list, err := columns(arguments[1:])
		if err != nil {
			return err
		}
		on, err := host()
		if err != nil {
			return err
		}
		id := arguments[0]
		return c.create(&tidemarkpb.Collection{Id: id, Kind: "ingestion", Columns: list, Ingestion: &tidemarkpb.Ingestion{
			Connection: *connection, Outputs: []*tidemarkpb.Output{{Id: id}}, Host: on,
		}})
	}
}

// ctlOwner is the owner of the tokens that ctl asks for; each lives for one command.
const ctlOwner = 1 << 32

func ctlCreateExport(f *flags) func(c *ctl, arguments []string) error {
	from := f.String("from", "", "the collection `ID` whose changes are written")
	connection := f.String("connection", "", "the external system, a `URL` for the host")
	snapshot := f.Bool("snapshot", true, "write the collection's contents first")
	host := hostFlags(f)
	return func(c *ctl, arguments []string) error {
		if len(arguments) != 1 || *from == "" || *connection == "" {
			return usage("the arguments are ID --from ID --connection URL")
		}
		on, err := host()
		if err != nil {
			return err
		}
		id := arguments[0]
		export := &tidemarkpb.Export{Id: id, From: *from, Connection: *connection, Snapshot: *snapshot, Host: on}
		prepared, err := c.client.PrepareExport(c.ctx, connect.NewRequest(&tidemarkpb.PrepareExportRequest{Id: id, From: *from, Owner: ctlOwner}))
		switch {
		case err == nil:
			export.Token = prepared.Msg.GetToken()
		case connect.CodeOf(err) != connect.CodeAlreadyExists:
			return err
		}
		// An export that exists with this description needs no token.
		answer, err := c.client.CreateExports(c.ctx, connect.NewRequest(&tidemarkpb.CreateExportsRequest{Exports: []*tidemarkpb.Export{export}}))
		if err != nil {
			c.giveBack(export, err)
			return err
		}
		c.print(answer.Msg, func() { fmt.Fprintf(c.stdout, "%s is there\n", id) })
		return nil
	}
}

// giveBack ends the token of an export that was refused, so that it does not hold its
// input until the token lapses. If that fails it does lapse.
func (c *ctl) giveBack(export *tidemarkpb.Export, refused error) {
	if export.GetToken() == 0 || connect.CodeOf(refused) == connect.CodeUnknown {
		return
	}
	_, err := c.client.CancelToken(c.ctx, connect.NewRequest(&tidemarkpb.CancelTokenRequest{Id: export.GetId(), Token: export.GetToken()}))
	if err != nil {
		fmt.Fprintf(c.stderr, "controllerd: the token of %s could not be given back and will lapse: %v\n", export.GetId(), err)
	}
}

func ctlMove(f *flags) func(c *ctl, arguments []string) error {
	host := hostFlags(f)
	return func(c *ctl, arguments []string) error {
		if err := exactly(1, "ID", arguments); err != nil {
			return err
		}
		on, err := host()
		if err != nil {
			return err
		}
		answer, err := c.client.AlterHosts(c.ctx, connect.NewRequest(&tidemarkpb.AlterHostsRequest{
			Moves: []*tidemarkpb.Move{{Id: arguments[0], Host: on}},
		}))
		if err != nil {
			return err
		}
		c.print(answer.Msg, func() { fmt.Fprintf(c.stdout, "%s is to run on %s\n", arguments[0], hostText(on)) })
		return nil
	}
}

func ctlPolicy(*flags) func(c *ctl, arguments []string) error {
	return func(c *ctl, arguments []string) error {
		if len(arguments) < 2 {
			return usage("the arguments are ID POLICY…")
		}
		var members []*tidemarkpb.Policy
		for _, text := range arguments[1:] {
			p, err := policyOf(text)
			if err != nil {
				return err
			}
			members = append(members, p)
		}
		policy := members[0]
		if len(members) > 1 {
			policy = &tidemarkpb.Policy{Policy: &tidemarkpb.Policy_Multiple{Multiple: &tidemarkpb.Policies{Policies: members}}}
		}
		answer, err := c.client.SetPolicies(c.ctx, connect.NewRequest(&tidemarkpb.SetPoliciesRequest{
			Changes: []*tidemarkpb.PolicyChange{{Id: arguments[0], Policy: policy}},
		}))
		if err != nil {
			return err
		}
		c.print(answer.Msg, func() { fmt.Fprintf(c.stdout, "the policy of %s is: %s\n", arguments[0], policyText(policy)) })
		return nil
	}
}

func policyOf(text string) (*tidemarkpb.Policy, error) {
	name, value, _ := strings.Cut(text, "=")
	switch name {
	case "lag":
		d, err := time.ParseDuration(value)
		if err != nil || d < 0 {
			return nil, usage("lag=%s: not a duration such as 10s", value)
		}
		return &tidemarkpb.Policy{Policy: &tidemarkpb.Policy_Lag{Lag: uint64(d.Milliseconds())}}, nil
	case "valid-from":
		t, err := strconv.ParseUint(value, 10, 64)
		if err != nil {
			return nil, usage("valid-from=%s: not a time in milliseconds", value)
		}
		return &tidemarkpb.Policy{Policy: &tidemarkpb.Policy_ValidFrom{ValidFrom: timeMark(t)}}, nil
	}
	return nil, usage("a policy is lag=DURATION or valid-from=TIME, not %q", text)
}

func timeMark(t uint64) *tidemarkpb.Frontier {
	return &tidemarkpb.Frontier{Mark: &tidemarkpb.Frontier_Time{Time: t}}
}

// ctlDrop drops exports first, because they hold collections.
func ctlDrop(*flags) func(c *ctl, arguments []string) error {
	return func(c *ctl, ids []string) error {
		if len(ids) == 0 {
			return usage("the arguments are ID…")
		}
		var exports, collections []string
		for _, id := range ids {
			if _, err := c.client.GetExport(c.ctx, connect.NewRequest(&tidemarkpb.GetRequest{Id: id})); err == nil {
				exports = append(exports, id)
			} else {
				collections = append(collections, id)
			}
		}
		var last *tidemarkpb.Answer
		if len(exports) > 0 {
			answer, err := c.client.DropExports(c.ctx, connect.NewRequest(&tidemarkpb.DropRequest{Ids: exports}))
			if err != nil {
				return err
			}
			last = answer.Msg
		}
		if len(collections) > 0 {
			answer, err := c.client.DropCollections(c.ctx, connect.NewRequest(&tidemarkpb.DropRequest{Ids: collections}))
			if err != nil {
				return err
			}
			last = answer.Msg
		}
		c.print(last, func() { fmt.Fprintf(c.stdout, "dropped: %s\n", strings.Join(ids, ", ")) })
		return nil
	}
}

// maxAnswer bounds what is read of an answer to a call by name.
const maxAnswer = 1 << 30

func ctlCall(*flags) func(c *ctl, arguments []string) error {
	return func(c *ctl, arguments []string) error {
		if len(arguments) < 1 || len(arguments) > 2 {
			return usage("the arguments are NAME [JSON]")
		}
		method := tidemarkpb.File_tidemark_v1_controller_proto.Services().ByName("Controller").Methods()
		var names []string
		known := false
		for i := range method.Len() {
			if m := method.Get(i); !m.IsStreamingServer() {
				names = append(names, string(m.Name()))
				known = known || string(m.Name()) == arguments[0]
			}
		}
		if !known {
			return usage("there is no call %q; there are %s", arguments[0], strings.Join(names, ", "))
		}
		var body io.Reader = strings.NewReader("{}")
		if len(arguments) == 2 {
			body = strings.NewReader(arguments[1])
			if arguments[1] == "-" {
				body = c.stdin
			}
		}
		return c.callByName(arguments[0], body)
	}
}

func (c *ctl) callByName(name string, body io.Reader) error {
	request, err := http.NewRequestWithContext(c.ctx, http.MethodPost, c.server+"/"+tidemarkpb.ControllerName+"/"+name, body)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		return fmt.Errorf("%w: does a controller run there? --server says where else", err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return err
	}
	fmt.Fprintln(c.stdout, compactJSON(text))
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s was refused: %s", name, response.Status)
	}
	return nil
}
