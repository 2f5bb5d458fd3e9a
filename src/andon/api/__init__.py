"""One file per public verb: joins the rooms; the only place that writes a run."""
