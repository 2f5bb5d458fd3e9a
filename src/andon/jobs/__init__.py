"""One file per job: default plan, words, the names of its task, network, baseline and pictures. No torch, no logic."""
