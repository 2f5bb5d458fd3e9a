"""Batch normalisation, rectifier and pool in one go while training in bfloat16, in fewer passes over memory."""
