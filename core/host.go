package core

func (c *Controller) hostDone(id EffectID, res *HostResult)                 { c.ignored++ }
func (c *Controller) report(h HostID, s Session, r *Report)                 { c.ignored++ }
func (c *Controller) sessionLost(h HostID, s Session)                       { c.ignored++ }
func (c *Controller) orchestratorDone(id EffectID, res *OrchestratorResult) { c.ignored++ }
