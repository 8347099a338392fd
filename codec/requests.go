package codec

import (
	"strconv"
	"strings"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/relation"
)

// zeroFrontier is the minimum, which most fields leave out.
var zeroFrontier frontier.Frontier

// AppendRequest appends the line of a request.
func AppendRequest(b []byte, v *core.Request) []byte { return write(b, v, request) }

// ParseRequest reads the line of a request.
func ParseRequest(line string) (core.Request, error) { return parse(line, request) }

// AppendResponse appends the line of a response.
func AppendResponse(b []byte, v *core.Response) []byte { return write(b, v, response) }

// ParseResponse reads the line of a response.
func ParseResponse(line string) (core.Response, error) { return parse(line, response) }

func request(c *coder, v *core.Request) {
	head(c, &v.Op, core.RequestOp.String)
	put(c, "id", &v.ID, unsigned)
	list(c, "collections", &v.Collections, inner(collectionSpec))
	list(c, "ids", &v.IDs, globalID)
	put(c, "unvalidated", &v.Unvalidated, truth)
	list(c, "appends", &v.Appends, inner(appendPart))
	list(c, "policies", &v.Policies, inner(policyChange))
	list(c, "uppers", &v.Uppers, inner(upperReport))
	list(c, "capabilities", &v.Capabilities, inner(capabilityChange))
	put(c, "of", &v.GlobalID, globalID)
	put(c, "owner", &v.Owner, unsigned)
	put(c, "hold", &v.Hold, unsigned)
	put(c, "at", &v.At, unsigned)
	put(c, "earliest", &v.Earliest, truth)
	show(c, "as-of", &v.AsOf, unsigned, v.Op == core.RequestSnapshot || v.AsOf != 0)
	put(c, "wait", &v.Wait, signed)
	list(c, "moves", &v.Moves, inner(move))
	list(c, "exports", &v.Exports, inner(exportSpec))
	put(c, "from", &v.From, globalID)
	put(c, "token", &v.Token, unsigned)
}

func collectionSpec(c *coder, v *core.CollectionSpec) {
	put(c, "id", &v.ID, globalID)
	group(c, "as", &v.Description, description)
}

func description(c *coder, v *core.Description) {
	head(c, &v.Kind, core.CollectionKind.String)
	list(c, "columns", &v.Schema.Columns, inner(column))
	put(c, "since", &v.Since, antichain)
	put(c, "status", &v.Status, globalID)
	put(c, "introspection", &v.Introspection, named(core.IntrospectionType.String))
	optional(c, "ingestion", &v.Ingestion, ingestion)
	put(c, "of", &v.Of, globalID)
}

func ingestion(c *coder, v *core.Ingestion) {
	put(c, "connection", &v.Connection, text)
	list(c, "outputs", &v.Outputs, inner(output))
	list(c, "imports", &v.Imports, globalID)
	group(c, "host", &v.Host, hostConfig)
}

func output(c *coder, v *core.Output) {
	put(c, "id", &v.ID, globalID)
	put(c, "index", &v.Index, unsigned)
}

func hostConfig(c *coder, v *core.HostConfig) {
	put(c, "size", &v.Size, unsigned)
	put(c, "address", &v.Address, text)
}

func move(c *coder, v *core.Move) {
	put(c, "id", &v.ID, globalID)
	group(c, "host", &v.Host, hostConfig)
}

func exportSpec(c *coder, v *core.ExportSpec) {
	put(c, "id", &v.ID, globalID)
	put(c, "token", &v.Token, unsigned)
	group(c, "as", &v.Description, exportDescription)
}

func exportDescription(c *coder, v *core.ExportDescription) {
	put(c, "from", &v.From, globalID)
	put(c, "connection", &v.Connection, text)
	put(c, "as-of", &v.AsOf, antichain)
	put(c, "snapshot", &v.Snapshot, truth)
	put(c, "status", &v.Status, globalID)
	group(c, "host", &v.Host, hostConfig)
}

func exportInfo(c *coder, v *core.ExportInfo) {
	put(c, "id", &v.ID, globalID)
	group(c, "as", &v.Description, exportDescription)
	put(c, "as-of", &v.AsOf, antichain)
	put(c, "snapshot", &v.Snapshot, truth)
	put(c, "upper", &v.Upper, antichain)
	put(c, "hold", &v.Hold, antichain)
	put(c, "dropped", &v.Dropped, truth)
}

func column(c *coder, v *relation.Column) {
	head(c, &v.Type, columnType)
	put(c, "name", &v.Name, text)
	put(c, "nullable", &v.Nullable, truth)
}

func columnType(t relation.ColumnType) string {
	switch t {
	case relation.Bool:
		return "bool"
	case relation.Int64:
		return "int64"
	case relation.Uint64:
		return "uint64"
	case relation.Float64:
		return "float64"
	case relation.Text:
		return "text"
	case relation.Bytes:
		return "bytes"
	}
	return ""
}

func appendPart(c *coder, v *core.Append) {
	put(c, "id", &v.ID, globalID)
	list(c, "updates", &v.Updates, update)
	show(c, "upper", &v.Upper, antichain, true)
}

