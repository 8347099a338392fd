package invariants

func docS6() Doc {
	return Doc{
		Name: "S6", Title: "multi-append outcome",
		Statement: "When an append over several collections is answered, exactly the collections that the error names are not durable; without an error all are.",
		Meaning:   "A client repeats a part that was written (rows doubled) or takes a part for written that was not (rows lost).",
		Met:       "an entry of an append over several collections had been sent when the request was answered",
	}
}
