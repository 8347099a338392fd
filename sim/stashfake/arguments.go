package stashfake

import "example.com/tidemark/core/stash"

// judgeArguments says what is wrong with a call whatever is stored.
func judgeArguments(c *stash.Call) stash.Reason {
	noTxn := c.Txn.Hi == 0 && c.Txn.Lo == 0
	missing := true
	switch c.Op {
	case stash.OpTakeOver:
		missing = noTxn || c.Nonce == 0
	case stash.OpPeek:
		missing = c.Epoch == 0 || len(c.Collections) == 0
		for _, k := range c.Collections {
			missing = missing || !known(k)
		}
	case stash.OpCommit, stash.OpResolve:
		missing = c.Epoch == 0 || noTxn
		if !missing {
			return judgeWrites(c.Writes)
		}
	case stash.OpNone:
	}
	if missing {
		return stash.ReasonMalformed
	}
	return stash.ReasonNone
}

func known(k stash.Collection) bool {
	return k != stash.CollectionNone && k < stash.CollectionCount
}

// judgeWrites wants every write complete and all of them sorted, each key once.
// The first write at fault decides.
func judgeWrites(writes []stash.Write) stash.Reason {
	for i := range writes {
		w := &writes[i]
		kind := w.Kind == stash.WriteInsert || w.Kind == stash.WriteUpsert || w.Kind == stash.WriteDelete
		if !kind || w.Key == "" || !known(w.Collection) {
			return stash.ReasonMalformed
		}
		if i == 0 {
			continue
		}
		previous := &writes[i-1]
		if w.Collection == previous.Collection && w.Key == previous.Key {
			return stash.ReasonDuplicateKey
		}
		if w.Collection < previous.Collection || w.Collection == previous.Collection && w.Key < previous.Key {
			return stash.ReasonMalformed
		}
	}
	return stash.ReasonNone
}