func policyChange(c *coder, v *core.PolicyChange) {
	put(c, "id", &v.ID, globalID)
	list(c, "policy", &v.Policy.Nodes, policyNode)
}

func upperReport(c *coder, v *core.UpperReport) {
	put(c, "id", &v.ID, globalID)
	show(c, "upper", &v.Upper, antichain, true)
}

func capabilityChange(c *coder, v *core.CapabilityChange) {
	put(c, "id", &v.ID, globalID)
	show(c, "time", &v.Time, unsigned, true)
	put(c, "diff", &v.Diff, signed)
}

// policyNode is one node of a policy in preorder: from:[3], lag:5, multiple:2, or
// odd:kind:from:lag:members for what no client library makes.
func policyNode(c *coder, v *core.PolicyNode) {
	if c.in == nil {
		c.out = appendPolicyNode(c.out, v)
		return
	}
	kind, value, _ := strings.Cut(c.word(), ":")
	part := coder{in: &node{kind: wordNode, text: value}}
	switch kind {
	case "from":
		v.Kind = core.PolicyValidFrom
		antichain(&part, &v.From)
	case "lag":
		v.Kind = core.PolicyLag
		unsigned(&part, &v.Lag)
	case "multiple":
		v.Kind = core.PolicyMultiple
		unsigned(&part, &v.Members)
	case "odd":
		parseOddNode(&part, value, v)
	default:
		part.fail(strconv.Quote(c.in.text) + " is no policy")
	}
	if part.err != nil {
		c.fail(part.err.(*SyntaxError).Reason)
	}
}

func appendPolicyNode(b []byte, v *core.PolicyNode) []byte {
	c := coder{out: b}
	switch *v {
	case core.PolicyNode{Kind: core.PolicyValidFrom, From: v.From}:
		c.out = append(c.out, "from:"...)
		antichain(&c, &v.From)
	case core.PolicyNode{Kind: core.PolicyLag, Lag: v.Lag}:
		c.out = append(c.out, "lag:"...)
		unsigned(&c, &v.Lag)
	case core.PolicyNode{Kind: core.PolicyMultiple, Members: v.Members}:
		c.out = append(c.out, "multiple:"...)
		unsigned(&c, &v.Members)
	default:
		c.out = strconv.AppendUint(append(c.out, "odd:"...), uint64(v.Kind), 10)
		c.out = append(c.out, ':')
		antichain(&c, &v.From)
		c.out = append(c.out, ':')
		unsigned(&c, &v.Lag)
		c.out = append(c.out, ':')
		unsigned(&c, &v.Members)
	}
	return c.out
}

func parseOddNode(c *coder, s string, v *core.PolicyNode) {
	parts := strings.Split(s, ":")
	if len(parts) != 4 {
		c.fail(strconv.Quote(s) + " is no policy")
		return
	}
	kind, err := strconv.ParseUint(parts[0], 10, 8)
	if err != nil {
		c.fail(strconv.Quote(parts[0]) + " is no kind of policy")
	}
	v.Kind = core.PolicyKind(kind)
	for i, read := range []func(*coder){
		func(c *coder) { antichain(c, &v.From) },
		func(c *coder) { unsigned(c, &v.Lag) },
		func(c *coder) { unsigned(c, &v.Members) },
	} {
		c.read(&node{kind: wordNode, text: parts[i+1]}, read)
	}
}

func response(c *coder, v *core.Response) {
	head(c, &v.Err.Code, core.ErrorCode.String)
	put(c, "to", &v.Request, unsigned)
	put(c, "epoch", &v.Epoch, unsigned)
	put(c, "clock", &v.Clock, unsigned)
	put(c, "definite", &v.Err.Definite, truth)
	list(c, "ids", &v.Err.IDs, globalID)
	put(c, "frontier", &v.Err.Frontier, antichain)
	put(c, "limit", &v.Err.Limit, named(core.LimitKind.String))
	put(c, "time", &v.Time, unsigned)
	list(c, "rows", &v.Rows, rowCount)
	one(c, "info", &v.Info, collectionInfo)
	put(c, "dump", &v.Dump, text)
	put(c, "token", &v.Token, unsigned)
	list(c, "export", &v.Export, inner(exportInfo))
}

func collectionInfo(c *coder, v *core.CollectionInfo) {
	put(c, "id", &v.ID, globalID)
	group(c, "as", &v.Description, description)
	put(c, "data", &v.Data, shardID)
	put(c, "remap", &v.Remap, shardID)
	put(c, "since", &v.Since, antichain)
	put(c, "implied", &v.Implied, antichain)
	put(c, "upper", &v.Upper, antichain)
	list(c, "policy", &v.Policy.Nodes, policyNode)
	put(c, "dropped", &v.Dropped, truth)
	list(c, "holds", &v.Holds, inner(hold))
}

func hold(c *coder, v *core.Hold) {
	head(c, &v.Kind, core.HoldKind.String)
	put(c, "owner", &v.Owner, unsigned)
	put(c, "hold", &v.Hold, unsigned)
	put(c, "request", &v.Request, unsigned)
	put(c, "by", &v.By, globalID)
	show(c, "time", &v.Time, unsigned, true)
	put(c, "count", &v.Count, signed)
}
